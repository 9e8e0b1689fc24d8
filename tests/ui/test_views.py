"""What the page shows of a job: state, progress, result, cutting."""

from __future__ import annotations

import dataclasses
import json
from fractions import Fraction
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from perscoach.core.errors import PerscoachError
from perscoach.core.files import held
from perscoach.core.messages import Message
from perscoach.core.store import store_of
from perscoach.jobs import opening, remaining
from perscoach.jobs.state import BUSY_FILE, JobState
from perscoach.media.types import ExportSettings, IngestSettings
from perscoach.ui.bundle import forecast
from perscoach.ui.bundle.sizes import clock_text, size_text, time_text
from perscoach.ui.bundle.views import progress_html, result_html, snippet
from perscoach.ui.clip.panel import clip_html, recut
from perscoach.ui.context import AppContext
from perscoach.ui.watch import clip_mark, fingerprint, refused, result_mark, status_html
from tests.jobs.states import put


def job_with(context: AppContext, name: str = "squat", **run: Any) -> Any:
    job = context.workspace.create("anna", name)
    wanted = ["clip", "matte", "pose", "encode", "bundle"]
    return put(job, **{"wanted": wanted, "submission": 1, "status": "done", **run})


def test_names_and_errors_are_text_on_the_page(context: AppContext) -> None:
    evil = '<img src=x onerror=alert(7)>${alert(7)}"'
    job = job_with(context, evil, status="failed", error=[evil, evil], progress={"pose": {"done": 1, "total": 4}})
    for page in (status_html(context, job, "en"), progress_html(job, None, "ru")):
        assert "<img" not in page


def test_progress_says_frames_rate_and_time_left(context: AppContext) -> None:
    progress = {"pose": {"done": 30, "total": 120, "rate": 10.0, "eta": 9.0}, "clip": {"done": 120, "total": 120}}
    job = job_with(context, status="running", stage="pose", progress=progress)
    with held(job.folder / BUSY_FILE):
        job = context.workspace.open(job.token)
    page = progress_html(job, 0, "en")
    assert "30 of 120 · 10.0 frames/s" in page and 'aria-valuenow="25"' in page and "done" in page
    slow = {"pose": {"done": 16, "total": 120, "rate": 0.125, "eta": 832.0}}
    job = job_with(context, status="running", stage="pose", progress=slow)
    with held(job.folder / BUSY_FILE):
        job = context.workspace.open(job.token)
    assert "16 of 120 · 8.0 s per frame" in progress_html(job, 0, "en")
    assert "место 3" in progress_html(job, 3, "ru")
    assert "movement, 13 %" in status_html(context, job, "en")


def test_one_bar_tells_the_whole_run_and_the_time_left() -> None:
    state = JobState(wanted=("bundle",), status="running", started=1000.0)
    assert remaining.done(state) == 0 and remaining.left(state, 1050.0) is None
    half = dataclasses.replace(state, progress={"pose": {"done": 60.0, "total": 120.0}})
    assert remaining.done(half) == pytest.approx(0.225)
    assert remaining.left(half, 1045.0) == pytest.approx(45 * 0.775 / 0.225)
    most = dataclasses.replace(state, progress={s: {"done": 9.0, "total": 9.0} for s in ("pose", "matte", "encode")})
    assert remaining.done(half) < remaining.done(most) < 1 and clock_text(remaining.left(most, 1190.0) or 0) == "0:10"
    assert remaining.left(dataclasses.replace(most, status="cancelled"), 1190.0) is None
    assert (clock_text(130), clock_text(3723), clock_text(-1)) == ("2:10", "1:02:03", "0:00")


