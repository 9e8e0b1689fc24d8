"""The sentence on limbs that nobody saw."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

from perscoach.bundles.person import check_motion
from perscoach.bundles.report import Report
from perscoach.motion import GUESSED, Motion
from perscoach.pose.clean import to_motion
from perscoach.pose.guessed import guessed_limbs
from perscoach.skeleton import MEDIAPIPE33
from tests.pose.motion import raw_of, squat

AT = MEDIAPIPE33.index


@pytest.fixture
def motion() -> Motion:
    return to_motion(raw_of(squat(40, 30, 0.3)), MEDIAPIPE33, Fraction(30), 600, 800, 0.0, "test")


def guess(motion: Motion, *joints: str, frames: slice = slice(None), out: bool = False) -> None:
    index = [AT[name] for name in joints]
    motion.seen[frames, index] = GUESSED
    if out:
        motion.keypoints_2d[frames, index, 1] = 900


def test_limbs_that_were_seen_give_no_sentence(motion: Motion) -> None:
    assert guessed_limbs(motion) == []


@pytest.mark.parametrize(
    ("joints", "out", "words"),
    [
        (("left_knee", "left_ankle", "right_knee", "right_ankle"), True, "The legs are outside the picture for the whole clip"),
        (("left_knee", "left_ankle"), False, "The left leg is hidden for the whole clip"),
        (("right_elbow", "right_wrist"), True, "The right arm is outside the picture for the whole clip"),
        (("left_knee", "left_ankle", "right_ankle"), True, "The left leg is outside"),  # and the right foot
        (("right_ankle", "left_ankle"), True, "The feet are outside the picture for the whole clip"),
        (("left_wrist",), False, "The left hand is hidden for the whole clip"),
        (("left_elbow", "left_wrist", "right_elbow", "right_wrist"), False, "The arms are hidden for the whole clip"),
    ],
)  # fmt: skip
def test_a_limb_that_was_never_seen_is_named(motion: Motion, joints: tuple[str, ...], out: bool, words: str) -> None:
    guess(motion, *joints, out=out)
    sentence, *others = guessed_limbs(motion)
    assert len(others) == (1 if len(joints) == 3 else 0)
    assert sentence.en.startswith(words) and "guessed" in sentence.en and "угадано" in sentence.ru
    report = Report()
    check_motion(motion, report)
    assert sentence.en in [finding.en for finding in report.findings]


def test_legs_with_different_reasons_get_a_sentence_each(motion: Motion) -> None:
    guess(motion, "left_knee", "left_ankle", out=True)
    guess(motion, "right_knee", "right_ankle")
    assert len(guessed_limbs(motion)) == 2


def test_a_limb_that_is_seen_for_a_while_is_not_guessed_for_the_clip(motion: Motion) -> None:
    guess(motion, "left_knee", "left_ankle", frames=slice(0, 30))
    assert guessed_limbs(motion) == []
    guess(motion, "left_knee", "left_ankle", frames=slice(0, 37))
    assert "nearly the whole clip" in guessed_limbs(motion)[0].en


def test_nobody_has_no_limbs(motion: Motion) -> None:
    motion.valid[:] = False
    assert guessed_limbs(motion) == []
    assert np.isfinite(motion.joints_3d).all()
