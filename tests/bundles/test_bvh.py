"""Reading a stranger's BVH."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from perscoach.bundles import bvh
from perscoach.bundles.bvh import read_bvh
from perscoach.core.errors import BundleError

ARM = """HIERARCHY
ROOT upper
{
  OFFSET 0 10 0
  CHANNELS 6 Xposition Yposition Zposition Zrotation Xrotation Yrotation
  JOINT lower
  {
    OFFSET 0 100 0
    CHANNELS 3 Zrotation Xrotation Yrotation
    JOINT hand
    {
      OFFSET 50 0 0
      CHANNELS 3 Zrotation Xrotation Yrotation
      End Site
      {
        OFFSET 0 10 0
      }
    }
  }
}
MOTION
Frames: 2
Frame Time: 0.0333333
1 2 3 0 0 0 0 0 0 0 0 0
1 2 3 90 0 0 0 90 0 1 2 3
"""


def write(folder: Path, text: str) -> Path:
    path = folder / "arm.bvh"
    path.write_text(text)
    return path


def test_joints_stand_where_offsets_and_channels_put_them(tmp_path: Path) -> None:
    body = read_bvh(write(tmp_path, ARM))
    assert body.joints == ("upper", "lower", "hand") and body.parents == (-1, 0, 1) and len(body) == 2
    places = body.places()
    np.testing.assert_allclose(places[0], [[1, 12, 3], [1, 112, 3], [51, 112, 3]], atol=1e-9)
    # turned a quarter about z: up becomes left; the forearm, turned about its own x, points on along x, which is up now
    np.testing.assert_allclose(places[1], [[1, 12, 3], [-99, 12, 3], [-99, 62, 3]], atol=1e-9)


def test_channels_are_applied_in_their_order(tmp_path: Path) -> None:
    head, _, _ = ARM.partition("MOTION")
    one = head.replace(
        "OFFSET 0 100 0\n    CHANNELS 3 Zrotation Xrotation Yrotation", "OFFSET 0 100 0\n    CHANNELS 3 @@"
    )
    tail = "MOTION\nFrames: 1\nFrame Time: 0.04\n0 0 0 0 0 0 90 90 0 0 0 0\n"
    found = [
        read_bvh(write(tmp_path, one.replace("@@", order) + tail)).places()[0, 2] - [0, 110, 0]
        for order in ("Zrotation Xrotation Yrotation", "Xrotation Zrotation Yrotation")
    ]
    np.testing.assert_allclose(found, [[0, 50, 0], [0, 0, 50]], atol=1e-9)


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("HIERARCHY", "HIERARCHIE", "no BVH"),
        ("MOTION", "MOTIO", "no BVH"),
        ("Frames: 2", "Frames: 3", "expected 3 frames, got 2"),
        ("Frames: 2", "Frames: 99999999999", "Frames"),
        ("Frames: 2", "Frames: -2", "Frames"),
        ("Frame Time: 0.0333333", "Frame Time: nan", "no number"),
        ("Frame Time: 0.0333333", "Frame Time: 0", "Frame Time"),
        ("1 2 3 90", "1 2 3 nan", "not finite"),
        ("1 2 3 90", "1 2 3 1e99", "not finite"),
        ("1 2 3 90 0", "1 2 3 90", "12 numbers"),
        ("1 2 3 90 0", "1 2 3 90 0 0", "could not convert|12 numbers"),
        ("1 2 3 90", "1 2 3 x", "could not convert"),
        ("JOINT hand", "JOINT lower", "stands twice"),
        ("JOINT hand", "ROOT hand", "one ROOT"),
        ("CHANNELS 6 Xposition", "CHANNELS 6 Yposition", "CHANNELS"),
        ("CHANNELS 6 Xposition", "CHANNELS 6 Wposition", "CHANNELS"),
        ("CHANNELS 3 Z", "CHANNELS 4 Z", "CHANNELS"),
        ("OFFSET 0 100 0", "OFFSET 0 inf 0", "no number"),
        ("End Site", "End", "expected Site"),
        ("}\nMOTION", "MOTION", "cut off"),
        ("}\nMOTION", "}}\nMOTION", "no place"),
    ],
)
def test_what_is_wrong_is_said(old: str, new: str, words: str, tmp_path: Path) -> None:
    assert old in ARM
    with pytest.raises(BundleError, match=words) as error:
        read_bvh(write(tmp_path, ARM.replace(old, new)))
    assert error.value.en.startswith("arm.bvh: ")


def test_a_deep_or_endless_hierarchy_has_an_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    deep = "".join(f"JOINT j{i} {{ OFFSET 0 1 0 CHANNELS 0 " for i in range(5000))
    text = (
        "HIERARCHY ROOT r { OFFSET 0 0 0 CHANNELS 0 " + deep + "} " * 5001 + "\nMOTION\nFrames: 1\nFrame Time: 0.1\n\n"
    )
    with pytest.raises(BundleError, match="at most 2000 joints"):
        read_bvh(write(tmp_path, text))
    monkeypatch.setattr(bvh, "_MAX_NUMBERS", 10)
    with pytest.raises(BundleError, match="at most 10 numbers"):
        read_bvh(write(tmp_path, ARM))


@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_broken_bytes_only_ever_give_a_sentence(data: st.DataObject, tmp_path: Path) -> None:
    broken = bytearray(ARM.encode())
    for _ in range(data.draw(st.integers(1, 6))):
        broken[data.draw(st.integers(0, len(broken) - 1))] = data.draw(st.integers(0, 255))
    path = tmp_path / "arm.bvh"
    path.write_bytes(bytes(broken))
    try:
        assert read_bvh(path).places().shape[2] == 3
    except BundleError as error:
        assert error.en and error.ru
