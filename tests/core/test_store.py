"""The store: whole or not there, made once, resumed, pruned."""

from __future__ import annotations

import multiprocessing
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from perscoach.core import files
from perscoach.core.errors import Cancelled
from perscoach.core.progress import Quiet
from perscoach.core.store import MADE, Store


def test_a_result_appears_whole_and_says_what_ran(tmp_path: Path) -> None:
    store = Store(tmp_path)
    with store.making("matte", "k") as work:
        (work.folder / "a").write_text("1")
        assert store.finished("matte", "k") is None
        assert store.folder("matte", "k") == work.folder
        work.facts["engine"] = "mediapipe"
    assert store.finished("matte", "k") == tmp_path / "matte" / "k"
    assert store.facts("matte", "k") == {"engine": "mediapipe"}
    assert [p.name for p in (tmp_path / "matte").iterdir()] == ["k"]


def test_a_stop_keeps_the_pieces_and_finishes_nothing(tmp_path: Path) -> None:
    store = Store(tmp_path)
    with pytest.raises(RuntimeError), store.making("matte", "k") as work:
        (work.folder / "a").write_text("1")
        raise RuntimeError
    assert store.finished("matte", "k") is None
    with store.making("matte", "k") as work:
        assert (work.folder / "a").read_text() == "1"
    assert store.finished("matte", "k")


def test_make_builds_once(tmp_path: Path) -> None:
    store, calls = Store(tmp_path), []

    def build(folder: Path) -> dict[str, int]:
        calls.append(folder)
        return {"n": len(calls)}

    assert store.make("clip", "k", build) == store.make("clip", "k", build)
    assert len(calls) == 1 and store.facts("clip", "k") == {"n": 1}


def _slow(root: Path, log: Path) -> None:
    def build(folder: Path) -> None:
        with log.open("a") as file:
            file.write("made\n")
        time.sleep(0.3)

    Store(root).make("clip", "k", build)


def test_two_processes_make_it_once(tmp_path: Path) -> None:
    context = multiprocessing.get_context("spawn")
    both = [context.Process(target=_slow, args=(tmp_path / "s", tmp_path / "log")) for _ in range(2)]
    for process in both:
        process.start()
    for process in both:
        process.join(60)
    assert [p.exitcode for p in both] == [0, 0]
    assert (tmp_path / "log").read_text() == "made\n"


def test_waiting_can_be_cancelled(tmp_path: Path) -> None:
    class Stop(Quiet):
        def check(self) -> None:
            raise Cancelled

    store = Store(tmp_path)
    with store.making("clip", "k"), pytest.raises(Cancelled), store.making("clip", "k", Stop()):
        pass


@pytest.mark.parametrize("step", ["write_json", "sync_tree", "rename"])
def test_a_kill_at_each_step_leaves_whole_or_resumable(tmp_path: Path, step: str) -> None:
    """The process dies right before each of the finishing steps."""
    code = f"""
import os, signal, sys
from pathlib import Path
import perscoach.core.store as store
def die(*a, **k): os.kill(os.getpid(), signal.SIGKILL)
if {step!r} == "rename":
    Path.rename = die
else:
    setattr(store, {step!r}, die)
with store.Store(Path(sys.argv[1])).making("matte", "k") as work:
    (work.folder / "a").write_text("1")
"""
    done = subprocess.run([sys.executable, "-c", code, str(tmp_path)], env={**os.environ})
    assert done.returncode == -signal.SIGKILL
    store = Store(tmp_path)
    assert store.finished("matte", "k") is None
    with store.making("matte", "k") as work:
        assert (work.folder / "a").read_text() == "1"
    assert (tmp_path / "matte" / "k" / "a").read_text() == "1"


def test_a_damaged_piece_reopens_the_result(tmp_path: Path) -> None:
    store = Store(tmp_path)
    with store.making("matte", "k") as work:
        (work.folder / "a").write_text("1")
    store.reopen("matte", "k")
    assert store.finished("matte", "k") is None
    assert (store.folder("matte", "k") / "a").read_text() == "1"


