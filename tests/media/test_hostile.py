"""Files that are no clip, lie, end early or are broken on purpose: one clear sentence, nothing leaked, nothing left behind."""

from __future__ import annotations

import os
import stat
import struct
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import av
import numpy as np
import pytest

from perscoach.core.errors import ClipError
from perscoach.core.files import shown_name
from perscoach.core.progress import Quiet
from perscoach.core.store import Store
from perscoach.media import IngestSettings, ffmpeg
from perscoach.media.ingest import ingest
from perscoach.media.normalise import command, make_plan
from perscoach.media.prepared import prepare
from perscoach.media.probe import probe
from perscoach.media.sniff import sniff
from tests.media.clips import H264, english, limits, numbered, numbers, take, write, write_numbered

WAV = b"RIFF\x24\x00\x00\x00WAVEfmt "

NOT_CLIPS: dict[str, tuple[bytes, str]] = {
    "empty.mp4": (b"", "empty"),
    "text.mp4": (b"hello\nworld\n", "a text"),
    "russian.mov": (("Привет, " * 900).encode(), "a text"),
    "page.mp4": (b"<!doctype html><script>alert(1)</script>", "a text"),
    "noise.mp4": (bytes(np.random.default_rng(0).integers(0, 256, 5000, np.uint8)), "unknown format"),
    "zeros.mp4": (bytes(5000), "unknown format"),
    "list.mp4": (b"#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\nfile:///etc/passwd\n#EXT-X-ENDLIST\n", "a playlist"),
    "bom.mp4": (b"\xef\xbb\xbf\n\n#EXTM3U\n", "a playlist"),
    "concat.mp4": (b"ffconcat version 1.0\nfile secret.mp4\n", "a list of other files"),
    "stream.mp4": (
        b"v=0\r\no=- 0 0 IN IP4 127.0.0.1\r\nm=video 5004 RTP/AVP 96\r\n",
        "a description of a network stream",
    ),
    "words.mp4": (b"1\n00:00:01,000 --> 00:00:02,000\nHello\n", "subtitles"),
    "vtt.mkv": (b"WEBVTT\n\n00:01.000 --> 00:02.000\nHello\n", "subtitles"),
    "ass.mkv": (b"[Script Info]\nTitle: x\n", "subtitles"),
    "picture.mp4": (b"\x89PNG\r\n\x1a\n" + bytes(40), "a picture"),
    "photo.mp4": (b"\xff\xd8\xff\xe0" + bytes(40), "a picture"),
    "live.mov": (b"\x00\x00\x00\x18ftypheic" + bytes(40), "a picture"),
    "song.mp4": (b"ID3\x04" + bytes(40), "sound only"),
    "wave.avi": (WAV + bytes(40), "unknown format"),
    "ftyp.mp4": (b"\x00\x00\x00\x18ftypisom" + bytes(60), "damaged or cut off"),
    "ebml.webm": (b"\x1aE\xdf\xa3" + bytes(60), "damaged or cut off"),
    "riff.avi": (b"RIFF\xff\xff\xff\xffAVI LIST" + bytes(60), "damaged or cut off"),
}


def refused(source: Path, out: Path, asked: IngestSettings | None = None, **limit: object) -> str:
    """The English sentence of the refusal; both languages are there and nothing is left behind."""
    out.parent.mkdir(exist_ok=True)
    with pytest.raises(ClipError) as caught:
        take(source, out, asked, **limit)
    assert list(out.parent.iterdir()) == []
    assert caught.value.ru != caught.value.en
    assert "\n" not in caught.value.en
    assert str(source.parent) not in caught.value.en + caught.value.ru
    return caught.value.en


@pytest.mark.parametrize("name", NOT_CLIPS)
def test_what_is_no_clip_is_named(tmp_path: Path, name: str) -> None:
    content, sentence = NOT_CLIPS[name]
    (tmp_path / name).write_bytes(content)
    assert sentence in refused(tmp_path / name, tmp_path / "out" / "o.mp4")


