"""Every kind of source becomes the same kind of clip."""

from __future__ import annotations

import json
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from perscoach.clip import IngestSettings, ffmpeg
from perscoach.clip.ingest import load_clip
from perscoach.errors import Cancelled, ClipError
from perscoach.progress import Quiet
from tests.clip.make import (
    H264,
    corners,
    english,
    number_of,
    numbered,
    numbers,
    patch_error,
    patches,
    take,
    write,
    write_numbered,
)

COUNT = 24

KINDS = {
    "h264.mp4": H264,
    "h264.mov": H264,
    "h264.mkv": H264,
    "h264.avi": (*H264, "-bf", "0"),
    "open_gop.mp4": (
        *H264[:2],
        "-preset",
        "fast",
        "-x264-params",
        "open-gop=1:keyint=8:bframes=3",
        "-pix_fmt",
        "yuv420p",
    ),
    "hevc.mp4": ("-c:v", "libx265", "-preset", "ultrafast", "-x265-params", "log-level=none", "-tag:v", "hvc1"),
    "vp9.webm": ("-c:v", "libvpx-vp9", "-deadline", "realtime", "-cpu-used", "8", "-crf", "20", "-b:v", "0"),
    "vp8.webm": ("-c:v", "libvpx", "-deadline", "realtime", "-cpu-used", "8", "-b:v", "4M"),
    "av1.mkv": ("-c:v", "libaom-av1", "-usage", "realtime", "-cpu-used", "8", "-crf", "30", "-pix_fmt", "yuv420p"),
    "av1.mp4": ("-c:v", "libaom-av1", "-usage", "realtime", "-cpu-used", "8", "-crf", "30", "-pix_fmt", "yuv420p"),
    "prores.mov": ("-c:v", "prores_ks", "-profile:v", "1"),
    "mjpeg.avi": ("-c:v", "mjpeg", "-q:v", "2", "-pix_fmt", "yuvj420p"),
    "raw_rgb.avi": ("-c:v", "rawvideo", "-pix_fmt", "bgr24"),
    "full_range.mp4": (*H264[:-2], "-pix_fmt", "yuvj420p"),
    "yuv444.mp4": (*H264[:-2], "-pix_fmt", "yuv444p"),
}


@pytest.mark.parametrize("name", KINDS)
def test_every_kind_keeps_its_frames_in_order(tmp_path: Path, name: str) -> None:
    source = write_numbered(tmp_path / name, COUNT, KINDS[name], filters="")
    clip = take(source, tmp_path / "out.mp4")
    assert numbers(clip) == list(range(COUNT))
    assert (clip.fps, clip.width, clip.height, clip.frames, clip.audio) == (30, 192, 128, COUNT, False)
    assert corners(clip.frame(3)) == ["r", "g", "b", "-"]


@pytest.mark.parametrize("rate", ["24000/1001", "24", "25", "30000/1001", "50", "60000/1001", "60"])
@pytest.mark.parametrize("ending", ["mp4", "mkv"])
def test_a_cameras_rate_is_kept_exactly(tmp_path: Path, rate: str, ending: str) -> None:
    clip = take(write_numbered(tmp_path / f"in.{ending}", 40, rate=rate), tmp_path / "out.mp4")
    assert clip.fps == Fraction(rate)
    assert numbers(clip) == list(range(40))
    assert not clip.changes


def test_twice_and_four_times_the_rate_is_halved(tmp_path: Path) -> None:
    for rate, step in (("120", 2), ("240000/1001", 4)):
        clip = take(write_numbered(tmp_path / "in.mp4", 48, rate=rate), tmp_path / "out.mp4")
        assert clip.fps == Fraction(rate) / step
        found = numbers(clip)
        assert len(found) == 48 // step
        assert set(np.diff(found)) == {step}
        assert "frames a second" in english(clip)


