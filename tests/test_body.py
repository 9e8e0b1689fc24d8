"""Bones are a tree."""

import pytest

from perscoach.body import Bones


def test_bones():
    bones = Bones(("root", "leg", "foot"), (-1, 0, 1))
    assert len(bones) == 3 and bones.at("foot") == 2


@pytest.mark.parametrize(
    ("names", "parents"),
    [(("a",), (-1, 0)), (("a", "b"), (-1, 1)), (("a", "a"), (-1, 0)), (("a",), (0,)), (("a",), (-2,))],
)
def test_no_tree(names, parents):
    with pytest.raises(ValueError, match="bones"):
        Bones(names, parents)
