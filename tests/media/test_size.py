"""The size shown beside a preset."""

from __future__ import annotations

import pytest

from perscoach.media.encoders import estimate_size
from perscoach.media.types import FRAMES, MOV, WEBM, ExportSettings


def test_only_what_is_asked_for_counts() -> None:
    sizes = estimate_size(ExportSettings(mov=False), 602, 722, 300)
    assert set(sizes) == {WEBM, "total"} and sizes["total"] == sizes[WEBM]
    assert set(estimate_size(ExportSettings(frames=True), 602, 722, 300)) == {WEBM, MOV, FRAMES, "total"}


@pytest.mark.parametrize("quality", ["draft", "standard", "archive"])
def test_it_grows_with_the_picture_and_the_length(quality: str) -> None:
    settings = ExportSettings(quality=quality, frames=True)
    one = estimate_size(settings, 600, 800, 100)["total"]
    assert estimate_size(settings, 600, 800, 200)["total"] == pytest.approx(2 * one)
    assert estimate_size(settings, 1200, 800, 100)["total"] == pytest.approx(2 * one)


def test_sound_counts_when_it_is_kept() -> None:
    with_sound = estimate_size(ExportSettings(mov=False), 64, 64, 1, sound_seconds=100)["total"]
    assert with_sound == pytest.approx(1.2, rel=0.01)
    assert estimate_size(ExportSettings(mov=False, audio=False), 64, 64, 1, sound_seconds=100)["total"] < 0.001
