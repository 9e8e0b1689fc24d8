"""Our batches against upstream's own estimator, frame by frame: the true decoder made small, random weights, a stand-in rig."""

from __future__ import annotations

import pytest

from benchmarks import sam3d_parity as parity
from benchmarks import sam3d_standin as standin

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def measured() -> dict[str, dict[str, object]]:
    reason = standin.why_not()
    if reason:
        pytest.skip(reason)
    return parity.measure("light", 3, ("body", "full"), small=True)


@pytest.mark.parametrize("mode", ["body", "full"])
def test_batches_equal_upstream_frame_by_frame(measured: dict[str, dict[str, float]], mode: str) -> None:
    result = measured[mode]
    assert result["metres"] <= parity.METRES
    assert result["pixels"] <= parity.PIXELS
    assert result["parameters"] <= 1e-4
    assert result["spread"] > 0.01  # frames are told apart


def test_hands_were_merged(measured: dict[str, dict[str, list[int]]]) -> None:
    assert sum(measured["full"]["merged_hands"]) >= 1
