"""Checks of settings: every value that is no fit ends in a sentence."""

from __future__ import annotations

import json
import math

import pytest

from perscoach.core.checks import check_number, settings_from
from perscoach.core.errors import SettingsError
from perscoach.grade.params import Grade
from perscoach.pose.base import PoseSettings

HUGE = int("9" * 400)


@pytest.mark.parametrize(
    "value",
    [HUGE, -HUGE, 10**5000, math.nan, math.inf, -math.inf, "1", None, True, [], 1e301],
    ids=lambda v: type(v).__name__,
)
def test_what_is_no_number_is_a_sentence(value: object) -> None:
    with pytest.raises(SettingsError) as refused:
        check_number("contrast", value, 0.5, 2)
    assert refused.value.message.id == "checks.number" and len(refused.value.en) < 200


@pytest.mark.parametrize("number", ["1e999", "NaN", "-Infinity", "9" * 400, "-1", '""', "[1]", "{}", "null"])
@pytest.mark.parametrize("key", ["skip", "smoothing", "lens_mm", "trainer", "hands"])
def test_every_field_of_a_json_object_refuses_nonsense(number: str, key: str) -> None:
    value = json.loads(f'{{"{key}": {number}}}')
    if key == "trainer" and value[key] is None:
        return  # no point is given
    with pytest.raises(SettingsError):
        settings_from(PoseSettings, value, "pose")


@pytest.mark.parametrize("value", [[], "x", 3, None])
def test_what_is_no_object_is_a_sentence(value: object) -> None:
    with pytest.raises(SettingsError) as refused:
        settings_from(Grade, value, "grade")
    assert refused.value.message.id == "checks.object"
