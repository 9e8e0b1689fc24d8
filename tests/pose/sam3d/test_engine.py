from __future__ import annotations

import contextlib
import subprocess
import sys
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from torch import Tensor

from perscoach.core.errors import Cancelled
from perscoach.core.messages import Message
from perscoach.core.progress import Quiet
from perscoach.media.types import Clip
from perscoach.pose import sam3d
from perscoach.pose.base import PoseSettings, Take
from perscoach.pose.camera import camera_of
from perscoach.pose.sam3d import access
from perscoach.pose.sam3d.crops import crop
from perscoach.pose.sam3d.engine import UNMASKED, UNSEEN, Sam3dEngine, confidence
from perscoach.pose.sam3d.parameters import BODY_SIZE
from perscoach.pose.sam3d.person import MattePerson, Person, person_of
from perscoach.pose.sam3d.runner import Look
from perscoach.pose.store import pack
from perscoach.skeleton import MHR70
from tests.standin.network import StandInNetwork

WIDTH, HEIGHT, FRAMES = 200, 300, 30
CLIP = Clip(Path("clip.mp4"), Fraction(30), WIDTH, HEIGHT, FRAMES, False)


class Cue:
    key = "the matte's key"

    def alpha(self, index: int) -> np.ndarray:
        alpha = np.zeros((HEIGHT, WIDTH), np.uint8)
        if index not in (4, 5, FRAMES - 1):
            alpha[40:260, 50 + index : 130 + index] = 255
        return alpha


def _frames(start: int = 0, stop: int = FRAMES) -> Iterator[np.ndarray]:
    for i in range(start, stop):
        yield np.random.default_rng(i).integers(0, 100 + 5 * i, (HEIGHT, WIDTH, 3)).astype(np.uint8)


def _engine(
    network: StandInNetwork | None = None, take: Take | None = None, batch: int = 4, **settings: object
) -> Sam3dEngine:
    take = take or Take(CLIP, PoseSettings(**settings), Path(), Cue(), Quiet())  # type: ignore[arg-type]
    used = network or StandInNetwork()
    return Sam3dEngine(take, MattePerson(Cue(), take.settings.skip), lambda: used, {"checkpoint": "c"}, batch)


def test_every_frame_gives_an_observation_or_a_miss() -> None:
    network = StandInNetwork()
    with contextlib.closing(_engine(network)) as engine:
        seen = list(engine.observe(_frames(), 30.0))
    assert [i for i, one in enumerate(seen) if one is None] == [4, 5, FRAMES - 1]
    raw = pack(seen, len(MHR70), BODY_SIZE)
    assert raw.found.sum() == FRAMES - 3
    assert raw.parameters.shape == (FRAMES, BODY_SIZE)
    np.testing.assert_array_equal(raw.root[raw.found], raw.parameters[raw.found, -3:])
    there = camera_of(PoseSettings(), WIDTH, HEIGHT).project(raw.joints[raw.found] + raw.root[raw.found, None])
    np.testing.assert_allclose(there, raw.keypoints[raw.found], atol=0.01)
    assert sum(network.batches) == FRAMES - 3 and max(network.batches) == 4


def test_a_stopped_pass_goes_on_with_the_same_numbers() -> None:
    with contextlib.closing(_engine()) as engine:
        whole = list(engine.observe(_frames(), 30.0))
    with contextlib.closing(_engine()) as engine:
        assert engine.warm_up == 0
        part = list(engine.observe(_frames(16), 30.0, 16))
    for one, other in zip(whole[16:], part, strict=True):
        assert (one is None) == (other is None)
        if one is not None and other is not None and one.parameters is not None:
            np.testing.assert_allclose(one.parameters, other.parameters, atol=1e-5)
            np.testing.assert_allclose(one.keypoints_2d, other.keypoints_2d, atol=1e-2)


def test_a_tracker_warms_up_without_the_network() -> None:
    class Tracker(MattePerson):
        name, warm_up = "mediapipe", 3

    network = StandInNetwork()
    take = Take(CLIP, PoseSettings(), Path(), None, Quiet())
    with contextlib.closing(Sam3dEngine(take, Tracker(Cue(), 1), lambda: network, {}, 2)) as engine:
        assert engine.warm_up == 3
        seen = list(engine.observe(_frames(10, 18), 30.0, 10))
    assert [one is None for one in seen] == [True] * 3 + [False] * 5
    assert sum(network.batches) == 5


def test_the_network_is_opened_with_the_first_frame_only() -> None:
    opened = []

    def open_network() -> StandInNetwork:
        opened.append(1)
        return StandInNetwork()

    take = Take(CLIP, PoseSettings(), Path(), Cue(), Quiet())
    engine = Sam3dEngine(take, MattePerson(Cue(), 1), open_network, {}, 2)
    engine.describe()
    assert not opened
    list(engine.observe(_frames(0, 3), 30.0))
    assert opened == [1]
    engine.close()
    engine.close()


def test_a_failure_while_reading_is_raised_and_the_frames_are_let_go() -> None:
    closed = []

    def frames() -> Iterator[np.ndarray]:
        try:
            yield from _frames(0, 9)
            raise Cancelled
        finally:
            closed.append(1)

    with contextlib.closing(_engine()) as engine, pytest.raises(Cancelled):
        list(engine.observe(frames(), 30.0))
    assert closed == [1]


def test_stopping_early_lets_go_of_the_frames() -> None:
    closed = []

    def frames() -> Iterator[np.ndarray]:
        try:
            yield from _frames()
        finally:
            closed.append(1)

    with contextlib.closing(_engine()) as engine:
        seen = engine.observe(frames(), 30.0)
        next(seen)
        seen.close()  # type: ignore[attr-defined]
    assert closed == [1]


