"""The type of an array in a signature."""

from __future__ import annotations

from typing import Any, TypeAlias

from numpy.typing import NDArray

Array: TypeAlias = NDArray[Any]
"""A numpy array. Its shape and dtype stand in the docstring beside it: the type checker knows neither."""