def test_the_time_comes_from_packages_that_were_made_here_with_the_same_engines(context: AppContext) -> None:
    clip = SimpleNamespace(frames=100)

    def made(spent: dict[str, float], engine: str = "auto") -> None:
        job = job_with(context, bundle="bundle/squat")
        folder = job.folder / "bundle" / "squat"
        folder.mkdir(parents=True)
        (folder / "bundle.json").write_text(json.dumps({"timings": spent, "clip": {"frames": 50}}))
        job.edit(lambda recipe: dataclasses.replace(recipe, pose=dataclasses.replace(recipe.pose, engine=engine)))

    fresh = job_with(context)
    assert forecast.seconds(context.workspace, fresh, clip) is None  # type: ignore[arg-type]
    made({"clip": 1.0, "pose": 8.0, "encode": 15.0, "bundle": 1.0})
    made({"clip": 0.1, "pose": 0.0, "encode": 0.0, "bundle": 1.0})  # all of it was stored already: tells nothing
    made({"pose": 500.0, "encode": 15.0}, engine="mediapipe")
    assert forecast.seconds(context.workspace, fresh, clip) == pytest.approx(50)  # type: ignore[arg-type]


def test_the_size_is_that_of_the_packages_which_were_weighed() -> None:
    """Bytes of two real packages, neither of which the constants were taken from alone."""
    for width, height, frames, mov, weighed in ((324, 422, 341, True, 7561226), (720, 1280, 254, False, 8508731)):
        clip = SimpleNamespace(width=width, height=height, frames=frames, duration=frames / 30, audio=False)
        size = forecast.size(clip, ExportSettings(mov=mov), "small")  # type: ignore[arg-type]
        assert weighed / 1.4 < size < weighed * 1.4


def test_the_code_for_a_website_names_safari_s_file_first_and_falls_back_to_the_picture() -> None:
    code = snippet(True)
    assert code.index("trainer_transparent.mov") < code.index("trainer_transparent.webm") < code.index("<img")
    assert ".mov" not in snippet(False)


def test_the_page_hears_of_every_change(context: AppContext) -> None:
    job = job_with(context, progress={"pose": {"done": 1, "total": 9}})
    before = fingerprint(context, job)
    assert before == fingerprint(context, context.workspace.open(job.token))
    job.rename("lunge")
    assert fingerprint(context, job) != before
    again = job_with(context, progress={"pose": {"done": 2, "total": 9}}, clip="clip/a.mp4")
    assert clip_mark(again) == f"{again.token}/clip/a.mp4" and clip_mark(None) == result_mark(None) == ""


def test_only_a_clip_that_could_not_be_taken_is_refused(context: AppContext) -> None:
    assert refused(job_with(context, status="failed", error=["a", "b"]))
    assert not refused(job_with(context, status="failed", error=["a", "b"], clip="clip/a.mp4"))
    assert not refused(job_with(context))


def test_no_result_is_shown_before_there_is_one(context: AppContext) -> None:
    assert result_html(job_with(context), "", "en") == ""


def test_a_bundle_of_earlier_settings_says_so(context: AppContext) -> None:
    from perscoach.pose.base import PoseSettings
    from perscoach.recipe import Recipe

    job = job_with(context, bundle="bundle/squat")
    folder = job.folder / "bundle" / "squat"
    folder.mkdir(parents=True)
    (folder.parent / "squat.zip").write_bytes(b"PK")
    (folder / "bundle.json").write_text(json.dumps({"recipe": Recipe().to_json()}))
    page = result_html(job, result_mark(job), "en")
    assert "Download the package" in page and "changed since" not in page
    job.edit(lambda _: Recipe(pose=PoseSettings(skip=2)))
    assert "changed since" in result_html(job, result_mark(job), "en")


@pytest.mark.parametrize(
    ("count", "en"),
    [(0, "0 KB"), (2048, "2 KB"), (500 * 1024, "500 KB"), (3 * 2**20, "3 MB"), (2**40, "1,024 GB")],
)
def test_sizes_for_people(count: int, en: str) -> None:
    assert size_text(count, "en") == en


def test_times_for_people() -> None:
    assert (time_text(59.4, "en"), time_text(61, "en"), time_text(-1, "ru")) == ("59 s", "1 min 01 s", "0 с")


def test_a_clip_with_nobody_in_it_is_told_before_any_work(context: AppContext) -> None:
    clip = SimpleNamespace(
        path=Path("k.mp4"),
        width=270,
        height=482,
        duration=2.0,
        fps=Fraction(30000, 1001),
        frames=60,
        audio=False,
        changes=(),
    )
    job = job_with(context)
    assert 'role="alert"' not in clip_html(job, clip, "en")  # type: ignore[arg-type]
    (job.folder / opening.FILE).write_text(json.dumps(dataclasses.asdict(opening.Opening(nobody=True))))
    shown = clip_html(job, clip, "ru")  # type: ignore[arg-type]
    assert "никого не видно" in shown and "29,97" in shown and "2,0 с" in shown


