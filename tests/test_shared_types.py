"""The shared types refuse what does not fit, and say what they expected."""

from __future__ import annotations

import json
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from perscoach.core.checks import check_array, check_choice, check_number
from perscoach.core.errors import PerscoachError, SettingsError
from perscoach.core.files import atomic, key_of, sha256_of, write_json
from perscoach.core.messages import Message
from perscoach.core.settings import load_settings
from perscoach.grade import Grade
from perscoach.grade.params import NEUTRAL
from perscoach.matting.base import MattingSettings
from perscoach.media import Clip, IngestSettings
from perscoach.motion import Motion
from perscoach.pose.base import PoseSettings
from perscoach.recipe import Recipe
from perscoach.skeleton import MEDIAPIPE33, MHR70, SKELETONS


def motion(frames: int = 4, **changes: object) -> Motion:
    joints = len(MEDIAPIPE33)
    values: dict[str, object] = {
        "fps": Fraction(30),
        "width": 640,
        "height": 480,
        "skeleton": MEDIAPIPE33,
        "joints_3d": np.zeros((frames, joints, 3), np.float32),
        "keypoints_2d": np.zeros((frames, joints, 2), np.float32),
        "confidence": np.ones((frames, joints), np.float32),
        "valid": np.ones(frames, bool),
        "global_rot": np.zeros((frames, 3), np.float32),
        "root": np.zeros((frames, 3), np.float32),
        "engine": "test",
        **changes,
    }
    return Motion(**values)  # type: ignore[arg-type]


def test_a_motion_that_fits_is_accepted() -> None:
    assert len(motion(7)) == 7


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"fps": Fraction(0)}, "fps"),  # no time
        ({"fps": 30.0}, "fps"),  # a float is not exact
        ({"width": 0}, "size"),
        ({"joints_3d": np.zeros((4, 17, 3), np.float32)}, "joints_3d"),  # another skeleton
        ({"joints_3d": np.zeros((4, 33, 3))}, "float32"),  # another type
        ({"keypoints_2d": np.zeros((4, 33, 3), np.float32)}, "keypoints_2d"),
        ({"confidence": np.ones((3, 33), np.float32)}, "confidence"),  # another length
        ({"valid": np.ones(4, np.uint8)}, "valid"),
        ({"root": np.zeros((4, 2), np.float32)}, "root"),
        ({"vertices": np.zeros((4, 5, 3), np.float32)}, "faces"),  # half a mesh
        (
            {"vertices": np.zeros((4, 5, 3), np.float32), "faces": np.array([[0, 1, 5]], np.int32)},
            "indices",
        ),  # a corner that is not there
    ],
)
def test_a_motion_that_does_not_fit_is_refused(changes: dict[str, object], says: str) -> None:
    with pytest.raises((TypeError, ValueError), match=says):
        motion(**changes)


def test_an_array_of_another_shape_is_named_with_both_shapes() -> None:
    with pytest.raises(ValueError, match=r"expected shape \(F, 33, 3\), got \(4, 33, 2\)"):
        check_array("x", np.zeros((4, 33, 2)), ("F", 33, 3))
    assert check_array("x", np.zeros((4, 2, 4)), ("F", "J", "F")) == {"F": 4, "J": 2}
    with pytest.raises(ValueError):
        check_array("x", np.zeros((4, 2, 5)), ("F", "J", "F"))


@pytest.mark.parametrize("value", [float("nan"), float("inf"), "1", True, None, [1], 2.1, -0.1])
def test_numbers_are_numbers_in_range(value: object) -> None:
    with pytest.raises(SettingsError):
        check_number("x", value, 0, 2)


def test_choices_are_choices() -> None:
    assert check_choice("x", "a", ("a", "b")) == "a"
    with pytest.raises(SettingsError, match="a, b"):
        check_choice("x", "c", ("a", "b"))


@pytest.mark.parametrize("skeleton", SKELETONS.values(), ids=lambda s: s.name)
def test_skeletons_are_symmetric_and_connected(skeleton: object) -> None:
    assert skeleton in (MEDIAPIPE33, MHR70)
    s = MEDIAPIPE33 if skeleton is MEDIAPIPE33 else MHR70
    assert len(set(s.joints)) == len(s)
    assert all(0 <= a < len(s) and 0 <= b < len(s) and a != b for a, b in s.edges)
    assert all("left" in s.joints[a] and s.joints[b] == s.joints[a].replace("left", "right") for a, b in s.pairs)
    assert [s.joints[i] for i in s.hips + s.shoulders] == ["left_hip", "right_hip", "left_shoulder", "right_shoulder"]
    mirrored = dict(s.pairs) | {b: a for a, b in s.pairs}
    edges = {frozenset(e) for e in s.edges}
    assert {frozenset(mirrored.get(i, i) for i in e) for e in edges} == edges


