"""Ingest: convert any video to one kind of clip, once; afterwards nothing reads the upload again."""

from __future__ import annotations

import json
import os
import re
from fractions import Fraction
from pathlib import Path
from typing import Any

from perscoach.core.errors import ClipError, EncodeError, is_disk_full
from perscoach.core.files import atomic, regular_file, shown_name, write_json
from perscoach.core.messages import Message, message
from perscoach.core.progress import Monitor
from perscoach.core.settings import Settings
from perscoach.media import ffmpeg
from perscoach.media.normalise import Plan, command, make_plan
from perscoach.media.probe import Probe, probe
from perscoach.media.types import Clip, IngestSettings
from perscoach.media.verify import Track, read_track

STAGE = "clip"
SCHEMA = "perscoach.media/1"

#: ffmpeg's warnings about pictures (not sound) that it could not decode.
_DAMAGE = re.compile(r"error while decoding MB|\[vist#\S+ @ \w+\] \[dec:\S+ @ \w+\] Error submitting packet")

#: Failures of ffmpeg that have another cause than the clip's content.
_NOT_THE_CLIP = ("errors.disk_full", "media.ffmpeg_hung")


def ingest(source: Path, out: Path, settings: IngestSettings, limits: Settings, monitor: Monitor) -> Clip:
    """Probe, check and normalise a source.

    Args:
        source: the upload.
        out: the ``.mp4`` to write; ``out.with_suffix(".json")`` is written beside it. Both appear whole or not at all.
        settings: trim and crop.
        limits: duration, pixels and bytes of the source.
        monitor: gets the frames done as stage ``clip``, and every change as a note.

    Returns:
        The clip; ``clip.changes`` lists what was changed; ``frames`` counts what the file holds.

    Raises:
        ClipError: the source cannot be used or changed while it was read, or the disk refused.
        Cancelled: by the monitor; nothing is left behind.
    """
    before = regular_file(source, ClipError)
    found = probe(source, limits)
    plan = make_plan(found, settings)
    monitor.report(STAGE, 0, plan.frames)
    try:
        out.with_suffix(".json").unlink(missing_ok=True)
        with atomic(out) as part:
            sound_lost, warnings = _encode(found, plan, source, part, limits, monitor)
            check_unchanged(source, before)
            track = _frames_in_order(part, plan.fps, monitor)
            clip = Clip(
                path=out,
                fps=plan.fps,
                width=track.width,
                height=track.height,
                frames=len(track.times),
                audio=track.sound,
                changes=(*plan.changes, *_losses(found, plan, track, sound_lost, warnings)),
            )
        write_json(out.with_suffix(".json"), _to_json(clip))
    except OSError as error:
        if is_disk_full(error):
            raise ClipError("errors.disk_full") from error
        raise ClipError("media.not_written", reason=error.strerror or type(error).__name__) from error
    monitor.report(STAGE, clip.frames, clip.frames)
    for change in clip.changes:
        monitor.note(change)
    return clip


def check_unchanged(source: Path, before: os.stat_result) -> None:
    """Compare the source with its status before it was read.

    Raises:
        ClipError: an upload or a copy still writes to it, or it is gone.
    """
    after = regular_file(source, ClipError)
    if (before.st_size, before.st_mtime_ns) != (after.st_size, after.st_mtime_ns):
        raise ClipError("media.changed", name=shown_name(source))


def load_clip(out: Path) -> Clip:
    """The clip that ``ingest`` wrote to ``out``.

    Raises:
        ClipError: it or the JSON file beside it is missing, damaged or of another size than noted.
    """
    try:
        value = json.loads(out.with_suffix(".json").read_text(encoding="utf-8"))
        if not isinstance(value, dict) or value.get("schema") != SCHEMA or value["bytes"] != out.stat().st_size:
            raise ValueError("another file")
        width, height, frames, audio = (value[name] for name in ("width", "height", "frames", "audio"))
        if any(type(number) is not int for number in (width, height, frames)) or type(audio) is not bool:
            raise ValueError("wrong types")
        changes = tuple(Message.from_json(change) for change in value["changes"])
        return Clip(out, Fraction(str(value["fps"])), width, height, frames, audio, changes)
    except (OSError, ValueError, KeyError, TypeError, AttributeError, ArithmeticError, RecursionError) as error:
        raise ClipError("media.clip_damaged") from error


def _to_json(clip: Clip) -> dict[str, Any]:
    return {
        "schema": SCHEMA,
        "fps": str(clip.fps),
        "width": clip.width,
        "height": clip.height,
        "frames": clip.frames,
        "audio": clip.audio,
        "changes": [change.to_json() for change in clip.changes],
        "bytes": clip.path.stat().st_size,
    }


def _encode(found: Probe, plan: Plan, source: Path, part: Path, limits: Settings, monitor: Monitor) -> tuple[bool, str]:
    """Run ffmpeg; a second time without the sound where the first failed because of it.

    Returns:
        (whether the sound is lost, ffmpeg's warnings).
    """

    # where the file has no index that can be trusted, everything before the cut is decoded: up to a second a frame
    skipped = (plan.offset - found.start) * float(plan.fps)

    def go(sound: bool) -> str:
        return ffmpeg.run(
            command(found, plan, source, part, limits, sound=sound),
            monitor,
            progress=lambda done: monitor.report(STAGE, min(done, plan.frames), plan.frames),
            silence=ffmpeg.SILENCE + skipped,
        )

    try:
        return False, go(sound=True)
    except ffmpeg.FfmpegError as error:
        if error.message.id in _NOT_THE_CLIP:
            raise ClipError(error.message) from error
        if not found.audio:
            raise ClipError("media.not_converted", name=shown_name(source)) from error
    try:
        return True, go(sound=False)
    except ffmpeg.FfmpegError as error:
        if error.message.id in _NOT_THE_CLIP:
            raise ClipError(error.message) from error
        raise ClipError("media.not_converted", name=shown_name(source)) from error


def _frames_in_order(path: Path, fps: Fraction, monitor: Monitor) -> Track:
    """The normalised clip's track, every frame at its place. Our own encoder wrote it, one packet a frame, so none is decoded."""
    try:
        track = read_track(path, monitor)
    except EncodeError as error:
        raise ClipError("media.nothing_decoded") from error
    if not track.times or any(round(time * fps) != index for index, time in enumerate(track.times)):
        raise ClipError("media.nothing_decoded")
    return track


def _losses(found: Probe, plan: Plan, track: Track, sound_lost: bool, warnings: str) -> list[Message]:
    """What could not be converted."""
    losses: list[Message] = []
    frames = len(track.times)
    if plan.frames - frames > max(2, plan.frames // 100) and not found.missing:
        kept, whole = float(frames / plan.fps), float(plan.frames / plan.fps)
        losses.append(message("media.change_damaged_end", kept=kept, whole=whole))
    elif not found.missing and _DAMAGE.search(warnings):
        losses.append(message("media.change_damaged_frames"))
    if sound_lost or (found.audio and not track.sound):
        losses.append(message("media.change_no_sound"))
    return losses
