"""The Colour step's server functions, called with what a hostile page could send."""

from __future__ import annotations

import dataclasses
import re
import subprocess
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from perscoach.core.messages.ui_colour import MESSAGES as TEXTS
from perscoach.core.progress import Quiet
from perscoach.grade import cube, presets
from perscoach.grade.params import RANGES, Grade
from perscoach.jobs import JobQueue, Workspace
from perscoach.matting.base import MattingSettings
from perscoach.media.types import IngestSettings
from perscoach.ui.colour.pictures import unpack
from perscoach.ui.colour.service import ColourService
from perscoach.ui.context import OWNER_COOKIE, AppContext, load_secret
from tests.jobs.states import put, stored_row

GOOD = dataclasses.asdict(Grade(contrast=1.4))
JUNK: list[Any] = [None, [], {}, "", "x" * 22, "../../../../etc/passwd", 5, True, float("nan"), ["a"], {"token": {}}]


@pytest.fixture(scope="module")
def small_clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Ten frames of moving colours, 64x48."""
    import imageio_ffmpeg

    out = tmp_path_factory.mktemp("clip") / "colours.mp4"
    words = "-v error -f lavfi -i testsrc2=s=64x48:r=10:d=1 -c:v libx264 -crf 10 -pix_fmt yuv420p"
    subprocess.run([imageio_ffmpeg.get_ffmpeg_exe(), *words.split(), str(out)], check=True, timeout=60)
    return out


@pytest.fixture(scope="module")
def context(tmp_path_factory: pytest.TempPathFactory) -> AppContext:
    from perscoach.core.settings import load_settings

    root = tmp_path_factory.mktemp("workspace")
    workspace = Workspace(root)
    return AppContext(
        dataclasses.replace(load_settings(), workspace=root), workspace, JobQueue(workspace, 1), load_secret(root)
    )


def asker(context: AppContext) -> tuple[str, Any]:
    """An owner and a request that carries its cookie."""
    cookie = context.new_owner()
    return cookie.split(".", 1)[0], SimpleNamespace(cookies={OWNER_COOKIE: cookie}, headers={}, app=None)


@pytest.fixture(scope="module")
def opened(context: AppContext, small_clip: Path) -> tuple[ColourService, Any, Any]:
    """A service, a job with a clip, and its owner's request."""
    from perscoach.media.ingest import ingest

    owner, request = asker(context)
    job = context.workspace.create(owner, "squat")
    ingest(small_clip, job.folder / "clip" / "clip.mp4", IngestSettings(), context.settings, Quiet())
    put(job, status="done", clip="clip/clip.mp4")
    return ColourService(context), job, request


def test_the_job_tells_its_size_and_its_grade(opened: tuple[ColourService, Any, Any]) -> None:
    service, job, request = opened
    answer = service.job({"token": job.token}, request)
    assert answer["clip"] == {"width": 64, "height": 48, "frames": 10, "fps": 10.0}
    assert answer["grade"].keys() == RANGES.keys()


def test_a_frame_arrives_byte_for_byte(opened: tuple[ColourService, Any, Any], context: AppContext) -> None:
    service, job, request = opened
    answer = service.frame({"token": job.token, "index": 3, "view": {}}, request)
    clip = context.workspace.open(job.token).clip()
    assert clip is not None
    planes = unpack(answer["planes"], answer["width"], answer["height"])
    assert np.array_equal(planes, clip.frame(3).transpose(2, 0, 1))
    assert answer["part"] == [0, 0, 64, 48]


def test_a_saved_grade_is_the_one_the_pipeline_reads(
    opened: tuple[ColourService, Any, Any], context: AppContext
) -> None:
    service, job, request = opened
    assert service.save({"token": job.token, "grade": GOOD}, request) == {"grade": GOOD, "look": None}
    assert context.workspace.open(job.token).state.recipe.grade == Grade(contrast=1.4)
    assert service.job({"token": job.token}, request)["grade"]["contrast"] == 1.4


@pytest.mark.parametrize("name", ["job", "frame", "cutout", "save", "preset", "preset_file", "cube"])
def test_nobody_else_s_job(opened: tuple[ColourService, Any, Any], context: AppContext, name: str) -> None:
    service, job, _ = opened
    _, stranger = asker(context)
    nobody = SimpleNamespace(cookies={}, headers={}, app=None)
    before = stored_row(job)
    for request in (stranger, nobody):
        answer = getattr(service, name)({"token": job.token, "index": 0, "grade": GOOD, "text": "{}"}, request)
        assert answer["error"][0].startswith(("This clip no longer exists", "This browser sends no cookie")), answer
    assert stored_row(job) == before


