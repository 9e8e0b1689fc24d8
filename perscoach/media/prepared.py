"""The prepared clip in the store: an upload is normalised once, whatever it is called."""

from __future__ import annotations

import dataclasses
import os
from pathlib import Path
from typing import Any

from perscoach.core.errors import ClipError
from perscoach.core.files import key_of, regular_file, sha256_of
from perscoach.core.progress import Monitor
from perscoach.core.settings import Settings
from perscoach.core.store import Store
from perscoach.media.ingest import STAGE, check_unchanged, ingest, load_clip
from perscoach.media.types import Clip, IngestSettings

KIND = "clip"
VERSION = 3
"""Raise when the same upload and settings give another clip than before."""


def prepare(source: Path, settings: IngestSettings, limits: Settings, store: Store, monitor: Monitor) -> Clip:
    """The normalised clip of an upload: ``clip/<key>/<key>.mp4`` in the store.

    Args:
        source: the upload.
        settings: trim and crop.
        limits: duration, pixels and bytes of the source.
        monitor: gets the frames done as stage ``clip``, and every change as a note.

    Raises:
        ClipError: the source cannot be used or changed while it was read, or the disk refused.
        Cancelled: by the monitor.
    """
    before = regular_file(source, ClipError)
    key = key_of(KIND, VERSION, _digest(source, before, store, monitor), dataclasses.asdict(settings))
    name = f"{key}.mp4"

    def build(folder: Path) -> dict[str, Any]:
        clip = ingest(source, folder / name, settings, limits, monitor)
        check_unchanged(source, before)  # the key stands for the bytes that were hashed
        return {"frames": clip.frames, "width": clip.width, "height": clip.height, "fps": str(clip.fps)}

    clip = _load(store.make(KIND, key, build, monitor) / name)
    if clip is None:  # damaged; the source is at hand
        store.reopen(KIND, key)
        clip = load_clip(store.make(KIND, key, build, monitor) / name)
    for change in clip.changes:
        monitor.note(change)
    monitor.report(STAGE, clip.frames, clip.frames)
    return clip


def _load(path: Path) -> Clip | None:
    try:
        return load_clip(path)
    except ClipError:
        return None


def _digest(source: Path, status: os.stat_result, store: Store, monitor: Monitor) -> str:
    """The upload's SHA-256, stored under its name, size and time of change, so that a large file is read once."""
    key = key_of("upload", source.name, status.st_size, status.st_mtime_ns)
    store.make("upload", key, lambda _: {"sha256": sha256_of(source, monitor)}, monitor)
    return str(store.facts("upload", key)["sha256"])
