"""Frames that deserve a look: a flash, a matte unlike the mask, a limb outside; and nothing for a plain movement."""

from __future__ import annotations

import numpy as np

from perscoach.matting.doubt import Look, doubts

H, W = 128, 96


def body(x: int, top: int = 20) -> np.ndarray:
    alpha = np.zeros((H, W), np.uint8)
    alpha[top:110, x : x + 24] = 255
    return alpha


def points(x: int) -> np.ndarray:
    marks = np.zeros((33, 5), np.float32)
    marks[:, 0], marks[:, 1], marks[:, 3] = (x + 12) / W, np.linspace(25, 105, 33) / H, 0.9
    return marks


def found(looks: list[Look]) -> list[str]:
    return [reason if share >= 1 else "" for share, reason in doubts(looks)]


def test_a_movement_is_no_doubt() -> None:
    assert found([Look(body(10 + 3 * i), body(10 + 3 * i), points(10 + 3 * i)) for i in range(15)]) == [""] * 15


def test_a_part_that_vanishes_for_one_frame_is() -> None:
    looks = [Look(body(30)) for _ in range(7)]
    looks[3] = Look(body(30, top=32))
    assert found(looks) == ["", "", "", "flicker", "", "", ""]
    looks[3] = Look(body(30, top=32), cut=True)
    assert found(looks)[3] == "", "a cut is no flicker"


def test_a_matte_unlike_its_mask_is() -> None:
    assert found([Look(body(30), body(30)), Look(body(30), body(36)), Look(body(30), None)]) == ["", "disagree", ""]


def test_landmarks_outside_are_and_unseen_ones_are_not() -> None:
    off = points(30)
    off[:9, 0] = 0.95
    hidden = off.copy()
    hidden[:9, 3] = 0.2
    missing = np.full((33, 5), np.nan, np.float32)
    assert found([Look(body(30), None, marks) for marks in (points(30), off, hidden, missing)]) == [
        "",
        "outside",
        "",
        "",
    ]


def test_nobody_is_no_doubt_and_one_frame_is_a_clip() -> None:
    nothing = np.zeros((H, W), np.uint8)
    assert found([Look(nothing, nothing)] * 3) == ["", "", ""]
    assert len(list(doubts([Look(body(30))]))) == 1 and list(doubts([])) == []
