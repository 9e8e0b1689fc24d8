"""The store gives back every byte, goes on after a stop and notices damage."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from perscoach.media.alpha import CHUNK, AlphaStore, chunk_length


def noise(count: int, height: int = 33, width: int = 47) -> list[np.ndarray]:
    random = np.random.default_rng(0)
    frames = [random.integers(0, 256, (height, width), dtype=np.uint8) for _ in range(count)]
    frames[0][:] = 0
    frames[-1][:] = 255
    return frames


def test_round_trip_is_exact_and_resumable(tmp_path: Path) -> None:
    frames = noise(25)
    store = AlphaStore(tmp_path / "s", 25, 47, 33, chunk=10)
    assert (store.done, store.ready, store.alpha(3)) == (0, False, None)
    store.write(0, frames[:10])
    store.write(2, frames[20:])
    assert (store.done, store.ready) == (15, False)
    again = AlphaStore(tmp_path / "s", 25, 47, 33, chunk=10)
    assert again.done == 15 and again.alpha(12) is None
    again.write(1, frames[10:20])
    assert again.ready
    for got, frame in zip(again.read(0, 25), frames, strict=True):
        np.testing.assert_array_equal(got, frame)
    with pytest.raises(IndexError):
        again.alpha(25)
    assert not list((tmp_path / "s").glob(".*")), "no half-written file stays"


@pytest.mark.parametrize("damage", ["flip", "cut", "empty", "text", "swap"])
def test_a_damaged_chunk_counts_as_missing(tmp_path: Path, damage: str) -> None:
    frames = noise(20)
    store = AlphaStore(tmp_path, 20, 47, 33, chunk=10)
    store.write(0, frames[:10])
    store.write(1, frames[10:])
    data = bytearray(store.path(0).read_bytes())
    if damage == "flip":
        data[len(data) // 2] ^= 0x55
    elif damage == "cut":
        del data[len(data) // 2 :]
    elif damage == "empty":
        data.clear()
    elif damage == "text":
        data[:] = b"#EXTM3U\nfile:///etc/passwd\n"
    store.path(0).write_bytes(data)
    if damage == "swap":  # a chunk of another size under this name
        other = AlphaStore(tmp_path / "o", 10, 20, 20, chunk=10)
        other.write(0, noise(10, 20, 20))
        store.path(0).write_bytes(other.path(0).read_bytes())
    fresh = AlphaStore(tmp_path, 20, 47, 33, chunk=10)
    assert fresh.alpha(4) is None
    assert fresh.done == 10 and not fresh.has(0)
    np.testing.assert_array_equal(fresh.alpha(14), frames[14])
    fresh.write(0, frames[:10])
    np.testing.assert_array_equal(fresh.alpha(4), frames[4])


def test_wrong_shapes_are_refused(tmp_path: Path) -> None:
    store = AlphaStore(tmp_path, 20, 47, 33, chunk=10)
    with pytest.raises(ValueError, match="10 frames"):
        store.write(0, noise(9))
    with pytest.raises(ValueError, match="alpha"):
        store.write(0, noise(10, 47, 33))


def test_large_pictures_get_short_chunks() -> None:
    assert chunk_length(602, 722) == chunk_length(324, 422) == CHUNK == 60
    assert chunk_length(720, 1280) == 54
    assert chunk_length(1080, 1920) * 1080 * 1920 <= 48 * 2**20
    assert chunk_length(3840, 2160) == 8


def test_a_store_keeps_the_length_it_was_begun_with(tmp_path: Path) -> None:
    frames = noise(25)
    store = AlphaStore(tmp_path / "s", 25, 47, 33, chunk=10)
    store.write(1, frames[10:20])
    again = AlphaStore(tmp_path / "s", 25, 47, 33)
    assert (again.chunk, again.chunks, again.done) == (10, 3, 10)
    np.testing.assert_array_equal(again.alpha(12), frames[12])


def test_a_store_from_before_the_length_was_written_is_read(tmp_path: Path) -> None:
    frames = noise(70)
    store = AlphaStore(tmp_path, 70, 47, 33, chunk=CHUNK)
    store.write(0, frames[:60])
    (tmp_path / "store.json").unlink()
    again = AlphaStore(tmp_path, 70, 47, 33, chunk=10)
    assert again.done == 60
    np.testing.assert_array_equal(again.alpha(59), frames[59])
