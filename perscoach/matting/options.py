"""The choices of the matting stage. Imports nothing heavy: the command line shows them in its help."""

from __future__ import annotations

ENGINES = ("auto", "modnet", "mediapipe", "plate")
MODELS = ("video", "photo")
SIZES = ("best", "fast")
PRECISIONS = ("auto", "fp32", "int8")
"""``int8`` is from earlier versions and means ``auto``."""

PLATES = ("auto", "off", "median", "picture")
