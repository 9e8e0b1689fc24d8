"""Reading a stranger's GLB: what the specification says comes out, everything else is a sentence."""

from __future__ import annotations

import json
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from perscoach.bundles.glb import read_glb
from perscoach.core.errors import BundleError


class Arm:
    """Two bones of a metre, the second turning a quarter about z within a second, and a triangle at its end; by hand."""

    def __init__(self) -> None:
        half = float(np.sqrt(0.5))
        arrays = [
            ("VEC3", 5126, np.float32([[0, 0, 0], [0, 2, 0], [0.1, 2, 0]])),
            ("VEC4", 5121, np.uint8([[0, 0, 0, 0], [1, 0, 0, 0], [1, 0, 0, 0]])),
            ("VEC4", 5126, np.float32([[1, 0, 0, 0]] * 3)),
            ("SCALAR", 5123, np.uint16([0, 1, 2, 0])[:3]),
            ("MAT4", 5126, np.float32([np.eye(4).ravel(), np.eye(4).ravel()])),
            ("SCALAR", 5126, np.float32([0, 0.5, 1])),
            (
                "VEC4",
                5126,
                np.float32([[0, 0, 0, 1], [0, 0, np.sin(np.pi / 8), np.cos(np.pi / 8)], [0, 0, half, half]]),
            ),
        ]
        arrays[4][2][1, 13] = -1  # the second bone is bound a metre up
        self.data = b""
        views: list[dict[str, Any]] = []
        accessors: list[dict[str, Any]] = []
        for kind, component, array in arrays:
            raw = array.tobytes()
            views.append({"buffer": 0, "byteOffset": len(self.data), "byteLength": len(raw)})
            accessors.append(
                {"bufferView": len(views) - 1, "componentType": component, "count": len(array), "type": kind}
            )
            self.data += raw + b"\0" * (-len(raw) % 4)
        self.json: dict[str, Any] = {
            "asset": {"version": "2.0"},
            "buffers": [{"byteLength": len(self.data)}],
            "bufferViews": views,
            "accessors": accessors,
            "nodes": [
                {"name": "upper", "children": [1]},
                {"name": "lower", "translation": [0, 1, 0]},
                {"mesh": 0, "skin": 0},
            ],
            "skins": [{"joints": [0, 1], "inverseBindMatrices": 4}],
            "meshes": [{"primitives": [{"attributes": {"POSITION": 0, "JOINTS_0": 1, "WEIGHTS_0": 2}, "indices": 3}]}],
            "animations": [
                {
                    "channels": [{"sampler": 0, "target": {"node": 1, "path": "rotation"}}],
                    "samplers": [{"input": 5, "output": 6}],
                }
            ],
        }

    def write(self, path: Path) -> Path:
        text = json.dumps(self.json).encode()
        text += b" " * (-len(text) % 4)
        whole = (
            struct.pack("<I4s", len(text), b"JSON") + text + struct.pack("<I4s", len(self.data), b"BIN\0") + self.data
        )
        path.write_bytes(b"glTF" + struct.pack("<II", 2, 12 + len(whole)) + whole)
        return path


def test_bones_and_skin_move_as_the_specification_says(tmp_path: Path) -> None:
    body = read_glb(Arm().write(tmp_path / "arm.glb"))
    assert body.joints == ("upper", "lower") and body.times.tolist() == [0, 0.5, 1]
    at = np.array([0, 0.25, 1, 9.0])
    matrices = body.matrices(at)
    np.testing.assert_allclose(matrices[:, 1, :3, 3], [[0, 1, 0]] * 4)
    tip = body.skinned(matrices)[:, 1]
    angle = np.radians([0, 22.5, 90, 90])
    np.testing.assert_allclose(tip, np.stack([-np.sin(angle), 1 + np.cos(angle), 0 * angle], 1), atol=2e-3)
    np.testing.assert_allclose(body.skinned(matrices)[:, 0], 0, atol=1e-7)


def _set(*path: Any, to: Any) -> Callable[[Arm], None]:
    def change(arm: Arm) -> None:
        at: Any = arm.json
        for key in path[:-1]:
            at = at[key]
        at[path[-1]] = to

    return change


