"""Taking a colour to other clips."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from perscoach.core.files import write_json
from perscoach.grade.look import Look, path_of, store
from perscoach.grade.params import Grade
from perscoach.jobs import JobQueue, Workspace
from perscoach.ui.colour.habits import CopyService
from perscoach.ui.context import OWNER_COOKIE, AppContext, load_secret
from tests.jobs.states import put, stored_row
from tests.ui.habits.site import load

GOOD = dataclasses.asdict(Grade(contrast=1.4))
CUBE = "LUT_3D_SIZE 2\n" + "".join(f"{r} {g} {b}\n" for b in (0, 1) for g in (0, 0.5) for r in (0, 1))


@dataclasses.dataclass
class People:
    """Two coaches, their requests, and the first one's clips."""

    service: CopyService
    context: AppContext
    me: Any
    stranger: Any
    here: Any
    there: Any
    theirs: Any


@pytest.fixture
def people(tmp_path: Path) -> People:
    from perscoach.core.settings import load_settings

    workspace = Workspace(tmp_path)
    settings = dataclasses.replace(load_settings(), workspace=tmp_path)
    context = AppContext(settings, workspace, JobQueue(workspace, 1), load_secret(tmp_path))
    cookies = [context.new_owner() for _ in range(2)]
    requests = [SimpleNamespace(cookies={OWNER_COOKIE: cookie}, headers={}, app=None) for cookie in cookies]
    mine, others = (cookie.split(".", 1)[0] for cookie in cookies)
    made = [with_clip(workspace, owner, name) for owner, name in ((mine, "Here"), (mine, "There"), (others, "Theirs"))]
    workspace.create(mine, "Without a clip")
    return People(CopyService(context), context, *requests, *made)


def with_clip(workspace: Workspace, owner: str, name: str) -> Any:
    """A job whose clip is noted and lies there (nothing here decodes it)."""
    job = workspace.create(owner, name)
    (job.folder / "clip").mkdir()
    (job.folder / "clip" / "clip.mp4").write_bytes(b"1234")
    about = {"schema": "perscoach.media/1", "bytes": 4, "fps": "30", "width": 64, "height": 48, "frames": 9}
    from perscoach.media.ingest import SCHEMA

    write_json(job.folder / "clip" / "clip.json", {**about, "schema": SCHEMA, "audio": False, "changes": []})
    put(job, status="done", clip="clip/clip.mp4")
    (job.folder / "thumbnail.jpg").write_bytes(b"jpg")
    return workspace.open(job.token)


def recipe_of(people: People, job: Any) -> Any:
    return people.context.workspace.open(job.token).state.recipe


def test_the_list_holds_the_coach_s_own_other_clips(people: People) -> None:
    listed = people.service.jobs({"token": people.here.token}, people.me)["jobs"]
    assert [job["name"] for job in listed] == ["There"]
    assert listed[0]["thumbnail"].startswith(f"perscoach/job/{people.there.token}/thumbnail.jpg?v=")
    assert listed[0]["busy"] is False
    text = json.dumps(people.service.jobs({"token": people.here.token}, people.stranger))
    assert "error" in text
    assert people.there.token not in text


def test_the_colour_and_the_look_s_table_go_to_the_other_clip(people: People) -> None:
    look = dataclasses.replace(store(people.here.folder, CUBE, "Film"), amount=0.5)
    asked = {"token": people.here.token, "to": people.there.token, "grade": GOOD, "look": dataclasses.asdict(look)}
    assert people.service.copy(asked, people.me) == {"name": "There"}
    assert recipe_of(people, people.there).grade == Grade(contrast=1.4)
    assert recipe_of(people, people.there).look == look
    assert path_of(people.there.folder, look).read_bytes() == path_of(people.here.folder, look).read_bytes()
    assert recipe_of(people, people.here).grade == Grade(), "the open clip's own is not touched"
    people.service.copy({**asked, "look": None}, people.me)
    assert recipe_of(people, people.there).look == Look()


def test_what_is_not_copied(people: People) -> None:
    good = {"token": people.here.token, "to": people.there.token, "grade": GOOD, "look": None}
    gone = {"id": "0" * 64, "name": "x", "amount": 1.0}
    bad: list[dict[str, Any]] = [{"to": people.theirs.token}, {"to": people.here.token}, {"to": None}, {"to": "../x"}]
    bad += [{"to": [people.there.token]}, {"token": people.theirs.token}, {"grade": {"contrast": 99}}, {"grade": None}]
    bad += [{"look": gone}, {"look": {"id": "../../etc"}}, {"look": 5}, {"look": {"id": "", "path": "x"}}, {"look": []}]
    before = [stored_row(job) for job in (people.here, people.there, people.theirs)]
    for words in bad:
        answer = people.service.copy({**good, **words}, people.me)
        assert list(answer) == ["error"], words
        assert "Something went wrong" not in answer["error"][0], words
    assert list(people.service.copy(good, people.stranger)) == ["error"]
    put(people.there, status="queued")  # it waits for its run
    answer = people.service.copy(good, people.me)
    assert "There is being processed" in answer["error"][0]
    assert people.service.jobs({"token": people.here.token}, people.me)["jobs"][0]["busy"] is True
    put(people.there, status="done")
    assert [stored_row(job) for job in (people.here, people.there, people.theirs)] == before


def test_copying_in_the_page(room: Any, people: People) -> None:
    third = with_clip(people.context.workspace, people.here.owner, "Третий <b>")
    token = {"token": people.here.token}
    room.expose_function("askJobs", lambda: people.service.jobs(token, people.me))
    room.expose_function("askCopy", lambda to, choice: people.service.copy({**token, "to": to, **choice}, people.me))
    load(room, grade=Grade(contrast=1.3))
    button = room.get_by_role("button", name="Copy to another clip…")
    button.focus()
    room.keyboard.press("Enter")
    room.wait_for_selector("dialog[open] input[type=checkbox]")
    assert room.locator("dialog[open] label").all_inner_texts()[0].startswith("Третий <b>")
    room.keyboard.press("Escape")
    assert button.evaluate("(node) => node === document.activeElement")
    room.keyboard.press("Enter")
    room.wait_for_selector("dialog[open] input[type=checkbox]:focus")
    room.keyboard.press("Space")
    room.keyboard.press("Tab")
    room.keyboard.press("Space")
    room.get_by_role("button", name="Copy to 2").click()
    room.wait_for_selector(".pcc-copying > .pcc-said:has-text('Copied to: Третий <b>, There')")
    assert button.evaluate("(node) => node === document.activeElement")
    assert [recipe_of(people, job).grade.contrast for job in (people.there, third, people.here)] == [1.3, 1.3, 1.12]
    put(people.there, status="queued")
    room.keyboard.press("Enter")
    room.wait_for_selector("dialog[open] input:disabled")
    assert "being processed" in room.inner_text("dialog[open] label:has(:disabled)")
    room.evaluate("document.querySelector('dialog[open] input:disabled').disabled = false")  # as if it began after that
    for box in room.locator("dialog[open] input").all():
        box.check()
    room.get_by_role("button", name="Copy to 2").click()
    room.wait_for_selector("dialog[open] .pcc-bad:has-text('is being processed')")
    assert room.locator("dialog[open] [role=status] p").first.inner_text() == "Copied to: Третий <b>"
