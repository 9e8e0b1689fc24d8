"""Which limbs a movement guesses for (nearly) the whole clip, as sentences."""

from __future__ import annotations

from perscoach.core.messages import Message, message
from perscoach.motion import GUESSED, Motion
from perscoach.pose.evidence import is_inside

NEARLY, WHOLE = 0.9, 0.99
"""Parts of the frames with a body from which a limb is guessed for nearly the whole clip, and for the whole clip."""

_LIMBS = {"leg": ("knee", "ankle"), "arm": ("elbow", "wrist")}


def guessed_limbs(motion: Motion) -> list[Message]:
    """One sentence for each limb (for both legs, both arms in one) that was hardly ever seen, and why."""
    if not motion.valid.any():
        return []
    told: list[Message] = []
    for limb, parts in _LIMBS.items():
        sides = {side: _state(motion, [f"{side}_{part}" for part in parts]) for side in ("left", "right")}
        if sides["left"] is not None and sides["left"] == sides["right"]:
            told.append(_sentence(f"{limb}s", *sides["left"]))
        else:
            told += [_sentence(f"{side}_{limb}", *state) for side, state in sides.items() if state is not None]
    return told


def _state(motion: Motion, joints: list[str]) -> tuple[str, str] | None:
    """("outside" or "hidden", "whole" or "nearly"); ``None`` for a limb that was seen."""
    index = [motion.skeleton.index[name] for name in joints]
    guessed = motion.seen[motion.valid][:, index] == GUESSED
    share = float(guessed.mean())
    if share < NEARLY:
        return None
    outside = ~is_inside(motion.keypoints_2d[motion.valid][:, index], (motion.width, motion.height))
    why = "outside" if float(outside[guessed].mean()) >= 0.5 else "hidden"
    return why, "whole" if share >= WHOLE else "nearly"


def _sentence(limb: str, why: str, span: str) -> Message:
    return message(f"pose.{limb}_{why}", span=message(f"pose.clip_{span}"))
