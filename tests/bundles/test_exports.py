"""The files for 3D programs: counts, duration and numbers; what they show is held in ``tests/avatar``."""

from __future__ import annotations

import dataclasses
import json
import shutil
import struct
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from perscoach.avatar.compact import MISSING, read_compact
from perscoach.bundles import layout
from perscoach.bundles.bodies import Level, body_of, detail_of, write_bodies
from perscoach.bundles.check import check_bundle
from perscoach.bundles.exports import check_exports
from perscoach.bundles.mirror import write_mirror
from perscoach.bundles.notice import write_notice
from perscoach.bundles.poses import write_npz
from perscoach.bundles.report import Report
from perscoach.core.errors import Cancelled
from perscoach.core.progress import Quiet
from perscoach.motion import GUESSED, Motion
from perscoach.pose.clean import to_motion
from perscoach.score.track import prepare
from perscoach.skeleton import MEDIAPIPE33
from tests.avatar.surfaces import distances
from tests.bundles.factories import bundle, describe, motion
from tests.pose.motion import raw_of, squat


def moving(frames: int = 40) -> Motion:
    found = np.ones(frames, bool)
    found[10:22] = False  # longer than what is filled
    return to_motion(raw_of(squat(frames, 30.0, 0.7), found), MEDIAPIPE33, Fraction(30), 600, 800, 0.4, "mediapipe")


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Motion, dict[str, Any]]:
    folder, moved = tmp_path_factory.mktemp("bodies"), moving()
    return folder, moved, write_bodies(folder / "poses", moved, "small", Quiet())[1]


@pytest.fixture(scope="module")
def written(made: tuple[Path, Motion, dict[str, Any]]) -> tuple[Path, Motion]:
    return made[:2]


@pytest.fixture(scope="module")
def figures(made: tuple[Path, Motion, dict[str, Any]]) -> dict[str, Any]:
    return made[2]


@pytest.fixture
def copy(written: tuple[Path, Motion], tmp_path: Path) -> tuple[Path, Motion]:
    shutil.copytree(written[0] / "poses", tmp_path / "poses")
    return tmp_path, written[1]


def checked(folder: Path, moved: Motion, figures: dict[str, Any] | None = None) -> Report:
    report = Report()
    check_exports(folder, moved, figures or {}, report, Quiet())
    return report


def test_what_is_written_has_no_findings(written: tuple[Path, Motion], figures: dict[str, Any]) -> None:
    report = checked(*written, figures)
    assert not report.findings
    assert report.figures["trainer.glb"] == {k: figures["glb"][k] for k in ("vertices", "faces", "bones", "frames")}
    assert report.figures["trainer.bvh"] == {k: figures["bvh"][k] for k in ("joints", "frames")}


@pytest.mark.parametrize("change", ["frames", "rate"])
def test_another_movement_is_noticed(change: str, written: tuple[Path, Motion]) -> None:
    folder, moved = written
    other = moving(39) if change == "frames" else dataclasses.replace(moved, fps=Fraction(25))
    report = checked(folder, other)
    assert {f.en.split(":")[0] for f in report.findings} == {"trainer.glb", "trainer.bvh"} and not report.ok


@pytest.mark.parametrize("key", ["vertices", "faces", "bones"])
def test_counts_other_than_the_manifests_are_noticed(
    key: str, written: tuple[Path, Motion], figures: dict[str, Any]
) -> None:
    other = {**figures, "glb": figures["glb"] | {key: 7}}
    (found,) = checked(*written, other).findings
    assert f"{key} is" in found.en and "expected 7" in found.en


def floats_of(data: bytes) -> tuple[int, int]:
    """Where the numbers of the vertices' places start and stop in a GLB."""
    size = struct.unpack_from("<I", data, 12)[0]
    scene = json.loads(data[20 : 20 + size])
    accessor = scene["accessors"][scene["meshes"][0]["primitives"][0]["attributes"]["POSITION"]]
    start = 28 + size + scene["bufferViews"][accessor["bufferView"]]["byteOffset"]
    return start, start + 12 * accessor["count"]


