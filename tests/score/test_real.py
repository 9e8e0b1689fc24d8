"""The promises of the score on a real person: the gym clip's own landmarks against the bundle's movement."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest

from perscoach.core.progress import Quiet
from perscoach.core.settings import load_settings
from perscoach.media.ingest import ingest
from perscoach.media.types import IngestSettings
from perscoach.motion import Motion
from perscoach.pose.base import PoseSettings
from perscoach.pose.registry import availability
from perscoach.pose.stage import run_pose
from perscoach.score.offline import Client, client_of, score
from tests.score.people import mirrored, turned_by


@pytest.fixture(scope="module")
def filmed(gym_clip: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Motion, Client]:
    """The trainer as the bundle has them, and the same person as the engine saw them, unsmoothed."""
    state = availability()["mediapipe"]
    if not state.ok:
        pytest.skip(state.en)
    folder = tmp_path_factory.mktemp("gym")
    clip = ingest(gym_clip, folder / "clip.mp4", IngestSettings(), load_settings(), Quiet())
    trainer = run_pose(clip, PoseSettings(engine="mediapipe"), folder, Quiet())
    seen = run_pose(clip, PoseSettings(engine="mediapipe", smoothing=0), folder, Quiet())
    return trainer, client_of(seen)


def form(trainer: Motion, client: Client, *, mirror: bool = False) -> float:
    report = score(trainer, client, mirror, offset=0.0).report
    assert report.form is not None
    assert report.reps == report.trainer_reps == 2
    return report.form


def test_the_same_person_scores_high(filmed: tuple[Motion, Client]) -> None:
    assert form(*filmed) >= 90


@pytest.mark.parametrize("yaw", [-35, 35])
def test_the_yaw_does_not_matter(filmed: tuple[Motion, Client], yaw: float) -> None:
    trainer, client = filmed
    turned = client._replace(world=turned_by(client.world, math.radians(yaw)))
    assert abs(form(trainer, turned) - form(trainer, client)) < 5


@pytest.mark.parametrize("size", [0.8, 1.2])
def test_the_size_does_not_matter(filmed: tuple[Motion, Client], size: float) -> None:
    trainer, client = filmed
    assert abs(form(trainer, client._replace(world=client.world * size)) - form(trainer, client)) < 5


def test_the_mirror_image_does_not_matter(filmed: tuple[Motion, Client]) -> None:
    trainer, client = filmed
    seen = client.visibility[:, [0, 4, 5, 6, 1, 2, 3, *[i + 1 if i % 2 else i - 1 for i in range(7, 33)]]]
    flipped = client._replace(world=mirrored(client.world), visibility=seen)
    assert abs(form(trainer, flipped, mirror=True) - form(trainer, client)) < 5


@pytest.mark.parametrize("late", [0.4, 0.8])
def test_following_late_does_not_matter(filmed: tuple[Motion, Client], late: float) -> None:
    trainer, client = filmed
    shift = round(late * 30)
    world = np.concatenate([np.repeat(client.world[:1], shift, 0), client.world[:-shift]])
    assert abs(form(trainer, client._replace(world=world)) - form(trainer, client)) < 5


def test_standing_still_scores_low(filmed: tuple[Motion, Client]) -> None:
    trainer, client = filmed
    still = client._replace(world=np.repeat(client.world[:1], len(client.world), 0))
    report = score(trainer, still, False, offset=0.0).report
    assert report.form is not None and report.form < 30
    assert report.reps == 0
