"""What a written video file holds: its packets' times, and its alpha with every frame decoded."""

from __future__ import annotations

import contextlib
import dataclasses
import itertools
import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np

from perscoach.core.arrays import Array
from perscoach.core.errors import EncodeError
from perscoach.core.messages import Message, message
from perscoach.core.progress import Monitor, Quiet
from perscoach.media import encoders, ffmpeg

#: The stated error of the alpha in a delivered file, dB over all its frames (255 is the peak); an encoded cut-out
#: of a person measures 48 to 54.
ALPHA_PSNR = 40.0
_MAX_PIXELS = 1 << 26


@dataclass(frozen=True)
class Track:
    """The first video track of a file.

    Attributes:
        width, height: pixels.
        tick: seconds; the file's clock.
        times: seconds at which the frames are shown, ascending, one per packet; empty where only the header was read.
        sound: whether there is sound beside it.
    """

    width: int
    height: int
    tick: Fraction
    times: list[Fraction]
    sound: bool


def read_track(path: Path, monitor: Monitor | None = None, *, packets: bool = True) -> Track:
    """Read the header and, with ``packets``, the time of every packet; nothing is decoded.

    Raises:
        EncodeError: not a readable video.
        Cancelled: by the monitor.
    """
    import av

    monitor = monitor or Quiet()
    times: list[Fraction] = []
    try:
        with av.open(ffmpeg.file_arg(path), options=ffmpeg.SAFE_OPTIONS) as container:
            stream = container.streams.video[0]
            tick = stream.time_base or Fraction(1, 1000)
            for packet in container.demux(stream) if packets else ():
                monitor.check()
                if packet.pts is not None:
                    times.append(packet.pts * tick)
            width, height = stream.codec_context.width, stream.codec_context.height
            sound = any(s.duration for s in container.streams.audio)
    except (av.FFmpegError, OSError, IndexError, ValueError) as error:
        raise EncodeError("media.not_a_video", name=path.name) from error
    if min(width, height) <= 0 or width * height > _MAX_PIXELS:
        raise EncodeError("media.not_a_video", name=path.name)
    return Track(width, height, tick, sorted(times), sound)


def picture_size(path: Path) -> tuple[int, int]:
    """(width, height) of the first video track, from the header.

    Raises:
        EncodeError: not a readable video.
    """
    track = read_track(path, packets=False)
    return track.width, track.height


def check_times(path: Path, name: str, frames: int, fps: Fraction, monitor: Monitor | None = None) -> None:
    """Check, without decoding, that the video track holds ``frames`` packets and that frame ``i`` stands at ``i / fps``.

    Raises:
        EncodeError: another count, or a time off by more than the container's rounding (half a tick).
        Cancelled: by the monitor.
    """
    track = read_track(path, monitor)
    if len(track.times) != frames:
        raise EncodeError("media.wrong_count", name=name, found=len(track.times), expected=frames)
    for index, time in enumerate(track.times):
        if abs(time - index / fps) > track.tick / 2:
            raise EncodeError(
                "media.wrong_time", name=name, index=index, found=float(time), expected=float(index / fps)
            )


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
        findings: what is wrong.
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
    findings: list[Message] = field(default_factory=list)

    @property
    def ok(self) -> bool:
        """Whether nothing is wrong."""
        return not self.findings

    def to_json(self) -> dict[str, Any]:
        """Plain JSON values: findings as ``[en, ru]``; an infinite PSNR (no difference at all) becomes ``None``."""
        value = vars(self) | {"findings": [finding.to_json() for finding in self.findings]}
        return {k: None if isinstance(v, float) and not math.isfinite(v) else v for k, v in value.items()}


def decode_rgba(path: Path, monitor: Monitor | None = None) -> Iterator[Array]:
    """Every frame as (H, W, 4) uint8 RGBA, straight alpha; constant memory.

    Raises:
        EncodeError: not a readable video.
        Cancelled: by the monitor.
    """
    return _decode(path, monitor, alpha_only=False)


def _decode(path: Path, monitor: Monitor | None, *, alpha_only: bool) -> Iterator[Array]:
    width, height = picture_size(path)
    shape = (height, width) if alpha_only else (height, width, 4)
    # ffmpeg's own VP9 decoder ignores the alpha
    args = encoders.decode(path, "libvpx-vp9" if path.suffix == ".webm" else None, alpha_only=alpha_only)
    with ffmpeg.pipe_reader(args, math.prod(shape), monitor) as blocks:
        for block in blocks:
            yield np.frombuffer(block, np.uint8).reshape(shape)


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
        monitor: gets the frames done under the stage name ``"check"``.
        least_psnr: the stated error; below it is a finding.

    Raises:
        EncodeError: the file cannot be decoded.
        Cancelled: by the monitor.
    """
    monitor = monitor or Quiet()
    findings: list[Message] = []
    try:
        check_times(path, path.name, frames, fps, monitor)
    except EncodeError as error:
        findings.append(error.message)
    measure = _Measure()
    references = itertools.repeat(None) if expected is None else itertools.chain(expected, itertools.repeat(None))
    with contextlib.closing(_decode(path, monitor, alpha_only=expected is None)) as decoded:  # type: ignore[type-var]
        for frame, reference in zip(decoded, references, strict=False):
            measure.add(frame, reference)
            monitor.report("check", measure.frames, frames)
    report = measure.report(frames, *picture_size(path))
    return dataclasses.replace(report, findings=findings + list(_findings(path.name, report, least_psnr)))


def _findings(name: str, report: VerifyReport, least_psnr: float) -> Iterator[Message]:
    if report.frames != report.expected_frames:
        yield message("media.wrong_decoded", name=name, found=report.frames, expected=report.expected_frames)
    if report.frames and report.plain_frames == report.frames:
        yield message("media.plain_alpha", name=name, low=report.alpha_min, high=report.alpha_max)
    if report.alpha_psnr is not None and report.alpha_psnr < least_psnr:
        yield message("media.alpha_differs", name=name, psnr=report.alpha_psnr, least=least_psnr)


class _Measure:
    """Sums over the frames, in constant memory."""

    def __init__(self) -> None:
        self.frames = 0
        self._low, self._high, self._plain = 255, 0, 0
        self._alpha, self._colour = _Error(), _Error()
        self._worst = math.inf
        self._compared = 0

    def add(self, frame: Array, reference: Array | None) -> None:
        alpha = frame if frame.ndim == 2 else frame[..., 3]
        low, high = int(alpha.min()), int(alpha.max())
        self.frames += 1
        self._low, self._high = min(self._low, low), max(self._high, high)
        self._plain += high - low < 8
        if reference is None:
            return
        true = reference if reference.ndim == 2 else reference[..., 3]
        height, width = true.shape  # the Safari file may have one more row and column, to be even
        difference = _Error()
        difference.add(alpha[:height, :width].astype(np.int32) - true)
        self._alpha.join(difference)
        self._worst = min(self._worst, difference.psnr())
        self._compared += 1
        if reference.ndim == 3:
            solid = true >= 250
            self._colour.add(frame[:height, :width, :3][solid].astype(np.int32) - reference[..., :3][solid])

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
