"""The choices of the files for 3D programs. Imports nothing heavy: the command line shows them in its help."""

from __future__ import annotations

RESTS = ("own", "t", "a", "filmed")
NAMES = ("own", "blender", "mixamo")
