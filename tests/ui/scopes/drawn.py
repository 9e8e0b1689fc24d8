"""Pictures to measure, and the drawn scope read back."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

AXE = Path(__file__).resolve().parents[3] / "node_modules" / "axe-core" / "axe.min.js"
LIGHT_SKIN, DARK_SKIN = (194, 150, 130), (115, 82, 68)  # the ColorChecker chart's patches in sRGB


def flat(*rgb: int, alpha: int = 255, size: tuple[int, int] = (40, 60)) -> np.ndarray:
    return np.tile(np.array([*rgb, alpha], np.uint8), (*size, 1))


def drawn(page: Any) -> np.ndarray:
    """(H, W, 3) of the instruments' canvas after the next frame."""
    got = page.evaluate(
        """() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => {
          const { canvas } = room.instruments;
          const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
          let text = "";
          for (let i = 0; i < data.length; i += 32768) text += String.fromCharCode(...data.subarray(i, i + 32768));
          done([canvas.width, canvas.height, btoa(text)]);
        })))"""
    )
    import base64

    return np.frombuffer(base64.b64decode(got[2]), np.uint8).reshape(got[1], got[0], 4)[..., :3].astype(int)
