"""What rests on the floor, and where that is, from bodies whose place is known."""

from __future__ import annotations

import numpy as np
import pytest

from perscoach.motion import CONTACTS
from perscoach.pose.floor import Floor, find_floor, resting
from perscoach.pose.views import body_of
from perscoach.skeleton import MEDIAPIPE33

BODY = body_of(MEDIAPIPE33)
NAMES = [MEDIAPIPE33.joints[i] for i in BODY.joints]
FPS, FOCAL = 30.0, 1000.0

#: x (right), height over the floor, z of the left side's joints; the right side mirrors x.
STANDING = {
    "shoulder": (0.18, 1.4, 0), "elbow": (0.2, 1.12, 0), "wrist": (0.2, 0.86, 0), "hip": (0.1, 0.9, 0),
    "knee": (0.1, 0.5, 0), "ankle": (0.1, 0.08, 0), "heel": (0.1, 0.0, 0.05), "foot_index": (0.1, 0.0, -0.18),
}  # fmt: skip
PLANK = {  # the head points to the right: along x; z is the body's width
    "shoulder": (1.3, 0.5, 0.18), "elbow": (1.3, 0.25, 0.2), "wrist": (1.3, 0.03, 0.2), "hip": (0.75, 0.35, 0.1),
    "knee": (0.38, 0.22, 0.1), "ankle": (0.02, 0.12, 0.1), "heel": (-0.06, 0.14, 0.1), "foot_index": (0.0, 0.0, 0.1),
}  # fmt: skip
KNEELING = {
    **STANDING,
    "shoulder": (0.18, 1.0, 0),
    "elbow": (0.2, 0.72, 0),
    "wrist": (0.2, 0.46, 0),
    "hip": (0.1, 0.5, 0),
}
KNEELING |= {
    "knee": (0.1, 0.05, 0),
    "ankle": (0.1, 0.08, 0.4),
    "heel": (0.1, 0.12, 0.46),
    "foot_index": (0.1, 0.0, 0.55),
}


def place(pose: dict[str, tuple[float, float, float]], frames: int = 60, tilt: float = 0.0) -> np.ndarray:
    """(F, N, 3) camera space: the floor 1.2 m below a camera that is 3.5 m away and pitched down by ``tilt``."""
    x = np.zeros((len(NAMES), 3))
    for i, name in enumerate(NAMES):
        a, height, c = pose[name.partition("_")[2]]
        sign = 1 if name.startswith("left") else -1
        x[i] = (a, 1.2 - height, 3.5 + sign * c) if pose is PLANK else (sign * a, 1.2 - height, 3.5 + c)
    c, s = np.cos(tilt), np.sin(tilt)
    turned = x @ np.array([[1, 0, 0], [0, c, s], [0, -s, c]])
    rng = np.random.default_rng(0)
    return np.repeat(turned[None], frames, 0) + rng.normal(0, 0.003, (frames, *x.shape))


def found(x: np.ndarray, sure: np.ndarray | None = None) -> Floor | None:
    points = x[..., :2] / x[..., 2:] * FOCAL
    sure = np.ones(x.shape[:2], bool) if sure is None else sure
    return find_floor(x, points, sure, BODY.rests, BODY.torso, FPS, FOCAL)


def touching(floor: Floor | None) -> set[str]:
    assert floor is not None
    return {name for name, share in zip(CONTACTS, floor.rest.mean(axis=0), strict=True) if share > 0.8}


def both(*parts: str) -> set[str]:
    return {f"{side}_{part}" for part in parts for side in ("left", "right")}


@pytest.mark.parametrize(
    ("pose", "parts"),
    [(STANDING, ("heel", "toe")), (PLANK, ("hand", "toe")), (KNEELING, ("knee", "toe"))],
    ids=["standing", "plank", "kneeling"],
)
def test_every_posture_rests_on_its_own_parts(pose: dict[str, tuple[float, float, float]], parts: tuple[str]) -> None:
    x = place(pose)
    floor = found(x)
    assert touching(floor) == both(*parts)
    assert floor is not None and floor.level
    tilt = np.degrees(np.arccos(np.clip(-floor.up[1], -1, 1)))
    assert tilt < 6 and abs(floor.height + 1.2) < 0.08


