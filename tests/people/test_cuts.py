"""Where shots begin."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from perscoach.people.cuts import CutDetector

H, W = 180, 120


def room(seed: int, base: int = 120) -> np.ndarray:
    cells = np.random.default_rng(seed).integers(base - 60, base + 60, (9, 6, 3)).astype(np.uint8)
    return cv2.resize(cells, (W, H), interpolation=cv2.INTER_CUBIC)


def with_body(picture: np.ndarray, x: float, y: float = 90) -> np.ndarray:
    out = picture.copy()
    cv2.ellipse(out, (round(x), round(y)), (30, 75), 0, 0, 360, (40, 30, 160), -1)
    return out


def cuts(frames: list[np.ndarray]) -> list[int]:
    detector = CutDetector()
    return [i for i, frame in enumerate(frames) if detector.is_cut(frame)]


STILL = [room(1)] * 12


@pytest.mark.parametrize(
    ("name", "frames", "expected"),
    [
        ("a person who walks fast", [with_body(room(1), 30 + 3 * i) for i in range(20)], []),
        ("another room", [with_body(room(1), 50)] * 10 + [with_body(room(2), 60)] * 5, [10]),
        ("to black, which stays black", STILL + [np.zeros((H, W, 3), np.uint8)] * 6, [12]),
        ("a light is switched on", [*STILL, *[np.clip(room(1).astype(int) + 40, 0, 255).astype(np.uint8)] * 5], []),
        ("a jump cut in one room", [with_body(room(1), 35)] * 10 + [with_body(room(1), 85, 110)] * 6, [10]),
        ("a slow fade", [(room(1) * (1 - i / 30)).astype(np.uint8) for i in range(30)], []),
    ],
)
def test_cuts(name: str, frames: list[np.ndarray], expected: list[int]) -> None:
    assert cuts(frames) == expected, name
