"""How true the movement is and what it costs: ``python benchmarks/movement.py [CLIP …] [--truth FOLDER] [--keep FOLDER]``.

For each size of the landmarker whose weights are here:

* accuracy, where ``--truth`` names a folder with ``NAME.mp4`` and ``NAME_truth.npz`` (joints (F, 33, 3) in the camera's axes,
  centred on the hips, and ``fps``): as observed (strength 0) and finished (0.4 and 1), with the angles' errors;
* feet: how far what rests on the floor slides, and how steeply resting feet point out of the floor's plane;
* cost: processor time a frame of the landmarker, and of what follows (sides, fit), and their ratio;
* memory: what finishing ten minutes of the first clip takes at its peak, beside ten seconds.

``--keep`` stores the observations, so that a second run needs no network. The last line is JSON.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from perscoach.avatar.joint_angles import ANGLES, joint_angles
from perscoach.core.errors import ModelError
from perscoach.core.progress import Quiet
from perscoach.core.settings import load_settings
from perscoach.media.types import IngestSettings
from perscoach.models import path_of
from perscoach.motion import CONTACTS, Motion
from perscoach.people.follow import Follower
from perscoach.people.sizes import SIZES
from perscoach.pose.base import Raw
from perscoach.pose.clean import to_motion
from perscoach.pose.gaps import runs
from perscoach.pose.mediapipe import observation
from perscoach.pose.store import pack
from perscoach.skeleton import MEDIAPIPE33

LIMBS = [11, 12, 13, 14, 15, 16, 23, 24, 25, 26, 27, 28]
BONES = [(11, 13), (13, 15), (12, 14), (14, 16), (23, 25), (25, 27), (24, 26), (26, 28), (11, 23), (12, 24)]
FEET = [(29, 31), (30, 32)]
STRENGTHS = (0.0, 0.4, 1.0)

Seen = tuple[Raw, Fraction, int, int, float]
"""What was observed, frames a second, width, height, the landmarker's processor milliseconds a frame."""


def observe(source: Path, size: str, keep: Path) -> Seen:
    """The landmarker's observations of a clip, from ``keep`` where they are there."""
    stored = keep / f"{source.stem}_{size}.npz"
    if not stored.is_file():
        from perscoach.media.ingest import ingest

        model = path_of(f"pose_landmarker_{size}")
        clip = ingest(source, keep / f"{source.stem}.mp4", IngestSettings(), load_settings(), Quiet())
        follower = Follower(model, None, float(clip.fps), masks=False)
        found, spent = [], 0.0
        for frame in clip.read():
            begin = time.process_time()
            sight = follower.look(frame)
            spent += time.process_time() - begin
            miss = sight.image is None or sight.world is None
            found.append(None if miss else observation(sight.image, sight.world, clip.width, clip.height))
        follower.close()
        facts = [clip.fps.numerator, clip.fps.denominator, clip.width, clip.height]
        np.savez(stored, facts=facts, ms=1000 * spent / len(found), **vars(pack(found, 33)))
    with np.load(stored) as file:
        raw = Raw(*(file[name] for name in Raw.__dataclass_fields__))
        num, den, width, height = (int(n) for n in file["facts"])
        return raw, Fraction(num, den), width, height, float(file["ms"])


def finish(seen: Seen, strength: float) -> tuple[Motion, float]:
    """The movement, and processor milliseconds a frame."""
    raw, fps, width, height, _ = seen
    begin = time.process_time()
    motion = to_motion(raw, MEDIAPIPE33, fps, width, height, strength, "mediapipe")
    return motion, 1000 * (time.process_time() - begin) / len(motion)


