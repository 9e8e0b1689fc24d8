"""How near a steadied movement is to the truth."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from perscoach.pose.sam3d.parameters import BodyParameters
from perscoach.pose.sam3d.steady import Steadied, steady
from perscoach.pose.sam3d.steady.identity import BODY
from perscoach.skeleton import MHR70
from tests.pose.sam3d.steady_truth import FEET, HIPS, MOVEMENTS, Seen, joints_of, seen_as

WRISTS = [MHR70.index["left_wrist"], MHR70.index["right_wrist"]]


def camera_space(p: BodyParameters, which: np.ndarray) -> np.ndarray:
    """(F, 70, 3) float64 metres; NaN where not ``which``."""
    out = np.full((len(p), 70, 3), np.nan)
    some = p.take(which)
    out[which] = joints_of(some).astype(np.float64) + some.cam_t[:, None]
    return out


def centred(joints: np.ndarray) -> np.ndarray:
    return np.asarray(joints - joints[:, HIPS].mean(1, keepdims=True))


def scores(truth: BodyParameters, seen: Seen, done: Steadied, fps: float) -> dict[str, float]:
    """Errors in mm on the frames that were measured rightly; see the keys."""
    true = camera_space(truth, np.ones(len(truth), bool))
    before, after = camera_space(seen.p, seen.valid), camera_space(done.parameters, done.valid)
    same = seen.valid & ~seen.odd & done.valid
    out = {}
    for key, view in (("hip", centred), ("camera", lambda j: j)):
        for when, joints in (("before", before), ("after", after)):
            away = np.linalg.norm(view(joints)[same][:, BODY] - view(true)[same][:, BODY], axis=2)
            out[f"{key}_{when}"] = float(away.mean() * 1000)
            if key == "camera":
                flat = [1500 * j[same][:, BODY, :2] / j[same][:, BODY, 2:] for j in (joints, true)]
                out[f"picture_{when}"] = float(np.linalg.norm(flat[0] - flat[1], axis=2).mean())
    drawn = done.valid & ~same
    out["hip_drawn"] = (
        float(np.linalg.norm((centred(after) - centred(true))[drawn][:, BODY], axis=2).mean() * 1000)
        if drawn.any()
        else 0.0
    )
    out |= {f"jitter_{k}": _jitter(j, same, fps) for k, j in (("truth", true), ("before", before), ("after", after))}
    still = np.linalg.norm(np.diff(true[:, FEET], axis=0), axis=2) * fps < 0.005
    pairs = (same[1:] & same[:-1])[:, None] & still
    for when, joints in (("before", before), ("after", after)):
        moved = np.linalg.norm(np.diff(joints[:, FEET], axis=0), axis=2) * fps
        out[f"slide_{when}"] = float(moved[pairs].mean()) if pairs.any() else 0.0
    out["peak_kept"] = peak_kept(true, after)
    out["lag"] = lag(true, after)
    out["odd_dropped"] = float((seen.odd & ~(seen.valid & ~done.filled)).sum() / max(1, seen.odd.sum()))
    out["good_dropped"] = float((seen.valid & ~seen.odd & (done.filled | ~done.valid)).sum() / len(truth))
    return out


def _jitter(joints: np.ndarray, which: np.ndarray, fps: float) -> float:
    three = which[2:] & which[1:-1] & which[:-2]
    body = joints[:, BODY]
    return float(np.linalg.norm(body[2:] - 2 * body[1:-1] + body[:-2], axis=2)[three].mean() * fps**2)


def _wrist_speed(joints: np.ndarray) -> np.ndarray:
    return np.asarray(np.linalg.norm(np.diff(centred(joints)[:, WRISTS], axis=0), axis=2))


def peak_kept(true: np.ndarray, after: np.ndarray) -> float:
    """Of the fastest movements of the wrists, how much of the speed at the peak is left (mean over peaks)."""
    real, made = _wrist_speed(true), _wrist_speed(after)
    kept = []
    for hand in range(2):
        speed = real[:, hand]
        for i in np.flatnonzero(speed > 0.7 * speed.max()):
            window = slice(max(0, i - 3), i + 4)
            if speed[i] >= speed[window].max() and np.isfinite(made[window, hand]).all():
                kept.append(made[window, hand].max() / speed[i])
    return float(np.mean(kept)) if kept else 1.0


def lag(true: np.ndarray, after: np.ndarray) -> float:
    """Frames by which ``after`` runs behind: where the mean squared distance of the two, as one is shifted in time, is least
    (which is where their cross-correlation peaks), by one Newton step from 0, exact for the small lags that matter."""
    known = np.isfinite(after).all((1, 2))
    a, b = (centred(j)[:, BODY] for j in (after, true))
    speed = (b[2:] - b[:-2]) / 2
    away = (a - b)[1:-1]
    ok = known[1:-1]
    away, speed = away[ok] - away[ok].mean(0), speed[ok]
    return float(-(away * speed).sum() / (speed**2).sum())


def joined(first: BodyParameters, second: BodyParameters) -> BodyParameters:
    """One clip with a hard cut."""
    return BodyParameters.unpack(np.concatenate([first.pack(), second.pack()]))


def cut_is_a_wall(seed: int, fps: float, strength: float = 0.4, frames: int = 90) -> bool:
    """Whether a cut is found where it is, and what is before it stays the same, bit by bit, when what comes after moves
    otherwise (the identity, which is one for the clip, is the same in both)."""
    first = MOVEMENTS["squat"](frames, fps, seed)
    noisy = seen_as(first, fps, seed, odd=False, gaps=False).p
    later = MOVEMENTS["punches"](frames, fps, seed)
    there = replace(later, cam_t=later.cam_t + np.array([1.6, 0, 1.5], np.float32))
    other = replace(there, body_pose=there.body_pose[::-1].copy(), global_rot=there.global_rot[::-1].copy())
    valid = np.ones(2 * frames, bool)
    made = []
    for second in (there, other):
        clip = joined(noisy, replace(second, shape=noisy.shape, scale=noisy.scale))
        clip.body_pose[frames:, 124:130] = noisy.body_pose[:, 124:130]
        done = steady(clip, valid, fps, strength, joints_of, 1500.0)
        if [part[0] for part in done.parts] != [0, frames]:
            return False
        made.append(done.parameters.pack()[:frames])
    return bool(np.array_equal(made[0], made[1]))