def test_a_standing_body_shows_where_up_is_whatever_the_camera() -> None:
    floor = found(place(STANDING, tilt=0.35))
    assert floor is not None and floor.stands
    up = np.array([0, -np.cos(0.35), -np.sin(0.35)])
    assert np.degrees(np.arccos(floor.up @ up)) < 6
    assert touching(floor) == both("heel", "toe")


def test_who_hangs_from_a_bar_rests_on_nothing() -> None:
    """The hands stay in one place; the rest of the body swings."""
    x = place(STANDING)
    swing = 0.4 * np.sin(np.arange(60) / 30 * 2 * np.pi * 1.2)
    for i, name in enumerate(NAMES):
        part = name.partition("_")[2]
        if part == "wrist":
            x[:, i, 1] = 1.2 - 2.0
        elif part != "elbow":
            x[:, i, 0] += swing
    floor = found(x)
    assert floor is None or not floor.rest.any()


def test_a_heel_that_is_lifted_slowly_leaves_the_floor() -> None:
    """6 cm in a second and back: slower than any step, and just what a coach wants to see."""
    x = place(STANDING, 90)
    lift = 0.06 * np.clip(np.sin((np.arange(90) - 30) / 30 * np.pi), 0, 1)
    lift[:30] = lift[60:] = 0
    x[:, NAMES.index("left_heel"), 1] -= lift
    floor = found(x)
    assert floor is not None
    heel, toe = CONTACTS.index("left_heel"), CONTACTS.index("left_toe")
    assert not floor.rest[40:50, heel].any() and floor.rest[:25, heel].all()
    assert floor.rest[:, toe].all()


def test_a_step_is_no_rest() -> None:
    x = place(STANDING)
    for name in ("left_ankle", "left_heel", "left_foot_index"):
        x[20:40, NAMES.index(name), 0] += np.linspace(0, 0.6, 20)
        x[40:, NAMES.index(name), 0] += 0.6
    rest = resting(x[:, BODY.rests, :2] / x[:, BODY.rests, 2:] * FOCAL, x[:, BODY.rests, 2] / FOCAL, FPS)
    heel = CONTACTS.index("left_heel")
    assert not rest[23:37, heel].any() and rest[:15, heel].all() and rest[45:, heel].all()


def test_nothing_guessed_rests() -> None:
    sure = np.ones((60, len(NAMES)), bool)
    sure[:, [i for i, n in enumerate(NAMES) if "heel" in n or "foot" in n or "knee" in n]] = False
    floor = found(place(STANDING), sure)
    assert floor is None or not floor.rest[:, :6].any()


@pytest.mark.parametrize("off", [-0.2, -0.12, 0.12, 0.18])
def test_a_standing_body_s_far_foot_is_on_the_floor_however_one_camera_places_it(off: float) -> None:
    """In profile the far foot's depth, and with it its height, is off by up to 20 cm; it rests for all that."""
    x = place(STANDING)
    far = [i for i, name in enumerate(NAMES) if name in ("right_heel", "right_foot_index", "right_ankle")]
    x[:, far, 1] -= off
    floor = found(x)
    assert touching(floor) == both("heel", "toe")


@pytest.mark.parametrize("up", [0.3, 0.45])
def test_a_foot_that_is_held_up_or_stands_on_a_box_does_not_rest_on_the_floor(up: float) -> None:
    x = place(STANDING)
    x[:, [i for i, name in enumerate(NAMES) if name in ("right_heel", "right_foot_index", "right_ankle")], 1] -= up
    assert touching(found(x)) == {"left_heel", "left_toe"}
