"""Previews share one engine: opened once, started anew for each, closed when it is not wanted any more."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

from perscoach.core.errors import EngineError
from perscoach.core.messages import Message
from perscoach.matting import registry
from perscoach.matting.preview import preview_alpha
from perscoach.matting.warm import PREVIEWS, WarmEngine
from tests.matting.conftest import Scene
from tests.matting.test_stage import PLATE

FRAME = np.zeros((4, 4, 3), np.uint8)


class Counter:
    """An engine with a memory: gives the number of frames since it was opened or restarted."""

    name = "counter"

    def __init__(self) -> None:
        self.seen, self.closed, self.inside = 0, 0, 0
        self.overlapped = False

    def describe(self) -> dict[str, str]:
        return {}

    def restart(self) -> None:
        self.seen = 0

    def mattes(self, frames: Iterable[np.ndarray]) -> Iterator[np.ndarray]:
        for frame in frames:
            self.inside += 1
            self.overlapped |= self.inside > 1 or self.closed > 0
            time.sleep(0.002)
            self.seen += 1
            self.inside -= 1
            if frame.any():
                raise EngineError(Message("broken", ""))
            yield np.full(frame.shape[:2], self.seen, np.uint8)

    def close(self) -> None:
        self.closed += 1


def test_opened_once_and_started_anew() -> None:
    warm, made = WarmEngine(), []

    def opener() -> Counter:
        made.append(Counter())
        return made[-1]

    assert [int(warm.matte("a", opener, FRAME)[0, 0]) for _ in range(3)] == [1, 1, 1]
    assert len(made) == 1 and not made[0].closed
    warm.matte("b", opener, FRAME)
    assert [engine.closed for engine in made] == [1, 0]
    warm.close()
    warm.close()
    assert [engine.closed for engine in made] == [1, 1]


def test_it_closes_by_itself() -> None:
    warm, engine = WarmEngine(seconds=0.05), Counter()
    warm.matte("a", lambda: engine, FRAME)
    end = time.monotonic() + 5
    while not engine.closed and time.monotonic() < end:
        time.sleep(0.01)
    assert engine.closed == 1


def test_an_engine_that_failed_is_not_kept() -> None:
    warm, made = WarmEngine(), []

    def opener() -> Counter:
        made.append(Counter())
        return made[-1]

    with pytest.raises(EngineError):
        warm.matte("a", opener, FRAME + 1)
    warm.matte("a", opener, FRAME)
    assert [engine.closed for engine in made] == [1, 0]
    warm.close()


def test_threads_take_turns() -> None:
    warm, made = WarmEngine(), []

    def opener() -> Counter:
        made.append(Counter())
        return made[-1]

    def work(key: int) -> None:
        for _ in range(5):
            warm.matte(key, opener, FRAME)

    threads = [threading.Thread(target=work, args=(i % 2,)) for i in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    warm.close()
    assert not any(engine.overlapped for engine in made)
    assert all(engine.closed == 1 for engine in made)


def test_previews_of_one_clip_open_one_engine(scene: Scene, tmp_path: Path, monkeypatch) -> None:
    cv2.imwrite(str(tmp_path / "room.png"), scene.wall[..., ::-1])
    opened, names = registry.open_engine, []

    def counting(name, *args, **more):
        names.append(name)
        return opened(name, *args, **more)

    monkeypatch.setattr(registry, "open_engine", counting)
    PREVIEWS.close()
    first = preview_alpha(scene.clip, 40, PLATE, tmp_path)
    preview_alpha(scene.clip, 3, PLATE, tmp_path)
    again = preview_alpha(scene.clip, 40, PLATE, tmp_path)
    np.testing.assert_array_equal(first, again)
    assert names == ["plate"]
    preview_alpha(scene.clip, 40, replace(PLATE, trainer=(0.1, 0.5)), tmp_path)
    assert names == ["plate", "plate"], "other settings, another engine"
    PREVIEWS.close()
