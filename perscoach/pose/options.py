"""The choices of the pose stage. Imports nothing heavy: the command line shows them in its help."""

from __future__ import annotations

ENGINES = ("auto", "sam3d", "mediapipe", "recorded")
MODELS = ("auto", "lite", "full", "heavy")
LENSES = ("phone", "webcam", "upstream")
DETAILS = ("small", "medium", "large", "full")
PERSONS = ("auto", "matte", "mediapipe", "vitdet")
