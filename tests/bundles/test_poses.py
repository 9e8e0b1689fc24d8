"""The movement's files: round trips, what a page reads, and what the readers refuse."""

from __future__ import annotations

import io
import json
import tracemalloc
import zipfile
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from perscoach.bundles import poses_json, poses_npz
from perscoach.bundles.poses import read_json, read_npz, read_vertices, write_json, write_npz
from perscoach.bundles.poses_npz import VERTEX_STEP
from perscoach.core.errors import BundleError
from perscoach.motion import CONTACTS, GUESSED, MEASURED, Motion
from perscoach.skeleton import MEDIAPIPE33, MHR70, Skeleton

from .factories import Blob, motion

NTSC = Fraction(30000, 1001)
ARRAYS = {"joints_3d": 6e-5, "keypoints_2d": 0.051, "confidence": 6e-4, "global_rot": 6e-5, "root": 6e-5, "floor": 6e-5}


def same(a: Motion, b: Motion, exact: bool) -> None:
    assert (a.fps, a.width, a.height, a.skeleton, a.engine) == (b.fps, b.width, b.height, b.skeleton, b.engine)
    for name in ("valid", "seen", "contacts"):
        assert np.array_equal(getattr(a, name), getattr(b, name)), name
    for name, most in ARRAYS.items():
        x, y = getattr(a, name), getattr(b, name)
        np.testing.assert_array_equal(np.isnan(x), np.isnan(y))
        np.testing.assert_allclose(x, y, rtol=0, atol=0 if exact else most, err_msg=name)


@pytest.mark.parametrize("skeleton", [MEDIAPIPE33, MHR70])
@pytest.mark.parametrize(("frames", "misses"), [(0, ()), (1, ()), (7, (2, 3)), (2, (0, 1))])
def test_round_trip(tmp_path: Path, skeleton: Skeleton, frames: int, misses: tuple[int, ...]) -> None:
    rng = np.random.default_rng(0)
    moved = motion(
        frames,
        skeleton,
        NTSC,
        misses=misses,
        seen=rng.integers(0, 3, (frames, len(skeleton))).astype(np.uint8),
        contacts=rng.random((frames, len(CONTACTS))) < 0.5,
        floor=np.tile(np.float32([0, -1, 0, -0.9]), (frames, 1)),
    )
    write_json(tmp_path / "a.json", moved)
    same(read_json(tmp_path / "a.json"), moved, exact=False)
    write_npz(tmp_path / "a.npz", moved, Blob(moved))
    back = read_npz(tmp_path / "a.npz", vertices=True)
    same(back, moved, exact=True)
    assert back.vertices is not None and back.faces is not None
    np.testing.assert_allclose(back.vertices, Blob(moved).vertices(0, frames), rtol=0, atol=VERTEX_STEP / 2)
    assert read_npz(tmp_path / "a.npz").vertices is None


def test_every_pose_has_what_a_page_reads(tmp_path: Path) -> None:
    moved = motion(4, fps=NTSC, misses=(1,))
    write_json(tmp_path / "a.json", moved)
    text = (tmp_path / "a.json").read_text(encoding="utf-8")
    value = json.loads(text, parse_constant=lambda word: pytest.fail(word))
    assert value["fps"] == pytest.approx(29.97, abs=0.001) and value["total_frames"] == 4
    assert (value["width"], value["height"], value["skeleton"]) == (64, 48, "mediapipe33")
    for key in ("schema", "joint_names", "units", "axes", "origin", "engine"):
        assert value[key]
    for index, pose in enumerate(value["poses"]):
        assert pose["frame"] == index and pose["t"] == pytest.approx(index * 1001 / 30000, abs=1e-6)
        assert np.shape(pose["joints_3d"]) == (33, 3) and np.shape(pose["keypoints_2d"]) == (33, 2)
        assert np.shape(pose["global_rot"]) == (3,)
    assert value["poses"][1]["valid"] is False and value["poses"][1]["joints_3d"][0] == [None, None, None]
    assert value["poses"][0]["root"] == [0.1, 0.2, 3.0], "rounded in float64: no 0.10000000149"
    assert "-0.0," not in text
    per_frame = len(text) / 4
    assert per_frame < 2700, "compact"


def test_packages_of_earlier_versions_read_as_measured_throughout(tmp_path: Path) -> None:
    """They have no ``seen``, ``contacts`` or ``floor``."""
    moved = motion(4, misses=(1,))
    write_json(tmp_path / "a.json", moved)
    write_npz(tmp_path / "a.npz", moved)
    value = json.loads((tmp_path / "a.json").read_text(encoding="utf-8"))
    for pose in value["poses"]:
        for key in ("seen", "contacts", "floor"):
            del pose[key]
    (tmp_path / "old.json").write_text(json.dumps(value), encoding="utf-8")
    with zipfile.ZipFile(tmp_path / "a.npz") as new, zipfile.ZipFile(tmp_path / "old.npz", "w") as old:
        for name in new.namelist():
            if not name.startswith(("seen", "contact", "floor")):
                old.writestr(name, new.read(name))
    for back in (read_json(tmp_path / "old.json"), read_npz(tmp_path / "old.npz")):
        assert (back.seen[back.valid] == MEASURED).all() and (back.seen[~back.valid] == GUESSED).all()
        assert not back.contacts.any() and np.isnan(back.floor).all()