@pytest.mark.parametrize(
    "change", [{"lens": "webcam"}, {"lens": "custom", "lens_mm": 35.0}, {"hands": True}, {"lens": "upstream"}]
)
def test_what_decides_the_result_is_described(change: dict[str, object]) -> None:
    usual, other = _engine().describe(), _engine(**change).describe()
    assert usual != other
    assert usual["checkpoint"] == "c" and usual["cue"] == "the matte's key" and usual["person"] == "matte"
    assert all(isinstance(value, str) for value in usual.values())


def test_full_mode_looks_at_both_hands_too() -> None:
    network = StandInNetwork()
    with contextlib.closing(_engine(network, hands=True, batch=3)) as engine:
        seen = list(engine.observe(_frames(0, 4), 30.0))
    assert all(one is not None for one in seen)
    assert network.batches == [3, 3, 3, 1, 1, 1]


@pytest.mark.parametrize("wrong", [-1.0, float("nan")])
def test_a_body_behind_the_camera_or_without_numbers_is_a_miss(wrong: float) -> None:
    class Strange(StandInNetwork):
        def forward_step(self, batch: dict[str, Tensor], decoder_type: str) -> dict[str, Any]:
            out = super().forward_step(batch, decoder_type)
            out["mhr"]["pred_cam_t"][0, 2] = wrong
            return out

    with contextlib.closing(_engine(Strange(), batch=2)) as engine:
        seen = list(engine.observe(_frames(0, 4), 30.0))
    assert [one is None for one in seen] == [True, False, True, False]


# -- confidence ---------------------------------------------------------------------------------------------------


def _look(masked: bool = True) -> tuple[Look, Person]:
    alpha = np.zeros((HEIGHT, WIDTH), np.uint8)
    alpha[40:260, 60:140] = 255
    person = person_of(alpha)
    assert person is not None
    return Look(crop(np.zeros((HEIGHT, WIDTH, 3), np.uint8), person.box, alpha if masked else None)), person


def test_confidence_falls_with_the_way_to_the_mask() -> None:
    look, _ = _look()
    side = float(look.crop.side)
    x = np.array([100, 139, 140 + 0.02 * side, 140 + 0.075 * side, 140 + 0.2 * side])
    points = np.stack([x, np.full(5, 150.0)], axis=1)
    many = np.concatenate([points, np.tile([[100.0, 150.0]], (95, 1))])
    trust = confidence(many, look, WIDTH, HEIGHT)[:5]
    assert trust[:3] == pytest.approx([trust[0]] * 3) and trust[0] > 0.98
    assert 0.5 < trust[3] < 0.7
    assert trust[4] == pytest.approx(UNSEEN, abs=0.01)


def test_what_lies_outside_the_picture_was_not_seen() -> None:
    look, _ = _look()
    points = np.array([[100.0, 150.0]] * 30 + [[100.0, HEIGHT + 5.0], [-3.0, 150.0]])
    trust = confidence(points, look, WIDTH, HEIGHT)
    assert trust[0] == 1 and trust[-2:] == pytest.approx([UNSEEN] * 2)
    bare, _ = _look(masked=False)
    assert confidence(points, bare, WIDTH, HEIGHT)[[0, -1]] == pytest.approx([UNMASKED, UNSEEN])


def test_a_body_that_misses_the_person_counts_little() -> None:
    look, _ = _look()
    points = np.array([[10.0, 20.0 + i] for i in range(69)] + [[100.0, 150.0]])
    assert confidence(points, look, WIDTH, HEIGHT).max() < 0.2
    assert confidence(np.full((70, 2), -50.0), look, WIDTH, HEIGHT).max() == 0


# -- whether it can run -------------------------------------------------------------------------------------------


def test_availability_is_quick_and_names_what_is_missing(tmp_path: Path) -> None:
    code = (
        "import sys\nfrom perscoach.pose.sam3d import availability\nstate = availability()\n"
        "assert not state.ok and 'SAM 3D Body' in state.message.en and 'SAM 3D Body' in state.message.ru, state\n"
        "print([m for m in ('torch', 'cv2', 'mediapipe', 'scipy') if m in sys.modules])"
    )
    environment = {"PERSCOACH_CHECKPOINTS": str(tmp_path), "PATH": "/usr/bin:/bin"}
    run = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, env=environment, cwd=Path(__file__).parents[3]
    )
    assert run.returncode == 0, run.stderr
    assert run.stdout.strip() == "[]"


def test_auto_leaves_a_cpu_alone_and_says_what_it_would_take(monkeypatch: pytest.MonkeyPatch) -> None:
    from perscoach.core.checks import Availability

    monkeypatch.setattr(
        access, "state", lambda auto, files=None: Availability(True, Message("SAM 3D Body (model.ckpt).", "есть"))
    )
    monkeypatch.setattr(sam3d, "has_gpu", lambda: False)
    assert sam3d.availability().ok and "about 10 s" in sam3d.availability().message.en
    assert not sam3d.availability(auto=True).ok
    assert "автоматически" in sam3d.availability(auto=True).message.ru
    monkeypatch.setattr(sam3d, "has_gpu", lambda: True)
    assert sam3d.availability(auto=True).ok


def test_random_weights_are_never_taken_by_auto(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []

    def state(auto: bool, files: object = None) -> object:
        from perscoach.core.checks import Availability

        asked.append(auto)
        return Availability(not auto, Message("random", "random"))

    monkeypatch.setattr(access, "state", state)
    monkeypatch.setattr(sam3d, "has_gpu", lambda: True)
    assert sam3d.availability().ok and not sam3d.availability(auto=True).ok
    assert asked == [False, True]
