"""Reading ``trainer.bvh`` as a stranger's file.

The format has no standard of its own; this follows its usual description (Biovision, as in M. Meredith and S. Maddock,
"Motion Capture File Formats Explained", 2001): a joint stands at its parent's place plus its parent's rotation times its
offset, and its channels are applied in the order in which they are named.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from perscoach.core.arrays import Array
from perscoach.core.errors import BundleError

MAX_BYTES = 256 << 20
_MAX_HEAD = 1 << 20
_MAX_JOINTS = 2000
_MAX_FRAMES = 1_000_000
_MAX_NUMBERS = 16_000_000  # ten minutes at 60 frames a second of 127 joints are 14 million
_CHANNELS = tuple(f"{axis}{kind}" for kind in ("position", "rotation") for axis in "XYZ")


@dataclass(frozen=True)
class BvhBody:
    """A moving skeleton as the file has it.

    Attributes:
        joints, parents: names and parents (-1 at the top), parents first; end sites are left out.
        offsets: (B, 3) from the parent, in the file's unit.
        channels: per joint, their names in order.
        frame_time: seconds between frames.
        values: (F, C) float64, all channels joint by joint; angles in degrees.
    """

    joints: tuple[str, ...]
    parents: tuple[int, ...]
    offsets: Array
    channels: tuple[tuple[str, ...], ...]
    frame_time: float
    values: Array

    def __len__(self) -> int:
        return len(self.values)

    def places(self) -> Array:
        """(F, B, 3): where the joints stand, in the file's unit and axes."""
        frames = len(self)
        turns, places = np.zeros((len(self.joints), frames, 3, 3)), np.zeros((len(self.joints), frames, 3))
        at = 0
        for joint, names in enumerate(self.channels):
            turn = np.broadcast_to(np.eye(3), (frames, 3, 3))
            shift = np.repeat(self.offsets[joint][None], frames, 0)
            for name in names:
                value, axis = self.values[:, at], "XYZ".index(name[0])
                at += 1
                if name.endswith("position"):
                    shift = shift + value[:, None] * (np.arange(3) == axis)
                else:
                    turn = turn @ _about(axis, np.radians(value))
            above = self.parents[joint]
            if above < 0:
                turns[joint], places[joint] = turn, shift
            else:
                turns[joint] = turns[above] @ turn
                places[joint] = places[above] + (turns[above] @ shift[..., None])[..., 0]
        return np.ascontiguousarray(places.swapaxes(0, 1))


def read_bvh(path: Path) -> BvhBody:
    """Read and check a ``trainer.bvh``.

    Raises:
        BundleError: not such a file; the sentence says what is wrong.
    """
    try:
        if path.stat().st_size > MAX_BYTES:
            raise ValueError(f"over {MAX_BYTES >> 20} MB")
        return _parse(path.read_bytes())
    except (OSError, ValueError, IndexError) as error:
        why = error.strerror if isinstance(error, OSError) else str(error)
        raise BundleError(
            f"{path.name}: {why!s:.200}. Make the bundle again.",
            f"{path.name}: файл не соответствует формату ({why!s:.200}). Соберите набор заново.",
        ) from error


def _parse(data: bytes) -> BvhBody:
    end = data.find(b"MOTION", 0, _MAX_HEAD)
    if not data[:64].split()[:1] == [b"HIERARCHY"] or end < 0:
        raise ValueError("no BVH: expected HIERARCHY and MOTION")
    tree = _Tree(data[:end].decode("latin-1").split()[1:])
    lines = data[end:].split(b"\n", 3)
    if len(lines) < 3 or lines[0].strip() != b"MOTION":
        raise ValueError("MOTION: expected Frames and Frame Time after it")
    frames, seconds = _after(lines[1], "Frames:"), _after(lines[2], "Frame Time:")
    if not frames.isascii() or not frames.isdigit() or not 0 < int(frames[:9]) <= _MAX_FRAMES or len(frames) > 7:
        raise ValueError(f"Frames: expected 1 to {_MAX_FRAMES}, got {frames!r:.40}")
    step = _number(seconds)
    if not 1e-4 <= step <= 100:
        raise ValueError(f"Frame Time: expected 0.0001 to 100, got {seconds!r:.40}")
    count = sum(len(names) for names in tree.channels)
    values = _rows(lines[3] if len(lines) > 3 else b"", int(frames), count)
    return BvhBody(
        tuple(tree.joints),
        tuple(tree.parents),
        np.array(tree.offsets),
        tuple(tree.channels),
        step,
        values,
    )