@pytest.mark.parametrize(
    ("key", "wrong"),
    [
        ("seen", [3] * 33),
        ("seen", [0] * 32),
        ("seen", None),
        ("contacts", ["nose"]),
        ("contacts", 1),
        ("floor", [0, 1]),
    ],
)
def test_what_was_seen_is_checked(tmp_path: Path, key: str, wrong: Any) -> None:
    write_json(tmp_path / "a.json", motion(3))
    value = json.loads((tmp_path / "a.json").read_text(encoding="utf-8"))
    value["poses"][1][key] = wrong
    (tmp_path / "a.json").write_text(json.dumps(value), encoding="utf-8")
    with pytest.raises(BundleError, match=key):
        read_json(tmp_path / "a.json")


def test_an_infinite_number_is_refused(tmp_path: Path) -> None:
    moved = motion(3)
    moved.joints_3d[1, 0, 0] = np.inf
    with pytest.raises(BundleError, match="Frame 1"):
        write_json(tmp_path / "a.json", moved)
    assert not list(tmp_path.iterdir())
    write_npz(tmp_path / "a.npz", moved, Blob(moved))
    with pytest.raises(BundleError, match="joints_3d: an infinite number"):
        read_npz(tmp_path / "a.npz")


def test_numpy_opens_the_npz_without_pickle(tmp_path: Path) -> None:
    moved = motion(5, fps=NTSC)
    write_npz(tmp_path / "a.npz", moved, Blob(moved))
    with np.load(tmp_path / "a.npz", allow_pickle=False) as data:
        assert data["fps"].shape == () and data["fps"].dtype == np.float64
        assert (int(data["fps_num"]), int(data["fps_den"])) == (30000, 1001)
        assert data["joints_3d"].shape == (5, 33, 3) and data["joints_3d"].dtype == np.float32
        assert data["vertices"].shape == (5, 132, 3) and data["vertices"].dtype == np.float32
        assert data["faces"].shape == (132, 3) and data["faces"].dtype == np.int32
        assert str(data["skeleton"]) == "mediapipe33" and data["joint_names"][0] == "nose"
        for name in data.files:
            assert data[name] is not None


def test_an_engines_own_numbers_travel_too(tmp_path: Path) -> None:
    own = {"mhr_model_params": np.arange(5 * 204, dtype=np.float32).reshape(5, 204), "focal_px": np.ones(5, np.float32)}
    write_npz(tmp_path / "a.npz", motion(5, extras=own))
    back = read_npz(tmp_path / "a.npz").extras
    assert set(back) == set(own)
    np.testing.assert_array_equal(back["mhr_model_params"], own["mhr_model_params"])
    with pytest.raises(ValueError, match="root is a name"):
        write_npz(tmp_path / "b.npz", motion(5, extras={"root": own["focal_px"]}))
    assert not (tmp_path / "b.npz").exists()


def test_extras_have_a_limit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_npz(tmp_path / "a.npz", motion(5, extras={"mine": np.ones((5, 300_000), np.float32)}))
    monkeypatch.setattr(poses_npz, "_MAX_EXTRAS", 1 << 20)
    with pytest.raises(BundleError, match="mine: 5 MB, expected at most 1"):
        read_npz(tmp_path / "a.npz")


def test_rounding_lets_the_vertices_be_packed(tmp_path: Path) -> None:
    from perscoach.avatar.mannequin import Mannequin

    moved = motion(40)
    write_npz(tmp_path / "a.npz", moved, Mannequin(moved))
    with zipfile.ZipFile(tmp_path / "a.npz") as archive:
        info = archive.getinfo("vertices.npy")
        assert info.compress_size < 0.65 * info.file_size
        assert archive.getinfo("joints_3d.npy").compress_type == zipfile.ZIP_STORED


def test_vertices_are_written_and_read_in_blocks(tmp_path: Path) -> None:
    moved = motion(2000)
    mesh = Blob(moved)
    tracemalloc.start()
    write_npz(tmp_path / "a.npz", moved, mesh)
    total = sum(b.nbytes for b in read_vertices(tmp_path / "a.npz", 50))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert total == 2000 * 132 * 12
    assert max(b - a for a, b in mesh.asked) <= 64
    assert peak < total, "never all of them at once"
    read = np.concatenate(list(read_vertices(tmp_path / "a.npz")))
    np.testing.assert_allclose(read, mesh.vertices(0, 2000), rtol=0, atol=VERTEX_STEP / 2)


