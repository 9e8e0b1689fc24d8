"""Prove an encoded file by decoding every frame of it."""

from __future__ import annotations

import contextlib
import dataclasses
import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np

from perscoach.core.arrays import Array
from perscoach.core.errors import EncodeError
from perscoach.core.progress import Monitor, Quiet
from perscoach.media import encoders, ffmpeg

#: The stated error of the alpha in a delivered file, dB over all its frames (255 is the peak); an encoded cut-out
#: of a person measures 48 to 54.
ALPHA_PSNR = 40.0


@dataclass(frozen=True)
class VerifyReport:
    """What decoding showed.

    Attributes:
        frames, expected_frames: how many decoded, how many there should be.
        width, height: of the picture.
        alpha_min, alpha_max: over all frames.
        plain_frames: frames whose alpha is one value everywhere, so that nothing is cut out of them.
        alpha_psnr, alpha_mad, alpha_worst: against the expected frames: dB over all pixels, mean absolute difference
            (0..255), and the worst frame's dB; ``None`` when there was nothing to compare with.
        colour_psnr: dB of the colour where the expected alpha is at least 250, or ``None``.
        findings: what is wrong, as (English, Russian) sentences.
    """

    frames: int
    expected_frames: int
    width: int
    height: int
    alpha_min: int
    alpha_max: int
    plain_frames: int
    alpha_psnr: float | None = None
    alpha_mad: float | None = None
    alpha_worst: float | None = None
    colour_psnr: float | None = None
    findings: list[tuple[str, str]] = field(default_factory=list)

    @property
    def ok(self) -> bool:
        """Whether nothing is wrong."""
        return not self.findings

    def to_json(self) -> dict[str, Any]:
        """Plain JSON values; an infinite PSNR (no difference at all) becomes ``None``."""
        value = dataclasses.asdict(self)
        return {k: None if isinstance(v, float) and not math.isfinite(v) else v for k, v in value.items()}


def decode_rgba(path: Path, monitor: Monitor | None = None) -> Iterator[Array]:
    """Every frame as (H, W, 4) uint8 RGBA, straight alpha; constant memory.

    A WebM file is decoded with libvpx, because ffmpeg's own VP9 decoder does not see the alpha.

    Raises:
        EncodeError: not a readable video.
    """
    width, height = picture_size(path)
    args = encoders.decode_rgba(path, "libvpx-vp9" if path.suffix == ".webm" else None)
    with ffmpeg.pipe_reader(args, width * height * 4, monitor) as blocks:
        for block in blocks:
            yield np.frombuffer(block, np.uint8).reshape(height, width, 4)


def picture_size(path: Path) -> tuple[int, int]:
    """(width, height) of the first video track.

    Raises:
        EncodeError: not a readable video.
    """
    import av

    try:
        with av.open(ffmpeg.file_arg(path), options=ffmpeg.SAFE_OPTIONS) as container:
            context = container.streams.video[0].codec_context
            size = context.width, context.height
    except (av.FFmpegError, OSError, IndexError, ValueError) as error:
        raise _unreadable(path) from error
    if min(size) <= 0 or size[0] * size[1] > 1 << 26:
        raise _unreadable(path)
    return size


def verify_alpha(
    path: Path,
    frames: int,
    fps: Fraction,
    expected: Iterable[Array] | None = None,
    monitor: Monitor | None = None,
    *,
    least_psnr: float = ALPHA_PSNR,
) -> VerifyReport:
    """Decode every frame of a delivered file and measure its alpha.

    Args:
        path: the WebM (or mov) file.
        frames: how many frames there should be.
        fps: frame ``i`` should stand at ``i / fps``.
        expected: the frames that were encoded, (H, W, 4) RGBA or (H, W) alpha, uint8.
        monitor: told the frames done under the stage name ``"check"``.
        least_psnr: the stated error; below it is a finding.

    Raises:
        EncodeError: the file cannot be decoded.
        Cancelled: the monitor said so.
    """
    from perscoach.media.sinks import check_times

    monitor = monitor or Quiet()
    findings: list[tuple[str, str]] = []
    try:
        check_times(path, path.name, frames, fps)
    except EncodeError as error:
        findings.append((error.en, error.ru))
    measure = _Measure()
    reference = None if expected is None else iter(expected)
    with contextlib.closing(decode_rgba(path, monitor)) as decoded:  # type: ignore[type-var]
        for frame in decoded:
            want = None if reference is None else next(reference, None)
            measure.add(frame, want)
            monitor.report("check", measure.frames, frames)
    width, height = picture_size(path)
    report = measure.report(frames, width, height)
    return dataclasses.replace(report, findings=findings + list(_findings(path.name, report, least_psnr)))


