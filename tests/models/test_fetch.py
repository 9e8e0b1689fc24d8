"""Weights: fetched whole, checked, kept, and refused in one sentence."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from perscoach import models
from perscoach.core.errors import ModelError
from perscoach.models import MODELS, Url
from tests.models.conftest import CONTENT, SHA, Server, left_over


@pytest.mark.parametrize("path", ["/good", "/moved"])
def test_a_good_file_arrives_whole(server: str, add: Any, installation: Path, path: str) -> None:
    add(Url(server + path))
    told: list[tuple[int, int]] = []
    got = models.fetch("toy", lambda done, total: told.append((done, total)))
    assert got == installation / "toy.bin" == models.path_of("toy")
    assert got.read_bytes() == CONTENT
    assert left_over(installation) == ["toy.bin"]
    assert told[-1] == (len(CONTENT), len(CONTENT))
    assert [d for d, _ in told] == sorted(d for d, _ in told)
    state = next(s for s in models.status() if s.model.name == "toy")
    assert (state.present, state.ok, state.size) == (True, True, len(CONTENT))


def test_what_is_there_is_not_fetched_again(server: str, add: Any) -> None:
    add(Url(server + "/good"))
    models.fetch("toy")
    models.fetch("toy")
    assert Server.asked == ["/good"]


@pytest.mark.parametrize(
    ("path", "sha256", "english", "russian"),
    [
        ("/good", "0" * 64, "SHA-256", "SHA-256"),
        ("/short", SHA, "broke after", "оборвалось"),
        ("/gone", SHA, "404", "404"),
        ("/long", SHA, "more than", "больше ожидаемых"),
        ("/away", SHA, "redirected away from https", "недоступен"),
    ],
)
def test_a_bad_answer_is_refused_and_leaves_nothing(
    server: str, add: Any, installation: Path, path: str, sha256: str, english: str, russian: str
) -> None:
    add(Url(server + path), sha256=sha256)
    with pytest.raises(ModelError) as caught:
        models.fetch("toy")
    assert english in caught.value.en
    assert russian in caught.value.ru
    assert left_over(installation) == []


def test_the_second_source_is_tried(server: str, add: Any) -> None:
    add(Url(server + "/gone"), Url(server + "/short"), Url(server + "/good"))
    assert models.fetch("toy").read_bytes() == CONTENT
    assert Server.asked == ["/gone", "/short", "/good"]


def test_a_damaged_file_is_replaced_and_a_failed_fetch_keeps_the_old_one(
    server: str, add: Any, installation: Path
) -> None:
    installation.mkdir()
    (installation / "toy.bin").write_bytes(b"older")
    add(Url(server + "/gone"))
    with pytest.raises(ModelError):
        models.fetch("toy")
    assert (installation / "toy.bin").read_bytes() == b"older"
    add(Url(server + "/good"))
    assert models.fetch("toy").read_bytes() == CONTENT


def test_an_unknown_host_is_one_sentence(add: Any) -> None:
    add(Url("http://127.0.0.1:9/toy"))  # nothing listens there
    with pytest.raises(ModelError, match=r"127\.0\.0\.1 cannot be reached"):
        models.fetch("toy")


def test_offline_asks_nobody(server: str, add: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    add(Url(server + "/good"))
    monkeypatch.setenv("PERSCOACH_OFFLINE", "1")
    with pytest.raises(ModelError, match="PERSCOACH_OFFLINE"):
        models.fetch("toy")
    assert Server.asked == []


def test_without_a_published_hash_the_first_fetch_is_held_to(server: str, add: Any, installation: Path) -> None:
    add(Url(server + "/good"), sha256=None)
    path = models.fetch("toy")
    assert (installation / "toy.bin.sha256").read_text().startswith(SHA)
    assert next(s for s in models.status() if s.model.name == "toy").ok
    path.write_bytes(CONTENT[:-1] + b"x")
    state = next(s for s in models.status() if s.model.name == "toy")
    assert state.ok is False
    assert state.hint is not None and "toy.bin" in state.hint.en


def test_a_full_disk_is_told_as_such(
    server: str, add: Any, installation: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = Path.open

    class Full:
        def __init__(self, file: Any) -> None:
            self.file = file

        def __enter__(self) -> Full:
            return self

        def __exit__(self, *_: Any) -> None:
            self.file.close()

        def write(self, _: bytes) -> int:
            raise OSError(28, "No space left on device")

    def opened(path: Path, mode: str = "r", *rest: Any, **more: Any) -> Any:
        file = real(path, mode, *rest, **more)
        return Full(file) if mode == "wb" else file

    add(Url(server + "/good"), Url(server + "/good"))
    monkeypatch.setattr(Path, "open", opened)
    with pytest.raises(ModelError, match="disk is full"):
        models.fetch("toy")
    assert Server.asked == ["/good"]  # another source would not help
    assert left_over(installation) == []


@pytest.mark.parametrize("name", list(MODELS))
def test_missing_weights_say_what_to_do(name: str) -> None:
    with pytest.raises(ModelError) as caught:
        models.path_of(name)
    assert f"perscoach models fetch {name}" in caught.value.en
    assert f"perscoach models fetch {name}" in caught.value.ru
    assert ("HF_TOKEN" in caught.value.en) is MODELS[name].gated


def test_an_unknown_name_lists_the_known() -> None:
    with pytest.raises(ModelError, match="pose_landmarker_full"):
        models.path_of("../etc/passwd")


def test_the_table_is_complete() -> None:
    for name, model in MODELS.items():
        assert model.name == name
        assert all((model.purpose.en, model.purpose.ru, model.licence, model.notice))
        assert model.page.startswith("https://")
        for file in model.files:
            assert not Path(file.path).is_absolute()
            assert ".." not in file.path
            assert file.size > 0
            assert (file.sha256 is not None and len(file.sha256) == 64) or model.no_hash
            assert all(s.url.startswith("https://") for s in file.sources if isinstance(s, Url))
    assert [m.name for m in MODELS.values() if m.embedded] == ["pose_landmarker_full", "pose_landmarker_heavy"]
    assert {s.model.name: (s.present, s.ok) for s in models.status()} == dict.fromkeys(MODELS, (False, None))
