"""The check passes a sound bundle and names what is wrong with a broken one."""

from __future__ import annotations

import dataclasses
import json
import shutil
import tracemalloc
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from perscoach.bundles.archive import zip_bundle
from perscoach.bundles.check import check_bundle
from perscoach.bundles.manifest import file_table
from perscoach.bundles.person import check_motion
from perscoach.bundles.poses import read_json, read_npz, write_json, write_npz
from perscoach.bundles.report import Report
from perscoach.core.errors import Cancelled, EncodeError
from perscoach.core.progress import Quiet
from perscoach.grade import cube
from perscoach.grade.params import Grade
from perscoach.media.sinks import check_times
from perscoach.media.verify import picture_size
from perscoach.motion import Motion

from .factories import Blob, bundle, describe, motion

FPS = Fraction(30000, 1001)


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return bundle(tmp_path_factory.mktemp("bundle"), extra=True, misses=(3,))


@pytest.fixture
def copy(sound: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(sound, tmp_path / "copy"))


def errors(path: Path, deep: bool = True) -> str:
    return "\n".join(f.en for f in check_bundle(path, deep).findings if f.level == "error")


def rewrite(folder: Path, moved: Motion, page: Motion | None = None) -> None:
    """Put another movement in, with a manifest that fits."""
    write_json(folder / "poses/trainer_poses.json", page or moved)
    write_npz(folder / "poses/trainer_poses.npz", moved, Blob(moved))
    describe(folder, moved, 6, FPS)


def test_a_sound_bundle_passes(sound: Path) -> None:
    report = check_bundle(sound)
    assert report.ok and [f.en for f in report.findings] == ["A body was found in only 83 % of the frames."]
    assert report.to_json()["ok"] is True
    assert report.figures["video_frames"] == 6 and report.figures["frames_with_body"] == 5
    assert report.figures["trainer_transparent.webm"]["alpha_max"] == 255
    assert check_bundle(sound, deep=False).ok
    json.dumps(report.to_json(), allow_nan=False)


def test_its_zip_passes(sound: Path) -> None:
    assert check_bundle(zip_bundle(sound, "Присед")).ok


def test_every_second_frame_passes(tmp_path: Path) -> None:
    assert check_bundle(bundle(tmp_path, frames=7, skip=2)).ok


@pytest.mark.parametrize(
    "name",
    [
        "trainer_transparent.webm",
        "trainer_transparent.mov",
        "poses/trainer_poses.json",
        "poses/trainer_poses.npz",
        "grade.cube",
        "grade.json",
        "bundle.json",
    ],
)
@pytest.mark.parametrize("deep", [True, False])
def test_a_missing_file_is_named(copy: Path, name: str, deep: bool) -> None:
    (copy / name).unlink()
    assert f"{name} is missing" in errors(copy, deep)


@pytest.mark.parametrize("name", ["poses/trainer_poses.json", "poses/trainer_poses.npz", "grade.cube", "grade.json"])
def test_an_emptied_file_is_named(copy: Path, name: str) -> None:
    (copy / name).write_bytes(b"")
    assert f"{name} is not the file that bundle.json describes" in errors(copy, deep=False)


def test_a_changed_byte_is_found(copy: Path) -> None:
    data = bytearray((copy / "trainer_frames/000002.png").read_bytes())
    data[-20] ^= 1
    (copy / "trainer_frames/000002.png").write_bytes(data)
    assert errors(copy) == "trainer_frames is not the file that bundle.json describes: it was changed or damaged."


def test_a_damaged_video_is_found(copy: Path) -> None:
    path = copy / "trainer_transparent.webm"
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    assert "trainer_transparent.webm" in errors(copy)


def test_a_missing_picture_is_found(copy: Path) -> None:
    (copy / "trainer_frames/000005.png").unlink()
    assert "expected 6 frames, found 5 files" in errors(copy, deep=False)


def test_another_colour_is_found(copy: Path) -> None:
    cube.write(copy / "grade.cube", Grade(contrast=1.0))
    describe(copy, read_npz(copy / "poses/trainer_poses.npz"), 6, FPS)
    assert errors(copy) == "grade.cube does not match the colour in grade.json. Make the package again."


@pytest.mark.parametrize("text", ["", "[]", '{"contrast": 99}', '{"contrast": "1"}', '{"what": 1}', "[" * 99999])
def test_a_bad_grade_is_an_error_not_a_crash(copy: Path, text: str) -> None:
    (copy / "grade.json").write_text(text)
    assert "grade.json" in errors(copy, deep=False)


def test_files_that_disagree_are_found(copy: Path) -> None:
    moved = motion(6, fps=FPS)
    other = dataclasses.replace(moved, joints_3d=moved.joints_3d + np.float32([0.001, 0, 0]))
    rewrite(copy, moved, page=other)
    assert errors(copy) == "trainer_poses.json and trainer_poses.npz differ in joints_3d."


def test_another_length_is_found(copy: Path) -> None:
    rewrite(copy, motion(5, fps=FPS))
    assert errors(copy) == "The video has 6 frames and the movement 5, expected 6."


def test_another_rate_is_found(copy: Path) -> None:
    rewrite(copy, motion(6, fps=Fraction(25)))
    assert "not every N-th frame" in errors(copy)


