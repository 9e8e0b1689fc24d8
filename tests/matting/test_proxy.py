"""The alpha proxy: small frames of exactly this matte, any of them one range away, made whole or not at all."""

from __future__ import annotations

import shutil
import zlib
from fractions import Fraction
from pathlib import Path

import cv2
import numpy as np
import pytest

from perscoach.core.errors import Cancelled
from perscoach.core.messages import Message
from perscoach.matting.base import MattingSettings
from perscoach.matting.proxy import CHUNK, LEVELS, build_proxy, doubts_of, proxy_file, proxy_key, proxy_size, read_proxy
from perscoach.matting.stage import MatteJob
from perscoach.media import Clip

WIDTH, HEIGHT, FRAMES = 96, 1280, 2 * CHUNK + 5
PLATE = MattingSettings(engine="plate", plate="median")


def alpha_of(index: int) -> np.ndarray:
    """A soft disc that falls, and a hard bar."""
    y, x = np.mgrid[:HEIGHT, :WIDTH]
    disc = np.clip((40 - np.hypot(x - WIDTH / 2, y - 60 - 15 * index)) * 12 + 128, 0, 255)
    disc[600 + index : 617 + index] = 255
    return disc.astype(np.uint8)


def matte_in(folder: Path, settings: MattingSettings = PLATE, frames: int = FRAMES) -> MatteJob:
    """A job's matte with the first ``frames`` of the clip's frames stored."""
    clip = Clip(folder / "clip" / "clip.mp4", Fraction(30), WIDTH, HEIGHT, FRAMES, False)
    store = MatteJob(clip, settings, folder)._final
    for chunk in range(store.chunks):
        if store.span(chunk)[1] <= frames and not store.has(chunk):
            store.write(chunk, [alpha_of(index) for index in range(*store.span(chunk))])
    return MatteJob(clip, settings, folder)


class Stopper:
    """Hears what is reported and stops after so many frames."""

    def __init__(self, after: int) -> None:
        self.after, self.heard = after, []

    def report(self, stage: str, done: int, total: int) -> None:
        self.heard.append((stage, done, total))

    def note(self, message: Message) -> None: ...

    def check(self) -> None:
        if len(self.heard) >= self.after:
            raise Cancelled


def test_the_frames_are_the_matte_area_averaged(tmp_path: Path) -> None:
    path = build_proxy(matte_in(tmp_path), told := Stopper(10**6))
    header, frames = read_proxy(path)
    shown = list(frames)
    assert (header["width"], header["height"]) == (38, 512) and len(shown) == header["frames"] == FRAMES
    assert told.heard[-1] == ("proxy", FRAMES, FRAMES)
    worst = 0.0
    for index, small in enumerate(shown):
        true = cv2.resize(alpha_of(index).astype(np.float32), (38, 512), interpolation=cv2.INTER_AREA)
        worst = max(worst, float(np.abs(small - true).max()))
        assert (small[true == 0] == 0).all() and (small[true == 255] == 255).all()
    assert worst <= 0.5 * 255 / LEVELS + 1


def test_any_frame_is_one_range_away(tmp_path: Path) -> None:
    path = build_proxy(matte_in(tmp_path))
    header, frames = read_proxy(path)
    offsets = header["offsets"]
    found = doubts_of(path)
    assert (
        found is not None
        and len(found["share"]) == FRAMES
        and set(found["why"]) == {str(i) for i, share in enumerate(found["share"]) if share >= 100}
    )
    assert offsets[-1] == path.stat().st_size
    index = CHUNK + 3
    part = path.read_bytes()[offsets[1] : offsets[2]]
    one = np.frombuffer(zlib.decompress(part), np.uint8).reshape(CHUNK, header["height"], header["width"])[3]
    assert np.array_equal(one, list(frames)[index])


def test_other_settings_make_another_file_and_the_last_two_stay(tmp_path: Path) -> None:
    matte = matte_in(tmp_path)
    first = build_proxy(matte)
    assert proxy_file(tmp_path) == first == proxy_file(tmp_path, proxy_key(matte))
    wider = matte_in(tmp_path, MattingSettings(engine="plate", plate="median", edge_shift=4.0))
    assert proxy_file(tmp_path, proxy_key(wider)) is None
    second = build_proxy(wider)
    assert proxy_file(tmp_path) == second != first
    third = build_proxy(matte_in(tmp_path, MattingSettings(engine="plate", plate="median", edge_shift=2.0)))
    assert {p.name for p in third.parent.parent.iterdir()} == {third.parent.name, second.parent.name}
    assert next(read_proxy(second)[1]).mean() > 1.02 * alpha_of(0).mean()


def test_stopped_unfinished_or_removed_nothing_is_left(tmp_path: Path) -> None:
    matte = matte_in(tmp_path)
    with pytest.raises(Cancelled):
        build_proxy(matte, Stopper(CHUNK + 2))
    half = matte_in(tmp_path / "half", frames=FRAMES - 1)
    (tmp_path / "half").mkdir(exist_ok=True)
    assert not half.ready
    with pytest.raises(IndexError):
        build_proxy(half)
    assert proxy_file(tmp_path) is None and not [p for p in tmp_path.glob("**/store/proxy/*/*") if p.is_file()]
    shutil.rmtree(tmp_path / "half")
    with pytest.raises((FileNotFoundError, IndexError)):
        build_proxy(half)
    assert not (tmp_path / "half").exists()


def test_a_small_clip_keeps_its_size() -> None:
    assert proxy_size(324, 422) == (324, 422)
    assert proxy_size(1920, 1080) == (512, 288)
    assert proxy_size(4000, 2) == (512, 1)