def test_a_cut_starts_from_the_present_one() -> None:
    size = (10.0, 1000, 500)
    whole = {"from": 0, "to": 10, "box": None}
    assert recut(IngestSettings(), size, whole) == IngestSettings()
    box = {"x": 0.1, "y": 0.0, "w": 0.7, "h": 0.5}
    first = recut(IngestSettings(), size, {"from": 2, "to": 8, "box": box})
    assert (first.trim_start, first.trim_end, first.crop) == (2, 8, (100, 0, 700, 250))
    second = recut(first, (6.0, 700, 250), {"from": 1, "to": 6, "box": {"x": 0.5, "y": 0.2, "w": 0.5, "h": 0.8}})
    assert (second.trim_start, second.trim_end, second.crop) == (3, 8, (450, 50, 350, 200))
    assert recut(first, (6.0, 700, 250), {"from": 0, "to": 6, "box": None}) == first
    for bad in (
        None,
        [],
        {},
        {"from": "x", "to": 5},
        {"from": 5, "to": 4, "box": None},
        {"from": 0, "to": 9, "box": 3},
        {"from": 0, "to": 9, "box": {"x": 2, "y": 0, "w": 1, "h": 1}},
        {"from": 0, "to": 9, "box": {"x": 0.999, "y": 0, "w": 1, "h": 1}},
    ):
        with pytest.raises(PerscoachError):
            recut(IngestSettings(), size, bad)


def test_steadiness_is_said_in_words_and_nothing_is_made_up() -> None:
    from perscoach.ui.bundle.steadiness import steadiness

    known = {"jitter_before": 12.34, "jitter_after": 1.06, "foot_slide_before": 0.0, "foot_slide_after": 0.0}
    known |= {"bone_spread_before": 3.0, "bone_spread_after": float("nan"), "picture_moved": 2.0}
    words = steadiness({"figures": {"motion": known}}, "en")
    assert words == [
        "Joint jitter: 1.1 m/s², 12.3 m/s² before smoothing.",
        "Smoothing moved the joints by 2.0 pixels in the picture.",
    ]
    assert steadiness({"figures": {"motion": {"picture_moved": 2.0}}}, "ru") == [
        "Сглаживание сдвинуло суставы в кадре на 2,0 пикс."
    ]
    assert (
        steadiness({"figures": {"motion": {}}}, "ru") == steadiness({}, "en") == steadiness({"figures": 3}, "en") == []
    )


def test_a_sam_bundle_shows_its_notice_and_offers_the_comparison(context: AppContext) -> None:
    from perscoach.ui.bundle.compare import compares, offers

    job = job_with(context, bundle="store/bundle/k/squat", viewer="store/bundle/k/squat/mirror/body.bin")
    store = store_of(job.folder)
    with store.making("bundle", "k") as work:
        (work.folder / "squat" / "mirror").mkdir(parents=True)
        (work.folder / "squat" / "mirror" / "body.bin").write_bytes(b"1")
        (work.folder / "squat.zip").write_bytes(b"PK")
    folder = store.folder("bundle", "k") / "squat"

    def made_by(engine: str) -> str:
        (folder / "bundle.json").write_text(json.dumps({"engines": {"pose": engine}}))
        return result_html(job, result_mark(job), "en")

    assert not offers(job)
    assert "NOTICE" not in made_by("mediapipe") and not offers(job)
    (folder / "NOTICE.txt").write_text("SAM")
    assert "NOTICE.txt</a>" in made_by("sam3d") and offers(job)
    with store.making("comparison", "k") as work:
        (work.folder / "compare.bin").write_bytes(b"2")
    assert not offers(job) and job.comparison() is not None
    assert result_mark(job).count("/") == 2
    folder.parent.rename(folder.parent.with_name("other"))  # a new bundle: the earlier comparison is not of it
    job = put(job, bundle="store/bundle/other/squat", viewer="store/bundle/other/squat/mirror/body.bin")
    assert job.comparison() is None and offers(job)
    put(job, wanted=["compare"])
    assert compares(context.workspace.open(job.token)) and not compares(job_with(context))