def test_another_picture_size_is_found(copy: Path) -> None:
    rewrite(copy, motion(6, fps=FPS, size=(128, 96)))
    assert "measures 64x48, but the movement was found in 128x96" in errors(copy)


def test_a_mesh_elsewhere_is_found(copy: Path) -> None:
    class Elsewhere(Blob):
        def vertices(self, start: int, stop: int) -> np.ndarray:
            return super().vertices(start, stop) + np.float32([0, 1, 0])

    moved = motion(6, fps=FPS)
    rewrite(copy, moved)
    write_npz(copy / "poses/trainer_poses.npz", moved, Elsewhere(moved))
    describe(copy, moved, 6, FPS)
    assert errors(copy) == "vertices: in frame 0 the mesh is not where the joints are."


def test_a_bundle_without_a_mesh_is_found(copy: Path) -> None:
    moved = motion(6, fps=FPS)
    rewrite(copy, moved)
    write_npz(copy / "poses/trainer_poses.npz", moved)
    describe(copy, moved, 6, FPS)
    assert errors(copy) == "trainer_poses.npz has no mesh."


def test_what_is_no_bundle_is_said(tmp_path: Path) -> None:
    assert "no such file" in errors(tmp_path / "missing")
    (tmp_path / "text.zip").write_text("no zip")
    assert "cannot be read" in errors(tmp_path / "text.zip")
    (tmp_path / "empty").mkdir()
    assert "bundle.json is missing" in errors(tmp_path / "empty")


def flipped(axis: int) -> Callable[[Motion], Motion]:
    def change(moved: Motion) -> Motion:
        sign = np.ones(3, np.float32)
        sign[axis] = -1
        return dataclasses.replace(moved, joints_3d=moved.joints_3d * sign)

    return change


def shifted(moved: Motion) -> Motion:
    return dataclasses.replace(moved, joints_3d=moved.joints_3d + np.float32([0.1, 0, 0]))


def handstand(moved: Motion) -> Motion:
    points = moved.keypoints_2d.copy()
    points[..., 1] = 48 - points[..., 1]
    return dataclasses.replace(flipped(1)(moved), keypoints_2d=points)


def scaled(by: float) -> Callable[[Motion], Motion]:
    return lambda moved: dataclasses.replace(moved, joints_3d=moved.joints_3d * np.float32(by))


def unknown(moved: Motion) -> Motion:
    joints = moved.joints_3d.copy()
    joints[4, 7, 1] = np.nan
    return dataclasses.replace(moved, joints_3d=joints)


def nobody(moved: Motion) -> Motion:
    return motion(len(moved), misses=tuple(range(len(moved))))


@pytest.mark.parametrize(
    ("change", "level", "words"),
    [
        (flipped(1), "error", "upside down compared with"),
        (flipped(0), "error", "mirrored compared with"),
        (shifted, "error", "0.10 m away from the origin"),
        (scaled(1000), "error", "thigh: "),
        (scaled(1.6), "warning", "thigh: "),
        (handstand, "warning", "only 0 % of the frames"),
        (unknown, "error", "joints_3d: 1 frame with a body holds unknown numbers, first in frame 4"),
        (nobody, "error", "There is no body in any frame"),
    ],
)
def test_a_body_that_is_none(change: Callable[[Motion], Motion], level: str, words: str) -> None:
    report = Report()
    check_motion(change(motion(6)), report)
    assert any(f.level == level and words in f.en for f in report.findings), report.findings
    assert report.ok == (level == "warning")
    assert all(f.ru and f.ru != f.en for f in report.findings)


def test_a_standing_person_has_no_findings() -> None:
    report = Report()
    check_motion(motion(6), report)
    assert report.findings == [] and report.figures["upright"] == 1


def test_a_video_that_opens_other_files_is_not_followed(copy: Path) -> None:
    """A stranger's bundle: a concat script or playlist under the video's name would make ffmpeg read what it names."""
    real = copy / "trainer_transparent.webm"
    real.rename(copy / "secret.webm")
    for text in ("ffconcat version 1.0\nfile secret.webm\n", "#EXTM3U\n#EXTINF:1,\nsecret.webm\n"):
        real.write_text(text)
        with pytest.raises(EncodeError, match="not a readable video"):
            picture_size(real)
        with pytest.raises(EncodeError, match="not a readable video"):
            check_times(real, real.name, 6, FPS)


def test_a_stop_is_heard_while_files_are_hashed(sound: Path) -> None:
    class Stop(Quiet):
        def check(self) -> None:
            raise Cancelled

    with pytest.raises(Cancelled):
        file_table(sound, Stop())
    with pytest.raises(Cancelled):
        check_bundle(sound, monitor=Stop())


def test_ten_minutes_of_poses_are_read_in_little_memory(tmp_path: Path) -> None:
    frames = 3000
    moved = motion(frames)
    path = tmp_path / "trainer_poses.json"
    write_json(path, moved)
    tracemalloc.start()
    try:
        back = read_json(path)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert len(back) == frames
    assert peak - path.stat().st_size < 8000 * frames  # as lists of Python numbers a pose takes some 17 KB
