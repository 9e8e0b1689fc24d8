"""The real clips, prepared as the app prepares them, and the embedded model."""

from __future__ import annotations

from pathlib import Path

import pytest

from perscoach.core.progress import Quiet
from perscoach.core.settings import load_settings
from perscoach.media.types import Clip, IngestSettings


def _prepared(source: Path, folder: Path) -> Clip:
    from perscoach.media.ingest import ingest

    return ingest(source, folder / f"{source.stem}.mp4", IngestSettings(), load_settings(), Quiet())


@pytest.fixture(scope="session")
def gym(gym_clip: Path, tmp_path_factory: pytest.TempPathFactory) -> Clip:
    return _prepared(gym_clip, tmp_path_factory.mktemp("gym"))


@pytest.fixture(scope="session")
def studio(studio_clip: Path, tmp_path_factory: pytest.TempPathFactory) -> Clip:
    return _prepared(studio_clip, tmp_path_factory.mktemp("studio"))


@pytest.fixture(scope="session")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The full landmarker; built from the installed package where it was not fetched yet, without the network."""
    from perscoach.models.build import build_pose_landmarker
    from perscoach.models.store import folder, form_error

    there = folder() / "pose_landmarker_full.task"
    if there.is_file() and form_error(there) is None:
        return there
    built = tmp_path_factory.mktemp("checkpoints") / there.name
    build_pose_landmarker(built)
    return built


@pytest.fixture
def checkpoints(model: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An installation that has the embedded model and nothing else to offer."""
    monkeypatch.setenv("PERSCOACH_CHECKPOINTS", str(model.parent))
    return model.parent
