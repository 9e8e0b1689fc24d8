"""The ffmpeg command that converts any source to the one kind of clip that everything else reads. Pure functions."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from perscoach.core.errors import ClipError
from perscoach.core.messages import Message, message
from perscoach.core.settings import Settings
from perscoach.media.ffmpeg import SAFE_INPUT, file_arg
from perscoach.media.probe import Probe
from perscoach.media.types import IngestSettings

#: Visually lossless: the picture is decoded and encoded once more here, and everything after it builds on this.
CRF, PRESET = 13, "superfast"
#: A key frame every half second: a jump to any frame decodes 15 at most.
GOP_SECONDS = Fraction(1, 2)
_SEEK_MARGIN = 2.0  # seconds before a cut at which decoding begins
_SD_WIDTH, _SD_HEIGHT = 1280, 576  # untagged pictures below both are BT.601, as players take them

_UNSPECIFIED, _RGB = 2, 0  # AVCOL_SPC_UNSPECIFIED, AVCOL_SPC_RGB
_MATRICES = {1: "709", 4: "fcc", 5: "470bg", 6: "170m", 7: "240m", 8: "ycgco", 9: "2020_ncl", 10: "2020_cl"}
_WIDE = {9: "2020", 11: "smpte431", 12: "smpte432"}  # gamuts that look pale when taken for BT.709
#: Light in HDR, in cd/m²: diffuse white (ITU-R BT.2408), and where highlights end (HLG's own display; phones stay below).
_HDR_WHITE, _HDR_PEAK = 203, 1000
_TRANSFERS = {"pq": "smpte2084", "hlg": "arib-std-b67"}


@dataclass(frozen=True)
class Plan:
    """How a source is converted.

    Attributes:
        offset: container time of output frame 0, seconds.
        frames: how many frames are expected, and the most that are written.
        fps: of the output.
        crop: (x, y, width, height) taken out of the upright picture, all even.
        video, audio: the filter chains; ``audio`` is empty for a silent clip.
        changes: what is changed, for the coach.
    """

    offset: float
    frames: int
    fps: Fraction
    crop: tuple[int, int, int, int]
    video: str
    audio: str
    changes: tuple[Message, ...]


def make_plan(probe: Probe, settings: IngestSettings) -> Plan:
    """Plan the conversion of a source.

    Raises:
        ClipError: the cut or the crop lies outside the clip.
    """
    first, frames = _span(probe, settings)
    crop = _crop(probe, settings)
    offset = probe.start + float(first / probe.fps)
    end = offset + float(frames / probe.fps)
    half = float(Fraction(1, 2) / probe.fps)
    video = [
        *(["bwdif=mode=send_frame:deint=all"] if probe.interlaced else []),
        f"trim=start={max(offset - half, probe.start - half):.6f}",
        f"setpts=PTS-{offset:.6f}/TB",
        f"fps=fps={probe.fps}:start_time=0:round=near",
        *_picture(probe, crop),
    ]
    audio = f"atrim=start={offset:.6f}:end={end:.6f},asetpts=PTS-{offset:.6f}/TB,aresample=48000:async=1:first_pts=0"
    return Plan(
        offset=offset,
        frames=frames,
        fps=probe.fps,
        crop=crop,
        video=",".join(video),
        audio=audio if probe.audio else "",
        changes=tuple(_changes(probe, settings, first, frames, crop)),
    )


def command(probe: Probe, plan: Plan, source: Path, out: Path, limits: Settings, *, sound: bool = True) -> list[str]:
    """ffmpeg's arguments for ``plan``. Headers lie, so the limits stand here once more."""
    seek: list[str] = []
    if probe.container == "mp4" and plan.offset - probe.start > 2 * _SEEK_MARGIN:  # its index can be trusted
        seek = ["-noaccurate_seek", "-seek_timestamp", "1", "-ss", f"{plan.offset - _SEEK_MARGIN:.6f}"]
    with_sound = sound and bool(plan.audio)
    tags = ["-colorspace", "bt709", "-color_primaries", "bt709", "-color_trc", "bt709", "-color_range", "tv"]
    gop = max(1, round(plan.fps * GOP_SECONDS))
    return [
        "-y",
        "-copyts",
        *("-max_error_rate", "1"),
        *SAFE_INPUT,
        *("-max_pixels", str(limits.max_pixels)),
        *("-drop_changed", "1"),  # a new size on the way would start the filters, and time, again
        *seek,
        *("-i", file_arg(source)),
        *("-map", f"0:{probe.stream}", "-vf", plan.video, "-fps_mode", "passthrough"),
        *("-c:v", "libx264", "-preset", PRESET, "-crf", str(CRF), "-g", str(gop), "-pix_fmt", "yuv420p"),
        *("-frames:v", str(plan.frames)),
        *tags,
        *(("-map", f"0:{probe.audio_stream}", "-af", plan.audio) if with_sound else ()),
        *(("-c:a", "aac", "-b:a", "160k", "-ac", "2") if with_sound else ()),
        *("-map_metadata", "-1", "-map_chapters", "-1", "-sn", "-dn"),
        *("-fs", str(8 * limits.max_bytes)),
        *("-movflags", "+faststart", "-f", "mp4", file_arg(out)),
    ]


