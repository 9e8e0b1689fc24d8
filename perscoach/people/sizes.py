"""Which size of MediaPipe's landmarker looks at a clip where nobody has chosen one.

``heavy`` exchanges left and right far less often and sees bones about a quarter better than ``full`` (``docs/movement.md``), so it
is taken where it is there and this machine is fast enough: one short measurement, remembered beside the weights.
"""

from __future__ import annotations

import contextlib
import json
import time
from functools import lru_cache
from pathlib import Path

from perscoach.core.errors import PerscoachError
from perscoach.core.files import key_of, known_sha256, write_json
from perscoach.core.settings import load_settings

SIZES = ("lite", "full", "heavy")
AUTO = "auto"
MODELS = (AUTO, *SIZES)

BUDGET = 0.2
"""Seconds a frame. A three-minute clip then keeps ``heavy`` at work for 18 minutes at most; two cores of today need 0.03."""

_TRIALS = 6


def size_of(model: str) -> str:
    """``lite``, ``full`` or ``heavy``: what ``model`` names, or what ``auto`` comes to in this installation.

    The operator's choice (``PERSCOACH_LANDMARKER``) comes first; then ``heavy``, where its weights are there and it stays
    inside ``BUDGET``; else ``full``.
    """
    if model != AUTO:
        return model
    chosen = load_settings().landmarker
    if chosen != AUTO:
        return chosen
    return "heavy" if reason_for_full() is None else "full"


def weights_of(model: str) -> str:
    """The name of the weights in ``perscoach.models``."""
    return f"pose_landmarker_{size_of(model)}"


def reason_for_full() -> str | None:
    """Why ``auto`` does not come to ``heavy``: ``"missing"``, ``"slow"``, or ``None`` where it does."""
    from perscoach.models import path_of

    try:
        heavy = path_of("pose_landmarker_heavy")
        return "slow" if _seconds(heavy, heavy.stat().st_mtime_ns) > BUDGET else None
    except (PerscoachError, OSError):
        return "missing"


@lru_cache(maxsize=4)
def _seconds(heavy: Path, _changed: int) -> float:
    """Seconds that ``heavy`` takes for a frame here, from the record beside it or measured."""
    from perscoach.core.cores import processor

    record = heavy.with_name(f"{heavy.stem}.speed.json")
    key = key_of("speed", known_sha256(heavy), processor())
    with contextlib.suppress(OSError, ValueError, KeyError, TypeError):
        kept = json.loads(record.read_text(encoding="utf-8"))
        if kept["key"] == key:
            return float(kept["seconds"])
    seconds = _measured(heavy)
    with contextlib.suppress(OSError):  # checkpoints may be read-only: then every process measures once
        write_json(record, {"key": key, "seconds": round(seconds, 4)})
    return seconds


def _measured(heavy: Path) -> float:
    """The fastest of a few frames: what else runs meanwhile slows some of them, not all."""
    import av

    from perscoach.core.places import EXAMPLE
    from perscoach.core.quiet import quiet_start
    from perscoach.people.landmarker import image_of, open_landmarker

    with av.open(str(EXAMPLE)) as container:
        picture = next(container.decode(video=0)).to_ndarray(format="rgb24")
    landmarker = open_landmarker(heavy, 0.4, video=True, masks=True)
    try:
        best = float("inf")
        with quiet_start():
            for index in range(_TRIALS):
                start = time.perf_counter()
                landmarker.detect_for_video(image_of(picture), index * 33)
                best = min(best, time.perf_counter() - start) if index else best
        return best
    finally:
        landmarker.close()