def test_a_variable_rate_becomes_constant_and_keeps_time(tmp_path: Path) -> None:
    # 30 a second with every frame of the second half but each third dropped: 0..29 at 30, then 30, 33, 36 … 57
    kept = [*range(30), *range(30, 60, 3)]
    drop = ",select='lt(n,30)+not(mod(n,3))'"
    source = write_numbered(tmp_path / "in.mp4", 60, (*H264, "-fps_mode", "passthrough"), filters=drop)
    clip = take(source, tmp_path / "out.mp4")
    assert clip.fps == 30
    assert "variable" in english(clip)
    found = numbers(clip)
    assert abs(clip.frames - 60) <= 2
    assert set(found) == set(kept)
    # a frame is shown at its own time: what stands at place i is the newest frame of that time (half a step of rounding)
    assert all(abs(number - min(i, 57)) <= 2 for i, number in enumerate(found))


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
    assert "Flipped" in english(clip)


def test_odd_sizes_lose_one_pixel_and_say_so(tmp_path: Path) -> None:
    source = write_numbered(tmp_path / "in.webm", 3, KINDS["vp9.webm"], frame=lambda i: numbered(i, 201, 121))
    clip = take(source, tmp_path / "out.mp4")
    assert (clip.width, clip.height) == (200, 120)
    assert "One pixel" in english(clip)
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


@pytest.mark.parametrize(
    ("matrix", "tags", "allowed"),
    [
        ("bt709", ("-colorspace", "bt709", "-color_primaries", "bt709", "-color_trc", "bt709"), 3.0),
        ("bt709", ("-colorspace", "bt709"), 3.0),
        ("smpte170m", ("-colorspace", "smpte170m"), 3.0),
        ("bt470bg", ("-colorspace", "bt470bg", "-color_primaries", "bt470bg"), 3.0),
        ("smpte170m", ("-colorspace", "unknown"), 3.0),  # a small untagged picture is BT.601
    ],
)
def test_colour_patches(tmp_path: Path, matrix: str, tags: tuple[str, ...], allowed: float) -> None:
    picture, colours, middles = patches()
    codec = ("-c:v", "libx264", "-qp", "0", "-pix_fmt", "yuv420p", *tags)
    source = write(tmp_path / "in.mp4", [picture] * 4, codec, matrix=matrix, filters=f",setparams=colorspace={tags[1]}")
    clip = take(source, tmp_path / "out.mp4")
    assert patch_error(clip.frame(2), colours, middles) <= allowed
    with av.open(str(clip.path)) as container:
        context = container.streams.video[0].codec_context
        assert (context.colorspace, context.color_primaries, context.color_trc, context.color_range) == (1, 1, 1, 1)


@pytest.mark.parametrize("kind", ["full_range.mp4", "yuv444.mp4", "raw_rgb.avi"])
def test_colour_of_other_layouts(tmp_path: Path, kind: str) -> None:
    picture, colours, middles = patches()
    chain = ",scale=in_range=tv:out_range=pc:in_color_matrix=bt709:out_color_matrix=bt709" if "full" in kind else ""
    source = write(tmp_path / kind, [picture] * 4, (*KINDS[kind], "-colorspace", "bt709"), filters=chain)
    clip = take(source, tmp_path / "out.mp4")
    assert patch_error(clip.frame(2), colours, middles) <= 4


