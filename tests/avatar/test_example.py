"""The example clip: the embedded pose engine finds the person, close to where the joints truly are."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from perscoach.core.places import EXAMPLE
from perscoach.skeleton import MEDIAPIPE33

ASSETS = Path(__file__).resolve().parents[2] / "assets"
STEP = 10


@pytest.fixture(scope="module")
def truth():
    with np.load(ASSETS / "example_truth.npz", allow_pickle=False) as data:
        return dict(data)


@pytest.fixture(scope="module")
def frames():
    import av

    with av.open(str(EXAMPLE)) as clip:
        return [frame.to_ndarray(format="rgb24") for frame in clip.decode(video=0)]


def test_the_truth_belongs_to_the_clip(truth, frames):
    assert len(frames) == len(truth["joints_3d"]) == len(truth["keypoints_2d"]) == 240
    assert frames[0].shape[:2][::-1] == tuple(truth["size"])
    assert tuple(truth["joint_names"]) == MEDIAPIPE33.joints
    focal, *centre = truth["camera"]
    at = truth["joints_3d"] + truth["root"][:, None]
    np.testing.assert_allclose(at[..., :2] / at[..., 2:] * focal + centre, truth["keypoints_2d"], atol=0.05)


def test_limbs_keep_their_length_and_the_hips_go_down_three_times(truth):
    joints, index = truth["joints_3d"], MEDIAPIPE33.index
    for a, b in (("left_hip", "left_knee"), ("right_knee", "right_ankle"), ("left_elbow", "left_wrist")):
        assert np.ptp(np.linalg.norm(joints[:, index[a]] - joints[:, index[b]], axis=1)) < 1e-3
    height = truth["root"][:, 1]
    deep = height > height.min() + 0.7 * np.ptp(height)
    assert (np.diff(deep.astype(int)) == 1).sum() == 3 and np.ptp(height) > 0.3


def test_mediapipe_finds_the_person_where_it_is(truth, frames):
    from perscoach.core.errors import ModelError
    from perscoach.models import path_of
    from perscoach.people.follow import Follower

    try:
        model = path_of("pose_landmarker_full")
    except ModelError as error:
        pytest.skip(str(error))
    follower = Follower(model, None, 30 / STEP, masks=False)
    try:
        seen = [follower.look(frame) for frame in frames[::STEP]]
    finally:
        follower.close()
    assert all(one.image is not None for one in seen)
    height, width = frames[0].shape[:2]
    limbs = [
        i
        for i, n in enumerate(MEDIAPIPE33.joints)
        if n.split("_")[-1] in ("shoulder", "elbow", "wrist", "hip", "knee", "ankle")
    ]
    away = np.array(
        [
            np.linalg.norm(one.image[:, :2] * (width, height) - truth["keypoints_2d"][i * STEP], axis=1)[limbs]
            for i, one in enumerate(seen)
            if one.image is not None
        ]
    )
    tall = np.ptp(truth["keypoints_2d"][0, :, 1])
    assert np.median(away) < 0.02 * tall
    assert np.percentile(away, 95) < 0.06 * tall
