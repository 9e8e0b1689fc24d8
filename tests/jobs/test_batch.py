"""A batch's clips, names, record and loop. Its runs are played by a runner of the test; one test makes a real package."""

from __future__ import annotations

import json
import os
import re
import shutil
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from perscoach.bundles import layout
from perscoach.bundles.check import check_bundle
from perscoach.cli import main
from perscoach.core.errors import Cancelled, JobError, SettingsError
from perscoach.core.messages import message
from perscoach.core.names import safe_name
from perscoach.core.places import EXAMPLE
from perscoach.core.progress import Quiet
from perscoach.jobs.batch import HTML, JSON, Order, Record, find_clips, run_batch
from perscoach.jobs.batch.clips import names_for
from perscoach.jobs.runners import LocalRunner, Outcome, Progress, Task
from perscoach.jobs.runners.task import check_files
from perscoach.recipe import Recipe

RECIPE: dict[str, Any] = {
    "ingest": {"trim_end": 0.2},
    "matting": {"engine": "mediapipe", "plate": "off"},
    "pose": {"engine": "mediapipe", "model": "full"},
    "export": {"quality": "draft", "mov": False, "audio": False},
}


def _touch(*paths: Path) -> list[Path]:
    for path in paths:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"clip")
    return list(paths)


# which clips ----------------------------------------------------------------------------------------------------------


def test_a_folder_gives_its_videos_in_natural_order(tmp_path: Path) -> None:
    _touch(*(tmp_path / name for name in ("10.mp4", "9.MOV", "notes.txt", "._9.MOV", "in/deep.mp4")))
    (tmp_path / "folder.mp4").mkdir()
    assert [path.name for path in find_clips([tmp_path])] == ["9.MOV", "10.mp4"]


@pytest.mark.parametrize(
    ("line", "name"),
    [
        ("a.mp4", "a.mp4"),
        ("a.mp4\r", "a.mp4"),
        ('"a.mp4"', "a.mp4"),
        ("  a.mp4\t", "a.mp4"),
        (" led by a space.mp4", " led by a space.mp4"),
        ("./#1.mp4", "#1.mp4"),
        ("~nobody-of-that-name/a.mp4", "a.mp4"),
        ("missing.mp4", "missing.mp4"),
        ("nul\0.mp4", "nul\0.mp4"),
        ("n" * 5000 + ".mp4", "n" * 5000 + ".mp4"),
    ],
)
def test_a_line_of_a_list_names_a_clip(line: str, name: str, tmp_path: Path) -> None:
    _touch(tmp_path / "a.mp4", tmp_path / " led by a space.mp4", tmp_path / "#1.mp4")
    path = tmp_path / "list.txt"
    path.write_bytes(b"# a comment " + b"." * 5000 + b"\n\n \n" + line.encode() + b"\n")
    assert [clip.name for clip in find_clips([path])] == [name]


def test_a_list_may_be_of_windows_or_name_bytes_that_are_no_text(tmp_path: Path) -> None:
    _touch(tmp_path / "приседание.mp4")
    path = tmp_path / "list.txt"
    for codec in ("utf-8-sig", "utf-16"):
        path.write_bytes("приседание.mp4\r\n".encode(codec))
        assert [clip.name for clip in find_clips([path])] == ["приседание.mp4"]
    path.write_bytes(b"\xff\xfe\xff.mp4\n"[2:])
    assert [os.fsencode(clip.name) for clip in find_clips([path])] == [b"\xff.mp4"]


def test_a_clip_that_is_named_twice_is_one(tmp_path: Path) -> None:
    (clip,) = _touch(tmp_path / "a.mp4")
    (tmp_path / "link.mp4").symlink_to(clip)
    (tmp_path / "circle.mp4").symlink_to("circle.mp4")
    assert find_clips([clip, tmp_path / "link.mp4", tmp_path]) == [clip, tmp_path / "circle.mp4"]


def test_no_clip_at_all_is_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(SettingsError):
        find_clips([tmp_path])
    with pytest.raises(SettingsError):
        find_clips([tmp_path / "missing.txt"])


@pytest.mark.parametrize(
    "clips",
    [
        ["a/squat.mp4", "b/squat.mp4", "b/SQUAT.mov"],
        ["a.mp4", "a.zip.mp4"],
        ["..mp4", "b/..mp4", "x/con.mp4"],
        ["batch.json.mp4", "batch.html.mp4", "batch.mp4"],
        ["squat.mp4", "s\N{COMBINING RING ABOVE}quat.mp4", "a/" + "n" * 200 + ".mp4", "b/" + "n" * 200 + ".mp4"],
    ],
)
def test_no_two_packages_share_a_file(clips: list[str]) -> None:
    names = names_for([Path("/clips", clip) for clip in clips], {}, (JSON, HTML))
    files = [file.casefold() for name in names for file in (name, f"{name}.zip")] + [JSON, HTML]
    assert len(set(files)) == len(files) and all(name == safe_name(name) for name in names)


