"""A small clip that needs no network: a textured figure moves before a textured wall, with truth."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from perscoach.media.types import Clip

WIDTH, HEIGHT, FRAMES = 128, 160, 70


def texture(seed: int, base: tuple[int, int, int], swing: float) -> np.ndarray:
    noise = np.random.default_rng(seed).normal(0, 1, (HEIGHT, WIDTH, 1)).astype(np.float32)
    smooth = cv2.GaussianBlur(noise, (0, 0), 3)[..., None] * swing * 6
    return np.clip(np.array(base, np.float32) + smooth, 0, 255)


@dataclass
class Scene:
    """The clip, its true alphas and its empty room."""

    clip: Clip
    alphas: list[np.ndarray]
    wall: np.ndarray


def body_alpha(x: float, bar: bool = True, lift: float = 0.0) -> np.ndarray:
    """A head, a trunk and a thin bar, drawn four times larger and averaged down; (H, W) uint8."""
    big = np.zeros((HEIGHT * 4, WIDTH * 4), np.uint8)
    at = round(x * 4)
    cv2.ellipse(big, (at, 360), (72, 190), 0, 0, 360, 255, -1)
    cv2.circle(big, (at, 130), 52, 255, -1)
    if bar:
        row = 300 - round(lift * 4)
        cv2.line(big, (at - 180, row), (at + 180, row), 255, 14)
    return cv2.resize(big, (WIDTH, HEIGHT), interpolation=cv2.INTER_AREA)


def write_clip(path: Path, frames: list[np.ndarray]) -> Clip:
    """An H.264 clip as ingest leaves one."""
    import av

    with av.open(str(path), "w") as container:
        stream: Any = container.add_stream("libx264", rate=30, options={"crf": "12", "preset": "veryfast", "g": "30"})
        stream.height, stream.width = frames[0].shape[:2]
        stream.pix_fmt = "yuv420p"
        for frame in frames:
            picture = av.VideoFrame.from_ndarray(frame, format="rgb24")
            container.mux(stream.encode(picture.reformat(format="yuv420p", dst_colorspace=1, dst_color_range=1)))
        container.mux(stream.encode(None))
    return Clip(path, Fraction(30), frames[0].shape[1], frames[0].shape[0], len(frames), False)


@pytest.fixture(scope="session")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Scene:
    """70 frames; the figure walks from left to right, with sensor noise."""
    random = np.random.default_rng(1)
    wall, cloth = texture(2, (150, 145, 135), 25), texture(3, (40, 60, 150), 25)
    frames, alphas = [], []
    for i in range(FRAMES):
        alpha = body_alpha(38 + 52 * i / (FRAMES - 1), lift=25 * np.sin(2 * np.pi * i / 35))
        share = alpha[..., None].astype(np.float32) / 255.0
        picture = cloth * share + wall * (1 - share) + random.normal(0, 1.5, wall.shape)
        frames.append(np.rint(np.clip(picture, 0, 255)).astype(np.uint8))
        alphas.append(alpha)
    clip = write_clip(tmp_path_factory.mktemp("scene") / "clip.mp4", frames)
    return Scene(clip, alphas, np.rint(wall).astype(np.uint8))
