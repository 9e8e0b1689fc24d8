"""Our MODNet against upstream's own image pipeline: the same weights, the same pictures, alpha before rounding.

    git clone https://github.com/ZHKKKe/MODNet
    perscoach models fetch modnet_photo
    python benchmarks/modnet_parity.py --upstream MODNet [--weights photo|video|random|FILE] [--clip CLIP]

Upstream's code reads checkpoints; a published graph becomes one through our own network, which has upstream's names.

Upstream's ``demo/image_matting/colab/inference.py`` is run as it is; the float alpha that it is about to turn into a
PNG is taken from its last call of ``torch.nn.functional.interpolate``. Where torchvision is not installed its two
transforms (``ToTensor``, ``Normalize``) are supplied here. Exit code 1 where alpha differs by more than 1e-4.
"""

from __future__ import annotations

import argparse
import json
import os
import runpy
import sys
import tempfile
import types
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))
LIMIT = 1e-4
SIZES = ((602, 722), (720, 1280), (324, 422), (640, 360), (200, 120))


def pictures(clip: Path | None) -> dict[str, np.ndarray]:
    """Frames of ``clip`` brought to a few sizes that take every branch of the size rule; noise where there is none."""
    import cv2

    source = None
    if clip is not None:
        capture = cv2.VideoCapture(str(clip))
        ok, frame = capture.read()
        source = frame[:, :, ::-1] if ok else None
        capture.release()
    if source is None:
        noise = np.random.default_rng(0).integers(0, 256, (40, 30, 3), np.uint8)
        source = cv2.resize(noise, (600, 800), interpolation=cv2.INTER_CUBIC)
    return {f"{w}x{h}": np.ascontiguousarray(cv2.resize(source, (w, h))) for w, h in SIZES}


def stand_in_transforms() -> None:
    """``torchvision.transforms`` with what upstream's script uses, from its documentation."""
    import torch

    class Compose:
        def __init__(self, steps: list[Any]) -> None:
            self.steps = steps

        def __call__(self, x: Any) -> Any:
            for step in self.steps:
                x = step(x)
            return x

    class ToTensor:
        def __call__(self, picture: Any) -> torch.Tensor:
            return torch.from_numpy(np.array(picture)).permute(2, 0, 1).contiguous().float().div(255)

    class Normalize:
        def __init__(self, mean: tuple[float, ...], std: tuple[float, ...]) -> None:
            self.mean, self.std = torch.tensor(mean).view(-1, 1, 1), torch.tensor(std).view(-1, 1, 1)

        def __call__(self, x: torch.Tensor) -> torch.Tensor:
            return (x - self.mean) / self.std

    transforms = types.ModuleType("torchvision.transforms")
    transforms.__dict__.update(Compose=Compose, ToTensor=ToTensor, Normalize=Normalize)
    package = types.ModuleType("torchvision")
    package.__dict__["transforms"] = transforms
    sys.modules.update({"torchvision": package, "torchvision.transforms": transforms})


@contextmanager
def inside(upstream: Path, arguments: list[str]) -> Any:
    before = sys.argv, list(sys.path), Path.cwd()
    sys.argv, sys.path[:0] = arguments, [str(upstream)]
    os.chdir(upstream)
    try:
        yield
    finally:
        sys.argv, sys.path[:] = before[0], before[1]
        os.chdir(before[2])


