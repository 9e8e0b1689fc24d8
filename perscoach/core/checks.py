"""Shape and value checks for the shared types; every message says what was expected and what was found."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

import numpy as np

from perscoach.core.arrays import Array
from perscoach.core.errors import SettingsError
from perscoach.core.messages import Message, message

T = TypeVar("T")


@dataclass(frozen=True)
class Availability:
    """Whether something can run here; the sentence says what it is, or why not and what to do."""

    ok: bool
    message: Message = field(default_factory=lambda: Message("", ""))


def check_array(
    name: str, array: Array, shape: Sequence[int | str | None], dtype: np.dtype[Any] | type | str | None = None
) -> dict[str, int]:
    """Check the shape and the type of an array.

    Args:
        name: what the array is called in the message.
        array: the array.
        shape: one entry per axis: a number (must be equal), a letter (must be equal wherever the letter stands in
            this shape) or ``None`` (any).
        dtype: the expected type, or ``None`` for any.

    Returns:
        The size bound to each letter.

    Raises:
        TypeError: not an array, or of another type.
        ValueError: another shape.

    Example:
        >>> check_array("joints", np.zeros((4, 33, 3), np.float32), ("F", "J", 3), np.float32)
        {'F': 4, 'J': 33}
    """
    expected = "(" + ", ".join("*" if s is None else str(s) for s in shape) + ")"
    if not isinstance(array, np.ndarray):
        raise TypeError(f"{name}: expected an array of shape {expected}, got {type(array).__name__}")
    if dtype is not None and array.dtype != np.dtype(dtype):
        raise TypeError(f"{name}: expected {np.dtype(dtype)}, got {array.dtype}")
    bound: dict[str, int] = {}
    fits = array.ndim == len(shape)
    if fits:
        for size, want in zip(array.shape, shape, strict=True):
            if isinstance(want, str):
                fits = fits and bound.setdefault(want, size) == size
            elif want is not None:
                fits = fits and size == want
    if not fits:
        raise ValueError(f"{name}: expected shape {expected}, got {array.shape}")
    return bound


def check_number(name: str, value: object, low: float, high: float) -> float:
    """A finite number within ``low..high``.

    Raises:
        SettingsError: not a number, not finite, or outside the range.
    """
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not abs(value) < 1e300:
        raise SettingsError("checks.number", name=name, low=low, high=high, value=_shown(value))
    if not low <= value <= high:
        raise SettingsError("checks.number", name=name, low=low, high=high, value=f"{value:g}")
    return float(value)


def check_choice(name: str, value: object, choices: Sequence[str]) -> str:
    """One of ``choices``.

    Raises:
        SettingsError: anything else.
    """
    if not isinstance(value, str) or value not in choices:
        raise SettingsError("checks.choice", name=name, choices=", ".join(choices), value=_shown(value))
    return value


def check_flag(name: str, value: object) -> bool:
    """``True`` or ``False``.

    Raises:
        SettingsError: anything else.
    """
    if not isinstance(value, bool):
        raise SettingsError("checks.flag", name=name, value=_shown(value))
    return value


def check_point(name: str, value: object) -> tuple[float, float]:
    """A point (x, y) of a picture, both from 0 to 1.

    Raises:
        SettingsError: not two numbers in that range.
    """
    if not isinstance(value, (tuple, list)) or len(value) != 2:
        raise SettingsError("checks.point", name=name, value=_shown(value))
    return check_number(f"{name} x", value[0], 0, 1), check_number(f"{name} y", value[1], 0, 1)


def settings_from(cls: type[T], value: Any, name: str) -> T:
    """A settings dataclass from a JSON object; its own checks decide the values.

    Raises:
        SettingsError: not an object, an unknown field, or a value that its checks refuse.
    """
    if not isinstance(value, dict):
        raise not_an_object(name, value)
    known = {f.name: f for f in dataclasses.fields(cls)}  # type: ignore[arg-type]
    unknown = sorted(str(k) for k in set(value) - set(known))
    if unknown:
        raise SettingsError("checks.unknown", name=name, key=_shown(unknown[0]))
    for key, item in value.items():
        default = known[key].default
        if isinstance(default, bool):
            check_flag(f"{name}.{key}", item)
        if not isinstance(item, (str, int, float, bool, list, tuple, type(None))):
            raise SettingsError("checks.plain", name=f"{name}.{key}", found=type(item).__name__)
    try:
        return cls(**{k: tuple(v) if isinstance(v, list) else v for k, v in value.items()})
    except (TypeError, ValueError) as error:
        raise SettingsError("checks.unfit", name=name, reason=f"{error!s:.200}".rstrip(".")) from error


def not_an_object(name: str, value: Any) -> SettingsError:
    """The error for a value that should have been a JSON object."""
    return SettingsError("checks.object", name=name, found=type(value).__name__)


def _shown(value: object) -> object:
    """A stranger's value, short enough for a sentence. Python refuses to print integers of more than 4,300 digits."""
    if isinstance(value, int) and not isinstance(value, bool) and value.bit_length() > 256:
        return message("checks.huge")
    return f"{value!r:.60}"
