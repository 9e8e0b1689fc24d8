"""ffmpeg's arguments for encoding and decoding, as pure functions; ``perscoach.media.ffmpeg`` runs them.

Every function returns what goes after ``ffmpeg`` (and after the options that the runner puts in front).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from perscoach.media.ffmpeg import SAFE_INPUT, file_arg
from perscoach.media.types import FRAMES, MOV, WEBM, ExportSettings

#: At most this many frames between two key frames: 8 s at 30 fps, so a jump on the page decodes at most that much.
#: (On a moving cut-out a key frame is worth about 20 other frames: twice as many key frames is 8 % more file.)
KEY_EVERY = 240

SAMPLE_RATE = 48000  # what Opus works in

#: libvpx-vp9 per preset; ``good`` ignores cpu-used above 5. On a grainy gym ``realtime`` 6 at crf 27 takes a quarter of the
#: CPU of ``good`` 3 at the same crf, for the same PSNR of colour, 1 dB less of alpha and 13 to 19 % more file; libvpx's own
#: default over unfilled frames makes a file half as large again, of less PSNR (``benchmarks/pipeline.py``, ``encode.py``).
VP9: dict[str, tuple[str, int, int]] = {  # deadline, cpu-used, crf
    "draft": ("realtime", 8, 34),
    "standard": ("realtime", 6, 27),
    "archive": ("good", 2, 24),
}

#: libx265 per preset: preset, crf. On a grainy gym ``superfast`` 24 takes 55 % of the CPU of ``fast`` 26 for the same PSNR over
#: white (34.9 against 35.0 dB), 0.7 dB more of alpha and 10 % more file.
HEVC: dict[str, tuple[str, int]] = {
    "draft": ("superfast", 28),
    "standard": ("superfast", 24),
    "archive": ("medium", 21),
}

#: Kilobytes per million pixels of picture (all frames together). In between of what two real clips gave: a person in a
#: clean studio (half of it) and one in a grainy gym (up to twice).
VP9_RATE = {"draft": 8.0, "standard": 9.5, "archive": 13.0}
HEVC_RATE = {"draft": 3.0, "standard": 4.4, "archive": 6.0}
PNG_RATE = 950.0  # noise does not compress: about 410 kB a frame at 602×722
SOUND_RATE = {WEBM: 12.0, MOV: 20.0}  # kilobytes a second: 96 and 160 kbit/s


@dataclass(frozen=True)
class Picture:
    """The frames that come through the pipe: ``width`` × ``height`` RGBA at ``fps`` per second."""

    width: int
    height: int
    fps: Fraction


def rate(fps: Fraction) -> str:
    """A frame rate as ffmpeg reads it without rounding: ``30000/1001``."""
    return f"{fps.numerator}/{fps.denominator}"


def rgba_input(picture: Picture) -> list[str]:
    """Raw straight-alpha RGBA frames on stdin."""
    size = f"{picture.width}x{picture.height}"
    return [
        *("-f", "rawvideo", "-pixel_format", "rgba", "-video_size", size),
        *("-framerate", rate(picture.fps), "-i", "pipe:0"),
    ]


def tile_columns(width: int) -> int:
    """log2 of VP9's tile columns: none below 1024 pixels, where they cost file and ``row-mt`` keeps the cores busy."""
    return max(0, min(2, (width // 512).bit_length() - 1))


#: No random identifiers, times or versions in a file: the same frames give the same bytes.
_REPEATABLE = ("-fflags", "+bitexact", "-flags:a", "+bitexact")


def webm_segment(picture: Picture, quality: str, threads: int, out: Path) -> list[str]:
    """A piece of the VP9 file with alpha.

    The colour conversion is ffmpeg's default, BT.601, and tagged so, which spares players that guess from the size.
    Chromium shows it within one level (measured), and a BT.709 file with alpha several levels too dark in blue.
    ``-auto-alt-ref 0`` keeps hidden frames out, which alpha forbids in some modes. With one thread libvpx leaves
    ``row-mt`` off and writes other bytes; from two on the number of threads changes nothing.
    """
    deadline, cpu, crf = VP9[quality]
    no_lag = ("-lag-in-frames", "0") if deadline == "realtime" else ()  # realtime looks ahead at no frame anyway
    return [
        *rgba_input(picture),
        *("-map", "0:v:0", "-c:v", "libvpx-vp9", "-pix_fmt", "yuva420p", "-colorspace", "smpte170m"),
        *("-b:v", "0", "-crf", str(crf), "-deadline", deadline, "-cpu-used", str(cpu), *no_lag),
        *("-row-mt", "1", "-frame-parallel", "0", "-tile-columns", str(tile_columns(picture.width))),
        *("-threads", str(max(2, threads)), "-auto-alt-ref", "0", "-g", str(KEY_EVERY), "-fps_mode", "passthrough"),
        *("-metadata:s:v:0", "alpha_mode=1", *_REPEATABLE, "-f", "webm", "-y", file_arg(out)),
    ]


def mov_segment(picture: Picture, quality: str, threads: int, out: Path) -> list[str]:
    """A piece of the HEVC file with alpha, BT.709 and tagged so, as Apple's own files are.

    Sides are made even with transparent pixels, because 4:2:0 HEVC asks for it. ``open-gop=0`` and ``info=0`` make
    every piece stand alone and all pieces share one set of headers. ``frame-threads=1``: with more, x265's alpha layer
    has a race, and the same frames give other bytes in every run; the threads of ``pools`` (one row of blocks each) change
    nothing. The container is NUT, which carries the encoder's headers unchanged: mov and matroska drop those of the
    alpha layer when the pieces are joined.
    """
    preset, crf = HEVC[quality]
    x265 = f"log-level=error:info=0:open-gop=0:keyint={KEY_EVERY}:pools={threads}:frame-threads=1"
    return [
        *rgba_input(picture),
        *("-map", "0:v:0", "-vf", f"{_EVEN},scale=out_color_matrix=bt709:out_range=tv,format=yuva420p,{_TAGS}"),
        *("-c:v", "libx265", "-preset", preset, "-crf", str(crf), "-x265-params", x265),
        *("-fps_mode", "passthrough", *_REPEATABLE, "-f", "nut", "-y", file_arg(out)),
    ]


_EVEN = "pad=ceil(iw/2)*2:ceil(ih/2)*2:0:0:color=black@0"
_TAGS = "setparams=color_primaries=bt709:color_trc=bt709:colorspace=bt709:range=tv"


def png_segment(picture: Picture, start: int, folder: Path) -> list[str]:
    """PNG frames ``folder/<start>.png …``, six digits; level 1, because 9 takes six times as long for 10 % less."""
    pattern = file_arg(folder).replace("%", "%%") + "/%06d.png"
    return [
        *rgba_input(picture),
        *("-map", "0:v:0", "-c:v", "png", "-pix_fmt", "rgba", "-compression_level", "1", "-pred", "up"),
        *("-fps_mode", "passthrough", "-start_number", str(start), "-f", "image2", "-y", pattern),
    ]


def concat_list(names: Sequence[str], frames: Sequence[int], fps: Fraction) -> str:
    """The list that the concat demuxer reads: plain names beside the list and each piece's exact length.

    Raises:
        ValueError: a name that is not one of ours.
    """
    lines = ["ffconcat version 1.0"]
    for name, count in zip(names, frames, strict=True):
        if not name.replace("-", "").replace(".", "").isalnum() or not name.isascii():
            raise ValueError(f"segment name: expected letters, digits, '-' and '.', got {name!r}")
        lines += [f"file {name}", f"duration {float(count / fps):.6f}"]
    return "\n".join(lines) + "\n"


def sound_samples(frames: int, fps: Fraction) -> int:
    """How many 48 kHz samples last exactly as long as ``frames`` frames."""
    return round(frames / fps * SAMPLE_RATE)


def _sound(frames: int, fps: Fraction, audio: Path | None, codec: Sequence[str]) -> tuple[list[str], list[str]]:
    """(input options, output options): the first sound track, padded or cut to the picture's length."""
    if audio is None:
        return [], []
    fit = f"aresample={SAMPLE_RATE}:async=1:first_pts=0,apad,atrim=end_sample={sound_samples(frames, fps)}"
    return [*SAFE_INPUT, "-i", file_arg(audio)], ["-map", "1:a:0", "-af", fit, "-ac", "2", *codec]


def join_webm(listed: Path, out: Path, frames: int, fps: Fraction, audio: Path | None) -> list[str]:
    """Join the VP9 pieces without encoding them again; the sound becomes Opus.

    WebM counts in milliseconds, so every piece has its times rounded. The packets are numbered anew, in frames, and
    rounded once: frame ``i`` stands at ``round(1000 i / fps)`` ms however many pieces there are.
    """
    before, after = _sound(frames, fps, audio, ("-c:a", "libopus", "-b:a", "96k"))
    step = f"setts=time_base={fps.denominator}/{fps.numerator}:pts=N:dts=N:duration=1"
    return [
        *("-f", "concat", "-safe", "1", "-i", file_arg(listed), *before),
        *("-map", "0:v:0", "-c:v", "copy", "-bsf:v", step, "-r", rate(fps), *after),
        *("-metadata:s:v:0", "alpha_mode=1", "-map_metadata", "-1", *_REPEATABLE, "-f", "webm", "-y", file_arg(out)),
    ]


def join_mov(listed: Path, out: Path, frames: int, fps: Fraction, audio: Path | None) -> list[str]:
    """Join the HEVC pieces without encoding them again; the sound becomes AAC, and the index stands before the data."""
    before, after = _sound(frames, fps, audio, ("-c:a", "aac", "-b:a", "160k"))
    # with a time base of one frame the filter rounds every time to a whole frame before it looks at it
    step = f"setts=time_base={fps.denominator}/{fps.numerator}:pts=PTS:dts=DTS:duration=1"
    return [
        *("-f", "concat", "-safe", "1", "-i", file_arg(listed), *before),
        *("-map", "0:v:0", "-c:v", "copy", "-bsf:v", step, "-tag:v", "hvc1", *after),
        *("-map_metadata", "-1", *_REPEATABLE, "-movflags", "+faststart", "-f", "mov", "-y", file_arg(out)),
    ]


def decode(path: Path, decoder: str | None, *, alpha_only: bool = False) -> list[str]:
    """Every frame on stdout, none added or dropped: raw RGBA, or with ``alpha_only`` the alpha as one byte a pixel.

    ``decoder`` must be ``libvpx-vp9`` for the WebM file: ffmpeg's own VP9 decoder ignores the alpha.
    """
    force = [] if decoder is None else ["-c:v", decoder]
    picture = ("-vf", "format=yuva420p,alphaextract", "-pix_fmt", "gray") if alpha_only else ("-pix_fmt", "rgba")
    return [
        *(*SAFE_INPUT, *force, "-i", file_arg(path), "-map", "0:v:0"),
        *("-fps_mode", "passthrough", *picture, "-f", "rawvideo", "pipe:1"),
    ]


def estimate_size(
    settings: ExportSettings, width: int, height: int, frames: int, sound_seconds: float = 0.0
) -> dict[str, float]:
    """The expected size of each file in megabytes (10⁶ bytes), and their ``total``; an estimate, not a promise.

    Example:
        >>> estimate_size(ExportSettings(mov=False), 602, 722, 5793)["total"] < 30
        True
    """
    pixels = width * height * frames / 1e6
    sound = sound_seconds if settings.audio else 0.0
    sizes = {WEBM: (VP9_RATE[settings.quality] * pixels + SOUND_RATE[WEBM] * sound) / 1e3}
    if settings.mov:
        sizes[MOV] = (HEVC_RATE[settings.quality] * pixels + SOUND_RATE[MOV] * sound) / 1e3
    if settings.frames:
        sizes[FRAMES] = PNG_RATE * pixels / 1e3
    sizes["total"] = sum(sizes.values())
    return sizes