def test_a_motion_may_bring_its_own_mesh(tmp_path: Path) -> None:
    moved = motion(3)
    mesh = Blob(moved)
    whole = motion(3, vertices=mesh.vertices(0, 3), faces=mesh.faces)
    write_npz(tmp_path / "a.npz", whole)
    read = read_npz(tmp_path / "a.npz", vertices=True).vertices
    assert read is not None and whole.vertices is not None
    np.testing.assert_allclose(read, whole.vertices, rtol=0, atol=VERTEX_STEP / 2)
    write_npz(tmp_path / "b.npz", moved)
    assert read_npz(tmp_path / "b.npz", vertices=True).vertices is None
    assert list(read_vertices(tmp_path / "b.npz")) == [] and poses_npz.read_faces(tmp_path / "b.npz") is None


def test_a_mesh_that_changes_leaves_no_file(tmp_path: Path) -> None:
    class Changing(Blob):
        def vertices(self, start: int, stop: int) -> np.ndarray:
            return super().vertices(start, stop)[:, : None if start == 0 else -1]

    moved = motion(100)
    with pytest.raises(BundleError, match="Frame 64"):
        write_npz(tmp_path / "a.npz", moved, Changing(moved))
    assert not list(tmp_path.iterdir())


def changed_json(tmp_path: Path, **changes: Any) -> Path:
    write_json(tmp_path / "a.json", motion(3))
    value = json.loads((tmp_path / "a.json").read_text())
    for key, item in changes.items():
        target = value
        *parents, last = key.split("__")
        for parent in parents:
            target = target[int(parent)] if isinstance(target, list) else target[parent]
        if item is ...:
            del target[last]
        else:
            target[int(last) if isinstance(target, list) else last] = item
    (tmp_path / "a.json").write_text(json.dumps(value))
    return tmp_path / "a.json"


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"schema": "other"}, "schema"),
        ({"total_frames": 4}, "total_frames is 4, but there are 3"),
        ({"total_frames": True}, "total_frames"),
        ({"skeleton": "coco"}, "skeleton: expected one of mediapipe33, mhr70"),
        ({"skeleton": ["mhr70"]}, "skeleton"),
        ({"joint_names__0": "nase"}, "joint_names"),
        ({"edges": [[0, 1]]}, "edges"),
        ({"fps": 0}, "fps"),
        ({"fps": True}, "fps"),
        ({"fps": "30"}, "fps"),
        ({"fps": 25.0}, "fps is 25, but fps_num / fps_den is 30"),
        ({"width": 64.0}, "width"),
        ({"poses": {}}, "poses: expected a list"),
        ({"engine": 3}, "engine"),
        ({"poses__1": None}, "pose 1"),
        ({"poses__1__frame": 0}, "pose 1"),
        ({"poses__2__valid": 1}, "pose 2"),
        ({"poses__0__joints_3d": ...}, "pose 0, joints_3d"),
        ({"poses__0__joints_3d__5": [0, 0]}, "pose 0, joints_3d"),
        ({"poses__0__joints_3d__5__1": "1"}, "pose 0, joints_3d"),
        ({"poses__0__joints_3d__5__1": True}, "pose 0, joints_3d"),
        ({"poses__0__joints_3d__5__1": 10**400}, "beyond 64 bits"),
        ({"poses__0__root": [0, 0, [0]]}, "pose 0, root"),
        ({"poses__0__confidence__3": 1.5}, "confidence"),
        ({"poses__0__confidence__3": None}, "confidence"),
    ],
)
def test_a_changed_json_is_refused(tmp_path: Path, changes: dict[str, Any], message: str) -> None:
    with pytest.raises(BundleError, match=message):
        read_json(changed_json(tmp_path, **changes))


@pytest.mark.parametrize(
    "text", ["", "[]", "3", "null", '{"schema": NaN}', "[" * 100_000, '{"a": 1', "\ufeff{}", "\x00"]
)
def test_what_is_no_json_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "a.json").write_text(text, encoding="utf-8")
    with pytest.raises(BundleError, match=r"a\.json"):
        read_json(tmp_path / "a.json")


def test_a_json_without_the_exact_rate_is_read(tmp_path: Path) -> None:
    path = changed_json(tmp_path, fps_num=..., fps_den=..., fps=29.97002997)
    assert read_json(path).fps == NTSC


