"""The V11 colour grade: parameters, reference maths, LUT, ``.cube`` and presets."""

from perscoach.grade.params import Grade

__all__ = ["Grade"]