def test_missing_and_folder(tmp_path: Path) -> None:
    assert "no such file" in refused(tmp_path / "absent.mp4", tmp_path / "out" / "o.mp4")
    assert "is a folder" in refused(tmp_path, tmp_path.parent / "out_of_folder" / "o.mp4")


@pytest.mark.parametrize(
    ("kind", "make"),
    [
        ("a named pipe", lambda path: os.mkfifo(path)),
        ("a socket", lambda path: os.mknod(path, stat.S_IFSOCK | 0o600)),
        ("a folder", lambda path: path.mkdir()),
        ("a named pipe", lambda path: (os.mkfifo(path.with_name("p")), path.symlink_to("p"))),
        ("a device", lambda path: path.symlink_to("/dev/zero")),
    ],
)
def test_what_is_no_ordinary_file_is_refused_at_once(tmp_path: Path, kind: str, make: Callable[[Path], object]) -> None:
    make(tmp_path / "clip.mp4")
    began = time.monotonic()
    assert f"is {kind}" in refused(tmp_path / "clip.mp4", tmp_path / "out" / "o.mp4")
    with pytest.raises(ClipError, match=f"is {kind}"):
        prepare(tmp_path / "clip.mp4", IngestSettings(), limits(), Store(tmp_path / "store"), Quiet())
    assert time.monotonic() - began < 2


@pytest.fixture
def secret(tmp_path: Path) -> Path:
    """A clip that a script points to."""
    return write_numbered(tmp_path / "secret.mp4", 5)


def _hls(secret: Path) -> str:
    return f"#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\nfile://{secret}\n#EXT-X-ENDLIST\n"


def _concat(secret: Path) -> str:
    return f"ffconcat version 1.0\nfile {secret.name}\n"


def _sdp(_: Path) -> str:
    return "v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nc=IN IP4 127.0.0.1\nt=0 0\nm=video 5004 RTP/AVP 96\na=rtpmap:96 H264/90000\n"


@pytest.mark.parametrize("script", [_hls, _concat, _sdp])
@pytest.mark.parametrize("ending", ["mp4", "m3u8", "ffconcat", "sdp"])
def test_scripts_are_not_followed_even_past_the_first_look(
    tmp_path: Path, secret: Path, script: Callable[[Path], str], ending: str
) -> None:
    """The guards behind the magic bytes: neither ffmpeg nor PyAV open what a script points to."""
    path = tmp_path / f"s.{ending}"
    path.write_text(script(secret))
    with pytest.raises(ffmpeg.FfmpegError):
        ffmpeg.run([*ffmpeg.SAFE_INPUT, "-i", ffmpeg.file_arg(path), "-f", "null", "-"], silence=10)
    with pytest.raises(av.FFmpegError):
        av.open(ffmpeg.file_arg(path), options=ffmpeg.SAFE_OPTIONS).close()
    found = probe(secret, limits())
    args = command(found, make_plan(found, IngestSettings()), path, tmp_path / "o.mp4", limits())
    with pytest.raises(ffmpeg.FfmpegError):
        ffmpeg.run(args, silence=10)


def test_the_scripts_do_work_without_the_guards(tmp_path: Path, secret: Path) -> None:
    """So the test above tests something."""
    path = tmp_path / "s.ffconcat"
    path.write_text(_concat(secret))
    ffmpeg.run(["-i", ffmpeg.file_arg(path), "-f", "null", "-"])


def test_sound_only(tmp_path: Path) -> None:
    for name in ("a.mp4", "a.mkv"):
        ffmpeg.run(["-f", "lavfi", "-i", "sine=d=1", "-c:a", "aac", str(tmp_path / name)])
        assert "no video" in refused(tmp_path / name, tmp_path / "out" / "o.mp4")


