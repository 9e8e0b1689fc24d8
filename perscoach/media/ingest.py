"""Ingest: any video a coach has becomes one kind of clip, once; afterwards nothing else reads the upload."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

from perscoach.core.errors import ClipError, PerscoachError
from perscoach.core.files import atomic, shown_name, write_json
from perscoach.core.messages import Message
from perscoach.core.progress import Monitor
from perscoach.core.settings import Settings
from perscoach.media import ffmpeg
from perscoach.media.normalise import Change, Plan, command, make_plan
from perscoach.media.probe import Probe, probe
from perscoach.media.types import Clip, IngestSettings

STAGE = "clip"
SCHEMA = "perscoach.media/1"

#: What ffmpeg says of pictures (not of sound) that it could not decode.
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
        monitor: hears frames done as stage ``clip``, and every change as a note.

    Returns:
        The clip; ``clip.changes`` says what was changed. ``frames`` is counted by decoding.

    Raises:
        ClipError: the source cannot be used, or nothing more can be written.
        Cancelled: the monitor said so; nothing is left behind.
    """
    found = probe(source, limits)
    plan = make_plan(found, settings)
    monitor.report(STAGE, 0, plan.frames)
    try:
        out.with_suffix(".json").unlink(missing_ok=True)
        with atomic(out) as part:
            sound_lost, said = _encode(found, plan, source, part, limits, monitor)
            counted = _count(part, plan.fps, monitor)
            clip = Clip(
                path=out,
                fps=plan.fps,
                width=counted.width,
                height=counted.height,
                frames=counted.frames,
                audio=counted.audio,
                changes=(*plan.changes, *_losses(found, plan, counted, sound_lost, said)),
            )
        write_json(out.with_suffix(".json"), _to_json(clip))
    except OSError as error:
        raise _not_written(error) from error
    monitor.report(STAGE, clip.frames, clip.frames)
    for en, ru in clip.changes:
        monitor.note(Message(en, ru))
    return clip


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
        changes = tuple((str(en), str(ru)) for en, ru in value["changes"])
        return Clip(out, Fraction(str(value["fps"])), width, height, frames, audio, changes)
    except (OSError, ValueError, KeyError, TypeError, AttributeError, ArithmeticError, RecursionError) as error:
        raise ClipError(
            "The prepared clip is damaged or gone. Prepare it again from the upload.",
            "Подготовленный клип повреждён или удалён. Подготовьте его заново из загруженного файла.",
        ) from error


def _to_json(clip: Clip) -> dict[str, Any]:
    return {
        "schema": SCHEMA,
        "fps": str(clip.fps),
        "width": clip.width,
        "height": clip.height,
        "frames": clip.frames,
        "audio": clip.audio,
        "changes": [list(change) for change in clip.changes],
        "bytes": clip.path.stat().st_size,
    }


def _encode(found: Probe, plan: Plan, source: Path, part: Path, limits: Settings, monitor: Monitor) -> tuple[bool, str]:
    """Run ffmpeg; a second time without the sound where the first failed because of it.

    Returns:
        (whether the sound is lost, what ffmpeg said).
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
            raise _unreadable(source) from error
    try:
        return True, go(sound=False)
    except ffmpeg.FfmpegError as error:
        if error.message.id in _NOT_THE_CLIP:
            raise ClipError(error.message) from error
        raise _unreadable(source) from error


@dataclass(frozen=True)
class _Counted:
    frames: int
    width: int
    height: int
    audio: bool


def _count(path: Path, fps: Fraction, monitor: Monitor) -> _Counted:
    """Decode the whole normalised clip: how many frames there are, each at its place."""
    import av

    frames = 0
    try:
        with av.open(ffmpeg.file_arg(path), options=ffmpeg.SAFE_OPTIONS) as container:
            stream = container.streams.video[0]
            stream.thread_type = "AUTO"
            base = stream.time_base or Fraction(1, 1)
            for frame in container.decode(stream):
                monitor.check()
                if frame.pts is None or round(frame.pts * base * fps) != frames:
                    raise ValueError(f"frame {frames} stands at {frame.pts}")
                frames += 1
            sound = any(s.duration for s in container.streams.audio)
            width, height = stream.width, stream.height
    except PerscoachError:
        raise
    except (av.FFmpegError, ValueError, IndexError) as error:
        raise _nothing() from error
    if not frames:
        raise _nothing()
    return _Counted(frames, width, height, sound)


def _losses(found: Probe, plan: Plan, counted: _Counted, sound_lost: bool, said: str) -> list[Change]:
    """What did not come through."""
    losses: list[Change] = []
    short = plan.frames - counted.frames
    if short > max(2, plan.frames // 100) and not found.missing:
        kept, whole = float(counted.frames / plan.fps), float(plan.frames / plan.fps)
        losses.append(
            (
                f"The file is damaged: {kept:.1f} s of {whole:.1f} s could be decoded, and they are kept.",
                f"Файл повреждён: удалось декодировать {kept:.1f} с из {whole:.1f} с, они сохранены.",
            )
        )
    elif not found.missing and _DAMAGE.search(said):
        losses.append(
            (
                "Some frames are damaged; they show what could be decoded, or the frame before them.",
                "Некоторые кадры повреждены; показано то, что удалось декодировать, или предыдущий кадр.",
            )
        )
    if sound_lost or (found.audio and not counted.audio):
        losses.append(("The sound could not be read and is left out.", "Звук не читается и не взят."))
    return losses


def _unreadable(source: Path) -> ClipError:
    name = shown_name(source)
    return ClipError(
        f"{name} could not be converted: it is damaged or of an unusual kind. Export it again as H.264.",
        f"{name} не удалось преобразовать: файл повреждён или необычен. Сохраните его заново в H.264.",
    )


def _nothing() -> ClipError:
    return ClipError(
        "No frame of the clip could be decoded in the chosen part. Choose another part, or export the clip again.",
        "В выбранном отрезке не декодируется ни один кадр. Выберите другой отрезок или сохраните клип заново.",
    )


def _not_written(error: OSError) -> ClipError:
    return ClipError(
        f"The prepared clip could not be written: {error.strerror or 'unknown reason'}. Check the disk's free space.",
        f"Не удалось записать подготовленный клип: {error.strerror or 'причина неизвестна'}. Проверьте место на диске.",
    )