def _findings(name: str, report: VerifyReport, least_psnr: float) -> Iterator[tuple[str, str]]:
    if report.frames != report.expected_frames:
        yield (
            f"{name}: {report.frames} frames decode, expected {report.expected_frames}.",
            f"{name}: декодируется кадров: {report.frames}, нужно {report.expected_frames}.",
        )
    if report.frames and report.plain_frames == report.frames:
        yield (
            f"{name}: nothing is transparent: the alpha is {report.alpha_min} to {report.alpha_max} everywhere.",
            f"{name}: прозрачности нет: альфа везде от {report.alpha_min} до {report.alpha_max}.",
        )
    if report.alpha_psnr is not None and report.alpha_psnr < least_psnr:
        yield (
            f"{name}: the alpha is off by {report.alpha_psnr:.1f} dB, expected at least {least_psnr:g} dB.",
            f"{name}: альфа отличается: {report.alpha_psnr:.1f} дБ, нужно не меньше {least_psnr:g} дБ.",
        )


class _Measure:
    """Sums over the frames; nothing of a frame is kept."""

    def __init__(self) -> None:
        self.frames = 0
        self._low, self._high, self._plain = 255, 0, 0
        self._alpha, self._colour = _Error(), _Error()
        self._worst = math.inf
        self._compared = 0

    def add(self, frame: Array, want: Array | None) -> None:
        alpha = frame[..., 3]
        low, high = int(alpha.min()), int(alpha.max())
        self.frames += 1
        self._low, self._high = min(self._low, low), max(self._high, high)
        self._plain += high - low < 8
        if want is None:
            return
        true = want if want.ndim == 2 else want[..., 3]
        height, width = true.shape  # the Safari file may have one more row and column, to be even
        off = _Error()
        off.add(alpha[:height, :width].astype(np.int32) - true)
        self._alpha.join(off)
        self._worst = min(self._worst, off.psnr())
        self._compared += 1
        if want.ndim == 3:
            solid = true >= 250
            self._colour.add(frame[:height, :width, :3][solid].astype(np.int32) - want[..., :3][solid])

    def report(self, expected: int, width: int, height: int) -> VerifyReport:
        some = self._compared > 0
        return VerifyReport(
            frames=self.frames,
            expected_frames=expected,
            width=width,
            height=height,
            alpha_min=self._low,
            alpha_max=self._high,
            plain_frames=self._plain,
            alpha_psnr=self._alpha.psnr() if some else None,
            alpha_mad=self._alpha.mad() if some else None,
            alpha_worst=self._worst if some else None,
            colour_psnr=self._colour.psnr() if self._colour.count else None,
        )


class _Error:
    """Mean squared and mean absolute difference, added up."""

    def __init__(self) -> None:
        self.count, self._squares, self._absolute = 0, 0.0, 0.0

    def add(self, off: Array) -> None:
        self.count += off.size
        self._squares += float(np.square(off).sum())
        self._absolute += float(np.abs(off).sum())

    def join(self, other: _Error) -> None:
        self.count += other.count
        self._squares += other._squares
        self._absolute += other._absolute

    def psnr(self) -> float:
        if not self._squares:
            return math.inf
        return 10 * math.log10(255**2 * self.count / self._squares)

    def mad(self) -> float:
        return self._absolute / max(1, self.count)


def _unreadable(path: Path) -> EncodeError:
    return EncodeError(
        f"{path.name}: this is not a readable video; export it again.",
        f"{path.name}: это не читается как видео; экспортируйте заново.",
    )