@pytest.mark.parametrize("transfer", ["smpte2084", "arib-std-b67"])
def test_hdr_is_tone_mapped(tmp_path: Path, transfer: str) -> None:
    """An SDR picture put into HDR at the usual level (white at 203 cd/m²) comes back near itself, bright and not grey."""
    picture, colours, middles = patches()
    chain = (
        ",format=gbrp,zscale=matrixin=gbr:rangein=full:primariesin=709:transferin=709:primaries=2020:"
        f"transfer={transfer}:matrix=2020_ncl:range=limited:npl=203,format=yuv420p10le"
    )
    tags = ("-colorspace", "bt2020nc", "-color_primaries", "bt2020", "-color_trc", transfer)
    codec = ("-c:v", "libx265", "-preset", "ultrafast", "-crf", "4", "-x265-params", "log-level=none", *tags)
    clip = take(write(tmp_path / "in.mp4", [picture] * 3, codec, filters=chain), tmp_path / "out.mp4")
    assert "tone-mapped" in english(clip)
    frame = clip.frame(1).astype(float)
    found = np.array([frame[y, x] for y, x in middles])
    greys = np.ptp(colours, axis=1) == 0
    assert np.ptp(found[greys], axis=1).max() <= 4  # grey stays grey
    assert found[7].mean() > 215  # white stays near white
    assert found[6].mean() < 8
    assert np.abs(found[8:] - colours[8:]).mean() < 14


