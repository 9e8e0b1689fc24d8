"""The files for 3D programs must show the movement that the poses describe, upright, as long, and where it was."""

from __future__ import annotations

import dataclasses
import json
import struct
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from perscoach.bundles import layout
from perscoach.bundles.bodies import Level, body_of, detail_of, write_bodies
from perscoach.bundles.check import check_bundle
from perscoach.bundles.exports import check_exports
from perscoach.bundles.notice import write_notice
from perscoach.bundles.report import Report
from perscoach.core.errors import Cancelled
from perscoach.core.progress import Quiet
from perscoach.motion import Motion
from perscoach.pose.clean import to_motion
from perscoach.skeleton import MEDIAPIPE33
from tests.bundles.factories import bundle, describe, motion
from tests.pose.motion import raw_of, squat


def moving(frames: int = 40) -> Motion:
    found = np.ones(frames, bool)
    found[10:22] = False  # longer than what is filled
    return to_motion(raw_of(squat(frames, 30.0, 0.7), found), MEDIAPIPE33, Fraction(30), 600, 800, 0.4, "mediapipe")


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Motion]:
    folder, moved = tmp_path_factory.mktemp("bodies"), moving()
    write_bodies(folder / "poses", moved, "small", folder / "cache", Quiet())
    return folder, moved


def checked(folder: Path, moved: Motion, mesh: str = "mannequin") -> Report:
    report = Report()
    check_exports(folder, moved, mesh, report, Quiet())
    return report


def test_what_is_written_agrees_within_a_millimetre(written: tuple[Path, Motion]) -> None:
    folder, moved = written
    report = checked(folder, moved)
    assert not report.findings
    assert 0 <= report.figures["trainer.glb_mm"] < 1 and 0 <= report.figures["trainer.bvh_mm"] < 1


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda m: dataclasses.replace(m, joints_3d=m.joints_3d * np.float32([1, -1, 1])), "mm from where"),
        (lambda m: dataclasses.replace(m, joints_3d=m.joints_3d * np.float32([-1, 1, 1])), "mm from where"),
        (
            lambda m: dataclasses.replace(m, joints_3d=m.joints_3d[::-1].copy(), valid=m.valid[::-1].copy()),
            "mm from where",
        ),
        (lambda m: dataclasses.replace(m, fps=Fraction(25)), "lasts|frames of"),
    ],
)
def test_another_movement_is_noticed(
    change: Callable[[Motion], Motion], words: str, written: tuple[Path, Motion]
) -> None:
    import re

    folder, moved = written
    report = checked(folder, change(moved))
    assert len(report.findings) == 2 and all(f.level == "error" for f in report.findings)
    assert all(re.search(words, f.en) for f in report.findings), report.findings


def test_a_shorter_bvh_and_a_foreign_skeleton_are_noticed(written: tuple[Path, Motion], tmp_path: Path) -> None:
    folder, moved = written
    text = (folder / layout.BVH).read_text()
    (tmp_path / "poses").mkdir()
    path = tmp_path / layout.BVH
    path.write_text(text.replace("Frames: 40", "Frames: 39").rsplit("\n", 2)[0] + "\n")
    assert "39 frames of" in checked(tmp_path, moved).findings[0].en
    path.write_text(text.replace("left_", "alien_").replace("right_", "other_"))
    assert "are known" in checked(tmp_path, moved).findings[0].en
    path.write_text("HIERARCHY")
    assert "no BVH" in checked(tmp_path, moved).findings[0].en


def test_skin_that_hangs_elsewhere_is_noticed(written: tuple[Path, Motion], tmp_path: Path) -> None:
    folder, moved = written
    data = bytearray((folder / layout.GLB).read_bytes())
    size = struct.unpack_from("<I", data, 12)[0]
    scene = json.loads(data[20 : 20 + size])
    accessor = scene["accessors"][scene["meshes"][0]["primitives"][0]["attributes"]["POSITION"]]
    start = 28 + size + scene["bufferViews"][accessor["bufferView"]]["byteOffset"]
    points = np.frombuffer(data, "<f4", 3 * accessor["count"], start) + 2.0
    data[start : start + points.nbytes] = points.astype("<f4").tobytes()
    (tmp_path / "poses").mkdir()
    (tmp_path / layout.GLB).write_bytes(data)
    assert "skin is not where the bones are" in checked(tmp_path, moved).findings[0].en


def test_the_check_of_a_bundle_looks_at_them(tmp_path: Path) -> None:
    out = bundle(tmp_path, frames=6)
    moved = motion(6, fps=Fraction(30000, 1001))
    write_bodies(out / "poses", moved, "small", tmp_path / "cache", Quiet())
    describe(out, moved, 6, Fraction(30000, 1001))
    report = check_bundle(out)
    assert report.ok and "trainer.glb_mm" in report.figures, report.findings
    (out / layout.GLB).write_bytes(b"glTF")
    describe(out, moved, 6, Fraction(30000, 1001))
    assert any("trainer.glb" in f.en and "glTF" in f.en for f in check_bundle(out).findings)


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
    assert all(layout.is_plain(name) for name in layout.OPTIONAL)
    write_notice(tmp_path / "none", "mediapipe")
    assert not (tmp_path / "none").exists()


def test_a_kept_level_that_is_damaged_is_chosen_anew(tmp_path: Path) -> None:
    class Ball:
        """A sphere of 1 200 vertices that is nobody's mannequin."""

        def __init__(self) -> None:
            import trimesh

            ball = trimesh.creation.icosphere(4)
            self.name, self.rest, self.faces = "mhr", np.float32(ball.vertices), np.int32(ball.faces)

    ball = Ball()
    first = detail_of(ball, "small", tmp_path)  # type: ignore[arg-type]
    (kept,) = tmp_path.iterdir()
    for damage in (b"", b"PK\x03\x04", kept.read_bytes()[:200]):
        kept.write_bytes(damage)
        again = detail_of(ball, "small", tmp_path)  # type: ignore[arg-type]
        np.testing.assert_array_equal(first.triangles, again.triangles)
    assert len(detail_of(ball, "full", tmp_path)) == len(ball.rest)  # type: ignore[arg-type]


def test_the_mannequin_keeps_its_own_mesh_and_hears_a_stop(written: tuple[Path, Motion], tmp_path: Path) -> None:
    class Stop(Quiet):
        def check(self) -> None:
            raise Cancelled

    body = body_of(written[1])
    detail = detail_of(body, "small", tmp_path)
    assert len(detail) == len(body.rest) and not list(tmp_path.iterdir())
    with pytest.raises(Cancelled):
        Level(body, detail, Stop()).vertices(0, 2)
