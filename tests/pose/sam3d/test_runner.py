from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
import torch

from perscoach.core.errors import EngineError
from perscoach.pose.base import PoseSettings
from perscoach.pose.camera import camera_of
from perscoach.pose.sam3d import hands as hands_module
from perscoach.pose.sam3d import runner as runner_module
from perscoach.pose.sam3d.crops import crop
from perscoach.pose.sam3d.parameters import BODY_SIZE, BodyParameters
from perscoach.pose.sam3d.runner import Found, Look, Runner, power_of_two, rays
from tests.standin.network import StandInNetwork

WIDTH, HEIGHT = 200, 300
CAMERA = camera_of(PoseSettings(), WIDTH, HEIGHT)


def _looks(count: int) -> list[Look]:
    """Frames of different brightness, boxes and masks."""
    looks = []
    for i in range(count):
        rng = np.random.default_rng(i)
        rgb = rng.integers(0, 60 + 190 * (i % 3) // 2, (HEIGHT, WIDTH, 3)).astype(np.uint8)
        mask = np.zeros((HEIGHT, WIDTH), np.uint8)
        mask[40 + i : 250, 50 : 150 - i] = 255
        looks.append(Look(crop(rgb, np.array([50, 40 + i, 150 - i, 250], np.float32), mask), rgb))
    return looks


def _run(network: StandInNetwork, looks: list[Look | None], **options: object) -> list[Found | None]:
    runner = Runner(network, CAMERA, **options)  # type: ignore[arg-type]
    try:
        return list(runner.run(looks))
    finally:
        runner.close()


def _same(a: list[Found | None], b: list[Found | None]) -> None:
    assert [x is None for x in a] == [y is None for y in b]
    for x, y in zip(a, b, strict=True):
        if x is not None and y is not None:
            for one, other in zip(x, y, strict=True):
                np.testing.assert_allclose(one, other, rtol=0, atol=2e-4)


@pytest.mark.parametrize("hands", [False, True])
def test_batches_give_what_single_frames_give(hands: bool) -> None:
    looks: list[Look | None] = [*_looks(7)]
    alone = _run(StandInNetwork(), looks, batch=1, hands=hands)
    network = StandInNetwork()
    together = _run(network, looks, batch=3, hands=hands)
    _same(alone, together)
    assert max(network.batches) == 3
    pixels = np.stack([found.pixels for found in alone if found is not None])
    assert np.ptp(pixels, axis=0).max() > 1  # the frames are told apart


def test_misses_keep_their_place() -> None:
    looks = _looks(6)
    network = StandInNetwork()
    mixed: list[Look | None] = [None, looks[0], None, None, looks[1], looks[2], None, looks[3], None, None]
    found = _run(network, mixed, batch=2)
    assert [f is None for f in found] == [one is None for one in mixed]
    assert network.batches == [2, 2]
    alone = _run(StandInNetwork(), [*looks[:4]], batch=1)
    _same([f for f in found if f is not None], alone)


def test_nobody_at_all_asks_nothing() -> None:
    network = StandInNetwork()
    assert _run(network, [None] * 5, batch=4) == [None] * 5
    assert network.batches == []


@pytest.mark.parametrize("wrapped", [False, True])
def test_too_little_memory_halves_the_batch_for_good(wrapped: bool) -> None:
    network = StandInNetwork(fits=3, wrapped=wrapped)
    runner = Runner(network, CAMERA, batch=8)
    found = list(runner.run(_looks(20)))
    assert network.batches == [-8, -4] + [2] * 10
    assert (runner.batch, runner.halvings) == (2, 2)
    _same(found, _run(StandInNetwork(), [*_looks(20)], batch=1))


def test_a_frame_that_does_not_fit_alone_is_an_error_in_words() -> None:
    with pytest.raises(EngineError, match="memory") as caught:
        _run(StandInNetwork(fits=0), [*_looks(2)], batch=2)
    assert "памят" in caught.value.ru


def test_other_errors_are_not_taken_for_memory() -> None:
    network = StandInNetwork()
    network.head_pose.keypoint_mapping = torch.zeros(308, 139)

    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("mat1 and mat2 shapes cannot be multiplied")

    network.forward_step = broken  # type: ignore[assignment, method-assign]
    with pytest.raises(RuntimeError, match="mat1"):
        _run(network, [*_looks(2)], batch=2)


def test_a_stop_is_heard_before_each_batch() -> None:
    class Stop(Exception):
        pass

    asked = []

    def check() -> None:
        asked.append(1)
        if len(asked) == 3:
            raise Stop

    network = StandInNetwork()
    seen = []
    with pytest.raises(Stop):
        for found in Runner(network, CAMERA, batch=2, check=check).run(_looks(8)):
            seen.append(found)
    assert (len(seen), network.batches) == (4, [2, 2])


def test_no_more_is_taken_than_a_batch() -> None:
    taken = []

    def looks() -> Iterator[Look]:
        for one in _looks(9):
            taken.append(one)
            yield one

    run = Runner(StandInNetwork(), CAMERA, batch=4).run(looks())
    next(run)
    assert len(taken) == 4


def test_the_answer_holds_the_parameters_in_their_order() -> None:
    network = StandInNetwork()
    look = _looks(1)
    runner = Runner(network, CAMERA, batch=1)
    found = next(iter(runner.run(look)))
    out = runner.outputs(look)
    assert found is not None and found.parameters.shape == (BODY_SIZE,)
    body = BodyParameters.unpack(found.parameters[None])
    for ours, theirs in (("body_pose", "body_pose"), ("hand_pose", "hand"), ("cam_t", "pred_cam_t")):
        np.testing.assert_array_equal(getattr(body, ours), out[theirs].numpy())
    np.testing.assert_array_equal(found.keypoints, out["pred_keypoints_3d"][0].numpy())


def test_only_what_is_used_is_computed() -> None:
    network = StandInNetwork()
    Runner(network, CAMERA, batch=1)
    assert network.head_pose.keypoint_mapping.shape[0] == network.head_pose_hand.keypoint_mapping.shape[0] == 70
    seen = network.camera_project({"pred_vertices": 1, "pred_cam": 2}, {})
    assert seen == {"pred_vertices": 1, "pred_cam": 2}
    before = network.camera_project
    Runner(network, CAMERA, batch=1)
    assert network.camera_project is before  # not once more for a second runner


def test_full_mode_needs_the_pictures_and_prompts_nobody_with_fillers() -> None:
    looks = _looks(6)
    with pytest.raises(ValueError, match="whole picture"):
        Runner(StandInNetwork(), CAMERA, hands=True, batch=2).outputs([look._replace(rgb=None) for look in looks])
    network = StandInNetwork()
    _run(network, [*looks], batch=6, hands=True)
    asked = sorted(n for call in network.prompts for n in call)
    assert asked and set(asked) <= {1, 2, 3, 4}


def test_hands_turned_too_far_are_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    looks: list[Look | None] = [*_looks(3)]
    body = _run(StandInNetwork(), looks, batch=3)
    monkeypatch.setattr(hands_module, "MAX_TURN", 0.0)
    network = StandInNetwork()
    full = _run(network, looks, batch=3, hands=True)
    assert network.prompts == []
    for one, other in zip(body, full, strict=True):
        assert one is not None and other is not None
        np.testing.assert_array_equal(one.parameters, other.parameters)


@pytest.mark.parametrize("seed", range(3))
def test_wrist_angles_and_matrices_are_inverse(seed: int) -> None:
    angles = torch.rand(50, 3, generator=torch.Generator().manual_seed(seed)) * 3 - 1.5
    matrices = hands_module._matrices(angles)
    assert torch.allclose(matrices @ matrices.mT, torch.eye(3).expand(50, 3, 3), atol=1e-5)
    assert torch.allclose(hands_module._angles(matrices), angles, atol=1e-4)
    other = hands_module._in_range(angles + torch.tensor([2 * torch.pi, 0, 0]))
    assert torch.allclose(hands_module._matrices(other), matrices, atol=1e-4)


def test_rays_go_through_the_pixels() -> None:
    batch = {
        "img": torch.zeros(1, 1, 3, 8, 8),
        "affine_trans": torch.tensor([[[[0.5, 0, 10.0], [0, 0.5, 20.0]]]]),
        "cam_int": torch.tensor([[[100.0, 0, 50], [0, 100, 60], [0, 0, 1]]]),
    }
    seen = rays(batch)
    assert seen.shape == (1, 1, 2, 8, 8)
    x, y = (3 - 10) / 0.5, (5 - 20) / 0.5  # pixel (3, 5) of the crop, in the picture
    assert seen[0, 0, :, 5, 3].tolist() == pytest.approx([(x - 50) / 100, (y - 60) / 100])


@pytest.mark.parametrize(("count", "batch"), [(0, 1), (1, 1), (5, 4), (16, 16), (31, 16), (5000, 32)])
def test_the_batch_is_a_power_of_two(count: int, batch: int) -> None:
    assert power_of_two(count) == batch


def test_a_cpu_takes_small_batches() -> None:
    assert runner_module.batch_that_fits(torch.device("cpu"), False) == runner_module.CPU_BATCH
