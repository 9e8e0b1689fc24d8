"""Small source clips, made with the product's own ffmpeg. Every frame carries its number, so that it can be recognised."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import numpy as np

from perscoach.core.progress import Quiet
from perscoach.core.settings import Settings, load_settings
from perscoach.media import Clip, IngestSettings, ffmpeg
from perscoach.media.ingest import ingest

BITS = 8
RED, BLUE, GREEN = (200, 30, 30), (30, 30, 200), (30, 180, 30)
H264 = ("-c:v", "libx264", "-preset", "ultrafast", "-crf", "8", "-pix_fmt", "yuv420p")


KINDS = {
    "h264.mp4": H264,
    "h264.mov": H264,
    "h264.mkv": H264,
    "h264.avi": (*H264, "-bf", "0"),
    "open_gop.mp4": (*H264[:2], "-preset", "fast", "-x264-params", "open-gop=1:keyint=8:bframes=3", *H264[-2:]),
    "hevc.mp4": ("-c:v", "libx265", "-preset", "ultrafast", "-x265-params", "log-level=none", "-tag:v", "hvc1"),
    "vp9.webm": ("-c:v", "libvpx-vp9", "-deadline", "realtime", "-cpu-used", "8", "-crf", "20", "-b:v", "0"),
    "vp8.webm": ("-c:v", "libvpx", "-deadline", "realtime", "-cpu-used", "8", "-b:v", "4M"),
    "av1.mkv": ("-c:v", "libaom-av1", "-usage", "realtime", "-cpu-used", "8", "-crf", "30", "-pix_fmt", "yuv420p"),
    "av1.mp4": ("-c:v", "libaom-av1", "-usage", "realtime", "-cpu-used", "8", "-crf", "30", "-pix_fmt", "yuv420p"),
    "prores.mov": ("-c:v", "prores_ks", "-profile:v", "1"),
    "mjpeg.avi": ("-c:v", "mjpeg", "-q:v", "2", "-pix_fmt", "yuvj420p"),
    "raw_rgb.avi": ("-c:v", "rawvideo", "-pix_fmt", "bgr24"),
    "h264.ts": (*H264, "-f", "mpegts"),
    "camcorder.mts": (*H264, "-f", "mpegts", "-mpegts_m2ts_mode", "1"),
    "full_range.mp4": (*H264[:-2], "-pix_fmt", "yuvj420p"),
    "yuv444.mp4": (*H264[:-2], "-pix_fmt", "yuv444p"),
}
"""File name to the output options that make such a source."""


def limits(**changes: object) -> Settings:
    """The default limits with changes."""
    return replace(load_settings(), **changes)  # type: ignore[arg-type]


def numbered(index: int, width: int = 192, height: int = 128) -> np.ndarray:
    """A frame with its number as ``BITS`` black or white blocks in the middle; red top left, green top right, blue bottom left."""
    frame = np.full((height, width, 3), 110, np.uint8)
    frame[:, :, 1] = np.linspace(60, 160, width, dtype=np.uint8)
    side = width // (BITS + 2)
    top = (height - side) // 2
    for bit in range(BITS):
        frame[top : top + side, side * (bit + 1) : side * (bit + 2)] = 235 if index >> bit & 1 else 20
    corner = height // 5
    frame[:corner, :corner] = RED
    frame[:corner, -corner:] = GREEN
    frame[-corner:, :corner] = BLUE
    return frame


def number_of(frame: np.ndarray) -> int:
    """The number that ``numbered`` put into an upright frame (of any size of the same shape)."""
    height, width = frame.shape[:2]
    side = width // (BITS + 2)
    middle = height // 2
    grey = frame.mean(axis=2)
    return sum(
        1 << bit
        for bit in range(BITS)
        if grey[middle - 3 : middle + 3, int(side * (bit + 1.5)) - 2 :][:, :4].mean() > 128
    )


def corners(frame: np.ndarray) -> list[str]:
    """What stands in the corners: top left, top right, bottom left, bottom right (``r``, ``g``, ``b`` or ``-``)."""
    names = {"r": RED, "g": GREEN, "b": BLUE}
    found = []
    for y in (6, -7):
        for x in (6, -7):
            colour = frame[y, x].astype(int)
            near = [n for n, c in names.items() if np.abs(colour - c).max() < 30]
            found.append(near[0] if near else "-")
    return found


def write(
    path: Path,
    frames: Iterable[np.ndarray],
    codec: tuple[str, ...] = H264,
    *,
    rate: str = "30",
    matrix: str = "bt709",
    extra_inputs: tuple[str, ...] = (),
    filters: str = "",
) -> Path:
    """Encode RGB frames; ``codec`` holds the output options."""
    frames = iter(frames)
    first = next(frames)
    height, width = first.shape[:2]
    chain = f"scale=out_color_matrix={matrix}:out_range=tv:flags=accurate_rnd+full_chroma_int+full_chroma_inp"
    args = ["-y", "-f", "rawvideo", "-pix_fmt", "rgb24", "-s", f"{width}x{height}", "-r", rate, "-i", "pipe:0"]
    args += [*extra_inputs, "-vf", chain + filters, *codec, str(path)]
    with ffmpeg.pipe_writer(args) as writer:
        writer.write(first)
        for frame in frames:
            writer.write(frame)
    return path


def write_numbered(path: Path, count: int, codec: tuple[str, ...] = H264, **how: object) -> Path:
    """``count`` numbered frames."""
    size: Callable[[int], np.ndarray] = how.pop("frame", numbered)  # type: ignore[assignment]
    return write(path, (size(i) for i in range(count)), codec, **how)  # type: ignore[arg-type]


def take(source: Path, out: Path, settings: IngestSettings | None = None, **limit: object) -> Clip:
    """Ingest with default limits."""
    return ingest(source, out, settings or IngestSettings(), limits(**limit), Quiet())


def english(clip: Clip) -> str:
    """All changes in one line."""
    return " ".join(change.en for change in clip.changes)


def numbers(clip: Clip) -> list[int]:
    """The numbers of all frames."""
    return [number_of(frame) for frame in clip.read()]


def patches() -> tuple[np.ndarray, np.ndarray, list[tuple[int, int]]]:
    """(picture of flat patches, their colours (N, 3), the middles): primaries, greys, skin tones, random colours."""
    colours = [(255, 0, 0), (0, 255, 0), (0, 0, 255), (255, 255, 0), (0, 255, 255), (255, 0, 255), (0, 0, 0)]
    colours += [(255, 255, 255), (128, 128, 128), (64, 64, 64), (224, 172, 138), (141, 85, 54), (92, 56, 34)]
    generator = np.random.default_rng(7)
    colours += [tuple(int(v) for v in generator.integers(16, 240, 3)) for _ in range(35)]
    side, columns = 32, 8
    picture = np.zeros((len(colours) // columns * side, columns * side, 3), np.uint8)
    middles = []
    for index, colour in enumerate(colours):
        y, x = index // columns * side, index % columns * side
        picture[y : y + side, x : x + side] = colour
        middles.append((y + side // 2, x + side // 2))
    return picture, np.array(colours), middles


def patch_error(frame: np.ndarray, colours: np.ndarray, middles: list[tuple[int, int]]) -> float:
    """The largest difference of a patch's mean colour, in 1/255."""
    means = np.array([frame[y - 4 : y + 4, x - 4 : x + 4].reshape(-1, 3).mean(axis=0) for y, x in middles])
    return float(np.abs(means - colours).max())


def as_clip(path: Path, frames: int, width: int, height: int, fps: Fraction = Fraction(30)) -> Clip:
    """A clip that was not made by ingest."""
    return Clip(path, fps, width, height, frames, False)
