"""Which size of the landmarker runs where nobody has chosen one."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from perscoach.core.errors import ModelError, SettingsError
from perscoach.people import sizes
from perscoach.people.sizes import BUDGET, reason_for_full, size_of
from perscoach.people.watch import PeopleSettings


@pytest.fixture(autouse=True)
def heavy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An installation with a file for heavy, whose form is not looked at here."""
    monkeypatch.delenv("PERSCOACH_LANDMARKER", raising=False)
    path = tmp_path / "pose_landmarker_heavy.task"
    path.write_bytes(b"heavy")
    monkeypatch.setattr("perscoach.models.path_of", lambda name: path)
    sizes._seconds.cache_clear()
    return path


def _takes(monkeypatch: pytest.MonkeyPatch, seconds: float) -> list[Path]:
    measured: list[Path] = []

    def measure(path: Path) -> float:
        measured.append(path)
        return seconds

    monkeypatch.setattr(sizes, "_measured", measure)
    return measured


def test_heavy_is_the_default(monkeypatch: pytest.MonkeyPatch) -> None:
    _takes(monkeypatch, 0.03)
    assert size_of("auto") == "heavy" and reason_for_full() is None
    assert PeopleSettings().weights == "pose_landmarker_heavy"
    assert [size_of(size) for size in ("lite", "full", "heavy")] == ["lite", "full", "heavy"]


def test_a_slow_machine_takes_full(monkeypatch: pytest.MonkeyPatch) -> None:
    _takes(monkeypatch, 1.1 * BUDGET)
    assert size_of("auto") == "full" and reason_for_full() == "slow"
    assert size_of("heavy") == "heavy", "who asks for it gets it"


def test_without_its_weights_full_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(name: str) -> Path:
        raise ModelError("models.offline")

    monkeypatch.setattr("perscoach.models.path_of", missing)
    assert size_of("auto") == "full" and reason_for_full() == "missing"


def test_a_machine_is_measured_once(monkeypatch: pytest.MonkeyPatch, heavy: Path) -> None:
    """The record beside the weights serves later processes; other weights are measured anew."""
    measured = _takes(monkeypatch, 0.05)
    assert [size_of("auto"), size_of("auto")] == ["heavy", "heavy"]
    sizes._seconds.cache_clear()
    assert size_of("auto") == "heavy" and len(measured) == 1
    heavy.with_name("pose_landmarker_heavy.speed.json").write_text("{damaged", encoding="utf-8")
    sizes._seconds.cache_clear()
    assert size_of("auto") == "heavy" and len(measured) == 2


def test_the_operator_decides(monkeypatch: pytest.MonkeyPatch) -> None:
    _takes(monkeypatch, 0.03)
    monkeypatch.setenv("PERSCOACH_LANDMARKER", "lite")
    assert size_of("auto") == "lite"
    monkeypatch.setenv("PERSCOACH_LANDMARKER", "huge")
    with pytest.raises(SettingsError, match="PERSCOACH_LANDMARKER"):
        size_of("auto")


def test_the_measurement_is_of_a_person(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A frame of the example: without a person in it only the detector would run."""
    from perscoach.models.build import build_pose_landmarker
    from perscoach.people import landmarker

    class Watched:
        def __init__(self, inner: Any) -> None:
            self.inner = inner

        def detect_for_video(self, picture: Any, at: int) -> None:
            poses.append(len(self.inner.detect_for_video(picture, at).pose_landmarks))

        def close(self) -> None:
            self.inner.close()

    poses: list[int] = []
    opened = landmarker.open_landmarker
    monkeypatch.setattr(landmarker, "open_landmarker", lambda *a, **k: Watched(opened(*a, **k)))
    build_pose_landmarker(tmp_path / "full.task")
    assert 0.002 < sizes._measured(tmp_path / "full.task") < 5
    assert len(poses) > 3 and all(poses)
