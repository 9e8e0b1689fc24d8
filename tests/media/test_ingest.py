"""Every kind of source becomes the same kind of clip."""

from __future__ import annotations

import json
from pathlib import Path

import av
import numpy as np
import pytest

from perscoach.core.errors import Cancelled, ClipError
from perscoach.core.messages import Message
from perscoach.core.progress import Quiet
from perscoach.media import IngestSettings, ffmpeg
from perscoach.media.ingest import load_clip
from tests.media.clips import (
    H264,
    KINDS,
    corners,
    english,
    number_of,
    numbered,
    numbers,
    take,
    write,
    write_numbered,
)

COUNT = 24


@pytest.mark.parametrize("name", KINDS)
def test_every_kind_keeps_its_frames_in_order(tmp_path: Path, name: str) -> None:
    source = write_numbered(tmp_path / name, COUNT, KINDS[name], filters="")
    clip = take(source, tmp_path / "out.mp4")
    assert numbers(clip) == list(range(COUNT))
    assert (clip.fps, clip.width, clip.height, clip.frames, clip.audio) == (30, 192, 128, COUNT, False)
    assert corners(clip.frame(3)) == ["r", "g", "b", "-"]


@pytest.mark.parametrize("angle", [90, 180, 270])
@pytest.mark.parametrize("codec", ["h264.mp4", "hevc.mp4"])
def test_rotation_is_applied(tmp_path: Path, angle: int, codec: str) -> None:
    """The stored picture is turned the other way, as a phone does it, so that the display is upright."""
    upright = [numbered(i) for i in range(5)]
    stored = [np.ascontiguousarray(np.rot90(frame, -angle // 90)) for frame in upright]  # clockwise by angle
    plain = write(tmp_path / codec, stored, KINDS[codec])
    source = tmp_path / "turned.mp4"
    # display_rotation counts counter-clockwise
    ffmpeg.run(["-display_rotation", str(angle), "-i", str(plain), "-c", "copy", str(source)])
    clip = take(source, tmp_path / "out.mp4")
    assert (clip.width, clip.height) == (192, 128)
    assert corners(clip.frame(2)) == ["r", "g", "b", "-"]
    assert numbers(clip) == list(range(5))
    assert f"Turned by {'180' if angle == 180 else '90'}°" in english(clip)
    with av.open(str(clip.path)) as container:  # nothing turns it once more
        assert next(container.decode(video=0)).rotation == 0


def test_a_mirrored_clip_is_flipped(tmp_path: Path) -> None:
    plain = write(tmp_path / "in.mp4", [np.ascontiguousarray(numbered(0)[:, ::-1])] * 3)
    source = tmp_path / "mirrored.mp4"
    ffmpeg.run(["-display_hflip", "-i", str(plain), "-c", "copy", str(source)])
    clip = take(source, tmp_path / "out.mp4")
    assert corners(clip.frame(0)) == ["r", "g", "b", "-"]
    assert "Mirrored" in english(clip)


def test_odd_sizes_lose_one_pixel_and_say_so(tmp_path: Path) -> None:
    source = write_numbered(tmp_path / "in.webm", 3, KINDS["vp9.webm"], frame=lambda i: numbered(i, 201, 121))
    clip = take(source, tmp_path / "out.mp4")
    assert (clip.width, clip.height) == (200, 120)
    assert "one pixel" in english(clip)
    assert corners(clip.frame(0)) == ["r", "g", "b", "-"]


def test_square_pixels(tmp_path: Path) -> None:
    wide = take(write_numbered(tmp_path / "a.mp4", 3, filters=",setsar=4/3"), tmp_path / "out.mp4")
    assert (wide.width, wide.height) == (256, 128)
    tall = take(write_numbered(tmp_path / "b.mp4", 3, filters=",setsar=2/3"), tmp_path / "tall.mp4")
    assert (tall.width, tall.height) == (192, 192)
    for clip in (wide, tall):
        assert corners(clip.frame(0)) == ["r", "g", "b", "-"]
        assert "square pixels" in english(clip)


def test_interlaced_is_deinterlaced(tmp_path: Path) -> None:
    """A box that moves 6 pixels a field: woven fields show a comb, a deinterlaced frame does not."""

    def scene(t: int) -> np.ndarray:
        frame = np.full((128, 192, 3), 40, np.uint8)
        frame[32:96, 20 + 6 * t : 60 + 6 * t] = 220
        return frame

    flags = (*H264, "-flags", "+ilme+ildct", "-x264-params", "tff=1")
    source = write(
        tmp_path / "in.mp4", (scene(t) for t in range(20)), flags, rate="50", filters=",interlace=scan=tff:lowpass=off"
    )
    clip = take(source, tmp_path / "out.mp4")
    assert (clip.fps, clip.frames) == (25, 10)
    assert "Deinterlaced" in english(clip)

    def comb(frame: np.ndarray) -> float:
        grey = frame[40:88].astype(float).mean(axis=2)
        return float(np.abs(2 * grey[1:-1] - grey[:-2] - grey[2:]).mean())

    woven = scene(8)
    woven[1::2] = scene(9)[1::2]
    assert comb(clip.frame(4)) < 0.2 * comb(woven)


def test_saved_and_loaded(tmp_path: Path) -> None:
    clip = take(write_numbered(tmp_path / "in.mp4", 5, rate="30000/1001"), tmp_path / "out.mp4")
    assert load_clip(tmp_path / "out.mp4") == clip
    note = tmp_path / "out.json"
    good = json.loads(note.read_text())
    for bad in (
        {**good, "frames": -1},
        {**good, "frames": "5"},
        {**good, "fps": "1/0"},
        {**good, "fps": "nan"},
        {**good, "bytes": good["bytes"] + 1},
        {**good, "schema": "x"},
        {**good, "changes": [1]},
        {k: v for k, v in good.items() if k != "width"},
        [],
    ):
        note.write_text(json.dumps(bad))
        with pytest.raises(ClipError):
            load_clip(tmp_path / "out.mp4")
    note.write_text("{")
    with pytest.raises(ClipError):
        load_clip(tmp_path / "out.mp4")


class _Listener(Quiet):
    def __init__(self, stop_after: int = 10**9) -> None:
        self.reports: list[tuple[str, int, int]] = []
        self.notes: list[str] = []
        self.left = stop_after

    def report(self, stage: str, done: int, total: int) -> None:
        self.reports.append((stage, done, total))

    def note(self, message: Message) -> None:
        self.notes.append(message.en)

    def check(self) -> None:
        self.left -= 1
        if self.left < 0:
            raise Cancelled


def test_progress_notes_and_cancel(tmp_path: Path) -> None:
    from perscoach.media.ingest import ingest
    from tests.media.clips import limits

    source = write_numbered(tmp_path / "in.mp4", 60, filters=",setsar=4/3")
    listener = _Listener()
    ingest(source, tmp_path / "a" / "out.mp4", IngestSettings(), limits(), listener)
    done = [d for stage, d, total in listener.reports if (stage, total) == ("clip", 60)]
    assert done == sorted(done)
    assert (done[0], done[-1]) == (0, 60)
    assert any("square" in note for note in listener.notes)
    with pytest.raises(Cancelled):
        ingest(source, tmp_path / "b" / "out.mp4", IngestSettings(), limits(), _Listener(stop_after=1))
    assert list((tmp_path / "b").iterdir()) == []


def test_real_clips(tmp_path: Path, gym_clip: Path, studio_clip: Path) -> None:
    gym = take(gym_clip, tmp_path / "gym.mp4", IngestSettings(trim_end=2))
    assert (gym.fps, gym.width, gym.height, gym.frames, gym.audio) == (30, 720, 1280, 60, True)
    studio = take(studio_clip, tmp_path / "studio.mp4")
    assert (studio.fps, studio.width, studio.height, studio.frames) == (30, 324, 422, 341)


@pytest.mark.slow
def test_the_whole_gym_clip(tmp_path: Path, gym_clip: Path) -> None:
    gym = take(gym_clip, tmp_path / "gym.mp4")
    assert (gym.frames, gym.changes) == (254, ())
    with av.open(str(gym_clip)) as container:
        source = [f.to_ndarray(format="gray") for f in container.decode(video=0)]
    for index in (0, 100, 253):  # the same picture at the same place, after a new encoding
        grey = gym.frame(index).astype(float) @ [0.2126, 0.7152, 0.0722]
        own = np.abs(grey - source[index]).mean()
        other = np.abs(grey - source[max(0, index - 5)]).mean()
        assert own < 4 and (index == 0 or own < other)
    assert number_of(gym.frame(0)) >= 0
