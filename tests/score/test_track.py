from __future__ import annotations

import dataclasses
import json
from typing import Any

import numpy as np
import pytest

from perscoach.core.errors import BundleError
from perscoach.score.plan import Target
from perscoach.score.rules import rules
from perscoach.score.track import Track, prepare
from perscoach.skeleton import MEDIAPIPE33, MHR70, SKELETONS
from tests.score.people import trainer

MOTION, WORLD, TRACK = trainer()


def test_the_rules_name_real_joints_and_mirror_images() -> None:
    r = rules()
    names = {"left_toe": ("left_foot_index", "left_big_toe"), "right_toe": ("right_foot_index", "right_big_toe")}
    for skeleton, joints in r.joints.items():
        for point, joint in zip(r.points, joints, strict=True):
            assert SKELETONS[skeleton].joints[joint] in names.get(point, (point,))
    for i, other in enumerate(r.other_side):
        assert r.points[other] == r.points[i].translate({}).replace("left", "?").replace("right", "left").replace(
            "?", "right"
        )
    for bone in r.bones:
        twin = r.bones[bone.other_side]
        assert r.bones[twin.other_side] is bone
        assert tuple(sorted(r.other_side[i] for i in bone.start)) == tuple(sorted(twin.start))
        assert bone.ok < bone.bad


def test_json_and_back() -> None:
    again = Track.from_json(json.loads(json.dumps(TRACK.to_json(), allow_nan=False)))
    np.testing.assert_allclose(again.points, TRACK.points, atol=1e-9)
    np.testing.assert_array_equal(again.pixels, TRACK.pixels)
    assert again.plan.targets == tuple(Target(**t) for t in TRACK.to_json()["plan"]["targets"])
    assert again.plan.to_json() == TRACK.plan.to_json()


@pytest.mark.parametrize("change", [
    {"schema": "x"}, {"rules": 0}, {"frames": 3}, {"fps": 0}, {"points": "AAAA"}, {"valid": 7}, {"plan": {"targets": []}},
    {"plan": TRACK.plan.to_json() | {"main": "unknown"}}, {"plan": TRACK.plan.to_json() | {"travel": float("nan")}},
    {"plan": TRACK.plan.to_json() | {"level": [1, 2]}}, {"step": 1},
])  # fmt: skip
def test_another_file_is_refused(change: dict[str, Any]) -> None:
    with pytest.raises(BundleError, match="track"):
        Track.from_json(TRACK.to_json() | change)
    with pytest.raises(BundleError):
        Track.from_json([])


def test_gaps_are_missing_and_their_edges_are_not_mixed() -> None:
    valid = MOTION.valid.copy()
    valid[50:60] = False
    joints = MOTION.joints_3d.copy()
    joints[50:60] = np.nan
    track = prepare(dataclasses.replace(MOTION, valid=valid, joints_3d=joints))
    assert track.at(55 / 30) is None
    moment = track.at(49.5 / 30)
    assert moment is not None
    np.testing.assert_allclose(moment, track.points[49] @ track.plan.level.T)
    times = np.array([49.5, 55, 59.5, 70.25]) / 30
    points, there = track.many(times)
    assert there.tolist() == [True, False, True, True]
    for time, point, ok in zip(times, points, there, strict=True):
        alone = track.at(float(time))
        assert (alone is not None) == ok
        if alone is not None:
            np.testing.assert_allclose(point, alone, atol=1e-12)


def test_nothing_to_compare_with_is_said() -> None:
    with pytest.raises(BundleError, match="0 frames"):
        prepare(dataclasses.replace(MOTION, valid=np.zeros(len(MOTION), bool)))


def test_a_trainer_of_the_other_skeleton_is_the_same_track() -> None:
    """The same person in MHR70's joints: every point that is compared lies where it did."""
    joints = np.zeros((len(MOTION), len(MHR70), 3), np.float32)
    pixels = np.zeros((len(MOTION), len(MHR70), 2), np.float32)
    for a, b in zip(rules().joints["mediapipe33"], rules().joints["mhr70"], strict=True):
        joints[:, b], pixels[:, b] = MOTION.joints_3d[:, a], MOTION.keypoints_2d[:, a]
    other = dataclasses.replace(MOTION, skeleton=MHR70, joints_3d=joints, keypoints_2d=pixels,
                                confidence=np.ones(joints.shape[:2], np.float32),
                                seen=np.zeros(joints.shape[:2], np.uint8))  # fmt: skip
    assert MOTION.skeleton is MEDIAPIPE33
    np.testing.assert_array_equal(prepare(other).points, TRACK.points)
    assert prepare(other).plan.to_json() == TRACK.plan.to_json()
