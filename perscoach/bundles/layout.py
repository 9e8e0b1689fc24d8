"""The names of a bundle's files and of their schemas."""

from __future__ import annotations

import re

from perscoach.media.types import FRAMES, WEBM

POSES_JSON = "poses/trainer_poses.json"
POSES_NPZ = "poses/trainer_poses.npz"
GLB = "poses/trainer.glb"
BVH = "poses/trainer.bvh"
MIRROR_TRACK = "mirror/track.json"
MIRROR_BODY = "mirror/body.bin"
GRADE_JSON = "grade.json"
GRADE_CUBE = "grade.cube"
LOOK_CUBE = "look.cube"
SCORE_JSON = "score.json"
MANIFEST = "bundle.json"
NOTICE = "NOTICE.txt"
SAM_LICENSE = "LICENSE.SAM.txt"
PAGE = "OPEN_ME.html"
POSTER = "poster.webp"

BUNDLE_SCHEMA = "perscoach.bundle.1"
POSES_SCHEMA = "perscoach.poses.1"

REQUIRED = (WEBM, POSES_JSON, POSES_NPZ, GRADE_JSON, GRADE_CUBE, MANIFEST)

#: Parts of a path that may stand in a bundle: plain, so that no system reads anything else into them.
_PART = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,99}")
_PNG = re.compile(rf"{FRAMES}/\d{{6,7}}\.png")


def is_plain(name: str) -> bool:
    """Whether ``name`` is a relative path of plain parts with ``/`` between them, at most four deep."""
    parts = name.split("/")
    return len(parts) <= 4 and all(_PART.fullmatch(p) and not p.endswith(".") for p in parts)


def is_frame(name: str) -> bool:
    """Whether ``name`` is one of the PNG frames."""
    return _PNG.fullmatch(name) is not None
