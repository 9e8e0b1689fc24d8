"""Where a clip is cut."""

from __future__ import annotations

import pytest

from perscoach.media import segments
from perscoach.media.encoders import KEY_EVERY
from tests.media.exports import Source


@pytest.mark.parametrize("frames", [1, 2, 90, 240, 241, 254, 480, 1000, 5793, 18000])
def test_pieces_cover_the_clip_and_cost_under_two_percent(frames: int) -> None:
    pieces = segments.cut(frames)
    assert [i for a, b in pieces for i in range(a, b)] == list(range(frames))
    assert all(b - a <= KEY_EVERY for a, b in pieces), "no piece needs a key frame inside"
    extra = len(pieces) - -(-frames // KEY_EVERY)
    assert extra * segments.KEY_COST <= 0.02 * frames


def test_two_cores_are_busy_from_nine_seconds_on() -> None:
    assert segments.cut(254) == ((0, 127), (127, 254))


def test_in_order_one_encoder_has_all_cores() -> None:
    division = segments.make_plan(Source(1000, ready=False), 8)
    assert (division.workers, division.threads) == (1, 8)
    division = segments.make_plan(Source(1000, ready=True), 8)
    assert (division.workers, division.threads) == (6, 1)


@pytest.mark.parametrize("frames", [90, 700, 5793])
def test_the_pieces_depend_on_the_frames_alone(frames: int) -> None:
    """Not on the machine's cores, nor on the way in which frames are read: otherwise the files would."""
    plans = [segments.make_plan(Source(frames, ready=ready), n) for ready in (True, False) for n in (1, 2, 5, 64)]
    assert len({plan.segments for plan in plans}) == 1