def _span(probe: Probe, settings: IngestSettings) -> tuple[int, int]:
    """(first frame, number of frames) on the output's grid."""
    total = round(probe.duration * float(probe.fps))
    if not probe.variable and abs(probe.source_fps / float(probe.fps) - 1) < 5e-4:
        total = probe.frames
    total = max(1, total)
    first = round((settings.trim_start or 0.0) * float(probe.fps))
    last = total if settings.trim_end is None else min(total, round(settings.trim_end * float(probe.fps)))
    if (settings.trim_start or 0.0) >= probe.duration:
        raise ClipError("media.cut_outside", start=settings.trim_start, duration=probe.duration)
    first = min(first, total - 1)
    return first, max(1, last - first)


def _crop(probe: Probe, settings: IngestSettings) -> tuple[int, int, int, int]:
    x, y, width, height = settings.crop or (0, 0, probe.width, probe.height)
    if x + width > probe.width or y + height > probe.height:
        raise ClipError(
            "media.crop_outside",
            size=f"{width}x{height}",
            corner=f"({x}, {y})",
            picture=f"{probe.width}x{probe.height}",
        )
    return x - x % 2, y - y % 2, width - width % 2, height - height % 2


def _picture(probe: Probe, crop: tuple[int, int, int, int]) -> list[str]:
    """Geometry and colour. zscale converts the colour, from a stated input to a stated output."""
    x, y, width, height = crop
    cut = [f"crop={width}:{height}:{x}:{y}"]
    whole = (x, y) == (0, 0) and (width, height) == (probe.width, probe.height)
    steps: list[str] = []
    size = ""
    if probe.sar != 1:
        turned = probe.rotation % 180 != 0
        stored = (probe.coded_height, probe.coded_width) if turned else (probe.coded_width, probe.coded_height)
        steps += [f"crop={stored[0] // 2 * 2}:{stored[1] // 2 * 2}:0:0"]  # zscale needs whole chroma samples
        size = f"w={probe.width // 2 * 2}:h={probe.height // 2 * 2}:filter=spline36:"
    elif not whole:
        steps += cut
    steps += _colour(probe, size)
    if probe.sar != 1:
        steps += cut
    tags = "setparams=range=tv:color_primaries=bt709:color_trc=bt709:colorspace=bt709:field_mode=prog"
    return [*steps, "format=yuv420p", "setsar=1", tags]


