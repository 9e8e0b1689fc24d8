"""A moving mesh as a mean and a few components (principal component analysis), made in one or two passes of constant memory."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np

from perscoach.core.arrays import Array

SAMPLES = 300
"""Frames that the components are found on: ten seconds. The error is measured on all frames, and decides."""
CHUNK = 120
TARGET_MEAN = 0.0010  # metres; half of what the format promises, since unseen frames fit a little worse
PROMISED_MEAN = 0.0020
MOST = 160
UP = np.array([0.0, -1.0, 0.0])
"""Up in ``Motion``'s axes, for a level camera."""


class MovingMesh(Protocol):
    """What the reduction reads: a ``Mannequin``, or any mesh of constant topology."""

    faces: Array

    def vertices(self, start: int, stop: int) -> Array:
        """(n, V, 3) float32 metres, centred on the hips' middle; NaN where there is no body."""


@dataclass(frozen=True)
class Reduced:
    """vertices of frame f ≈ mean + coefficients[f] @ basis.

    Attributes:
        mean: (V, 3) float32 metres.
        basis: (K, 3V) int16, times ``basis_scale`` (K,) float32 metres.
        coefficients: (F, K) int16, times ``coefficient_scale`` (K,); 0 where ``valid`` is false.
        valid: (F,) bool, frames with a finite mesh.
        floor: (F,) float32 metres, how far the lowest point of the mesh is below the hips' middle; NaN where not valid.
        mean_error, max_error: metres, over all vertices of all frames, after rounding.
    """

    mean: Array
    basis: Array
    basis_scale: Array
    coefficients: Array
    coefficient_scale: Array
    valid: Array
    floor: Array
    mean_error: float
    max_error: float

    def vertices(self, frame: int) -> Array:
        """(V, 3) float32, as the browser builds it."""
        c = self.coefficients[frame].astype(np.float32) * self.coefficient_scale * self.basis_scale
        result: Array = self.mean + (c @ self.basis.astype(np.float32)).reshape(-1, 3)
        return result


def reduce_mesh(mesh: MovingMesh, frames: int, up: Array = UP) -> Reduced:
    """Find the components on up to ``SAMPLES`` evenly spread frames, as many as the error needs, and project every frame.

    Args:
        up: (3,) unit vector along which ``floor`` is measured.

    Raises:
        ValueError: no frame has a body.
    """
    sample = _sample(mesh, frames)
    mean = sample.mean(0)
    sample -= mean
    directions, strength = _components(sample)
    count = _enough(strength, sample.size / 3)
    del sample
    while True:
        reduced = _project(mesh, frames, mean, directions[:count], up)
        if reduced.mean_error < PROMISED_MEAN or count >= len(directions):
            return reduced
        count = min(len(directions), count + max(8, count // 2))


def _sample(mesh: MovingMesh, frames: int) -> Array:
    """(n, 3V) float32, finite; filled in place, as this is the largest array of the whole reduction."""
    rows = np.empty((0, 0), np.float32)
    count = 0

    def add(vertices: Array) -> None:
        nonlocal rows, count
        if not len(rows):
            rows = np.empty((min(frames, SAMPLES), vertices.size), np.float32)
        if count < len(rows) and np.isfinite(vertices).all():
            rows[count] = vertices.reshape(-1)
            count += 1

    for i in np.unique(np.linspace(0, frames - 1, min(frames, SAMPLES)).round().astype(int)) if frames else []:
        add(mesh.vertices(int(i), int(i) + 1)[0])
    if not count:  # the few valid frames of a long clip may lie between the sampled ones
        for start in range(0, frames, CHUNK):
            for vertices in mesh.vertices(start, min(start + CHUNK, frames)):
                add(vertices)
    if not count:
        raise ValueError("reduce_mesh: expected at least one frame with a body, found none")
    return rows[:count]


def _components(centred: Array) -> tuple[Array, Array]:
    """Directions (K, 3V) float32 of length 1, the strongest first, and their variances, by the Gram matrix."""
    gram = (centred @ centred.T).astype(np.float64)
    values, vectors = np.linalg.eigh(gram)
    order = np.argsort(values)[::-1][: min(MOST, max(1, len(gram) - 1))]
    values, vectors = np.maximum(values[order], 0), vectors[:, order]
    good = values > max(values[0], 1e-12) * 1e-10
    if not good.any():
        return np.zeros((1, centred.shape[1]), np.float32), np.zeros(1)
    values, vectors = values[good], vectors[:, good]
    directions = (centred.T @ vectors.astype(np.float32)).T
    return directions / np.linalg.norm(directions, axis=1, keepdims=True), values


def _enough(strength: Array, points: float) -> int:
    """How many components leave less than the target: the rest's root mean square per vertex bounds the mean error."""
    total = np.concatenate([np.cumsum(strength[::-1])[::-1][1:], [0.0]])
    left = np.sqrt(total / points)
    return int(np.argmax(left < TARGET_MEAN)) + 1


def _scaled(values: Array) -> tuple[Array, Array]:
    """(int16, one float32 step per row) with the row's largest number at ±32767."""
    step = np.maximum(np.abs(values).max(axis=1), 1e-12) / 32767
    return np.round(values / step[:, None]).astype(np.int16), step.astype(np.float32)


def _project(mesh: MovingMesh, frames: int, mean: Array, directions: Array, up: Array) -> Reduced:
    basis, basis_scale = _scaled(directions)
    rounded = basis.astype(np.float32) * basis_scale[:, None]
    found = np.zeros((frames, len(directions)), np.float32)
    valid, floor = np.zeros(frames, bool), np.full(frames, np.nan, np.float32)
    for start in range(0, frames, CHUNK):
        v = mesh.vertices(start, min(start + CHUNK, frames))
        ok = np.isfinite(v).all((1, 2))
        valid[start : start + len(v)] = ok
        floor[start : start + len(v)][ok] = -(v[ok] @ up.astype(np.float32)).min(1)
        found[start : start + len(v)][ok] = (v[ok].reshape(int(ok.sum()), -1) - mean) @ rounded.T
    coefficients, scale = _scaled(found.T)
    kept = np.ascontiguousarray(coefficients.T)
    used = kept.astype(np.float32) * scale
    total, worst = 0.0, 0.0
    for start in range(0, frames, CHUNK):
        ok = valid[start : start + CHUNK]
        if not ok.any():
            continue
        v = mesh.vertices(start, min(start + CHUNK, frames))[ok].reshape(int(ok.sum()), -1)
        error = np.linalg.norm((v - mean - used[start : start + CHUNK][ok] @ rounded).reshape(-1, 3), axis=1)
        total, worst = total + float(error.sum()), max(worst, float(error.max()))
    average = total / max(1, int(valid.sum()) * len(mean) // 3)
    return Reduced(
        mean.reshape(-1, 3).astype(np.float32), basis, basis_scale, kept, scale, valid, floor, average, worst
    )
