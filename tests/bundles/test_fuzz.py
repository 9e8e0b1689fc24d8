"""Whatever a file holds, a reader gives its type or a ``BundleError``."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from perscoach.bundles.check import check_bundle
from perscoach.bundles.manifest import read_manifest
from perscoach.bundles.poses import read_json, read_npz, read_vertices, write_json, write_npz
from perscoach.core.errors import BundleError
from perscoach.motion import Motion

from .factories import Blob, describe, motion

_ROOT = Path(tempfile.mkdtemp(prefix="perscoach-fuzz-"))
_MOTION = motion(2, misses=(1,))
write_json(_ROOT / "good.json", _MOTION)
write_npz(_ROOT / "good.npz", _MOTION, Blob(_MOTION))
describe(_ROOT, _MOTION, 2, _MOTION.fps)
_JSON = json.loads((_ROOT / "good.json").read_text())
_NPZ = (_ROOT / "good.npz").read_bytes()
_MANIFEST = json.loads((_ROOT / "bundle.json").read_text())


def teardown_module() -> None:
    import shutil

    shutil.rmtree(_ROOT)


_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**70), 2**70) | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)
_quick = settings(max_examples=120, deadline=None, suppress_health_check=list(HealthCheck))


def _damage(value: Any, path: list[int], new: Any) -> Any:
    """A copy in which the place that ``path`` leads to is another value."""
    if not path or not isinstance(value, (dict, list)) or not value:
        return new
    keys = list(value) if isinstance(value, dict) else list(range(len(value)))
    key = keys[path[0] % len(keys)]
    copy: Any = dict(value) if isinstance(value, dict) else list(value)
    copy[key] = _damage(value[key], path[1:], new)
    return copy


_paths = st.lists(st.integers(0, 200), min_size=1, max_size=5)


@_quick
@given(_paths, _VALUES)
def test_poses_json(path: list[int], new: Any) -> None:
    (_ROOT / "a.json").write_text(json.dumps(_damage(_JSON, path, new)))
    try:
        assert isinstance(read_json(_ROOT / "a.json"), Motion)
    except BundleError as error:
        assert error.en and error.ru


@_quick
@given(st.integers(0, len(_NPZ) - 1), st.binary(min_size=1, max_size=8), st.integers(0, len(_NPZ)))
def test_poses_npz(at: int, new: bytes, cut: int) -> None:
    data = _NPZ[:at] + new + _NPZ[at + len(new) :]
    (_ROOT / "a.npz").write_bytes(data if cut % 4 else data[:cut])
    try:
        assert isinstance(read_npz(_ROOT / "a.npz", vertices=True), Motion)
        assert sum(len(b) for b in read_vertices(_ROOT / "a.npz")) in (0, 2)
    except BundleError as error:
        assert error.en and error.ru


@_quick
@given(st.binary(max_size=200))
def test_any_bytes(data: bytes) -> None:
    for name, reader in (("b.json", read_json), ("b.npz", read_npz), ("bundle2.json", read_manifest)):
        (_ROOT / name).write_bytes(data)
        try:
            reader(_ROOT / name)
        except BundleError:
            continue
        raise AssertionError("random bytes are no bundle")


@_quick
@given(_paths, _VALUES)
def test_manifest(path: list[int], new: Any) -> None:
    (_ROOT / "c.json").write_text(json.dumps(_damage(_MANIFEST, path, new)))
    try:
        assert isinstance(read_manifest(_ROOT / "c.json"), dict)
    except BundleError as error:
        assert error.en and error.ru


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.sampled_from(["bundle.json", "grade.json", "poses/trainer_poses.json"]), _paths, _VALUES)
def test_a_check_gives_findings_whatever_a_file_holds(name: str, path: list[int], new: Any) -> None:
    """Without videos, which the tests of ``media`` hold; numbers of any size, wrong types, missing parts."""
    folder = _ROOT / "bundle"
    (folder / "poses").mkdir(parents=True, exist_ok=True)
    values = {"bundle.json": _MANIFEST, "poses/trainer_poses.json": _JSON, "grade.json": {"exposure": 0.1}}
    for file, value in values.items():
        (folder / file).write_text(json.dumps(_damage(value, path, new) if file == name else value))
    (folder / "poses/trainer_poses.npz").write_bytes(_NPZ)
    (folder / "grade.cube").write_text("LUT_3D_SIZE 2\n" + "0 0 0\n" * 8)
    assert not check_bundle(folder).ok
