"""How finely moving pictures are drawn: fewer pixels where the machine is slow, all of them at rest."""

from __future__ import annotations

from typing import Any

import pytest

pytestmark = pytest.mark.browser

# Paints at these gaps in milliseconds; answers how finely each was drawn.
_RUN = """async ([source, gaps, moving]) => {
  const { Pace } = await import(URL.createObjectURL(new Blob([source], { type: "text/javascript" })));
  const pace = new Pace();
  let now = 0;
  return gaps.map((gap) => pace.tick((now += gap), moving));
}"""


@pytest.fixture(scope="module")
def fine(chromium: Any) -> Any:
    from pathlib import Path

    import perscoach.ui.colour as room

    source = (Path(room.__file__).parent / "pace.mjs").read_text(encoding="utf-8")
    page = chromium.new_page()
    yield lambda gaps, moving=True: page.evaluate(_RUN, [source, gaps, moving])
    page.close()


@pytest.mark.parametrize(
    ("gaps", "moving", "last"),
    [
        ([33] * 40, True, 1),  # quick enough
        ([120] * 5, True, pytest.approx((50 / 120) ** 0.5)),  # as much less area as it was too slow
        ([1000] * 40, True, 0.35),  # never less than that
        ([120] * 5, False, pytest.approx((50 / 120) ** 0.5)),  # a slider's drag
        ([400] * 40, False, 1),  # single moves of a slider
    ],
)
def test_as_fine_as_the_machine_can(fine: Any, gaps: list[int], moving: bool, last: float) -> None:
    assert fine(gaps, moving)[-1] == last


def test_what_stands_still_is_drawn_in_full(fine: Any) -> None:
    assert fine([120] * 9 + [400], False)[-1] == 1
    drawn = fine([120] * 9 + [400, 40], False)
    assert drawn[-1] == drawn[-3] < 1, "the next drag begins as the last one ended"