def test_prune_keeps_what_is_used_young_or_being_made(tmp_path: Path) -> None:
    store = Store(tmp_path)
    for key in ("used", "old", "young"):
        with store.making("matte", key):
            pass
    for key in ("used", "old"):
        os.utime(tmp_path / "matte" / key, (0, 0))
    with store.making("matte", "begun") as work:
        os.utime(work.folder, (0, 0))
        assert store.prune({("matte", "used")}, older=60) == ["matte/old"]
    assert {p.name for p in (tmp_path / "matte").iterdir()} == {"used", "young", "begun"}


def test_a_folder_without_made_is_no_result(tmp_path: Path) -> None:
    store = Store(tmp_path)
    with store.making("matte", "k"):
        pass
    (tmp_path / "matte" / "k" / MADE).unlink()
    assert store.finished("matte", "k") is None
    assert store.make("matte", "k", lambda folder: {}) == tmp_path / "matte" / "k"


@pytest.mark.parametrize("exchange", [True, False])
def test_publishing_replaces_a_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, exchange: bool) -> None:
    if not exchange:
        monkeypatch.setattr(files, "_exchange", lambda a, b: False)
    for name in ("new", "final"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "a").write_text(name)
    files.publish_folder(tmp_path / "new", tmp_path / "final")
    assert [p.name for p in tmp_path.iterdir()] == ["final"]
    assert (tmp_path / "final" / "a").read_text() == "new"


def test_a_kill_between_two_renames_is_undone(tmp_path: Path) -> None:
    (tmp_path / ".final.earlier").mkdir()
    files.restore_folder(tmp_path / "final")
    assert [p.name for p in tmp_path.iterdir()] == ["final"]


def test_pieces_that_are_not_all_there_finish_nothing_and_keep_their_facts(tmp_path: Path) -> None:
    store = Store(tmp_path)
    with store.making("matte", "k") as work:
        work.add("engines", {"runtime": "a"})
        work.complete = False
    assert store.finished("matte", "k") is None
    assert store.facts_so_far("matte", "k") == {"engines": [{"runtime": "a"}]}
    with store.making("matte", "k") as work:
        work.add("engines", {"runtime": "b"})
        work.add("engines", {"runtime": "a"})
    assert store.facts("matte", "k") == {"engines": [{"runtime": "a"}, {"runtime": "b"}]}
    store.reopen("matte", "k")
    with store.making("matte", "k") as work:
        work.add("engines", {"runtime": "c"})
    assert store.facts("matte", "k") == {"engines": [{"runtime": "a"}, {"runtime": "b"}, {"runtime": "c"}]}


def test_prune_spares_the_last_used_of_each_kind(tmp_path: Path) -> None:
    store = Store(tmp_path)
    for number, key in enumerate(("oldest", "older", "used")):
        for kind in ("matte", "pose"):
            with store.making(kind, key):
                pass
            os.utime(tmp_path / kind / key, (number, number))
    assert store.used == {(kind, key) for kind in ("matte", "pose") for key in ("oldest", "older", "used")}
    assert store.prune({("matte", "used")}, spare=1) == ["matte/oldest", "pose/oldest", "pose/older"]


def test_half_files_of_a_killed_attempt_are_no_part_of_the_result(tmp_path: Path) -> None:
    script = (
        "import os, pathlib, signal, sys\n"
        "from perscoach.core.files import atomic\n"
        "from perscoach.core.store import Store\n"
        "with Store(pathlib.Path(sys.argv[1])).making('video', 'k') as work:\n"
        "    (work.folder / 'piece').write_text('1')\n"
        "    with atomic(work.folder / 'inner' / 'a.webm') as part:\n"
        "        part.write_text('half')\n"
        "        os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    subprocess.run([sys.executable, "-c", script, str(tmp_path)], check=False)
    assert len(list((tmp_path / "video" / "k.making" / "inner").iterdir())) == 1
    with Store(tmp_path).making("video", "k") as work:
        assert (work.folder / "piece").exists()
    assert list((tmp_path / "video" / "k" / "inner").iterdir()) == []