def run_upstream(upstream: Path, checkpoint: Path, picture: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Upstream's float alpha and the 8-bit picture that it wrote."""
    import torch
    import torch.nn.functional as F
    from PIL import Image

    results: list[torch.Tensor] = []
    original = F.interpolate

    def watched(*args: Any, **kwargs: Any) -> torch.Tensor:
        result = original(*args, **kwargs)
        results[:] = [result]
        return result

    with tempfile.TemporaryDirectory() as folder:
        given, made = Path(folder, "in"), Path(folder, "out")
        given.mkdir()
        made.mkdir()
        Image.fromarray(picture).save(given / "frame.png")
        script = upstream / "demo" / "image_matting" / "colab" / "inference.py"
        arguments = [
            str(script),
            "--input-path",
            str(given),
            "--output-path",
            str(made),
            "--ckpt-path",
            str(checkpoint),
        ]
        F.interpolate = watched
        try:
            with inside(upstream, arguments):
                runpy.run_path(str(script), run_name="__main__")
        finally:
            F.interpolate = original
        return results[0][0, 0].detach().cpu().numpy(), np.array(Image.open(made / "frame.png"))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--upstream", type=Path, required=True, help="a checkout of ZHKKKe/MODNet")
    parser.add_argument("--clip", type=Path, help="take the picture from this clip")
    parser.add_argument("--weights", default="photo", help="photo, video, random, or a graph or checkpoint of MODNet")
    options = parser.parse_args()
    upstream = options.upstream.resolve()
    if not (upstream / "demo" / "image_matting" / "colab" / "inference.py").is_file():
        print(f"Skipped: {options.upstream} is not a checkout of ZHKKKe/MODNet (git clone it and name it here).")
        print(json.dumps({"benchmark": "modnet_parity", "skipped": "no upstream checkout"}))
        return 0
    try:
        import torchvision.transforms  # noqa: F401
    except ImportError:
        stand_in_transforms()
    return compare(upstream, pictures(options.clip), options.weights)


def files_of(weights: str, folder: Path) -> tuple[Path, Path]:
    """The weights as a graph and as a checkpoint that upstream's code loads."""
    import torch

    from perscoach.matting.modnet.random_weights import write_random
    from perscoach.matting.modnet.runtimes import graph_of
    from perscoach.matting.modnet.weights import find, load_network, weights_at

    if weights == "random":
        return write_random(folder)
    found = find(weights) if weights in ("photo", "video") else weights_at(Path(weights))
    checkpoint = folder / "from_graph.ckpt"
    torch.save({f"module.{key}": value for key, value in load_network(found).state_dict().items()}, checkpoint)
    return graph_of(found, folder), checkpoint


def compare(upstream: Path, frames: dict[str, np.ndarray], which: str) -> int:
    from perscoach.matting.modnet.preprocess import net_size, to_network, to_picture
    from perscoach.matting.modnet.runtimes import CPU_RUNTIMES, open_cpu
    from perscoach.matting.modnet.weights import weights_at

    rows = []
    with tempfile.TemporaryDirectory(prefix="modnet-parity-") as folder:
        graph, checkpoint = files_of(which, Path(folder))
        for name, frame in frames.items():
            height, width = frame.shape[:2]
            size = net_size(width, height)
            theirs, png = run_upstream(upstream, checkpoint, frame)
            for kind in CPU_RUNTIMES:
                weights = weights_at(checkpoint if kind == "torch" else graph)
                runtime = open_cpu(weights, size, Path(folder), only=kind)
                ours = to_picture(runtime.infer(to_network(frame, *size)[None])[0, 0], width, height)
                runtime.close()
                off = np.abs(ours - theirs)
                levels = np.abs((ours * 255).astype(np.uint8).astype(int) - png)
                rows.append(
                    {
                        "picture": name,
                        "net": f"{size[0]}x{size[1]}",
                        "runtime": kind,
                        "max": float(off.max()),
                        "mean": float(off.mean()),
                        "other_bytes": float((levels > 0).mean()),
                        "most_levels": int(levels.max()),
                        "spread": float(theirs.std()),
                    }
                )
    print(
        f"{'picture':>10} {'network':>9} {'runtime':>12} {'max |d|':>9} {'mean |d|':>9}  bytes that differ after upstream's truncation"
    )
    for row in rows:
        print(
            f"{row['picture']:>10} {row['net']:>9} {row['runtime']:>12} {row['max']:9.1e} {row['mean']:9.1e}  "
            f"{row['other_bytes']:.3%} by at most {row['most_levels']}   (alpha's spread {row['spread']:.2f})"
        )
    worst = max(row["max"] for row in rows)
    print(
        json.dumps(
            {
                "benchmark": "modnet_parity",
                "weights": which,
                "worst": worst,
                "limit": LIMIT,
                "ok": worst <= LIMIT,
                "rows": rows,
            }
        )
    )
    return 0 if worst <= LIMIT else 1


if __name__ == "__main__":
    sys.exit(main())
