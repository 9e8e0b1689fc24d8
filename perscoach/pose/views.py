"""What is fitted, and what it is fitted to: the bones of one body, and a clip's measurements of it, window by window."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from perscoach.core.arrays import Array
from perscoach.motion import CONTACTS, GUESSED
from perscoach.skeleton import Skeleton

PIXELS = 12.0
"""Deviation of a 2D point, pixels on a picture with the diagonal of 1920 x 1080."""

LEAST_TRUST = 0.03
"""A point's weight is its confidence squared; what the landmarker does not see at all keeps a thousandth, to stay somewhere."""

DOUBTFUL = 0.25
"""Weight of the measured directions in frames whose sides were exchanged: the landmarker took them for another body."""


@dataclass(frozen=True)
class Body:
    """Which joints are fitted and the bones between them.

    Attributes:
        joints: (N,) indices into the skeleton; hips, shoulders, arms, legs, feet.
        parents, children: (B,) indices into ``joints``; group: (B,) which length each bone has.
        rests: (C,) which of ``joints`` may rest on the floor, in the order of ``motion.CONTACTS``.
        torso: indices of left and right shoulder, left and right hip, left and right ankle in ``joints``.
        hinges: ((shoulder or hip, elbow or knee, wrist or ankle), …), left and right arm, left and right leg.
    """

    joints: Array
    parents: Array
    children: Array
    group: Array
    rests: Array
    torso: tuple[int, ...]
    hinges: tuple[tuple[int, int, int], ...]


PARTS = ("hips", "shoulders", "side", "diagonal", "upper arm", "forearm", "thigh", "shank", "heel", "toe", "sole")


def body_of(skeleton: Skeleton) -> Body:
    """The fitted part of ``skeleton``."""
    toe = "foot_index" if "left_foot_index" in skeleton.index else "big_toe"
    names = [
        f"{side}_{part}"
        for part in ("shoulder", "elbow", "wrist", "hip", "knee", "ankle", "heel", toe)
        for side in ("left", "right")
    ]
    at = {name: i for i, name in enumerate(names)}
    bones = [
        ("left_hip", "right_hip", "hips"),
        ("left_shoulder", "right_shoulder", "shoulders"),
        ("left_shoulder", "right_hip", "diagonal"),
        ("right_shoulder", "left_hip", "diagonal"),
    ]
    for s in ("left", "right"):
        chain = ("shoulder", "hip", "side"), ("shoulder", "elbow", "upper arm"), ("elbow", "wrist", "forearm")
        legs = ("hip", "knee", "thigh"), ("knee", "ankle", "shank")
        foot = ("ankle", "heel", "heel"), ("ankle", toe, "toe"), ("heel", toe, "sole")
        bones += [(f"{s}_{a}", f"{s}_{b}", part) for a, b, part in (*chain, *legs, *foot)]
    return Body(
        np.array([skeleton.index[name] for name in names]),
        np.array([at[a] for a, _, _ in bones]),
        np.array([at[b] for _, b, _ in bones]),
        np.array([PARTS.index(part) for _, _, part in bones]),
        np.array([at[part.replace("toe", toe).replace("hand", "wrist")] for part in CONTACTS]),
        tuple(at[f"{s}_{part}"] for part in ("shoulder", "hip", "ankle") for s in ("left", "right")),
        tuple(
            (at[f"{s}_{a}"], at[f"{s}_{b}"], at[f"{s}_{c}"])
            for a, b, c in (("shoulder", "elbow", "wrist"), ("hip", "knee", "ankle"))
            for s in ("left", "right")
        ),
    )


@dataclass(frozen=True)
class Seen:
    """What a stretch is fitted to.

    Attributes:
        joints: (F, N, 3) metres, centred on the hips' middle; points: (F, N, 2) pixels from the picture's centre.
        trust: (F, N) weights 0..1 of the points; prior: (F,) weights 0..1 of the measured directions.
        sure: (F, N) bool, joints that were seen.
        fps: frames a second; focal: pixels; pixel: the deviation of a point, pixels; acceleration: m/s².
    """

    joints: Array
    points: Array
    trust: Array
    prior: Array
    sure: Array
    fps: float
    focal: float
    pixel: float
    acceleration: float


@dataclass(frozen=True)
class Views:
    """A clip as it was measured, from which windows are taken: ``views[start:stop]`` is a ``Seen``.

    Attributes:
        body: what is fitted.
        joints: (F, J, 3) metres; keypoints: (F, J, 2) pixels; confidence: (F, J) 0..1.
        seen: (F, J) as in ``Motion``; doubt: (F,) bool, frames whose 3D directions are doubtful.
        size: (width, height) of the picture; fps, focal, acceleration: as in ``Seen``.
    """

    body: Body
    joints: Array
    keypoints: Array
    confidence: Array
    seen: Array | None
    doubt: Array | None
    size: tuple[int, int]
    fps: float
    focal: float
    acceleration: float

    def __getitem__(self, part: slice) -> Seen:
        own = self.body.joints
        trust = np.clip(self.confidence[part][:, own], LEAST_TRUST, 1.0).astype(np.float64) ** 2
        sure = np.ones(trust.shape, bool) if self.seen is None else self.seen[part][:, own] != GUESSED
        trust[~sure] = LEAST_TRUST**2
        doubt = np.zeros(len(trust), bool) if self.doubt is None else self.doubt[part]
        return Seen(
            self.joints[part][:, own].astype(np.float64),
            self.keypoints[part][:, own].astype(np.float64) - np.array(self.size) / 2,
            trust,
            np.where(doubt, DOUBTFUL, 1.0),
            sure,
            self.fps,
            self.focal,
            PIXELS * float(np.hypot(*self.size)) / float(np.hypot(1920, 1080)),
            self.acceleration,
        )