def _colour(probe: Probe, size: str) -> list[str]:
    plain = probe.pixel_format.startswith(("yuv4", "yuvj4", "gray"))
    red_green_blue = not plain and not probe.pixel_format.startswith(("yuv", "nv", "p0", "p2", "y2", "uyv", "yuyv"))
    matrix = "gbr" if red_green_blue else source_matrix(probe)
    wide = _WIDE.get(probe.primaries, "2020" if probe.hdr else "")
    full = probe.full_range or red_green_blue
    if matrix == "709" and not (wide or full or size or probe.hdr or probe.bit_depth > 8):
        return []
    to_planar = [] if plain else ["format=gbrp|gbrp10|gbrp12|gbrp16" if red_green_blue else "format=yuv444p|yuv444p10"]
    given = f"matrixin={matrix}:rangein={'full' if full else 'limited'}:primariesin={wide or '709'}"
    dither = ":dither=ordered" if probe.bit_depth > 8 else ""
    target = f"matrix=709:range=limited:primaries=709:transfer=709{dither}"
    if not probe.hdr:
        return [*to_planar, f"zscale={size}{given}:transferin=709:{target}"]
    return [
        *to_planar,
        f"zscale={size}{given}:transferin={_TRANSFERS[probe.hdr]}:matrix=gbr:range=full:primaries=709:transfer=linear:npl={_HDR_WHITE}",
        "format=gbrpf32le",
        # up to 0.6 of white (18 % grey, skin) nothing is changed; the hue stays; the peak is set, as metadata often lie
        f"tonemap=mobius:param=0.6:desat=0:peak={_HDR_PEAK / _HDR_WHITE:.3f}",
        f"zscale={target}",
    ]


def source_matrix(probe: Probe) -> str:
    """zscale's name of the source's colour matrix; an untagged picture is BT.601 when it is small, else BT.709."""
    if probe.hdr and probe.matrix in (_UNSPECIFIED, _RGB):
        return "2020_ncl"
    small = probe.coded_width < _SD_WIDTH and probe.coded_height <= _SD_HEIGHT
    return _MATRICES.get(probe.matrix, "170m" if small else "709")


def _changes(
    probe: Probe, settings: IngestSettings, first: int, frames: int, crop: tuple[int, int, int, int]
) -> list[Message]:
    changes: list[Message] = []
    if probe.skipped:
        changes.append(message("media.change_starts_late", seconds=probe.skipped))
    if probe.missing:
        whole = probe.missing + probe.duration
        changes.append(message("media.change_ends_early", kept=probe.duration, whole=whole))
    if probe.rotation:
        changes.append(message(f"media.change_turned_{probe.rotation}"))
    if probe.mirrored:
        changes.append(message("media.change_mirrored"))
    if probe.sar != 1:
        stored = (probe.coded_width, probe.coded_height)
        was = "x".join(map(str, stored if probe.rotation % 180 == 0 else stored[::-1]))
        now = f"{probe.width // 2 * 2}x{probe.height // 2 * 2}"
        if was != now:
            changes.append(message("media.change_square_pixels", was=was, now=now))
    if probe.interlaced:
        changes.append(message("media.change_deinterlaced"))
    rates = {"was": round(probe.source_fps, 2), "now": round(float(probe.fps), 2)}
    if probe.variable:
        changes.append(message("media.change_rate_variable", **rates))
    elif abs(probe.source_fps / float(probe.fps) - 1) > 5e-3 and probe.frames > 1:
        changes.append(message("media.change_rate", **rates))
    if probe.hdr:
        changes.append(message("media.change_hdr", kind=probe.hdr.upper()))
    elif probe.bit_depth > 8:
        changes.append(message("media.change_bits", bits=probe.bit_depth))
    total = first + frames
    if settings.trim_start or (settings.trim_end is not None and settings.trim_end < probe.duration):
        start, end = float(first / probe.fps), float(total / probe.fps)
        changes.append(message("media.change_cut", start=start, end=end))
    x, y, width, height = crop
    if settings.crop is not None and crop != (0, 0, probe.width, probe.height):
        changes.append(message("media.change_cropped", size=f"{width}x{height}", corner=f"({x}, {y})"))
    elif (width, height) != (probe.width, probe.height) and probe.sar == 1:
        was, now = f"{probe.width}x{probe.height}", f"{width}x{height}"
        changes.append(message("media.change_even", was=was, now=now))
    return changes
