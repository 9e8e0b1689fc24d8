"""Settings that the environment gives: presets, and what closes a door."""

from __future__ import annotations

import pytest

from perscoach.core.errors import SettingsError
from perscoach.core.settings import PRESETS, load_settings
from perscoach.ui.guard.uploads import UploadLimits


@pytest.fixture(autouse=True)
def bare(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in {name for preset in PRESETS.values() for name in preset}:
        monkeypatch.delenv(f"PERSCOACH_{name}", raising=False)


def test_a_preset_changes_defaults_and_nothing_that_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    plain = load_settings()
    monkeypatch.setenv("PERSCOACH_PRESET", "demo")
    monkeypatch.setenv("PERSCOACH_MAX_JOBS_EACH", "3")
    demo = load_settings()
    assert demo.max_minutes == 1 < plain.max_minutes and demo.max_bytes == 150 << 20 and demo.when_full == "oldest"
    assert demo.max_each == 3 and demo.keep_bytes_each == 1 << 30
    assert UploadLimits.of(demo.max_bytes, demo.hourly_bytes).per_interval == 600 << 20 < plain.hourly_bytes


def test_every_value_of_every_preset_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    """A misspelt name would silently leave a public demo without its limit."""
    before = load_settings()
    for values in PRESETS.values():
        for name, value in values.items():
            monkeypatch.setenv(f"PERSCOACH_{name}", value)
            assert load_settings() != before, name
            monkeypatch.delenv(f"PERSCOACH_{name}")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PRESET", "demos"),
        ("API_TOKEN", "short"),
        ("API_TOKEN", "sixteen and more, with spaces"),
        ("QUEUE", "nowhere"),
        ("LOG", "xml"),
        ("DRAIN_SECONDS", "-1"),
        ("RAY", "somewhere"),
        ("HOURLY_MB", "nan"),
    ],
)
def test_a_value_that_cannot_be_used_is_named(name: str, value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(f"PERSCOACH_{name}", value)
    with pytest.raises(SettingsError, match=f"PERSCOACH_{name}") as refusal:
        load_settings()
    assert name != "API_TOKEN" or value not in str(refusal.value), "a token stays out of the log"