@pytest.mark.parametrize("junk", JUNK, ids=repr)
def test_junk_ends_in_two_sentences(opened: tuple[ColourService, Any, Any], junk: Any) -> None:
    service, job, request = opened
    token = {"token": job.token}
    asked = [
        (name, data) for name in ("job", "frame", "cutout", "save") for data in (junk, {"token": junk, "grade": GOOD})
    ]
    asked += [
        ("frame", {**token, "index": 0, "view": {"mode": junk}}),
        ("cutout", {**token, "index": 0, "view": {"x": junk}}),
    ]
    asked += [("preset", junk), ("preset", {**token, "text": junk}), ("cube", junk)]
    asked += [("preset_file", {**token, "name": junk, "grade": [1]})]
    asked += [(name, {**token, "grade": {"contrast": junk}}) for name in ("save", "cube", "preset_file")]
    for name, data in asked:
        answer = getattr(service, name)(data, request)
        assert list(answer) == ["error"], (name, data, answer)
        english, russian = answer["error"]
        assert english
        assert russian


@pytest.mark.parametrize("index", [-1, 10, 1e300, "0", None, float("nan"), 10**400])
def test_a_frame_that_is_not_there(opened: tuple[ColourService, Any, Any], index: Any) -> None:
    service, job, request = opened
    for name in ("frame", "cutout"):
        assert "error" in getattr(service, name)({"token": job.token, "index": index}, request)


@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    grade=st.dictionaries(
        st.sampled_from([*RANGES, "gamma"]), st.one_of(st.floats(), st.integers(), st.text(), st.booleans()), max_size=5
    )
)
def test_only_a_grade_is_ever_stored(
    opened: tuple[ColourService, Any, Any], context: AppContext, grade: dict[str, Any]
) -> None:
    service, job, request = opened
    answer = service.save({"token": job.token, "grade": grade}, request)
    kept = dataclasses.asdict(context.workspace.open(job.token).state.recipe.grade)
    if "error" not in answer:
        assert kept == {**dataclasses.asdict(Grade()), **grade}
    assert all(low <= kept[name] <= high for name, (low, high) in RANGES.items())


def test_the_room_is_kept_where_no_person_can_be_found(
    opened: tuple[ColourService, Any, Any], context: AppContext, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An engine without its weights: a sentence that says why, in both languages, and no exception."""
    service, job, request = opened
    monkeypatch.setenv("PERSCOACH_CHECKPOINTS", str(tmp_path))
    job.edit(lambda recipe: dataclasses.replace(recipe, matting=MattingSettings(engine="modnet")))
    answer = service.cutout({"token": job.token, "index": 0}, request)
    job.edit(lambda recipe: dataclasses.replace(recipe, matting=MattingSettings()))
    english, russian = answer["error"]
    assert "Something went wrong" not in english
    assert english != russian


def test_a_cutout_carries_colour_and_alpha(
    opened: tuple[ColourService, Any, Any], context: AppContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The picture is the stage's alpha over the estimated colours (the matting engine itself is tested in its room)."""
    service, job, request = opened
    alpha = np.zeros((48, 64), np.uint8)
    alpha[10:30, 20:40] = 255
    monkeypatch.setattr("perscoach.matting.preview.preview_alpha", lambda *_: alpha)
    answer = service.cutout({"token": job.token, "index": 2}, request)
    planes = unpack(answer["planes"], 64, 48)
    clip = context.workspace.open(job.token).clip()
    assert clip is not None
    assert np.array_equal(planes[3], alpha)
    assert np.array_equal(planes[:3, alpha == 255], clip.frame(2).transpose(2, 0, 1)[:, alpha == 255])


def test_presets_go_out_and_come_back(opened: tuple[ColourService, Any, Any]) -> None:
    import json

    service, job, request = opened
    file = service.preset_file({"token": job.token, "name": "../Вечер", "grade": GOOD}, request)
    assert re.fullmatch(r"Вечер-[0-9a-f]{6}\.json", file["file"])  # what had to be replaced leaves a mark
    back = service.preset({"token": job.token, "text": json.dumps(file["value"])}, request)
    assert back["grade"] == GOOD
    assert presets.from_json(file["value"])[1] == Grade(contrast=1.4)


def test_the_cube_is_the_grade_s(opened: tuple[ColourService, Any, Any]) -> None:
    service, job, request = opened
    answer = service.cube({"token": job.token, "name": "Gym", "grade": GOOD}, request)
    assert answer["file"] == "Gym.cube"
    assert answer["text"] == cube.dumps(Grade(contrast=1.4), "Gym")


def test_every_text_is_in_both_languages_and_used() -> None:
    code = "".join(
        path.read_text(encoding="utf-8")
        for path in (Path(__file__).resolve().parents[2] / "perscoach" / "ui" / "colour").glob("*.mjs")
    )
    for key, (english, russian) in TEXTS.items():
        assert key.startswith("colour_")
        assert english
        assert any("а" <= c <= "я" for c in russian.lower()) or key == "colour_pixels", key
        stem = key.removeprefix("colour_").removesuffix("_help")
        templated = stem in {*RANGES, "room", "checker", "white", "black", "green", "fit", "pixels"}
        assert templated or f'"{key}"' in code, f"{key} is not used"