def test_a_clip_keeps_its_name_when_another_comes_before_it() -> None:
    a, b = Path("/a/squat.mp4"), Path("/b/squat.mp4")
    (first,) = names_for([b], {})
    again = names_for([a, b], {str(b): first})
    assert again[1] == first == "squat" and again[0] != "squat"
    assert names_for([a], {str(a): "../outside"}) == ["squat"], "a record may have been edited by anybody"


# the loop ---------------------------------------------------------------------------------------------------------------


class Played:
    """A runner whose tasks end as the clip's content says; one poll each."""

    def __init__(self, places: int = 2) -> None:
        self.places = places
        self.tasks: list[Task] = []
        self.most = self.open = 0
        self.closed = False

    def start(self, task: Task) -> PlayedRun:
        self.tasks.append(task)
        self.open += 1
        self.most = max(self.most, self.open)
        return PlayedRun(self, task)

    def close(self) -> None:
        self.closed = True


class PlayedRun:
    def __init__(self, runner: Played, task: Task) -> None:
        self.runner, self.task = runner, task
        self.progress = Progress("clip", 1, 2)

    def poll(self) -> Outcome | None:
        what = self.task.source.read_text() if self.task.source.exists() else "missing"
        if what == "endless":
            return None
        self.runner.open -= 1
        if what != "good":
            return Outcome("failed", message("files.missing", name=self.task.source.name))
        (self.task.output / f"{self.task.name}.zip").write_bytes(b"zip")
        return Outcome(
            "done", None, {"seconds": 1.0, "frames": 12, "fps": 30.0, "found": 12, "picture": "javascript:1"}
        )

    def cancel(self) -> None: ...


class Stops(Quiet):
    """A monitor that stops the batch as soon as one clip is finished."""

    done = 0

    def report(self, stage: str, done: int, total: int) -> None:
        self.done = done if stage == "batch" else self.done

    def check(self) -> None:
        if self.done:
            raise Cancelled


Batch = Callable[..., tuple[Record, Played]]


@pytest.fixture
def batch(tmp_path: Path) -> Batch:
    def run(contents: dict[str, str], monitor: Any = None, **changes: Any) -> tuple[Record, Played]:
        clips = []
        for name, content in contents.items():
            path = tmp_path / "clips" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            if content != "missing" and not (path.exists() and path.read_text() == content):
                path.write_text(content)
            clips.append(path)
        order = Order(clips, tmp_path / "out", RECIPE, None, tmp_path / "work", **{"deliver": "zip", **changes})
        runner = Played()
        record = run_batch(order, runner, monitor or Quiet())
        assert runner.closed and json.loads((order.output / JSON).read_text())["counts"] == record.counts
        return record, runner

    return run


def test_a_clip_that_fails_stops_no_other(batch: Batch) -> None:
    record, runner = batch({"a.mp4": "bad", "b.mp4": "good", "c.mp4": "missing", "d.mp4": "good"})
    assert [entry.status for entry in record.entries] == ["failed", "done", "failed", "done"]
    assert record.finished and runner.most == 2
    assert record.entries[2].error is not None and "c.mp4" in record.entries[2].error.en


def test_what_is_made_is_made_again_only_when_something_changed(batch: Batch, tmp_path: Path) -> None:
    clips = {"a.mp4": "good", "b.mp4": "good", "c.mp4": "bad"}
    batch(clips)
    record, runner = batch(clips)
    assert [entry.status for entry in record.entries] == ["kept", "kept", "failed"]
    assert [task.name for task in runner.tasks] == ["c"], "what failed is tried again"
    (tmp_path / "out" / "a.zip").write_bytes(b"cut")
    os.utime(tmp_path / "clips" / "b.mp4", ns=(1, 1))
    (tmp_path / "clips" / "c.mp4").write_text("good")
    assert [task.name for task in batch({**clips, "c.mp4": "good"})[1].tasks] == ["b", "c"]
    (tmp_path / "out" / "a.zip").unlink()
    assert [task.name for task in batch({**clips, "c.mp4": "good"})[1].tasks] == ["a"]
    assert len(batch({**clips, "c.mp4": "good"}, deliver="both")[1].tasks) == 3, "more is asked for"


def test_a_batch_that_is_stopped_tells_the_truth_and_goes_on(batch: Batch, tmp_path: Path) -> None:
    clips = {"a.mp4": "good", "b.mp4": "endless", "c.mp4": "good"}
    with pytest.raises(Cancelled):
        batch(clips, Stops())
    written = json.loads((tmp_path / "out" / JSON).read_text())
    assert [clip["status"] for clip in written["clips"]] == ["done", "cancelled", "waiting"] and not written["finished"]
    record, _ = batch({**clips, "b.mp4": "good"})
    assert [entry.status for entry in record.entries] == ["kept", "done", "done"]


