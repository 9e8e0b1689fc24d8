"""SAM 3D Body: our batched runner against upstream's own ``process_one_image``, frame by frame, same weights.

    python benchmarks/sam3d_parity.py [--upstream DIR] [--backbone light|dinov3] [--frames 6] [--mode body|full|both] [--small]

The network is upstream's own at the pinned commit with random weights (``benchmarks/sam3d_standin.py``), in float32. Frames
are of the gym clip, with a box and a mask that move. The last line is JSON; where upstream is missing it says so, and the
exit code is 0.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks import sam3d_standin as standin
from perscoach.pose.base import PoseSettings
from perscoach.pose.camera import camera_of

METRES, PIXELS = 1e-4, 1e-2
"""The largest difference that is allowed."""

_SAME = {  # upstream's estimator calls some results otherwise than its network
    "pred_vertices": "pred_vertices",
    "pred_keypoints_3d": "pred_keypoints_3d",
    "pred_joint_coords": "pred_joint_coords",
    "pred_cam_t": "pred_cam_t",
    "pred_keypoints_2d": "pred_keypoints_2d",
    "global_rot": "global_rot",
    "body_pose_params": "body_pose",
    "hand_pose_params": "hand",
    "scale_params": "scale",
    "shape_params": "shape",
}


def compare(model: Any, shots: list[standin.Shot], hands: bool, theirs: list[dict[str, Any]]) -> dict[str, Any]:
    """The largest differences over all frames, in one batch of all frames and in batches of two.

    Returns:
        ``metres``: of vertices, keypoints, joints and camera; ``pixels``; ``parameters``; ``hands``: how many of the hands
        were merged into the body; ``spread``: how far the vertices differ between frames, to show that frames are told apart.
    """
    height, width = shots[0].rgb.shape[:2]
    camera = camera_of(PoseSettings(), width, height)
    looks = standin.our_looks(shots)
    differences: dict[str, float] = {}
    for size in (len(looks), 2):
        runner = standin.our_runner(model, camera, hands, size)
        for start in range(0, len(looks), size):
            ours = runner.outputs(looks[start : start + size])
            for theirs_name, ours_name in _SAME.items():
                wanted = np.stack([one[theirs_name] for one in theirs[start : start + size]])
                found = ours[ours_name].float().cpu().numpy()
                if found.shape != wanted.shape or not np.isfinite(found).all():
                    raise ValueError(f"{ours_name}: expected {wanted.shape} finite numbers, got {found.shape}")
                worst = float(np.abs(found - wanted).max())
                differences[theirs_name] = max(worst, differences.get(theirs_name, 0.0))
    in_metres = ("pred_vertices", "pred_keypoints_3d", "pred_joint_coords", "pred_cam_t")
    return {
        "frames": len(shots),
        "metres": max(differences[name] for name in in_metres),
        "pixels": differences["pred_keypoints_2d"],
        "parameters": max(v for k, v in differences.items() if k not in (*in_metres, "pred_keypoints_2d")),
        "each": differences,
        "spread": float(np.ptp(np.stack([one["pred_vertices"] for one in theirs]), axis=0).max()),
    }


def merged_hands(body: list[dict[str, Any]], full: list[dict[str, Any]]) -> list[int]:
    """How many hands of each frame full mode took over: those whose code is not the body's own."""
    counts = []
    for one, other in zip(body, full, strict=True):
        a, b = (r["hand_pose_params"].reshape(2, 54) for r in (one, other))
        counts.append(int((np.abs(a - b).max(axis=1) > 1e-3).sum()))
    return counts


def measure(backbone: str, frames: int, modes: tuple[str, ...], small: bool = False) -> dict[str, Any]:
    """Upstream first on the untouched network, then ours on the same one."""
    import torch

    shots = standin.shots_of(standin.pictures(frames))
    height, width = shots[0].rgb.shape[:2]
    camera = camera_of(PoseSettings(), width, height)
    device = "cuda" if torch.cuda.is_available() else "cpu"
    with tempfile.TemporaryDirectory() as folder:
        model = standin.build(Path(folder), backbone, device, torch.float32, small)
        if "full" in modes:
            standin.lead_hands(model, shots[0], camera)
        theirs = {mode: standin.upstream_results(model, shots, camera, mode == "full") for mode in modes}
        out: dict[str, Any] = {
            "backbone": backbone,
            "device": device,
            "dtype": "float32",
            "small": small,
            "skipped": False,
        }
        for mode in modes:
            out[mode] = compare(model, shots, mode == "full", theirs[mode])
    if len(modes) == 2:
        out["full"]["merged_hands"] = merged_hands(theirs["body"], theirs["full"])
    out["ok"] = all(out[m]["metres"] <= METRES and out[m]["pixels"] <= PIXELS for m in modes)
    return out


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--upstream", help="folder that holds sam-3d-body and dinov3")
    parser.add_argument("--backbone", choices=("light", "dinov3"), default="light")
    parser.add_argument("--frames", type=int, default=6)
    parser.add_argument("--mode", choices=("body", "full", "both"), default="both")
    parser.add_argument("--small", action="store_true", help="a narrow decoder of two layers; its hands are merged")
    arguments = parser.parse_args()
    standin.use_upstream(arguments.upstream)
    reason = standin.why_not()
    if reason:
        print(f"skipped: {reason}")
        print(json.dumps({"skipped": True, "reason": reason}))
        return 0
    modes = ("body", "full") if arguments.mode == "both" else (arguments.mode,)
    result = measure(arguments.backbone, arguments.frames, modes, arguments.small)
    for mode in modes:
        part = result[mode]
        print(f"{mode}: {part['metres']:.1e} m, {part['pixels']:.1e} px over {part['frames']} frames", flush=True)
    print(json.dumps(result))
    return 0 if result["ok"] else 1


if __name__ == "__main__":
    raise SystemExit(main())
