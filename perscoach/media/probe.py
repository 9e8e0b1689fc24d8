"""A source file's format, from its headers, its packets' times and its first frame; nothing else is decoded."""

from __future__ import annotations

import contextlib
import math
import re
import struct
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

from perscoach.core.errors import ClipError, PerscoachError
from perscoach.core.files import shown_name
from perscoach.core.settings import Settings
from perscoach.media.ffmpeg import SAFE_OPTIONS, file_arg
from perscoach.media.sniff import sniff
from perscoach.media.timing import Timing, nominal_rate

#: The longest side that H.264 encoders take, and the shortest that shows a person.
MAX_SIDE, MIN_SIDE = 16384, 16
_MAX_RATE = 1000  # frames per second; high-speed cameras of phones end at 960
_FIRST_FRAME_PACKETS = 300  # after so many packets without a picture the file is given up
_SAME_TIME = 1e-4  # seconds
_IO_TIMEOUT = 20.0  # seconds that opening or one read may block
_TRANSFERS = {16: "pq", 18: "hlg"}  # AVCOL_TRC_SMPTE2084, AVCOL_TRC_ARIB_STD_B67


@dataclass(frozen=True)
class Probe:
    """A source file's format.

    Attributes:
        container: ``mp4``, ``matroska``, ``avi`` or ``mpegts`` by magic bytes.
        codec: ffmpeg's name of the video codec.
        width, height: as displayed: turned upright, square pixels.
        coded_width, coded_height: as stored.
        rotation: degrees clockwise that make the stored picture upright (0, 90, 180, 270).
        mirrored: whether the container also asks for a flip.
        fps: the constant rate it will get (see ``timing.nominal_rate``).
        variable: whether its frames stand at uneven distances.
        source_fps: mean rate of the source.
        pixel_format, bit_depth: as stored.
        hdr: ``"pq"``, ``"hlg"`` or ``""``.
        matrix, primaries, full_range: ffmpeg's numbers of colour matrix and primaries (2 = unspecified), and the range.
        interlaced: by the first frame's flag.
        sar: sample aspect ratio of the stored picture, 1 where absent or absurd.
        duration: seconds from the first frame to the end of the last, by packet times.
        frames: how many packets of video there are from the first picture on; the number that decodes may be smaller.
        start: container time of the first frame, seconds.
        skipped: seconds at the beginning that cannot be decoded (no key frame comes first) and are left out.
        missing: seconds that the header states and the file does not hold (a truncated file), else 0.
        stream, audio_stream: indices of the streams that are taken; ``audio_stream`` is ``None`` for a silent clip.
        audio_codec: ffmpeg's name, or ``""``.
    """

    container: str
    codec: str
    width: int
    height: int
    coded_width: int
    coded_height: int
    rotation: int
    mirrored: bool
    fps: Fraction
    variable: bool
    source_fps: float
    pixel_format: str
    bit_depth: int
    hdr: str
    matrix: int
    primaries: int
    full_range: bool
    interlaced: bool
    sar: Fraction
    duration: float
    frames: int
    start: float
    skipped: float
    missing: float
    stream: int
    audio_stream: int | None
    audio_codec: str

    @property
    def audio(self) -> bool:
        """Whether there is sound that can be decoded."""
        return self.audio_stream is not None


def probe(source: Path, limits: Settings) -> Probe:
    """Read a source file's format and refuse what cannot be used.

    Args:
        source: the upload.
        limits: ``max_minutes``, ``max_pixels`` (of one frame, as stored and as displayed) and ``max_bytes`` are used.

    Raises:
        ClipError: not a clip, damaged beyond use, or over a limit.
    """
    container_name = sniff(source, limits.max_bytes)
    name = shown_name(source)
    import av

    try:
        with contextlib.ExitStack() as stack:  # twice: not every file can be read from the start again
            looked, counted = (
                stack.enter_context(
                    av.open(
                        file_arg(source),
                        options=SAFE_OPTIONS,
                        timeout=(_IO_TIMEOUT, _IO_TIMEOUT),
                        metadata_errors="replace",
                    )
                )
                for _ in range(2)
            )
            return _examine(looked, counted, container_name, name, limits)
    except PerscoachError:
        raise
    except Exception as error:  # the libraries raise many kinds on hostile bytes; each means the same to a coach
        raise _damaged(name) from error


