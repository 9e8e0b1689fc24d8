"""The bundle's two files for the page: written, checked, and refused when they are of another movement or damaged."""

from __future__ import annotations

import dataclasses
import json
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from perscoach.avatar.compact import read_compact, rebuild, write_compact
from perscoach.bundles.layout import MIRROR_BODY, MIRROR_TRACK
from perscoach.bundles.mirror import check_mirror, write_mirror
from perscoach.bundles.report import Report
from perscoach.motion import Motion
from perscoach.score.track import STEP, Track
from perscoach.skeleton import MHR70
from tests.bundles.factories import Blob, motion


def findings(folder: Path, moved: Motion) -> list[str]:
    report = Report()
    check_mirror(folder, moved, report)
    return [f.en for f in report.findings]


@pytest.mark.parametrize("skeleton", [None, MHR70])
def test_what_is_written_is_the_movement(tmp_path: Path, skeleton: Any) -> None:
    moved = motion(20, misses=(3, 4), **({"skeleton": skeleton} if skeleton else {}))
    write_mirror(tmp_path, moved, Blob(moved))
    track = Track.from_json(json.loads((tmp_path / MIRROR_TRACK).read_text()))
    assert len(track) == 20 and not track.valid[3:5].any() and track.valid.sum() == 18
    nose = moved.skeleton.joints.index("nose")
    assert any(
        np.nanmax(np.abs(track.points[:, i] - moved.joints_3d[:, nose])) <= STEP for i in range(track.points.shape[1])
    )
    header, sections = read_compact(tmp_path / MIRROR_BODY)
    assert header["frames"] == 20
    assert np.abs(rebuild(header, sections, 7) - Blob(moved).vertices(7, 8)[0]).max() < 0.003
    assert findings(tmp_path, moved) == []


def test_a_compact_body_that_is_there_is_taken_as_it_is(tmp_path: Path) -> None:
    moved = motion(10)
    write_compact(tmp_path / "viewer.bin", Blob(moved), moved)
    write_mirror(tmp_path / "b", moved, tmp_path / "viewer.bin")
    assert (tmp_path / "b" / MIRROR_BODY).read_bytes() == (tmp_path / "viewer.bin").read_bytes()


def test_a_bundle_without_them_is_sound(tmp_path: Path) -> None:
    assert findings(tmp_path, motion(5)) == []


def other_movements() -> dict[str, Motion]:
    moved = motion(20)
    flipped = dataclasses.replace(moved, joints_3d=moved.joints_3d * np.float32([-1, 1, 1]))
    return {
        "shorter": motion(19),
        "faster": motion(20, fps=Fraction(60)),
        "wider": motion(20, size=(66, 48)),
        "missing": motion(20, misses=(5,)),
        "mirrored": flipped,
        "bent": dataclasses.replace(moved, joints_3d=moved.joints_3d * np.float32([1, 1, 1.02])),
        "skeleton": motion(20, skeleton=MHR70),
        "picture": dataclasses.replace(moved, keypoints_2d=moved.keypoints_2d + np.float32(3)),
    }


@pytest.mark.parametrize("name", other_movements())
def test_files_of_another_movement_are_found_out(tmp_path: Path, name: str) -> None:
    other = other_movements()[name]
    write_mirror(tmp_path, other, Blob(other))
    found = findings(tmp_path, motion(20))
    assert any("track.json" in f and "does not belong to this movement" in f for f in found), found
    if name not in ("wider", "picture"):  # the body knows nothing of the picture that is compared here
        assert any("body.bin" in f for f in found), found


BAD_TRACKS = [
    b"",
    b"{",
    b"[]",
    b"null",
    b"7",
    b"\xff\xfe",
    b"[" * 100_000,
    b'{"schema": "perscoach.track.2"}',
    b'{"frames": 1e999}',
]


@pytest.mark.parametrize("data", BAD_TRACKS)
def test_a_damaged_track_is_a_finding_and_no_crash(tmp_path: Path, data: bytes) -> None:
    write_mirror(tmp_path, motion(5), Blob(motion(5)))
    (tmp_path / MIRROR_TRACK).write_bytes(data)
    assert len(findings(tmp_path, motion(5))) == 1


TWISTED = [
    (key, value)
    for key in ("fps", "frames", "points", "pixels", "valid", "plan", "width", "skeleton", "step")
    for value in (None, -1, 1e308, "x", [], {}, float("inf"))
]


@pytest.mark.parametrize(("key", "value"), TWISTED)
def test_a_twisted_track_is_a_finding_and_no_crash(tmp_path: Path, key: str, value: Any) -> None:
    write_mirror(tmp_path, motion(5), Blob(motion(5)))
    track = json.loads((tmp_path / MIRROR_TRACK).read_text())
    (tmp_path / MIRROR_TRACK).write_text(json.dumps(track | {key: value}))
    assert len(findings(tmp_path, motion(5))) == 1


def test_a_damaged_body_is_a_finding_and_no_crash(tmp_path: Path) -> None:
    moved = motion(5)
    write_mirror(tmp_path, moved, Blob(moved))
    path = tmp_path / MIRROR_BODY
    whole = path.read_bytes()
    assert findings(tmp_path, moved) == []
    for bad in (
        b"",
        whole[:7],
        whole[:40],
        whole[:-2000],
        b"PCVIEW01" + b"\xff" * 60,
        whole.replace(b'"frames":5', b'"frames":9'),
    ):
        path.write_bytes(bad)
        assert len(findings(tmp_path, moved)) == 1, bad[:40]
    rng = np.random.default_rng(3)
    for _ in range(60):
        bad = bytearray(whole)
        for at in rng.integers(8, 1040, 3):
            bad[at] = rng.integers(0, 256)
        path.write_bytes(bytes(bad))
        findings(tmp_path, moved)  # whatever it says, it says it