def test_a_foreign_report_stays_unless_it_may_be_replaced(batch: Batch, tmp_path: Path) -> None:
    foreign = _touch(tmp_path / "out" / HTML)[0]
    with pytest.raises(SettingsError):
        batch({"a.mp4": "good"})
    assert foreign.read_bytes() == b"clip" and not (tmp_path / "out" / "a.zip").exists()
    assert batch({"a.mp4": "good"}, replace=True)[0].finished


@pytest.mark.parametrize("text", ["", "[]", '{"schema": "perscoach.batch.1", "clips": [{"source": 1}]}', "{" * 9000])
def test_a_damaged_record_is_no_record(text: str, batch: Batch, tmp_path: Path) -> None:
    _touch(tmp_path / "out" / JSON)[0].write_text(text)
    record, runner = batch({"a.mp4": "good"}, replace=True)
    assert record.finished and len(runner.tasks) == 1


def test_one_batch_at_a_time_writes_to_a_folder(batch: Batch) -> None:
    class Second(Quiet):
        def check(self) -> None:
            batch({"a.mp4": "good"})

    with pytest.raises(JobError):
        batch({"a.mp4": "good"}, Second())


def test_the_page_needs_nothing_and_believes_nothing(batch: Batch, tmp_path: Path) -> None:
    batch({"<img src=x onerror=alert(1)>.mp4": "good", "b.mp4": "bad", "c d#?.mp4": "good"}, language="ru")
    text = (tmp_path / "out" / HTML).read_text(encoding="utf-8")
    assert "<img src=x" not in text and "javascript:" not in text and "<script" not in text
    links = re.findall(r'(?:src|href)="([^"]*)"', text)
    assert links and all(re.fullmatch(r"\./[\w%.,+()-]+", link) for link in links)


@pytest.mark.parametrize("name", ["../paint.png", "/etc/passwd", "..", "gone.png"])
def test_a_recipe_names_only_files_beside_it(name: str, tmp_path: Path) -> None:
    _touch(tmp_path / "paint.png")
    (tmp_path / "in").mkdir()
    with pytest.raises(SettingsError):
        check_files(Recipe.from_json({"matting": {"paint": name}}), tmp_path / "in")


# real runs --------------------------------------------------------------------------------------------------------------


def test_a_real_batch_from_the_command_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PERSCOACH_WORKSPACE", str(tmp_path / "workspace"))
    clips, out = tmp_path / "clips", tmp_path / "out"
    clips.mkdir()
    (clips / "bad.mp4").write_text("no video")
    shutil.copyfile(EXAMPLE, clips / "squat.mp4")
    (tmp_path / "recipe.json").write_text(json.dumps(RECIPE))
    words = ["batch", str(clips), "-o", str(out), "--recipe", str(tmp_path / "recipe.json"), "--json"]
    assert main(words) == 6
    answer = json.loads(capsys.readouterr().out)
    assert {clip["name"]: clip["status"] for clip in answer["clips"]} == {"bad": "failed", "squat": "done"}
    assert check_bundle(out / "squat").ok and (out / "squat" / layout.PAGE).is_file()
    assert (out / HTML).read_text(encoding="utf-8").count("data:image/jpeg;base64,") == 1
    (clips / "bad.mp4").unlink()
    assert main(words) == 0
    assert json.loads(capsys.readouterr().out)["counts"]["kept"] == 1
    again = [*words[:-2], str(out / "squat" / layout.MANIFEST), "--json"]  # the same recipe, as the package tells it
    main(again)
    assert Recipe.from_json(json.loads((out / JSON).read_text())["recipe"]) == Recipe.from_json(RECIPE)


def test_a_worker_that_is_killed_or_stopped_costs_one_task(tmp_path: Path) -> None:
    runner = LocalRunner(log=tmp_path / "log.txt")

    def begin(source: Path) -> Any:
        work = tmp_path / f"work{time.monotonic_ns()}"
        return runner.start(Task(source, tmp_path / "out", "a", Recipe().to_json(), None, work))

    def ended(run: Any) -> Outcome:
        deadline = time.monotonic() + 60
        while (outcome := run.poll()) is None and time.monotonic() < deadline:
            time.sleep(0.02)
        assert outcome is not None
        return outcome

    try:
        run = begin(EXAMPLE)
        while not run.progress.stage:
            time.sleep(0.02)
        os.kill(runner._all[0]._child.pid, 9)
        assert ended(run).status == "failed"
        run = begin(EXAMPLE)
        while not run.progress.stage:
            time.sleep(0.02)
        run.cancel()
        assert ended(run).status == "cancelled"
        failure = ended(begin(tmp_path / "missing.mp4"))
        assert failure.status == "failed" and failure.error is not None and "missing.mp4" in failure.error.en
    finally:
        runner.close()
