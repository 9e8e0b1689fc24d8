"""``viewer.bin``: what was written comes back, within the error that the header states."""

import numpy as np
import pytest

from perscoach.avatar.compact import read_compact, real, rebuild, write_compact
from perscoach.avatar.face import face_joints
from perscoach.avatar.joint_angles import ANGLES, joint_angles
from perscoach.avatar.mannequin import Mannequin
from perscoach.avatar.reduce import CHUNK
from perscoach.core.errors import PerscoachError
from tests.avatar.poses import POSES, exercise, motion_of


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    valid = np.ones(700, bool)
    valid[[0, 100, 101, 699]] = False
    motion = motion_of(exercise(700, noise=0.004), valid=valid)
    mesh = Mannequin(motion)
    path = tmp_path_factory.mktemp("compact") / "viewer.bin"
    header = write_compact(path, mesh, motion)
    return path, header, motion, mesh


def test_the_mesh_comes_back_within_the_stated_error(written):
    path, header, motion, mesh = written
    stored, sections = read_compact(path)
    assert stored == header
    errors = np.array(
        [
            np.linalg.norm(rebuild(stored, sections, f) - mesh.vertices(f, f + 1)[0], axis=1)
            for f in range(0, 700, 7)
            if motion.valid[f]
        ]
    )
    assert errors.mean() * 1000 < 2
    assert errors.mean() * 1000 == pytest.approx(header["mesh"]["mean_error_mm"], rel=0.15)
    assert errors.max() * 1000 <= header["mesh"]["max_error_mm"] * 1.01
    np.testing.assert_array_equal(sections["faces"], mesh.faces)


def test_joints_points_and_angles_come_back(written):
    path, header, motion, _ = written
    stored, sections = read_compact(path)
    body = [j for j in range(33) if j not in face_joints(motion)]
    np.testing.assert_allclose(real(stored, sections, "joints_3d")[:, body], motion.joints_3d[:, body], atol=1e-4)
    np.testing.assert_allclose(real(stored, sections, "keypoints_2d"), motion.keypoints_2d, atol=0.05)
    np.testing.assert_array_equal(sections["seen"], motion.seen)
    np.testing.assert_allclose(real(stored, sections, "angles"), joint_angles(motion), atol=0.02)
    np.testing.assert_array_equal(sections["valid"].astype(bool), motion.valid)
    assert header["skeleton"]["edges"] == [list(e) for e in motion.skeleton.edges]


def test_every_section_is_aligned_and_inside(written):
    path, header, *_ = written
    for section in header["sections"].values():
        assert section["offset"] % 8 == 0
    assert path.stat().st_size < 4_000_000


def test_the_mesh_is_read_in_small_pieces(tmp_path):
    motion = motion_of(exercise(400))
    mesh = Mannequin(motion)
    asked = []

    class Watched:
        faces = mesh.faces

        def vertices(self, start, stop):
            asked.append(stop - start)
            return mesh.vertices(start, stop)

    write_compact(tmp_path / "v.bin", Watched(), motion)
    assert max(asked) <= CHUNK


@pytest.mark.parametrize("frames", [1, 2])
def test_the_shortest_movements(tmp_path, frames):
    motion = motion_of(exercise(frames))
    mesh = Mannequin(motion)
    header = write_compact(tmp_path / "v.bin", mesh, motion)
    stored, sections = read_compact(tmp_path / "v.bin")
    np.testing.assert_allclose(rebuild(stored, sections, 0), mesh.vertices(0, 1)[0], atol=1e-3)
    assert header["frames"] == frames


def test_no_body_at_all_is_a_sentence(tmp_path):
    motion = motion_of(exercise(5), valid=np.zeros(5, bool))
    with pytest.raises(PerscoachError, match="No body"):
        write_compact(tmp_path / "v.bin", Mannequin(motion), motion)
    assert not list(tmp_path.iterdir())


def test_damaged_files_are_refused_in_words(written, tmp_path):
    raw = written[0].read_bytes()
    length = int.from_bytes(raw[8:12], "little")
    header = raw[12 : 12 + length]
    cases = [
        b"",
        b"PCVIEW01",
        raw[:500],
        raw[: len(raw) // 2],
        b"XX" + raw[2:],
        raw[:8] + b"\xff\xff\xff\xff" + raw[12:],
    ]
    cases += [
        raw[:12] + b"[" + raw[13:],
        raw[:12] + header.replace(b'"shape":[700', b'"shape":[-70') + raw[12 + length :],
    ]
    cases += [raw[:12] + header.replace(b'"float32"', b'"object7"') + raw[12 + length :]]
    for i, case in enumerate(cases):
        path = tmp_path / f"{i}.bin"
        path.write_bytes(case)
        with pytest.raises(PerscoachError):
            read_compact(path)


def test_known_angles():
    names = [a.name for a in ANGLES]
    angles = dict(zip(names, joint_angles(motion_of(POSES["press"][None]))[0], strict=True))
    upper, fore = np.array([1, 0.1, -0.1]), np.array([0, -1, 0])
    inner = np.degrees(np.arccos(-upper @ fore / np.linalg.norm(upper)))
    assert angles["left_elbow"] == pytest.approx(inner, abs=0.01)
    assert angles["trunk"] == pytest.approx(0, abs=0.01)
    leaning = joint_angles(motion_of(POSES["squat"][None]))[0][names.index("trunk")]
    assert leaning == pytest.approx(np.degrees(np.arctan2(0.5, 0.85)), abs=0.01)
    assert np.isnan(joint_angles(motion_of(exercise(2), valid=np.array([True, False])))[1]).all()