def test_a_song_with_a_cover(tmp_path: Path) -> None:
    cover = tmp_path / "cover.png"
    ffmpeg.run(["-f", "lavfi", "-i", "color=red:s=64x64", "-frames:v", "1", str(cover)])
    song = tmp_path / "song.mp4"
    sound = ["-f", "lavfi", "-i", "sine=d=1", "-i", str(cover), "-map", "0", "-map", "1", "-c:a", "aac", "-c:v", "png"]
    ffmpeg.run([*sound, "-disposition:v:0", "attached_pic", str(song)])
    assert "still picture" in refused(song, tmp_path / "out" / "o.mp4")


def test_one_frame_is_a_clip_of_one_frame(tmp_path: Path) -> None:
    clip = take(write_numbered(tmp_path / "in.mp4", 1), tmp_path / "o.mp4")
    assert (clip.frames, clip.fps) == (1, 30)


def test_limits(tmp_path: Path) -> None:
    source, out = write_numbered(tmp_path / "in.mp4", 90), tmp_path / "out" / "o.mp4"
    assert "0:03 long" in refused(source, out, max_minutes=0.02)
    assert "megapixels" in refused(source, out, max_pixels=20_000)
    assert "MB" in refused(source, out, max_bytes=1000)
    tiny = write(tmp_path / "tiny.mkv", [np.zeros((8, 8, 3), np.uint8)] * 3, ("-c:v", "ffv1"))
    assert "8x8" in refused(tiny, out)
    # 192x128 with pixels four times as wide as high: small as stored, over the limit as shown
    wide = write_numbered(tmp_path / "wide.mp4", 3, filters=",setsar=4")
    assert "768x128" in refused(wide, out, max_pixels=50_000)


def _patched(source: Path, target: Path, box: bytes, offset: int, value: bytes) -> Path:
    """A copy with ``value`` written ``offset`` bytes after the name of the first ``box``."""
    data = bytearray(source.read_bytes())
    at = data.index(box) + 4 + offset
    data[at : at + len(value)] = value
    target.write_bytes(data)
    return target


def test_lying_headers(tmp_path: Path) -> None:
    source, out = write_numbered(tmp_path / "in.mp4", 30), tmp_path / "out" / "o.mp4"
    # mdhd version 0: version+flags, created, modified, timescale, duration
    long = _patched(source, tmp_path / "long.mp4", b"mdhd", 16, struct.pack(">I", 0x7FFFFFFF))
    assert take(long, tmp_path / "o.mp4").frames == 30
    # avc1: 6 reserved, 2 index, 16 pre-defined, then width and height; the stream itself says 192x128
    for size in ((0, 0), (30_000, 30_000), (7, 65_535)):
        lying = _patched(source, tmp_path / "size.mp4", b"avc1", 24, struct.pack(">HH", *size))
        try:
            clip = take(lying, tmp_path / "o.mp4")
            assert (clip.width, clip.height, clip.frames) == (192, 128, 30)
        except ClipError:
            pass
    # a clock that runs so fast that the frames stand microseconds apart
    fast = _patched(source, tmp_path / "fast.mp4", b"mdhd", 12, struct.pack(">I", 0x7FFFFFFF))
    assert "frames a second" in refused(fast, out)
    # a clock that stands almost still: one frame lies within the second that the film's list of parts allows
    slow = take(_patched(source, tmp_path / "slow.mp4", b"mdhd", 12, struct.pack(">I", 1)), tmp_path / "o.mp4")
    assert slow.frames == 1
    assert "ends early" in english(slow)


def test_frames_hours_apart(tmp_path: Path) -> None:
    source = write_numbered(tmp_path / "in.mkv", 5, (*H264, "-fps_mode", "passthrough"), filters=",setpts=N*3000/TB")
    assert "long; at most" in refused(source, tmp_path / "out" / "o.mp4")


def test_a_picture_that_is_larger_inside_than_the_header_says(tmp_path: Path) -> None:
    big = write(tmp_path / "big.mp4", [np.zeros((1024, 1024, 3), np.uint8)] * 3)
    small = _patched(big, tmp_path / "small.mp4", b"avc1", 24, struct.pack(">HH", 64, 64))
    assert "1024x1024" in refused(small, tmp_path / "out" / "o.mp4", max_pixels=500_000)


