"""``perscoach compare`` as a person calls it."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from perscoach.bundles import poses
from perscoach.cli import main
from perscoach.pose.registry import availability
from tests.score.people import trainer
from tests.score.test_offline import saved

MOTION, WORLD, _ = trainer(150)


@pytest.fixture
def trainer_json(tmp_path: Path) -> Path:
    path = tmp_path / "poses" / "trainer_poses.json"
    poses.write_json(path, MOTION)
    return path


def test_two_recordings(trainer_json: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "report.json"
    assert main(["compare", str(trainer_json.parent.parent), str(trainer_json), "--json", "-o", str(out)]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert answer["ok"]
    assert answer["form"] > 98
    assert json.loads(out.read_text())["form"] == answer["form"]


@pytest.mark.parametrize(("language", "words"), [("en", "Form"), ("ru", "Форма")])
def test_a_mirror_recording_in_words(
    trainer_json: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], language: str, words: str
) -> None:
    client = tmp_path / "me.json"
    client.write_text(json.dumps(saved(np.repeat(WORLD[:1], 150, 0))))
    assert main(["compare", str(trainer_json), str(client), "--language", language]) == 0
    assert words in "".join(capsys.readouterr())


@pytest.mark.parametrize("client", ["nothing.json", "list.json", "nothing.mp4"])
def test_a_bad_client_gets_a_sentence(
    trainer_json: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], client: str
) -> None:
    (tmp_path / "list.json").write_text("[]")
    assert main(["compare", str(trainer_json), str(tmp_path / client)]) in (3, 5)
    said = capsys.readouterr().err
    assert client in said
    assert "Traceback" not in said


def test_a_clip_is_a_client(trainer_json: Path, gym_clip: Path, capsys: pytest.CaptureFixture[str]) -> None:
    state = availability()["mediapipe"]
    if not state.ok:
        pytest.skip(state.message.en)
    assert main(["compare", str(trainer_json), str(gym_clip), "--json", "--offset", "0"]) == 0
    assert 0 <= json.loads(capsys.readouterr().out)["form"] < 80