def test_a_huge_json_is_refused_unread(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_json(tmp_path / "a.json", motion(3))
    monkeypatch.setattr(poses_json, "MAX_BYTES", 1000)
    with pytest.raises(BundleError, match="over 1000 bytes"):
        read_json(tmp_path / "a.json")
    with pytest.raises(BundleError, match="no such file"):
        read_json(tmp_path / "missing.json")


def changed_npz(path: Path, compressed: bool = False, **changes: Any) -> Path:
    """A good file with members replaced (bytes as they are) or left out (``...``)."""
    moved = motion(3)
    write_npz(path, moved, Blob(moved))
    with zipfile.ZipFile(path) as archive:
        members = {i.filename: archive.read(i) for i in archive.infolist()}
    for key, item in changes.items():
        if item is ...:
            del members[f"{key}.npy"]
        elif isinstance(item, bytes):
            members[f"{key}.npy"] = item
        else:
            buffer = io.BytesIO()
            np.save(buffer, item, allow_pickle=True)
            members[f"{key}.npy"] = buffer.getvalue()
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED if compressed else zipfile.ZIP_STORED) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return path


def claimed(shape: tuple[int, ...], data: bytes = b"") -> bytes:
    """A member that claims a shape it does not hold."""
    buffer = io.BytesIO()
    np.lib.format.write_array_header_1_0(buffer, {"descr": "<f4", "fortran_order": False, "shape": shape})
    return buffer.getvalue() + data


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"joints_3d": ...}, "joints_3d"),
        ({"faces": ...}, "both or neither"),
        ({"vertices": ...}, "both or neither"),
        ({"engine": ...}, "engine is missing"),
        ({"schema": np.array("other")}, "schema"),
        ({"schema": np.array(3)}, "schema: expected text"),
        ({"skeleton": np.array("coco")}, "skeleton"),
        ({"joint_names": np.array(["nose"])}, "joint_names"),
        ({"joints_3d": np.zeros((3, 33, 3))}, "expected float32"),
        ({"joints_3d": np.zeros((3, 32, 3), np.float32)}, "joints_3d: expected float32 of shape"),
        ({"joints_3d": np.array([object()])}, "expected a plain array|cannot be read"),
        ({"joints_3d": np.asfortranarray(np.ones((3, 33, 3), np.float32))}, "joints_3d"),
        ({"joints_3d": claimed((10**9, 33, 3))}, "bytes, its shape"),
        ({"joints_3d": claimed((-3, 33, 3))}, "plain array|cannot be read"),
        ({"vertices": claimed((3, 10**12, 3))}, "bytes, its shape"),
        ({"vertices": np.zeros((2, 132, 3), np.float32)}, "vertices: expected shape"),
        ({"faces": np.full((4, 3), 132, np.int32)}, "faces: expected indices"),
        ({"faces": np.zeros((4, 3), np.int64)}, "faces"),
        ({"fps": np.float64(25)}, "fps"),
        ({"fps": np.float64(np.nan)}, "fps"),
        ({"fps_den": np.int64(0)}, "fps_den"),
        ({"width": np.int64(-1)}, "width"),
        ({"valid": claimed((3,), b"\x00" * 12)}, "valid"),
        ({"confidence": np.full((3, 33), np.nan, np.float32)}, "confidence"),
        ({"joints_3d": b""}, "cannot be read"),
        ({"joints_3d": b"\x93NUMPY\x09\x00"}, "unknown version|cannot be read"),
    ],
)
def test_a_changed_npz_is_refused(tmp_path: Path, changes: dict[str, Any], message: str) -> None:
    path = changed_npz(tmp_path / "a.npz", **changes)
    with pytest.raises(BundleError, match=message):
        read_npz(path, vertices=True)


def test_a_packed_npz_is_read_but_not_a_bomb(tmp_path: Path) -> None:
    path = changed_npz(tmp_path / "a.npz", compressed=True)
    same(read_npz(path), motion(3), exact=True)
    bomb = changed_npz(tmp_path / "b.npz", compressed=True, joints_3d=claimed((3, 33, 3), bytes(50_000_000)))
    assert bomb.stat().st_size < 1_000_000
    tracemalloc.start()
    with pytest.raises(BundleError, match="bytes, its shape"):
        read_npz(bomb)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 5_000_000, "refused before it is unpacked"


def test_a_member_twice_is_refused(tmp_path: Path) -> None:
    path = changed_npz(tmp_path / "a.npz")
    with pytest.warns(UserWarning), zipfile.ZipFile(path, "a") as archive:
        archive.writestr("fps.npy", b"")
    with pytest.raises(BundleError, match="same name"):
        read_npz(path)


@pytest.mark.parametrize("data", [b"", b"PK\x03\x04", b"not a zip" * 100])
def test_what_is_no_npz_is_refused(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "a.npz").write_bytes(data)
    for reader in (read_npz, poses_npz.read_faces, lambda p: list(read_vertices(p))):
        with pytest.raises(BundleError, match=r"a\.npz"):
            reader(tmp_path / "a.npz")