def test_mhr70_has_the_published_order() -> None:
    assert (MHR70.index["right_wrist"], MHR70.index["left_wrist"], MHR70.index["neck"]) == (41, 62, 69)
    assert (MHR70.index["left_hip"], MHR70.index["left_big_toe"], MHR70.index["left_thumb4"]) == (9, 15, 42)
    assert len(MHR70) == 70 and len(MEDIAPIPE33) == 33


def test_a_recipe_survives_json() -> None:
    recipe = Recipe(
        ingest=IngestSettings(1.0, 2.5, (2, 4, 100, 200)),
        grade=Grade(contrast=1.3),
        matting=MattingSettings(engine="plate", edge_shift=-2.0, trainer=(0.5, 0.25)),
        pose=PoseSettings(skip=3, smoothing=0.0),
    )
    assert Recipe.from_json(json.loads(json.dumps(recipe.to_json()))) == recipe
    assert Recipe.from_json({}) == Recipe()


@pytest.mark.parametrize(
    "value",
    [
        [],
        {"colour": {}},
        {"grade": {"contrast": "1"}},
        {"grade": {"contrast": 99}},
        {"grade": {"gamma": 1}},
        {"grade": []},
        {"pose": {"skip": 0}},
        {"pose": {"trainer": [1]}},
        {"matting": {"engine": "magic"}},
        {"matting": {"refine": "yes"}},
        {"ingest": {"trim_start": 5, "trim_end": 4}},
        {"ingest": {"crop": [0, 0, 4, 4]}},
        {"export": {"quality": None}},
    ],
)
def test_a_recipe_refuses_what_it_does_not_know(value: object) -> None:
    with pytest.raises(SettingsError):
        Recipe.from_json(value)


_JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(
                ["ingest", "grade", "pose", "crop", "contrast", "skip", "trainer", "plate_picture", "paint"]
            ),
            inner,
        )
    ),
    max_leaves=8,
)


@given(_JSON)
def test_a_recipe_from_anything_is_a_recipe_or_a_sentence(value: object) -> None:
    try:
        assert isinstance(Recipe.from_json(value), Recipe)
    except SettingsError as error:
        assert error.en


def test_the_neutral_grade_and_the_published_defaults() -> None:
    assert Grade() == Grade(0.08, 1.12, 52.0, 1.03, 0.97)
    assert Grade(0, 1, 0, 1, 1) == NEUTRAL


def test_a_clip_knows_its_length() -> None:
    clip = Clip(Path("x.mp4"), Fraction(30000, 1001), 640, 480, 300, True)
    assert clip.duration == pytest.approx(10.01)
    with pytest.raises(ValueError):
        Clip(Path("x.mp4"), Fraction(30), 640, 480, 0, True)
    with pytest.raises(IndexError):
        clip.frame(300)


def test_errors_speak_both_languages() -> None:
    error = PerscoachError(Message("Empty.", "Пусто."))
    assert (error.text("en"), error.text("ru"), error.text("de"), str(error)) == (
        "Empty.",
        "Пусто.",
        "Empty.",
        "Empty.",
    )


def test_a_file_appears_whole_or_not_at_all(tmp_path: Path) -> None:
    target = tmp_path / "a" / "x.json"
    write_json(target, {"a": 1})
    with pytest.raises(RuntimeError), atomic(target) as part:
        part.write_text("half")
        raise RuntimeError
    assert json.loads(target.read_text()) == {"a": 1}
    assert [p.name for p in target.parent.iterdir()] == ["x.json"]
    with pytest.raises(ValueError):
        write_json(target, float("nan"))


def test_keys_follow_their_inputs() -> None:
    assert key_of("a", {"x": 1, "y": 2}) == key_of("a", {"y": 2, "x": 1})
    assert key_of("a", {"x": 1}) != key_of("a", {"x": 2})
    assert key_of("ab", "c") != key_of("a", "bc")


def test_hashes_are_of_the_bytes(tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes(b"abc")
    assert sha256_of(tmp_path / "x") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"


@pytest.mark.parametrize(
    ("name", "value"), [("PORT", "http"), ("PORT", "0"), ("MAX_MINUTES", "-1"), ("KEEP_GB", "nan"), ("USER", "anna")]
)
def test_settings_name_the_variable_that_is_wrong(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    monkeypatch.delenv("PERSCOACH_PASSWORD", raising=False)
    monkeypatch.setenv(f"PERSCOACH_{name}", value)
    with pytest.raises(SettingsError, match=f"PERSCOACH_{name}"):
        load_settings()


def test_the_app_listens_to_this_computer_alone_by_default(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PERSCOACH_HOST", raising=False)
    assert load_settings().host == "127.0.0.1"


def test_mediapipe_is_held_where_it_sends_nothing() -> None:
    """Wheels after 0.10.21 send usage metrics, and no switch is known."""
    from importlib.metadata import version

    wanted = (Path(__file__).resolve().parent.parent / "requirements.txt").read_text().splitlines()
    assert "mediapipe==0.10.21" in wanted
    assert version("mediapipe") == "0.10.21"