def _examine(container: Any, again: Any, container_name: str, name: str, limits: Settings) -> Probe:
    """``again`` is the same file, opened once more."""
    stream = _video_stream(container, name)
    coded = (stream.codec_context.width, stream.codec_context.height)
    _check_size(name, coded, limits)
    stated, of_all = _stated_seconds(container, stream)
    _check_duration(name, stated, limits)
    frame = _first_frame(container, stream, name, limits)
    audio = _audio_stream(container)
    begin = None if container_name == "avi" or frame.pts is None else float(frame.pts * stream.time_base)
    timing, span = _demux(again, again.streams[stream.index], begin, name, limits)
    duration = timing.duration
    _check_duration(name, duration, limits)
    rotation, mirrored = _orientation(frame)
    sar = _sane_sar(stream.sample_aspect_ratio)
    coded = (frame.width, frame.height)
    shown = displayed_size(coded, sar, rotation)
    _check_size(name, shown, limits)
    fps, variable = nominal_rate(timing, stream.average_rate)
    lost = stated - (span.end_of_all if of_all else span.end - span.start)
    return Probe(
        container=container_name,
        codec=stream.codec_context.name,
        width=shown[0],
        height=shown[1],
        coded_width=coded[0],
        coded_height=coded[1],
        rotation=rotation,
        mirrored=mirrored,
        fps=fps,
        variable=variable,
        source_fps=len(timing.times) / duration,
        pixel_format=frame.format.name,
        bit_depth=max(c.bits for c in frame.format.components),
        hdr=_TRANSFERS.get(int(frame.color_trc), ""),
        matrix=int(frame.colorspace),
        primaries=int(frame.color_primaries),
        full_range=int(frame.color_range) == 2 or frame.format.name.startswith("yuvj"),
        interlaced=bool(frame.interlaced_frame),
        sar=sar,
        duration=duration,
        frames=len(timing.times),
        start=timing.start,
        skipped=max(0.0, timing.start - span.start) if span.undecoded else 0.0,
        missing=lost if lost > max(0.5, 0.02 * stated) else 0.0,
        stream=stream.index,
        audio_stream=audio.index if audio else None,
        audio_codec=audio.codec_context.name if audio else "",
    )


def _video_stream(container: Any, name: str) -> Any:
    from av.stream import Disposition

    tracks = [s for s in container.streams.video if not s.disposition & Disposition.attached_pic]
    if not tracks:
        raise ClipError("media.no_film", name=name)
    known = [s for s in tracks if s.codec_context is not None and s.codec_context.codec is not None]
    if not known:
        raise ClipError("media.codec_unknown", name=name)
    return max(known, key=lambda s: (bool(s.disposition & Disposition.default), s.width * s.height))


def _audio_stream(container: Any) -> Any:
    from av.stream import Disposition

    known = [s for s in container.streams.audio if s.codec_context is not None and s.codec_context.codec is not None]
    known = [s for s in known if 0 < s.codec_context.sample_rate <= 768_000]
    return max(known, key=lambda s: bool(s.disposition & Disposition.default), default=None)


def _stated_seconds(container: Any, stream: Any) -> tuple[float, bool]:
    """(the length that the header states, 0 where it states none; whether it is that of all tracks together)."""
    if container.format.name == "avi" and stream.frames and stream.average_rate:
        return float(stream.frames / stream.average_rate), False  # its duration is already that of what is there
    if stream.duration and stream.time_base:
        return float(stream.duration * stream.time_base), False
    begin = max(0.0, (container.start_time or 0) / 1e6)  # Matroska states where it ends, counted from 0
    own = _clock_text(stream.metadata.get("DURATION", ""))  # its tag for one track
    return max(0.0, (own or (container.duration or 0) / 1e6) - begin), not own


def _clock_text(text: str) -> float:
    """Seconds of ``00:00:02.500000000``; 0 for anything else."""
    found = re.fullmatch(r"(\d{1,4}):(\d\d):(\d\d(?:\.\d+)?)", text.strip(), re.ASCII)
    return int(found[1]) * 3600 + int(found[2]) * 60 + float(found[3]) if found else 0.0


def _first_frame(container: Any, stream: Any, name: str, limits: Settings) -> Any:
    """The first picture that decodes: only frames tell the rotation, the real colour tags and interlacing."""
    stream.codec_context.options = {"max_pixels": str(limits.max_pixels)}
    for count, packet in enumerate(container.demux(stream)):
        for frame in _try_decode(packet):
            _check_size(name, (frame.width, frame.height), limits)
            return frame
        if count > _FIRST_FRAME_PACKETS:
            break
    raise ClipError("media.no_frame", name=name)


def _try_decode(packet: Any) -> list[Any]:
    import av

    try:
        return list(packet.decode())
    except (av.FFmpegError, ValueError):
        return []  # a broken packet; a later one may be whole