def test_limits_hold_while_decoding(tmp_path: Path) -> None:
    """The frames that are written never exceed what the plan says, whatever the packets hold."""
    source = write_numbered(tmp_path / "in.mp4", 60)
    found = replace(probe(source, limits()), frames=10, duration=10 / 30)
    plan = make_plan(found, IngestSettings())
    out = tmp_path / "o.mp4"
    ffmpeg.run(command(found, plan, source, out, limits()))
    with av.open(str(out)) as container:
        assert sum(1 for _ in container.decode(video=0)) == 10
    with pytest.raises(ffmpeg.FfmpegError):  # the decoder itself refuses larger pictures
        ffmpeg.run(command(found, plan, source, out, limits(max_pixels=10_000)))


@pytest.mark.parametrize("ending", ["mp4", "mkv", "webm", "avi"])
def test_a_truncated_clip_keeps_what_decodes_and_says_so(tmp_path: Path, ending: str) -> None:
    codec = ("-c:v", "libvpx", "-deadline", "realtime", "-cpu-used", "8", "-b:v", "4M") if ending == "webm" else H264
    codec = (*codec, "-movflags", "+faststart", "-g", "10") if ending == "mp4" else (*codec, "-g", "10")
    whole = write_numbered(tmp_path / f"whole.{ending}", 90, codec)
    data = whole.read_bytes()
    cut = tmp_path / f"cut.{ending}"
    cut.write_bytes(data[: len(data) * 6 // 10])
    clip = take(cut, tmp_path / "o.mp4")
    assert 30 <= clip.frames < 75
    assert numbers(clip)[:30] == list(range(30))
    assert "ends early" in english(clip)


def test_a_clip_without_its_index(tmp_path: Path) -> None:
    whole = write_numbered(tmp_path / "whole.mp4", 60, (*H264, "-movflags", "-faststart"))
    data = whole.read_bytes()
    (tmp_path / "cut.mp4").write_bytes(data[: data.index(b"moov") - 10])
    assert "cut off" in refused(tmp_path / "cut.mp4", tmp_path / "out" / "o.mp4")


def test_a_hole_in_the_middle(tmp_path: Path) -> None:
    source = write_numbered(tmp_path / "in.mp4", 60, (*H264, "-g", "10", "-movflags", "+faststart"))
    data = bytearray(source.read_bytes())
    middle = (data.index(b"mdat") + len(data)) // 2
    data[middle : middle + 2000] = bytes(2000)
    source.write_bytes(data)
    clip = take(source, tmp_path / "o.mp4")
    assert clip.frames <= 60
    assert numbers(clip)[:20] == list(range(20))
    assert "damaged" in english(clip)


def test_broken_sound_does_not_cost_the_picture(tmp_path: Path) -> None:
    tone = ("-f", "lavfi", "-i", "sine=d=1")
    source = write_numbered(
        tmp_path / "in.mkv", 30, (*H264, "-map", "0:v", "-map", "1:a", "-c:a", "aac"), extra_inputs=tone
    )
    data = source.read_bytes()
    source.write_bytes(data.replace(b"A_AAC", b"A_DTS"))
    clip = take(source, tmp_path / "o.mp4")
    assert (clip.frames, clip.audio) == (30, False)
    assert "sound" in english(clip)


def test_sizes_that_change_on_the_way(tmp_path: Path) -> None:
    """A stream that switches to a larger picture keeps the size it began with."""
    small = write_numbered(tmp_path / "a.h264", 15, (*H264, "-f", "h264"))
    large = write_numbered(tmp_path / "b.h264", 15, (*H264, "-f", "h264"), frame=lambda i: numbered(i, 384, 256))
    joined = tmp_path / "j.h264"
    joined.write_bytes(small.read_bytes() + large.read_bytes())
    source = tmp_path / "in.mp4"
    ffmpeg.run(["-f", "h264", "-i", str(joined), "-c", "copy", str(source)])
    clip = take(source, tmp_path / "o.mp4")
    assert (clip.width, clip.height) == (192, 128)
    assert numbers(clip)[:15] == list(range(15))
    assert set(numbers(clip)[15:]) <= {14}


def test_a_full_disk(tmp_path: Path) -> None:
    """In a process that may not write files over 60 KB: the kernel stops ffmpeg as a full disk does."""
    noise = np.random.default_rng(0).integers(0, 256, (10, 128, 192, 3), np.uint8)
    source = write(tmp_path / "in.mp4", list(noise), (*H264, "-crf", "20"))
    out = tmp_path / "out"
    out.mkdir()
    script = f"""
import resource, sys
from pathlib import Path
from perscoach.core.errors import ClipError
from perscoach.core.files import shown_name
from tests.media.clips import take
resource.setrlimit(resource.RLIMIT_FSIZE, (60_000, 60_000))
try:
    take(Path({str(source)!r}), Path({str(out / "o.mp4")!r}))
except ClipError as error:
    print(error.en)
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=60, check=True)
    assert "disk is full" in done.stdout
    assert list(out.iterdir()) == []


def test_a_folder_that_cannot_be_written(tmp_path: Path) -> None:
    source = write_numbered(tmp_path / "in.mp4", 3)
    (tmp_path / "file").write_text("")
    with pytest.raises(ClipError, match="could not be written"):
        take(source, tmp_path / "file" / "o.mp4")


def test_names_in_sentences(tmp_path: Path) -> None:
    hostile = "a\u202e\n\x1b[31m" + "x" * 100 + ".mp4"
    shown = shown_name(Path(hostile))
    assert len(shown) == 40
    assert shown.isprintable()
    (tmp_path / "${alert(1)}.mp4").write_bytes(b"text")
    with pytest.raises(ClipError, match="text"):
        sniff(tmp_path / "${alert(1)}.mp4", 10**6)


@pytest.mark.parametrize(
    "name", ["-i.mp4", "concat:a|b.mp4", "%02d.mp4", "http:__x.mp4", "тест видео.mp4", "a'b\"c.mp4"]
)
def test_odd_names_are_only_names(tmp_path: Path, name: str) -> None:
    plain = write_numbered(tmp_path / "plain.mp4", 3)
    assert take(plain.rename(tmp_path / name), tmp_path / "out" / name).frames == 3


def test_a_file_that_changes_while_it_is_read_is_refused(tmp_path: Path) -> None:
    """An upload or a copy that still runs: its first part must not become the clip."""
    source = write_numbered(tmp_path / "in.mkv", 30)

    class StillCopying(Quiet):
        def report(self, stage: str, done: int, total: int) -> None:
            with source.open("ab") as file:
                file.write(b"\0")

    out = tmp_path / "out"
    with pytest.raises(ClipError) as caught:
        ingest(source, out / "o.mp4", IngestSettings(), limits(), StillCopying())
    assert caught.value.message.id == "media.changed"
    assert list(out.iterdir()) == []


def test_a_file_that_changes_between_its_hash_and_its_reading_is_refused(tmp_path: Path) -> None:
    """Otherwise the new content's clip would stand in the store under the old content's key."""
    source = write_numbered(tmp_path / "in.mkv", 30)

    class ChangedOnce(Quiet):
        changed = False

        def check(self) -> None:
            if not self.changed:
                self.changed = True
                with source.open("ab") as file:
                    file.write(b"\0")

    monitor = ChangedOnce()
    with pytest.raises(ClipError) as caught:
        prepare(source, IngestSettings(), limits(), Store(tmp_path / "store"), monitor)
    assert caught.value.message.id == "media.changed"
    clip = prepare(source, IngestSettings(), limits(), Store(tmp_path / "store"), monitor)
    assert clip.frames == 30
