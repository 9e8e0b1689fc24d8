from __future__ import annotations

import sys
import types
from pathlib import Path

import pytest

from perscoach.core.checks import Availability
from perscoach.core.errors import EngineError
from perscoach.core.messages import Message
from perscoach.core.progress import Quiet
from perscoach.pose import registry
from perscoach.pose.base import PoseSettings, Take

TAKE = Take(None, PoseSettings(), Path(), None, Quiet())  # type: ignore[arg-type]


@pytest.fixture
def nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PERSCOACH_CHECKPOINTS", str(tmp_path))


def test_without_weights_every_engine_says_what_to_do(nothing: None) -> None:
    states = registry.availability()
    assert list(states) == ["sam3d", "mediapipe"]
    assert not states["mediapipe"].ok
    assert "perscoach models fetch pose_landmarker_full" in states["mediapipe"].message.en
    with pytest.raises(EngineError) as caught:
        registry.choose(PoseSettings())
    assert "perscoach models fetch" in caught.value.en
    assert "perscoach models fetch" in caught.value.ru


def test_auto_takes_mediapipe_and_says_why_not_sam(checkpoints: Path) -> None:
    name, why = registry.choose(PoseSettings())
    assert name == "mediapipe"
    assert "SAM 3D Body" in why.en and "SAM 3D Body" in why.ru


def test_the_size_that_is_asked_for_must_be_there(nothing: None) -> None:
    with pytest.raises(EngineError, match="pose_landmarker_heavy"):
        registry.choose(PoseSettings(engine="mediapipe", model="heavy"))


def test_sam_is_never_played_by_another(checkpoints: Path) -> None:
    if registry.availability()["sam3d"].ok:
        pytest.skip("SAM 3D Body runs here")
    with pytest.raises(EngineError, match="SAM 3D Body"):
        registry.choose(PoseSettings(engine="sam3d"))
    with pytest.raises(EngineError, match="SAM 3D Body"):
        registry.open_engine("sam3d", TAKE)


def test_sam_is_taken_first_once_it_is_there(checkpoints: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    module = types.ModuleType("perscoach.pose.sam3d")
    module.availability = lambda auto=False, files=None: Availability(True, Message("here", "есть"))  # type: ignore[attr-defined]
    module.open_engine = lambda take: "the engine"  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, module.__name__, module)
    module.__spec__ = types.SimpleNamespace()  # type: ignore[assignment]
    assert registry.choose(PoseSettings())[0] == "sam3d"
    assert registry.choose(PoseSettings(engine="mediapipe"))[0] == "mediapipe"
    assert registry.open_engine("sam3d", TAKE) == "the engine"