@dataclass(frozen=True)
class _Span:
    """What the packets cover, seconds.

    Attributes:
        start, end: of the film.
        end_of_all: from the first packet of any track to the end of the last.
        undecoded: packets of the film before its first picture.
    """

    start: float
    end: float
    end_of_all: float
    undecoded: int


def _demux(container: Any, stream: Any, begin: float | None, name: str, limits: Settings) -> tuple[Timing, _Span]:
    """The times of the film's packets from ``begin`` on (``None``: all), and what the file covers; nothing is decoded."""
    most = int(limits.max_minutes * 60 * _MAX_RATE)
    times: list[float] = []
    last = first_of_all = end_of_all = 0.0
    for packet in _packets(container):
        at = packet.pts if packet.pts is not None else packet.dts
        base = packet.stream.time_base
        if at is None or packet.size == 0 or base is None:
            continue
        time, length = float(at * base), float((packet.duration or 0) * base)
        first_of_all = min(first_of_all, time) if end_of_all else time
        end_of_all = max(end_of_all, time + length)
        if packet.stream.index != stream.index or packet.is_discard:
            continue
        times.append(time)
        last = length
        if len(times) > most:
            raise _absurd_rate(name)
    if not times:
        raise _damaged(name)
    if container.format.name == "avi" and stream.start_time is not None:  # no presentation times there, only an order
        shift = float(stream.start_time * stream.time_base) - min(times)
        times = [at + shift for at in times]
    start, end = min(times), max(times) + (last if 0 < last < 1 else 0.0)
    shown = times if begin is None else [at for at in times if at > begin - _SAME_TIME]
    timing = Timing.of(shown or times, last if 0 < last < 1 else 0.0)
    if len(timing.times) > 2 and len(timing.times) / timing.duration > _MAX_RATE:
        raise _absurd_rate(name)
    return timing, _Span(start, end, end_of_all - first_of_all, len(times) - len(shown))


def _packets(container: Any) -> Any:
    import av

    try:
        yield from container.demux()
    except (av.FFmpegError, ValueError):
        return  # cut off here; what came before counts


def _orientation(frame: Any) -> tuple[int, bool]:
    """(degrees clockwise to upright, whether it is mirrored) from the frame's display matrix."""
    matrix = next((bytes(d) for d in frame.side_data if d.type.name == "DISPLAYMATRIX"), b"")
    if len(matrix) < 36:
        return 0, False
    a, b, _, c, d = struct.unpack("=9i", matrix[:36])[:5]
    if a * d - b * c == 0:
        return 0, False
    mirrored = a * d - b * c < 0
    if mirrored:  # ffmpeg undoes the flip first, then turns
        a, c = -a, -c
    turn = math.degrees(math.atan2(b, a)) % 360
    near = round(turn / 90) * 90
    return (int(near) % 360, mirrored) if abs(turn - near) < 1 else (0, mirrored)


def displayed_size(coded: tuple[int, int], sar: Fraction, rotation: int) -> tuple[int, int]:
    """Upright size with square pixels; the side that is squeezed grows, so that no detail is lost."""
    width, height = coded
    if sar > 1:
        width = round(width * sar)
    elif sar < 1:
        height = round(height / sar)
    return (height, width) if rotation % 180 else (width, height)


def _sane_sar(sar: Fraction | None) -> Fraction:
    return sar if sar and Fraction(1, 4) <= sar <= 4 else Fraction(1)


def _check_size(name: str, size: tuple[int, int], limits: Settings) -> None:
    width, height = size
    if not (MIN_SIDE <= width <= MAX_SIDE and MIN_SIDE <= height <= MAX_SIDE):
        raise ClipError("media.size_refused", name=name, size=f"{width}x{height}", least=MIN_SIDE, most=str(MAX_SIDE))
    if width * height > limits.max_pixels:
        raise ClipError("media.too_many_pixels", name=name, size=f"{width}x{height}", most=limits.max_pixels / 1e6)


def _check_duration(name: str, seconds: float, limits: Settings) -> None:
    if not seconds >= 0 or math.isinf(seconds):
        raise _damaged(name)
    if seconds > limits.max_minutes * 60 + 0.5:
        found = f"{int(seconds) // 60}:{int(seconds) % 60:02d}"
        raise ClipError("media.too_long", name=name, found=found, most=limits.max_minutes)


def _absurd_rate(name: str) -> ClipError:
    return ClipError("media.absurd_rate", name=name, most=_MAX_RATE)


def _damaged(name: str) -> ClipError:
    return ClipError("media.damaged", name=name)