@pytest.mark.parametrize("cut", [0, 3, 11, 19, 40, 5000, -1])
def test_a_cut_glb_is_noticed(cut: int, copy: tuple[Path, Motion]) -> None:
    path = copy[0] / layout.GLB
    path.write_bytes(path.read_bytes()[:cut])
    (found,) = checked(*copy).findings
    assert found.en.startswith("trainer.glb")


def test_numbers_that_are_not_finite_are_noticed(copy: tuple[Path, Motion]) -> None:
    path = copy[0] / layout.GLB
    data = bytearray(path.read_bytes())
    start, _ = floats_of(data)
    struct.pack_into("<f", data, start + 40, float("nan"))
    path.write_bytes(data)
    assert "not finite" in checked(*copy).findings[0].en


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("HIERARCHY", "HIERARCHIE"),
        ("MOTION", "MOTIO"),
        ("Frames: 40", "Frames: 39"),
        ("Frames: 40", "Frames: nan"),
        ("Frame Time: 0.0333", "Frame Time: 0.04"),
        ("Frame Time: 0.0333", "Frame Time: nan"),
        ("CHANNELS 3", "CHANNELS 6"),
        ("\n", "\n1e999 "),
        ("ROOT", "JOINT\nROOT"),
    ],
)
def test_a_broken_bvh_is_noticed(old: str, new: str, copy: tuple[Path, Motion], figures: dict[str, Any]) -> None:
    path = copy[0] / layout.BVH
    text = path.read_text()
    assert old in text
    path.write_text(new.join(text.rsplit(old, 2 if old == "\n" else 1)))
    assert {f.en.split(":")[0] for f in checked(*copy, figures).findings} == {"trainer.bvh"}


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data(), name=st.sampled_from([layout.GLB, layout.BVH]))
def test_broken_bytes_only_ever_give_findings(
    data: st.DataObject, name: str, written: tuple[Path, Motion], tmp_path: Path
) -> None:
    broken = bytearray((written[0] / name).read_bytes())
    for _ in range(data.draw(st.integers(1, 8))):
        broken[data.draw(st.integers(0, min(len(broken), 20_000) - 1))] = data.draw(st.integers(0, 255))
    (tmp_path / "poses").mkdir(exist_ok=True)
    (tmp_path / name).write_bytes(bytes(broken))
    for found in checked(tmp_path, written[1]).findings:
        assert found.en and found.ru


def test_the_check_of_a_bundle_looks_at_them(tmp_path: Path) -> None:
    out = bundle(tmp_path, frames=6)
    moved = motion(6, fps=Fraction(30000, 1001))
    write_bodies(out / "poses", moved, "small", Quiet())
    describe(out, moved, 6, Fraction(30000, 1001))
    report = check_bundle(out)
    assert report.ok and report.figures["trainer.glb"]["frames"] == 6, report.findings
    (out / layout.GLB).write_bytes(b"glTF")
    describe(out, moved, 6, Fraction(30000, 1001))
    assert any("trainer.glb: " in f.en for f in check_bundle(out).findings)