@pytest.mark.parametrize(
    ("transfer", "signals"),
    [("smpte2084", (0.38, 0.58, 0.75)), ("arib-std-b67", (0.38, 0.75, 1.0))],
)
def test_hdr_reference_levels(tmp_path: Path, transfer: str, signals: tuple[float, float, float]) -> None:
    """Recommendation ITU-R BT.2408: an 18 % grey card, diffuse white, and a highlight at about 1000 cd/m²."""
    found = []
    for signal in signals:
        luma = np.full(64 * 64, round(64 + 876 * signal), "<u2")
        raw = np.concatenate([luma, np.full(64 * 64 // 2, 512, "<u2")])
        source = tmp_path / "in.mp4"
        tags = f"setparams=colorspace=bt2020nc:color_primaries=bt2020:color_trc={transfer}:range=tv"
        args = [
            "-y",
            "-f",
            "rawvideo",
            "-pix_fmt",
            "yuv420p10le",
            "-s",
            "64x64",
            "-r",
            "30",
            "-i",
            "pipe:0",
            "-vf",
            tags,
        ]
        ffmpeg.run([*args, "-c:v", "libx265", "-x265-params", "log-level=none", str(source)], stdin=raw.tobytes() * 3)
        found.append(float(take(source, tmp_path / "out.mp4").frame(1)[32, 32].mean()))
    grey, white, highlight = found
    assert grey == pytest.approx(109, abs=8)
    assert 222 <= white <= 245
    assert white + 8 <= highlight <= 255


def test_trim_and_crop(tmp_path: Path) -> None:
    source = write_numbered(tmp_path / "in.mp4", 90)
    clip = take(source, tmp_path / "out.mp4", IngestSettings(trim_start=1.0, trim_end=2.0))
    assert numbers(clip) == list(range(30, 60))
    assert "Cut to 1.00–2.00 s" in english(clip)
    clip = take(source, tmp_path / "out.mp4", IngestSettings(crop=(0, 0, 97, 64)))
    assert (clip.width, clip.height, clip.frames) == (96, 64, 90)
    assert corners(clip.frame(0))[0] == "r"
    assert "Cropped to 96x64" in english(clip)
    for bad in (IngestSettings(trim_start=3.5), IngestSettings(crop=(100, 0, 100, 64))):
        with pytest.raises(ClipError):
            take(source, tmp_path / "bad.mp4", bad)
    assert not (tmp_path / "bad.mp4").exists()


def test_crop_counts_on_the_upright_picture(tmp_path: Path) -> None:
    stored = [np.ascontiguousarray(np.rot90(numbered(i), -1)) for i in range(3)]
    plain = write(tmp_path / "in.mp4", stored)
    source = tmp_path / "turned.mp4"
    ffmpeg.run(["-display_rotation", "90", "-i", str(plain), "-c", "copy", str(source)])
    clip = take(source, tmp_path / "out.mp4", IngestSettings(crop=(112, 0, 80, 40)))
    assert (clip.width, clip.height) == (80, 40)
    assert corners(clip.frame(0))[1] == "g"


def test_a_late_cut_of_a_long_clip_seeks_to_the_right_frame(tmp_path: Path) -> None:
    codec = (*H264[:2], "-preset", "fast", "-crf", "10", "-x264-params", "open-gop=1:keyint=70:bframes=3", *H264[-2:])
    source = write_numbered(tmp_path / "in.mp4", 250, codec)
    clip = take(source, tmp_path / "out.mp4", IngestSettings(trim_start=6.5, trim_end=7.5))
    assert numbers(clip) == list(range(195, 225))


def _flash_and_beep(tmp_path: Path, late: float, ending: str = "mp4") -> Path:
    """Black with a white flash at 1.5 s, and a beep at the same moment; the sound track starts ``late`` seconds late."""
    frames = (np.full((64, 96, 3), 235 if 45 <= i < 48 else 16, np.uint8) for i in range(90))
    beep = f"aevalsrc='if(between(t,{1.5 - late},{1.6 - late}),0.8*sin(2*PI*1000*t),0)':s=48000:d={3 - late}"
    extra = ("-itsoffset", str(late), "-f", "lavfi", "-i", beep)
    codec = (*H264, "-map", "0:v", "-map", "1:a", "-c:a", "libopus" if ending == "webm" else "aac")
    if ending == "webm":
        codec = (*KINDS["vp8.webm"], *codec[len(H264) :])
    return write(tmp_path / f"in.{ending}", frames, codec, extra_inputs=extra)


@pytest.mark.parametrize(
    ("late", "start", "ending"),
    [
        (0.0, None, "mp4"),
        (0.0, 1.0, "mp4"),
        (0.7, None, "mp4"),
        (0.7, 0.9, "mp4"),
        (0.7, 0.4, "webm"),
        (0.0, 1.0, "mkv"),
    ],
)
def test_sound_stays_in_step(tmp_path: Path, late: float, start: float | None, ending: str) -> None:
    source = _flash_and_beep(tmp_path, late, ending)
    clip = take(source, tmp_path / "out.mp4", IngestSettings(trim_start=start, trim_end=2.8))
    assert clip.audio
    flash = next(i for i, frame in enumerate(clip.read()) if frame.mean() > 128) / float(clip.fps)
    assert flash == pytest.approx(1.5 - (start or 0), abs=1e-6)
    with av.open(str(clip.path)) as container:
        times, levels = [], []
        for block in container.decode(audio=0):
            samples = np.abs(block.to_ndarray()).max(axis=0)
            times.append(block.time + np.arange(len(samples)) / block.sample_rate)
            levels.append(samples)
        time, level = np.concatenate(times), np.concatenate(levels)
        assert float(time[level > 0.3][0]) == pytest.approx(flash, abs=0.02)
        assert time[-1] < clip.duration + 0.05


def test_the_result_is_what_a_browser_plays(tmp_path: Path) -> None:
    clip = take(_flash_and_beep(tmp_path, 0), tmp_path / "out.mp4")
    data = clip.path.read_bytes()
    assert data.index(b"moov") < data.index(b"mdat")  # plays before it is loaded
    with av.open(str(clip.path)) as container:
        video, sound = container.streams.video[0], container.streams.audio[0]
        assert (video.codec_context.name, video.codec_context.pix_fmt) == ("h264", "yuv420p")
        assert sound.codec_context.name == "aac"
        keys = [p.pts * p.time_base for p in container.demux(video) if p.size and p.is_keyframe]
    assert max(np.diff([*keys, clip.duration])) <= 0.501  # any jump decodes at most half a second


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

    def note(self, en: str, ru: str | None = None) -> None:
        self.notes.append(en)

    def check(self) -> None:
        self.left -= 1
        if self.left < 0:
            raise Cancelled


def test_progress_notes_and_cancel(tmp_path: Path) -> None:
    from perscoach.clip.ingest import ingest
    from tests.clip.make import limits

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