def _number(array: int, index: int, value: float) -> Callable[[Arm], None]:
    def change(arm: Arm) -> None:
        at = arm.json["bufferViews"][array]["byteOffset"] + 4 * index
        arm.data = arm.data[:at] + struct.pack("<f", value) + arm.data[at + 4 :]

    return change


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (_set("asset", "version", to="1.0"), "version 2.0"),
        (_set("extensionsRequired", to=["KHR_draco_mesh_compression"]), "extensions"),
        (_set("buffers", 0, "uri", to="file:///etc/passwd"), "outside the file"),
        (_set("bufferViews", 0, "byteLength", to=1 << 30), "past its data"),
        (_set("bufferViews", 0, "byteOffset", to=-4), "whole number"),
        (_set("accessors", 0, "count", to=10**9), "past its data"),
        (_set("accessors", 0, "count", to=4), "past its data"),
        (_set("accessors", 0, "sparse", to={}), "expected VEC3"),
        (_set("accessors", 0, "bufferView", to=99), "index below"),
        (_set("accessors", 0, "bufferView", to=True), "index below"),
        (_set("accessors", 0, "componentType", to=7), "KeyError"),
        (_set("nodes", 1, "children", to=[0]), "circle"),
        (_set("nodes", 2, "children", to=[1]), "two parents"),
        (_set("nodes", 1, "translation", to=[0, "1", 0]), "translation: expected 3 numbers"),
        (_set("nodes", 1, "matrix", to=[1] * 16), "matrix"),
        (_set("skins", 0, "joints", to=[0, 0]), "joints that differ"),
        (_set("skins", 0, "joints", to=[0]), "MAT4"),
        (_set("skins", to=[]), "skins: expected one"),
        (_set("meshes", 0, "primitives", 0, "mode", to=1), "triangles"),
        (_set("animations", 0, "channels", 0, "target", "path", to="weights"), "cannot be read"),
        (_set("animations", 0, "samplers", 0, "interpolation", to="CUBICSPLINE"), "cannot be read"),
        (_set("animations", 0, "samplers", 0, "output", to=0), "VEC4"),
        (_number(0, 4, float("nan")), "not finite"),
        (_number(2, 0, 0.5), "sum to 1"),
        (_number(5, 1, 0.0), "times that rise"),
        (_number(6, 0, 1.0), "unit quaternion"),
    ],
)
def test_what_is_wrong_is_said(change: Callable[[Arm], None], words: str, tmp_path: Path) -> None:
    arm = Arm()
    change(arm)
    with pytest.raises(BundleError, match=words) as error:
        read_glb(arm.write(tmp_path / "arm.glb"))
    assert error.value.en.startswith("arm.glb: ") and error.value.ru != error.value.en


def test_indices_outside_the_mesh_and_the_skin_are_refused(tmp_path: Path) -> None:
    for array, byte, words in ((3, 0, "existing vertices"), (1, 0, "joints that exist")):
        arm = Arm()
        at = arm.json["bufferViews"][array]["byteOffset"] + byte
        arm.data = arm.data[:at] + b"\x09" + arm.data[at + 1 :]
        with pytest.raises(BundleError, match=words):
            read_glb(arm.write(tmp_path / "arm.glb"))


@pytest.mark.parametrize("cut", [0, 3, 12, 19, 40, -1])
def test_a_cut_file_is_a_sentence(cut: int, tmp_path: Path) -> None:
    path = Arm().write(tmp_path / "arm.glb")
    path.write_bytes(path.read_bytes()[:cut])
    with pytest.raises(BundleError):
        read_glb(path)


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    return Arm().write(tmp_path_factory.mktemp("glb") / "arm.glb").read_bytes()


@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_broken_bytes_only_ever_give_a_sentence(data: st.DataObject, whole: bytes, tmp_path: Path) -> None:
    broken = bytearray(whole)
    for _ in range(data.draw(st.integers(1, 8))):
        broken[data.draw(st.integers(12, len(broken) - 1))] = data.draw(st.integers(0, 255))
    path = tmp_path / "arm.glb"
    path.write_bytes(bytes(broken))
    try:
        body = read_glb(path)
        moved = body.skinned(body.matrices(np.array([0.0, 0.3])))
        assert moved.shape == (2, len(body.vertices), 3)
    except BundleError as error:
        assert error.en and error.ru
