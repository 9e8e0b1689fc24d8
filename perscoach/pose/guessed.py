"""Which limbs a movement guesses for (nearly) the whole clip, as sentences."""

from __future__ import annotations

from perscoach.core.messages import Message, message
from perscoach.motion import GUESSED, Motion
from perscoach.pose.evidence import is_inside

NEARLY, WHOLE = 0.9, 0.99
"""Parts of the frames with a body from which a limb is guessed for nearly the whole clip, and for the whole clip."""

_LIMBS = (
    (("leg", "legs", ("knee", "ankle")), ("foot", "feet", ("ankle",))),
    (("arm", "arms", ("elbow", "wrist")), ("hand", "hands_unseen", ("wrist",))),
)
"""Each limb and its end, which is named where the rest of the limb was seen: name, name of both, joints."""


def guessed_limbs(motion: Motion) -> list[Message]:
    """One sentence for each limb (for both legs, both arms in one) that was hardly ever seen, and why."""
    if not motion.valid.any():
        return []
    told: list[Message] = []
    for limb, end in _LIMBS:
        found: dict[str, tuple[str, str, str]] = {}  # by side: part, reason, span
        for side in ("left", "right"):
            for name, _, parts in (limb, end):
                state = _state(motion, [f"{side}_{part}" for part in parts])
                if state is not None:
                    found[side] = (name, *state)
                    break
        if len(found) == 2 and found["left"] == found["right"]:
            name, why, span = found["left"]
            both = {limb[0]: limb[1], end[0]: end[1]}[name]
            told.append(_sentence(both, f"both_{why}", span))
        else:
            told += [_sentence(f"{side}_{name}", f"one_{why}", span) for side, (name, why, span) in found.items()]
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


def _sentence(limb: str, template: str, span: str) -> Message:
    return message(f"pose.{template}", limb=message(f"pose.{limb}"), span=message(f"pose.clip_{span}"))