def between(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Degrees between vectors."""
    size = np.linalg.norm(a, axis=-1) * np.linalg.norm(b, axis=-1)
    return np.degrees(np.arccos(np.clip((a * b).sum(-1) / np.maximum(size, 1e-9), -1, 1)))


def accuracy(motion: Motion, truth: np.ndarray, fps: float) -> dict[str, Any]:
    """How far a movement is from the truth (F, 33, 3), over the frames that both have."""
    n = min(len(motion), len(truth))
    mine = motion.joints_3d[:n].astype(float)
    true = truth[:n] - truth[:n, [23, 24]].mean(axis=1, keepdims=True)
    use = motion.valid[:n]
    order = np.arange(33)
    for a, b in MEDIAPIPE33.pairs:
        order[[a, b]] = b, a
    off = np.linalg.norm(mine - true, axis=2)[:, LIMBS].mean(axis=1)
    other = np.linalg.norm(mine[:, order] - true, axis=2)[:, LIMBS].mean(axis=1)
    lengths = np.stack([np.linalg.norm(mine[use][:, b] - mine[use][:, a], axis=1) for a, b in BONES], 1)
    bend = np.linalg.norm(np.diff(mine[:, LIMBS], 2, axis=0), axis=2) * fps**2
    same = motion.valid[:n].nonzero()[0]
    angles = np.abs(_angles(motion, mine, n) - _angles(motion, true, n))[same]
    by_joint = {
        part: np.sqrt(np.nanmean(angles[:, [part in a.name for a in ANGLES]] ** 2))
        for part in ("elbow", "shoulder", "hip", "knee", "ankle", "trunk")
    }
    hinge = [a.name.endswith(("knee", "elbow")) for a in ANGLES]

    def direction(bones: list[tuple[int, int]]) -> float:
        return float(
            np.mean([between(mine[use][:, b] - mine[use][:, a], true[use][:, b] - true[use][:, a]) for a, b in bones])
        )

    return {
        "joints_mm": round(1000 * float(off[use].mean()), 1),
        "bones_deg": round(direction(BONES), 1),
        "knee_elbow_deg": round(float(np.nanmean(angles[:, hinge])), 1),
        "feet_deg": round(direction(FEET), 1),
        "frames_exchanged": int((other[use] < off[use]).sum()),
        "bone_spread_percent": round(100 * float((lengths.std(0) / lengths.mean(0)).mean()), 2),
        "acceleration_m_s2": round(float(np.nanmean(bend)), 1),
        "angles_rms_deg": {name: round(float(value), 1) for name, value in by_joint.items()},
    }


def _angles(motion: Motion, joints: np.ndarray, n: int) -> np.ndarray:
    import dataclasses

    cut = {name: getattr(motion, name)[:n] for name in ("keypoints_2d", "confidence", "valid", "global_rot", "root")}
    seen = np.zeros((n, 33), np.uint8)
    more = {name: getattr(motion, name)[:n] for name in ("contacts", "floor")}
    return joint_angles(dataclasses.replace(motion, joints_3d=joints.astype(np.float32), seen=seen, **cut, **more))


def feet(motion: Motion) -> dict[str, Any]:
    """What rests: millimetres that a contact slides at most, degrees of resting feet against the floor."""
    space = motion.joints_3d.astype(float) + motion.root[:, None]
    slides, pitches = [0.0], [0.0]
    for side in ("left", "right"):
        ends = [MEDIAPIPE33.index[f"{side}_{part}"] for part in ("heel", "foot_index")]
        rest = motion.contacts[:, [CONTACTS.index(f"{side}_{part}") for part in ("heel", "toe")]]
        for k, joint in enumerate(ends):
            slides += [1000 * float(np.linalg.norm(np.ptp(space[a:b, joint], axis=0))) for a, b in runs(rest[:, k])]
        flat = rest.all(axis=1) & np.isfinite(motion.floor).all(axis=1)
        sole = space[flat, ends[1]] - space[flat, ends[0]]
        up = (sole * motion.floor[flat, :3]).sum(1) / np.maximum(np.linalg.norm(sole, axis=1), 1e-9)
        pitches += np.abs(np.degrees(np.arcsin(np.clip(up, -1, 1)))).tolist()
    return {
        "contacts": {
            name: round(float(share), 2) for name, share in zip(CONTACTS, motion.contacts.mean(0), strict=True) if share
        },
        "worst_slide_mm": round(max(slides), 1),
        "worst_pitch_deg": round(max(pitches), 1),
    }


_PEAK = """
import resource, sys
sys.path.insert(0, {root!r})
from benchmarks.movement import longer, observe, finish
from pathlib import Path
seen = longer(observe(Path({clip!r}), {size!r}, Path({keep!r})), {seconds})
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
finish(seen, 0.4)
print(before, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""


def longer(seen: Seen, seconds: float) -> Seen:
    """The same observations over and over, forwards and back, so that there is no cut."""
    raw, fps, *more = seen
    frames = round(seconds * float(fps))
    n = len(raw.found)
    way = np.concatenate([np.arange(n), np.arange(n - 2, 0, -1)])
    order = np.resize(way, frames)
    return Raw(**{name: getattr(raw, name)[order] for name in vars(raw)}), fps, *more  # type: ignore[return-value]


def peak(clip: Path, size: str, keep: Path, seconds: float) -> tuple[int, int]:
    """MB before and at the peak of finishing ``seconds`` of movement, in a process of its own."""
    root = str(Path(__file__).resolve().parent.parent)
    script = _PEAK.format(root=root, clip=str(clip), size=size, keep=str(keep), seconds=seconds)
    out = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout
    before, most = (int(word) >> 10 for word in out.split()[-2:])
    return before, most


def measure(clips: list[Path], truth: Path | None, keep: Path, sizes: list[str]) -> dict[str, Any]:
    out: dict[str, Any] = {}
    true = sorted(truth.glob("*_truth.npz")) if truth is not None else []
    clips = [*clips, *(path.with_name(f"{path.stem.removesuffix('_truth')}.mp4") for path in true)]
    for size in sizes:
        for clip in clips:
            try:
                seen = observe(clip, size, keep)
            except ModelError as error:
                print(f"{size}: {error}", file=sys.stderr)
                break
            figures: dict[str, Any] = {}
            answer = clip.with_name(f"{clip.stem}_truth.npz")
            finish(seen, STRENGTHS[1])  # the first one also imports
            for strength in STRENGTHS:
                motion, ms = finish(seen, strength)
                part: dict[str, Any] = {}
                if answer in true:
                    with np.load(answer) as file:
                        part = accuracy(motion, file["joints_3d"].astype(float), float(file["fps"]))
                if strength == 0.4:
                    part |= {"feet": feet(motion), "landmarker_ms": round(seen[4], 1), "finish_ms": round(ms, 1)}
                    part["finish_share_percent"] = round(100 * ms / seen[4], 1)
                figures[str(strength)] = part
                print(f"{size:<6} {clip.stem:<14} strength {strength:<4} {json.dumps(part)}")
            out[f"{size} {clip.stem}"] = figures
    if clips and sizes:
        memory = {f"{seconds} s": peak(clips[0], sizes[-1], keep, seconds)[1] for seconds in (10, 600)}
        out["finish_peak_mb"] = memory
        print(f"memory {memory}")
    return out


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("clips", type=Path, nargs="*")
    parser.add_argument("--truth", type=Path, help="folder with NAME.mp4 and NAME_truth.npz")
    parser.add_argument("--keep", type=Path, help="folder for the observations; a temporary one unless given")
    parser.add_argument("--sizes", nargs="+", choices=SIZES, default=list(SIZES))
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        keep = arguments.keep or Path(folder)
        keep.mkdir(parents=True, exist_ok=True)
        print(json.dumps(measure(arguments.clips, arguments.truth, keep, arguments.sizes)))


if __name__ == "__main__":
    main()
