"""The device setting: its form, and whether the device exists."""

from __future__ import annotations

import pytest

from perscoach.core import device
from perscoach.core.errors import EngineError, SettingsError
from perscoach.matting.base import MattingSettings
from perscoach.pose.base import PoseSettings


@pytest.mark.parametrize(
    "value", ["gpu", "cuda:", "cuda:x", "cuda:-1", "cuda:٣", "CUDA", "", "cpu ", "cuda:9999", 0, None]
)
@pytest.mark.parametrize("settings", [PoseSettings, MattingSettings])
def test_another_word_is_refused_wherever_a_device_is_set(value: object, settings: type) -> None:
    with pytest.raises(SettingsError) as refused:
        settings(device=value)
    assert refused.value.message.id == "checks.device"


@pytest.mark.parametrize(
    ("word", "gpus", "found"),
    [("cpu", 2, "cpu"), ("auto", 0, "cpu"), ("auto", 2, "cuda:0"), ("cuda", 1, "cuda:0"), ("cuda:1", 2, "cuda:1")],
)
def test_a_device_that_is_there(word: str, gpus: int, found: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(device, "gpu_count", lambda: gpus)
    assert device.resolve_device(word) == found


@pytest.mark.parametrize(
    ("word", "gpus", "id"),
    [
        ("cuda", 0, "checks.no_gpu"),
        ("cuda:0", 0, "checks.no_gpu"),
        ("cuda:1", 1, "checks.no_such_gpu"),
        ("cuda:99", 2, "checks.no_such_gpu"),
    ],
)
def test_a_gpu_that_is_not_there_is_named(word: str, gpus: int, id: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(device, "gpu_count", lambda: gpus)
    with pytest.raises(EngineError) as refused:
        device.resolve_device(word)
    assert refused.value.message.id == id and word in refused.value.en and word in refused.value.ru
