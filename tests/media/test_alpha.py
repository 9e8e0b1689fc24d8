"""The store gives back every byte, goes on after a stop and notices damage."""

from __future__ import annotations

import tracemalloc
from pathlib import Path

import numpy as np
import pytest

from perscoach.media.alpha import CHUNK, AlphaStore, ChunkWriter, pack, unpack


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


def shapes(kind: str, height: int = 60, width: int = 80) -> np.ndarray:
    """A matte as they come: empty, full, one pixel in a corner, a soft blob, a frame that touches every side."""
    alpha = np.zeros((height, width), np.uint8)
    if kind == "full":
        alpha[:] = 255
    elif kind == "corner":
        alpha[-1, -1] = 1
    elif kind == "blob":
        y, x = np.mgrid[:height, :width]
        alpha = np.clip(400 - 20 * np.hypot(y - 30, x - 20), 0, 255).astype(np.uint8)
    elif kind == "sides":
        alpha[0] = alpha[-1] = 7
        alpha[:, 0] = alpha[:, -1] = 200
    return alpha


@pytest.mark.parametrize("kind", ["empty", "full", "corner", "blob", "sides"])
def test_packing_is_exact_for_every_shape_and_gives_a_copy(kind: str) -> None:
    alpha = shapes(kind)
    packed = pack(alpha)
    first = unpack(packed, alpha.shape)
    np.testing.assert_array_equal(first, alpha)
    first[:] = 99  # the caller's own: nothing that is written into it comes back
    np.testing.assert_array_equal(unpack(packed, alpha.shape), alpha)
    assert len(packed.data) < alpha.size / 2


def test_frames_are_read_in_any_order_and_a_view_is_stored_like_a_copy(tmp_path: Path) -> None:
    wide = [shapes(kind, 60, 160) for kind in ("blob", "sides", "empty", "full", "corner")]
    store = AlphaStore(tmp_path, 5, 80, 60, chunk=2)
    writer = ChunkWriter(store, 0, 5)
    for index, alpha in enumerate(wide):
        writer.add(index, alpha[:, ::2])
    assert store.ready
    for index in (4, 0, 3, 1, 2, 4):
        np.testing.assert_array_equal(store.alpha(index), wide[index][:, ::2])


def test_every_flipped_byte_is_noticed(tmp_path: Path) -> None:
    """Also in the header: a wrong count or size never reaches the reader."""
    frames = [shapes("blob"), shapes("sides")]
    store = AlphaStore(tmp_path, 2, 80, 60)
    store.write(0, frames)
    whole = store.path(0).read_bytes()
    for at in [*range(80), *range(80, len(whole), 97)]:
        store.path(0).write_bytes(whole[:at] + bytes([whole[at] ^ 0x41]) + whole[at + 1 :])
        assert AlphaStore(tmp_path, 2, 80, 60).alpha(0) is None, f"byte {at}"
        store.path(0).write_bytes(whole)
    np.testing.assert_array_equal(AlphaStore(tmp_path, 2, 80, 60).alpha(1), frames[1])


def test_a_chunk_is_held_packed(tmp_path: Path) -> None:
    """Sixty frames of a tall clip would be 55 MB."""
    store = AlphaStore(tmp_path, CHUNK, 720, 1280)
    blob = np.zeros((1280, 720), np.uint8)
    blob[300:1000, 200:500] = 255
    tracemalloc.start()
    try:
        writer = ChunkWriter(store, 0, CHUNK)
        for index in range(CHUNK):
            writer.add(index, blob)
        for index in range(CHUNK):
            assert store.alpha(index) is not None
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 8 * blob.size
