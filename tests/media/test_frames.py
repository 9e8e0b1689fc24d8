"""Frames by index: exact after any seek, right colour, constant memory, files closed."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from perscoach.core.errors import ClipError
from perscoach.media import Clip
from perscoach.media.frames import read_frames
from tests.media.clips import H264, as_clip, number_of, patch_error, patches, take, write, write_numbered


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Clip:
    """250 numbered frames at 29.97, B-frames, through ingest."""
    folder = tmp_path_factory.mktemp("frames")
    return take(write_numbered(folder / "in.mp4", 250, rate="30000/1001"), folder / "out.mp4")


def test_all_frames_in_order(clip: Clip) -> None:
    assert [number_of(f) for f in clip.read()] == list(range(250))


def test_any_frame_equals_the_one_of_the_whole_reading(clip: Clip) -> None:
    """The i-th of read() and frame(i) are the same bytes, before, on and after key frames."""
    wanted = [0, 1, 2, 29, 30, 31, 59, 60, 61, 119, 120, 121, 200, 239, 240, 248, 249]
    whole = {i: f for i, f in enumerate(clip.read()) if i in wanted}
    for index in reversed(wanted):
        assert np.array_equal(clip.frame(index), whole[index]), index


@pytest.mark.parametrize(
    ("start", "stop", "step"), [(0, 250, 7), (100, 160, 1), (3, 250, 90), (61, 62, 1), (249, 999, 5)]
)
def test_ranges(clip: Clip, start: int, stop: int, step: int) -> None:
    assert [number_of(f) for f in read_frames(clip, start, stop, step)] == list(range(start, min(stop, 250), step))


def test_seeking_in_an_open_group_of_pictures(tmp_path: Path) -> None:
    """A file that ingest would not write: frames shown before their key frame still come out right."""
    codec = (
        "-c:v",
        "libx264",
        "-preset",
        "fast",
        "-x264-params",
        "open-gop=1:keyint=60:bframes=6:b-adapt=0",
        *H264[-2:],
    )
    path = write_numbered(tmp_path / "in.mp4", 240, codec)
    clip = as_clip(path, 240, 192, 128)
    for index in (63, 118, 119, 120, 121, 178, 181, 239):
        assert number_of(clip.frame(index)) == index


def test_colour_within_two(tmp_path: Path) -> None:
    """Flat patches through lossless BT.709: what 8-bit YUV itself loses is 2/255."""
    picture, colours, middles = patches()
    codec = ("-c:v", "libx264", "-qp", "0", "-pix_fmt", "yuv420p", "-colorspace", "bt709", "-color_range", "tv")
    path = write(tmp_path / "in.mp4", [picture] * 2, codec, matrix="bt709")
    height, width = picture.shape[:2]
    assert patch_error(as_clip(path, 2, width, height).frame(1), colours, middles) <= 2


def test_shape_type_and_ownership(clip: Clip) -> None:
    first, second = list(clip.read(0, 2))
    assert first.shape == (128, 192, 3)
    assert first.dtype == np.uint8
    assert first.flags.writeable
    assert first.flags.c_contiguous
    keep = second.copy()
    first[:] = 0
    assert np.array_equal(second, keep)


def test_nothing_and_nonsense(clip: Clip) -> None:
    assert list(clip.read(5, 5)) == []
    assert list(clip.read(300, 400)) == []
    with pytest.raises(ValueError, match="step"):
        clip.read(0, 5, 0)
    with pytest.raises(ValueError, match="start"):
        clip.read(-1, 5)
    with pytest.raises(IndexError):
        clip.frame(250)


def test_a_reader_left_early_closes_its_file(clip: Clip) -> None:
    def open_files() -> int:
        return sum(
            1 for link in Path("/proc/self/fd").iterdir() if link.is_symlink() and "out.mp4" in str(link.readlink())
        )

    if not Path("/proc/self/fd").exists():
        pytest.skip("no /proc here")
    reader = clip.read()
    next(reader)
    assert open_files() == 1
    reader.close()  # type: ignore[attr-defined]
    assert open_files() == 0


def test_damage_is_a_clip_error(clip: Clip, tmp_path: Path) -> None:
    data = clip.path.read_bytes()
    for name, content in (("gone.mp4", None), ("text.mp4", b"no video"), ("cut.mp4", data[: len(data) // 3])):
        path = tmp_path / name
        if content is not None:
            path.write_bytes(content)
        with pytest.raises(ClipError):
            list(Clip(path, Fraction(30000, 1001), 192, 128, 250, False).read(200))
    longer = Clip(clip.path, clip.fps, 192, 128, 260, False)
    with pytest.raises(ClipError, match="Frame 250"):
        list(longer.read(245))


def test_memory_does_not_grow_with_length(tmp_path: Path) -> None:
    import resource

    path = write(tmp_path / "in.mp4", (np.full((480, 640, 3), i % 250, np.uint8) for i in range(600)))
    clip = as_clip(path, 600, 640, 480)
    for _ in clip.read(0, 100):
        pass
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    for _ in clip.read():
        pass
    grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
    assert grown < 60  # MB; 500 frames held would be 460