def _rows(text: bytes, frames: int, count: int) -> Array:
    """(F, C) float64, one frame per line."""
    if frames * count > _MAX_NUMBERS:
        raise ValueError(f"{frames} frames of {count} numbers, expected at most {_MAX_NUMBERS} numbers")
    lines = text.splitlines()
    while lines and not lines[-1].strip():
        lines.pop()
    if len(lines) != frames:
        raise ValueError(f"expected {frames} frames, got {len(lines)} lines")
    values = np.empty((frames, count))
    for index, line in enumerate(lines):
        words = line.split(maxsplit=count)
        if len(words) != count:
            raise ValueError(f"frame {index}: expected {count} numbers, got {len(words)} or more")
        values[index] = [float(word) for word in words]
    if not (np.abs(values) <= 1e7).all():
        raise ValueError("a number is not finite or beyond sense")
    return values


class _Tree:
    """The part before MOTION, word by word."""

    def __init__(self, words: list[str]) -> None:
        self.joints: list[str] = []
        self.parents: list[int] = []
        self.offsets: list[list[float]] = []
        self.channels: list[tuple[str, ...]] = []
        self._words, self._at = words, 0
        above: list[int] = []
        while self._at < len(words):
            word = self._next()
            if word in ("ROOT", "JOINT"):
                if (
                    (word == "ROOT") != (not self.joints)
                    or (word == "JOINT" and not above)
                    or len(self.joints) >= _MAX_JOINTS
                ):
                    raise ValueError(f"expected one ROOT and at most {_MAX_JOINTS} joints below it")
                above.append(self._joint(above[-1] if above else -1))
            elif word == "End" and above:
                self._end()
            elif word == "}" and above:
                above.pop()
            else:
                raise ValueError(f"{word!r:.40} has no place in the hierarchy")
        if above or not self.joints:
            raise ValueError("the hierarchy is cut off")

    def _next(self) -> str:
        self._at += 1
        if self._at > len(self._words):
            raise ValueError("the hierarchy is cut off")
        return self._words[self._at - 1]

    def _expect(self, word: str) -> None:
        found = self._next()
        if found != word:
            raise ValueError(f"expected {word}, got {found!r:.40}")

    def _joint(self, above: int) -> int:
        name = self._next()[:100]
        if name in self.joints:
            raise ValueError(f"joint {name!r} stands twice")
        self._expect("{")
        offset = self._offset()
        self._expect("CHANNELS")
        count = self._next()
        if count not in ("0", "3", "6"):
            raise ValueError(f"CHANNELS: expected 3 or 6, got {count!r:.40}")
        names = tuple(self._next() for _ in range(int(count)))
        if len(set(names)) != len(names) or not set(names) <= set(_CHANNELS):
            raise ValueError(f"CHANNELS: expected names such as {_CHANNELS[3]}, got {' '.join(names)!r:.80}")
        self.joints.append(name)
        self.parents.append(above)
        self.offsets.append(offset)
        self.channels.append(names)
        return len(self.joints) - 1

    def _end(self) -> None:
        self._expect("Site")
        self._expect("{")
        self._offset()
        self._expect("}")

    def _offset(self) -> list[float]:
        self._expect("OFFSET")
        return [_number(self._next()) for _ in range(3)]


def _after(line: bytes, label: str) -> str:
    text = line.decode("latin-1").strip()
    if not text.startswith(label):
        raise ValueError(f"expected {label}, got {text!r:.40}")
    return text[len(label) :].strip()


def _number(word: str) -> float:
    value = float(word)
    if not math.isfinite(value) or abs(value) > 1e7:
        raise ValueError(f"{word!r:.40} is no number of a body")
    return value


def _about(axis: int, angle: Array) -> Array:
    """(F, 3, 3) turns about a coordinate axis."""
    c, s = np.cos(angle), np.sin(angle)
    out = np.zeros((len(angle), 3, 3))
    i, j = (axis + 1) % 3, (axis + 2) % 3
    out[:, axis, axis], out[:, i, i], out[:, j, j] = 1, c, c
    out[:, i, j], out[:, j, i] = -s, s
    return out
