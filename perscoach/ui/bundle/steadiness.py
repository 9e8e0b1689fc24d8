"""What the cleaning did to the movement, in words: the manifest's figures as sentences a coach can read."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from perscoach.core.messages import translate

_FACTORS = {"jitter": 1.0, "bone_spread": 1.0, "foot_slide": 100.0}
"""Each figure's factor from the manifest's unit to the one on screen."""


def steadiness(manifest: Mapping[str, Any], language: str) -> list[str]:
    """One sentence per figure that is known; nothing for engines that measure nothing."""
    figures = manifest.get("figures")
    found = figures.get("motion") if isinstance(figures, dict) else None
    if not isinstance(found, dict):
        return []
    sentences = []
    for name, factor in _FACTORS.items():
        before, after = (_number(found.get(f"{name}_{when}"), factor) for when in ("before", "after"))
        if before is None or after is None:
            continue
        if name == "foot_slide" and max(before, after) < 0.05:
            continue  # no foot stood still
        sentences.append(translate(f"bundle.{name}", language, before=before, after=after))
    moved = _number(found.get("picture_moved"), 1.0)
    if moved is not None:
        sentences.append(translate("bundle.picture_moved", language, px=moved))
    return sentences


def _number(value: Any, factor: float) -> float | None:
    good = isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value)
    return value * factor if good else None