def test_a_result_stays_on_the_page_while_it_is_compared(context: AppContext) -> None:
    job = job_with(context, bundle="bundle/squat", status="running")
    (job.folder / "bundle" / "squat").mkdir(parents=True)
    put(job, wanted=["compare"])
    with held(job.folder / BUSY_FILE):
        busy = context.workspace.open(job.token)
        assert busy.busy and result_mark(busy)
        put(busy, wanted=["clip", "bundle"])
        assert not result_mark(context.workspace.open(job.token))


@pytest.mark.parametrize(
    ("engine", "lens", "asks"),
    [
        ("mediapipe", "phone", "mediapipe lens"),
        ("mediapipe", "custom", "mediapipe lens custom-lens"),
        ("sam3d", "phone", "sam3d lens"),
        ("sam3d", "custom", "sam3d lens custom-lens"),
        ("recorded", "custom", ""),
        ("auto", "phone", ""),
    ],
)
def test_only_what_the_engine_looks_at_is_asked_for(engine: str, lens: str, asks: str) -> None:
    from perscoach.ui.pose.panel import asks_for

    assert asks_for(engine, lens) == asks


def test_a_page_s_values_get_the_settings_types() -> None:
    from perscoach.core.errors import SettingsError
    from perscoach.pose.base import PoseSettings
    from perscoach.ui.controls import with_values

    made = with_values(PoseSettings(), {"skip": 3.0, "smoothing": 1, "hands": 1, "lens_mm": None})
    assert made == PoseSettings(skip=3, smoothing=1.0, hands=True)
    assert [type(v) for v in (made.skip, made.smoothing, made.hands)] == [int, float, bool]
    with pytest.raises(SettingsError):
        with_values(PoseSettings(), {"lens_mm": 4000})


def test_what_an_engine_lacks_goes_to_the_log_and_not_to_the_coach(caplog: pytest.LogCaptureFixture) -> None:
    from perscoach.core.checks import Availability
    from perscoach.core.errors import EngineError
    from perscoach.ui.engines import engine_html

    where = "model.ckpt is missing (/srv/coach/checkpoints/sam-3d-body). Ask at https://example.org/a/b, then <run>."
    found = {
        "sam3d": Availability(False, Message(where, where)),
        "mediapipe": Availability(True, Message("On the CPU.", "")),
    }

    def refuse() -> tuple[str, str, str]:
        raise EngineError(Message(where, where))

    with caplog.at_level("INFO"):
        page = engine_html("pose", found, refuse, "en")
        assert "model.ckpt" not in page and "/srv" not in page and "cannot run on this computer" in page
        assert "SAM 3D Body captures" in page, "its benefit is told"
        page = engine_html("pose", found, lambda: ("mediapipe", "", ""), "en")
    assert "<strong>MediaPipe</strong>" in page and "model.ckpt" not in page and "On the CPU." not in page
    assert "model.ckpt is missing" in caplog.text, "whoever runs the server reads it in the log"
    found["sam3d"] = Availability(True, Message("Each frame takes 10 s.", ""))
    assert "<p>Each frame takes 10 s.</p>" in engine_html("pose", found, lambda: ("sam3d", "", ""), "en")
    page = engine_html("pose", found, lambda: ("mediapipe", "", ""), "en")
    assert "<p>SAM 3D Body: Each frame takes 10 s.</p>" in page  # it could run, and why it does not


def test_a_long_wait_is_told_before_it_starts(monkeypatch: pytest.MonkeyPatch) -> None:
    from perscoach.pose import sam3d
    from perscoach.ui.pose.panel import expected_seconds

    monkeypatch.setattr(sam3d, "has_gpu", lambda: False)
    assert expected_seconds("sam3d", 60) == 60 * sam3d.SECONDS_ON_CPU and expected_seconds("mediapipe", 60) == 0
    monkeypatch.setattr(sam3d, "has_gpu", lambda: True)
    assert expected_seconds("sam3d", 60) == 0
