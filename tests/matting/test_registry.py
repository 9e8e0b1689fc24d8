"""Which engine runs, and why."""

from __future__ import annotations

import pytest

from perscoach.core.errors import EngineError
from perscoach.core.messages import Message
from perscoach.matting import registry
from perscoach.matting.base import ENGINE_NAMES, MattingSettings
from perscoach.matting.registry import Availability, availability, choose

YES, NO = (
    Availability(True, Message("fine.", "хорошо.")),
    Availability(False, Message("weights missing.", "весов нет.")),
)


def test_every_engine_answers_in_both_languages() -> None:
    able = availability()
    assert set(able) == set(ENGINE_NAMES) - {"auto"}
    for found in able.values():
        assert found.message.en and found.message.ru and found.message.en != found.message.ru


@pytest.mark.parametrize(
    ("modnet", "mediapipe", "expected"), [(YES, YES, "mediapipe"), (YES, NO, "modnet"), (NO, YES, "mediapipe")]
)
def test_auto_never_prefers_modnet(monkeypatch, modnet, mediapipe, expected: str) -> None:
    monkeypatch.setitem(registry._CHECKS, "modnet", lambda _: modnet)
    monkeypatch.setitem(registry._CHECKS, "mediapipe", lambda _: mediapipe)
    name, why = choose(MattingSettings())
    assert name == expected and why.en != why.ru
    if expected == "modnet":
        assert "weights missing" in why.en and "весов нет" in why.ru


def test_nothing_pretends_to_be_another(monkeypatch) -> None:
    monkeypatch.setitem(registry._CHECKS, "modnet", lambda _: NO)
    with pytest.raises(EngineError, match="weights missing") as caught:
        choose(MattingSettings(engine="modnet"))
    assert "весов нет" in caught.value.ru
    monkeypatch.setitem(registry._CHECKS, "mediapipe", lambda _: NO)
    with pytest.raises(EngineError):
        choose(MattingSettings())


def test_a_picture_plate_needs_its_picture() -> None:
    assert not availability(MattingSettings(plate="picture"))["plate"].ok
    assert availability(MattingSettings(plate="median"))["plate"].ok


def test_a_recipe_of_an_earlier_version_that_asks_for_8_bits_still_opens() -> None:
    assert MattingSettings(precision="int8") == MattingSettings(precision="auto")
