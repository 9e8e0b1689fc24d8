"""Joints of the face lie on the mannequin's head; vertices know the joint that tells whether they were seen."""

import numpy as np

from perscoach.avatar.face import face_joints, on_the_head
from perscoach.avatar.limbs import NONE, far_joints
from perscoach.avatar.mannequin import Mannequin
from perscoach.skeleton import MEDIAPIPE33
from tests.avatar.poses import exercise, motion_of
from tests.avatar.surfaces import distances


def test_ears_eyes_and_nose_lie_on_the_head_and_turn_with_it():
    valid = np.ones(40, bool)
    valid[7] = False
    joints = exercise(40)
    face = [j for j, name in enumerate(MEDIAPIPE33.joints) if any(p in name for p in ("eye", "ear", "nose", "mouth"))]
    joints[:, face] += np.array([0.0, -0.05, 0.03])  # a head of another shape: off the mannequin's by 6 cm
    motion = motion_of(joints, valid=valid)
    mesh = Mannequin(motion)
    shown = on_the_head(mesh, motion)
    assert face_joints(motion) == face
    for frame in (0, 20, 39):
        away = distances(shown[frame, face], mesh.vertices(frame, frame + 1)[0], mesh.faces)
        assert away.max() < 0.002
        left, right = (shown[frame, MEDIAPIPE33.index[f"{side}_ear"]] for side in ("left", "right"))
        wanted = (
            motion.joints_3d[frame, MEDIAPIPE33.index["left_ear"]]
            - motion.joints_3d[frame, MEDIAPIPE33.index["right_ear"]]
        )
        assert (left - right) @ wanted > 0.9 * np.linalg.norm(left - right) * np.linalg.norm(wanted)
    assert np.isnan(shown[7]).all()
    rest = [j for j in range(33) if j not in face]
    np.testing.assert_array_equal(shown[:, rest], motion.joints_3d[:, rest])


def test_a_vertex_belongs_to_the_far_joint_of_its_bone():
    mesh = Mannequin(motion_of(exercise(2)))
    far = far_joints(mesh, MEDIAPIPE33)
    for name, low, high in (("left_ankle", -np.inf, -0.2), ("right_wrist", -np.inf, np.inf)):
        held = mesh.rest[far == MEDIAPIPE33.index[name]]
        assert len(held) > 50
        assert ((held[:, 0] > 0) == name.startswith("left")).all(), "on its own side"
        assert (-held[:, 1] < high).all() and (-held[:, 1] > low).all()
    head = mesh.rest[:, 1] < mesh.rest[:, 1].min() + 0.1
    assert (far[head] == NONE).all()
