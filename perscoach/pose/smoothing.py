"""Zero-phase smoothing of a movement, with one strength.

A Butterworth low-pass run forwards and backwards (D. A. Winter, Biomechanics and Motor Control of Human Movement: the
usual filter of gait laboratories, at 4 to 8 Hz): no lag, a flat pass band, so a squat's lowest point stays where and
as deep as it was. It steadies what is not fitted (``perscoach.pose.fit``): the points in the picture.
"""

from __future__ import annotations

import numpy as np

from perscoach.core.arrays import Array

FASTEST, SLOWEST = 12.0, 1.5
"""Hz. The cut-off (-3 dB) as strength goes to 0 and at 1, on a logarithmic scale in between: 5.2 Hz at 0.4."""

_ORDER = 2
_PASSES = 0.802
"""Two passes of a second order filter lower the cut-off by (sqrt(2) - 1)^(1/4) (Winter); it is raised before by that."""


def cutoff(strength: float) -> float:
    """Hz, for a strength over 0."""
    result: float = FASTEST * (SLOWEST / FASTEST) ** strength
    return result


def smooth(values: Array, segments: list[tuple[int, int]], fps: float, strength: float) -> Array:
    """(F, …) smoothed along time inside each segment ``[start, stop)``; frames outside, and strength 0, unchanged.

    A cut-off at or over 0.9 of the half frame rate leaves the values as they are: there is nothing above it to remove.
    """
    nyquist = fps / 2
    design = cutoff(strength) / _PASSES if strength > 0 else np.inf
    if design >= 0.9 * nyquist:
        return values.copy()
    from scipy.signal import butter, sosfiltfilt

    sections = butter(_ORDER, design / nyquist, output="sos")
    reach = max(4, int(np.ceil(1.5 * fps / design)))  # edges are continued by reflection over one and a half periods
    out = values.copy()
    for start, stop in segments:
        if stop - start < 3 or not np.isfinite(values[start:stop]).all():
            continue
        padded = min(reach, stop - start - 1)
        for index in range(
            values[0].shape[0] if values.ndim > 1 else 1
        ):  # one after the other: little memory for long clips
            track = (slice(start, stop), index) if values.ndim > 1 else slice(start, stop)
            out[track] = sosfiltfilt(sections, values[track].astype(np.float64), axis=0, padtype="odd", padlen=padded)
    return out
