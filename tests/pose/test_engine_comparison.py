"""Two engines side by side: joints matched by name, frames by time, figures that mean what they say."""

from __future__ import annotations

import dataclasses
import json
from fractions import Fraction

import numpy as np
import pytest

from perscoach.avatar.joint_angles import ANGLES
from perscoach.core.errors import SettingsError
from perscoach.motion import Motion
from perscoach.pose.clean import to_motion
from perscoach.pose.engine_comparison import common_joints, compare_engines
from perscoach.skeleton import MEDIAPIPE33, MHR70
from tests.bundles.factories import motion as standing
from tests.pose.motion import raw_of, squat


def _squat(frames: int = 60, fps: Fraction = Fraction(30)) -> Motion:
    return to_motion(raw_of(squat(frames, float(fps))), MEDIAPIPE33, fps, 600, 800, 0.0, "mediapipe")


def test_mediapipes_joints_are_matched_to_mhrs_as_upstream_numbers_them() -> None:
    pairs = {i: j for _, i, j in common_joints(MEDIAPIPE33, MHR70)}
    text = """0:0 2:1 5:2 7:3 8:4 11:5 12:6 13:7 14:8 15:62 16:41 17:61 18:40 19:49 20:28 21:44 22:23 23:9 24:10 25:11
        26:12 27:13 28:14 29:17 30:20 31:15 32:18"""
    assert pairs == {int(a): int(b) for a, b in (p.split(":") for p in text.split())}
    assert {(j, i) for _, i, j in common_joints(MEDIAPIPE33, MHR70)} == {
        (i, j) for _, i, j in common_joints(MHR70, MEDIAPIPE33)
    }
    assert len(common_joints(MHR70, MHR70)) == 70


def test_a_movement_agrees_with_itself() -> None:
    one = _squat()
    found = compare_engines(one, one)
    assert (found.frames, found.both, found.only_first) == (60, 60, 0)
    assert found.median_px == 0 and found.correlation == 1
    assert all(a.offset_deg == 0 and a.p95_deg == 0 for a in found.angles)
    assert found.curves.shape == (2, 60, len(ANGLES))


def test_a_shift_in_the_picture_and_a_miss_are_told() -> None:
    one = _squat()
    points, valid, joints = one.keypoints_2d + np.float32([3, 4]), one.valid.copy(), one.joints_3d.copy()
    valid[7], points[7], joints[7] = False, np.nan, np.nan
    other = dataclasses.replace(one, keypoints_2d=points, valid=valid, joints_3d=joints, engine="b")
    found = compare_engines(one, other)
    assert (found.both, found.only_first, found.only_second) == (59, 1, 0)
    assert all(j.median_px == 5 and j.frames == 59 for j in found.joints)
    tall = float(np.median(np.ptp(one.keypoints_2d[:, :, 1], axis=1)))
    assert found.joints[0].median_share == pytest.approx(5 / tall, rel=0.1)
    assert found.engines == ("mediapipe", "b")
    assert json.loads(json.dumps(found.to_json(), allow_nan=False))["median_px"] == 5


def test_a_lag_lowers_the_correlation_of_what_moves() -> None:
    one, late = _squat(), _squat(70)
    tracks = ("joints_3d", "keypoints_2d", "confidence", "valid", "global_rot", "root", "seen", "contacts", "floor")
    parts = {n: getattr(late, n)[10:] for n in tracks}
    found = compare_engines(one, dataclasses.replace(late, **parts))
    knee = next(a for a in found.angles if a.name == "left_knee")
    assert knee.correlation is not None and 0 < knee.correlation < 0.8
    assert knee.p95_deg is not None and knee.p95_deg > 20


def test_other_rates_are_matched_by_time() -> None:
    slow, fast = _squat(20, Fraction(10)), _squat(58, Fraction(30))
    found = compare_engines(slow, fast)
    assert found.fps == 10 and found.frames == 20 and found.second[-1] == 57
    assert found.correlation is not None and found.correlation > 0.999
    assert np.nanmax(np.abs(found.curves[0] - found.curves[1])) < 1e-3


def test_other_skeletons_are_compared_and_still_joints_have_no_correlation() -> None:
    found = compare_engines(standing(8), standing(8, MHR70))
    assert len(found.joints) == 27 and found.both == 8
    assert all(a.correlation is None for a in found.angles)


def test_nothing_in_common_gives_no_numbers() -> None:
    found = compare_engines(standing(3), standing(3, misses=(0, 1, 2)))
    assert found.both == 0 and found.median_px is None and found.joints[0].p95_px is None
    json.dumps(found.to_json(), allow_nan=False)


def test_movements_of_different_pictures_are_refused() -> None:
    with pytest.raises(SettingsError, match="64x48"):
        compare_engines(standing(3), standing(3, size=(80, 48)))
