"""What many tests share."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests import spread

SHARED = Path(__file__).resolve().parents[2] / "shared"


def _shared(relative: str) -> Path:
    path = SHARED / relative
    if not path.exists():
        pytest.skip(f"the real material {relative} is not beside this checkout")
    return path


def pytest_configure(config: pytest.Config) -> None:
    # Where a test does not choose a size, the full landmarker runs: heavy takes twice as long and tells these tests nothing.
    os.environ.setdefault("PERSCOACH_LANDMARKER", "full")
    spread.prepare()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    spread.arrange(items)


@pytest.fixture(scope="session")
def gym_clip() -> Path:
    """A real clip: 720x1280, 254 frames, a busy gym, sound."""
    return _shared("clips/gym_squat.mp4")


@pytest.fixture(scope="session")
def studio_clip() -> Path:
    """A real clip: 324x422, white background."""
    return _shared("clips/studio_squat.mp4")


@pytest.fixture(scope="session")
def sam3d_folder() -> Path:
    """Four real SAM 3D Body outputs."""
    return _shared("sam3d")


@pytest.fixture(scope="session")
def playwright_driver() -> Iterator[Any]:
    """Playwright, once for all rooms: a second one in the same thread would not start."""
    pytest.importorskip("playwright", reason="playwright is not installed")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        yield playwright