def test_what_sam_made_goes_with_its_notice(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    upstream = tmp_path / "upstream" / "sam-3d-body"
    upstream.mkdir(parents=True)
    monkeypatch.setenv("PERSCOACH_SAM3D_SOURCE", str(tmp_path / "upstream"))
    out = bundle(tmp_path, engine="sam3d")
    assert any("NOTICE.txt is missing" in f.en for f in check_bundle(out).findings)
    write_notice(out, "sam3d")
    told = (out / layout.NOTICE).read_text()
    assert "SAM License" in told and "Apache" in told and "blob/main/LICENSE" in told
    assert not (out / layout.SAM_LICENSE).exists()
    (upstream / "LICENSE").write_text("SAM License\nall of it")
    write_notice(out, "sam3d")
    assert (out / layout.SAM_LICENSE).read_text().endswith("all of it")
    assert layout.SAM_LICENSE in (out / layout.NOTICE).read_text()
    write_notice(tmp_path / "none", "mediapipe")
    assert not (tmp_path / "none").exists()


def test_reading_a_level_can_be_stopped(written: tuple[Path, Motion]) -> None:
    class Stop(Quiet):
        def check(self) -> None:
            raise Cancelled

    body = body_of(written[1])
    with pytest.raises(Cancelled):
        Level(body, detail_of(body, "small"), Stop()).vertices(0, 2)


def test_three_minutes_fit_into_50_mb_and_stay_close_to_the_body(written: tuple[Path, Motion], tmp_path: Path) -> None:
    """2 896 poses are three minutes at every second frame. What does not grow with the clip is counted once."""
    folder, moved = written
    sizes, path = [], tmp_path / "part.npz"
    body = body_of(moved)
    detail = detail_of(body, "small")
    for frames in (20, 40):
        write_npz(path, _first(moved, frames), Level(body, detail, Quiet()), detail)
        sizes.append(path.stat().st_size)
    per_pose = (sizes[1] - sizes[0]) / 20
    assert sizes[0] + per_pose * (2896 - 20) < 50e6
    with np.load(folder / "poses" / "trainer_poses.npz", allow_pickle=False) as data:
        vertices, faces = data["vertices"], data["faces"]
        triangles, shares = data["vertex_triangles"], data["vertex_shares"]
    assert vertices.shape == (40, 2000, 3) and vertices.dtype == np.float32
    assert faces.dtype == np.int32 and int(faces.max()) == 1999
    full = body.vertices(0, 40)
    placed = np.einsum("fvkc,vk->fvc", full[:, triangles], shares)
    seen = moved.valid
    assert np.abs(vertices - placed)[seen].max() < 0.0625e-3, "at most 0.061 mm, as docs/bundle.md states"
    for frame in (0, 30):
        away = 1000 * distances(full[frame], vertices[frame], faces)
        assert away.mean() < 1.5 and np.percentile(away, 99) < 12, "millimetres of the full surface"


def test_the_viewer_gets_the_repetitions_and_what_was_guessed(tmp_path: Path) -> None:
    moved = to_motion(
        raw_of(squat(120, 30.0, 0.5), np.ones(120, bool)), MEDIAPIPE33, Fraction(30), 600, 800, 0.4, "mediapipe"
    )
    seen = moved.seen.copy()
    seen[:, MEDIAPIPE33.index["left_wrist"]] = GUESSED
    moved = dataclasses.replace(moved, seen=seen)
    write_mirror(tmp_path, moved, body_of(moved))
    header, sections = read_compact(tmp_path / layout.MIRROR_BODY)
    turns = prepare(moved).plan.turns
    assert len(turns) == len(header["repetitions"]) >= 1
    for (start, _, stop), (first, last) in zip(turns, header["repetitions"], strict=True):
        assert abs(first - 30 * start) <= 0.5 and last - 30 * stop <= 0.5 and 0 <= first < last < 120
    angles = [angle["name"] for angle in header["angles"]]
    shown = sections["angles"] != MISSING
    assert not shown[:, angles.index("left_elbow")].any() and shown[:, angles.index("right_elbow")].all()
    np.testing.assert_array_equal(sections["seen"], seen)


def test_full_detail_is_the_whole_mesh(written: tuple[Path, Motion], tmp_path: Path) -> None:
    moved = _first(written[1], 3)
    body = body_of(moved)
    write_bodies(tmp_path, moved, "full", Quiet())
    with np.load(tmp_path / "trainer_poses.npz", allow_pickle=False) as data:
        assert "vertex_triangles" not in data.files
        np.testing.assert_array_equal(data["faces"], body.faces)
        np.testing.assert_allclose(data["vertices"], body.vertices(0, 3), rtol=0, atol=6.2e-5)


def _first(moved: Motion, frames: int) -> Motion:
    tracks = ("joints_3d", "keypoints_2d", "confidence", "valid", "global_rot", "root", "seen", "contacts", "floor")
    return dataclasses.replace(moved, **{name: getattr(moved, name)[:frames] for name in tracks})
