"""Clips with random bytes changed and cut off anywhere: a clip or one sentence, and nothing left behind."""

from __future__ import annotations

import time

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from perscoach.core.errors import ClipError
from perscoach.core.progress import Quiet
from perscoach.media import IngestSettings
from perscoach.media.ingest import ingest
from tests.media.clips import H264, limits, numbered, write_numbered


@pytest.fixture(scope="module")
def small_files(tmp_path_factory: pytest.TempPathFactory) -> list[bytes]:
    folder = tmp_path_factory.mktemp("fuzz")
    tone = ("-f", "lavfi", "-i", "sine=d=0.3")
    both = (*H264, "-map", "0:v", "-map", "1:a", "-c:a", "aac", "-g", "4", "-movflags", "+faststart")
    files = [
        write_numbered(folder / f"in.{ending}", 9, both, frame=lambda i: numbered(i, 80, 48), extra_inputs=tone)
        for ending in ("mp4", "mkv", "avi")
    ]
    return [file.read_bytes() for file in files]


FUZZ_SECONDS = 20.0


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture], derandomize=True)
@given(
    which=st.integers(0, 2),
    changes=st.lists(st.tuples(st.floats(0, 1), st.integers(0, 255)), max_size=12),
    head=st.booleans(),
    keep=st.floats(0.05, 1),
)
def test_fuzzed_files_are_a_clip_or_a_sentence(
    small_files: list[bytes],
    tmp_path_factory: pytest.TempPathFactory,
    which: int,
    changes: list[tuple[float, int]],
    head: bool,
    keep: float,
) -> None:
    data = bytearray(small_files[which])
    reach = min(1500, len(data)) if head else len(data)
    for place, value in changes:
        data[min(int(place * reach), len(data) - 1)] = value
    folder = tmp_path_factory.mktemp("f")
    source = folder / "in.mp4"
    source.write_bytes(data[: max(1, int(len(data) * keep))])
    began = time.monotonic()
    try:
        clip = ingest(source, folder / "o.mp4", IngestSettings(), limits(max_minutes=0.2), Quiet())
        assert sum(1 for _ in clip.read()) == clip.frames
    except ClipError as error:
        assert error.en != error.ru
        assert {p.name for p in folder.iterdir()} == {"in.mp4"}
    assert time.monotonic() - began < FUZZ_SECONDS
