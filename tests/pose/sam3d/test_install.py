from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from perscoach.core.errors import EngineError
from perscoach.pose.sam3d import install, upstream
from perscoach.pose.sam3d.upstream import Code

pytestmark = pytest.mark.skipif(shutil.which("git") is None, reason="git is not installed")


def git(folder: Path, *words: str) -> str:
    who = ("-c", "user.name=a", "-c", "user.email=a@b.invalid", "-c", "init.defaultBranch=main")
    done = subprocess.run(["git", *who, "-C", str(folder), *words], capture_output=True, text=True, check=True)
    return done.stdout.strip()


@pytest.fixture
def published(tmp_path: Path) -> Callable[[str], Code]:
    """Writes and publishes one more commit of ``mirror/someone/thing`` and gives its description."""
    repository = tmp_path / "mirror" / "someone" / "thing"
    (repository / "pack" / "inner").mkdir(parents=True)
    (repository / "pictures").mkdir()
    git(repository, "init", "--quiet")
    git(repository, "config", "uploadpack.allowFilter", "true")

    def publish(text: str) -> Code:
        (repository / "pack" / "__init__.py").write_text(text)
        (repository / "pack" / "inner" / "__init__.py").write_bytes(b"a = 1\r\n")  # line ends must stay
        (repository / "LICENSE").write_text("licence\n")
        (repository / "pictures" / "big.bin").write_bytes(os.urandom(200_000))
        git(repository, "add", "-A")
        git(repository, "commit", "--quiet", "-m", text)
        commit = git(repository, "rev-parse", "HEAD")
        digest = upstream.digest_of(repository / "pack")
        return Code("thing", "someone/thing", "pack", commit, digest, ("pack", "LICENSE"))

    return publish


def test_one_commit_arrives_unmodified_and_without_the_rest(tmp_path: Path, published: Callable[[str], Code]) -> None:
    code = published("first\n")
    published("second\n")  # the pinned commit is not the newest
    address = (tmp_path / "mirror").as_uri()
    (place,) = install.install(address, tmp_path / "env", [code])
    assert place == tmp_path / "env" / "thing"
    assert sorted(p.name for p in place.iterdir()) == ["COMMIT", "LICENSE", "pack"]
    assert (place / "pack" / "__init__.py").read_text() == "first\n"
    assert (place / "pack" / "inner" / "__init__.py").read_bytes() == b"a = 1\r\n"
    assert (place / "COMMIT").read_text() == f"someone/thing {code.commit}\n"
    assert sorted(p.name for p in (tmp_path / "env").iterdir()) == ["thing"]


def test_what_is_there_needs_no_network_and_what_is_wrong_is_replaced(
    tmp_path: Path, published: Callable[[str], Code]
) -> None:
    code = published("first\n")
    address = str(tmp_path / "mirror")
    install.install(address, tmp_path / "env", [code])
    assert install.install("/nowhere", tmp_path / "env", [code]) == [tmp_path / "env" / "thing"]
    (tmp_path / "env" / "thing" / "pack" / "__init__.py").write_text("changed\n")
    install.install(address, tmp_path / "env", [code])
    assert (tmp_path / "env" / "thing" / "pack" / "__init__.py").read_text() == "first\n"
    newer = published("newer\n")
    install.install(address, tmp_path / "env", [newer])
    assert (tmp_path / "env" / "thing" / "pack" / "__init__.py").read_text() == "newer\n"
    assert sorted(p.name for p in (tmp_path / "env").iterdir()) == ["thing"]


def test_an_address_that_serves_other_code_changes_nothing(tmp_path: Path, published: Callable[[str], Code]) -> None:
    first = published("first\n")
    install.install(str(tmp_path / "mirror"), tmp_path / "env", [first])
    other = published("other\n")
    lying = Code("thing", "someone/thing", "pack", other.commit, "0" * 64, other.keep)
    with pytest.raises(EngineError, match="Nothing was changed"):
        install.install(str(tmp_path / "mirror"), tmp_path / "env", [lying])
    assert (tmp_path / "env" / "thing" / "pack" / "__init__.py").read_text() == "first\n"
    assert sorted(p.name for p in (tmp_path / "env").iterdir()) == ["thing"]


def test_no_such_commit_or_repository_is_a_sentence(tmp_path: Path, published: Callable[[str], Code]) -> None:
    code = published("first\n")
    unknown = Code("thing", "someone/thing", "pack", "1" * 40, code.digest, code.keep)
    with pytest.raises(EngineError, match="someone/thing at 111111111111 could not be fetched"):
        install.install(str(tmp_path / "mirror"), tmp_path / "env", [unknown])
    with pytest.raises(EngineError) as caught:
        install.install(str(tmp_path / "nowhere"), tmp_path / "env", [code])
    assert "make sam3d" in caught.value.en
    assert "make sam3d" in caught.value.ru
    assert list((tmp_path / "env").iterdir()) == []


def test_without_git(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("LANG", "en_US.UTF-8")
    assert install.main(["--to", str(tmp_path / "env")]) == 4
    assert "git is not installed" in capsys.readouterr().err


def test_a_copy_of_the_pinned_code_counts_as_installed(tmp_path: Path, upstream_code: None) -> None:
    for code in (upstream.BODY, upstream.DINOV3):
        shutil.copytree(upstream.folder_of(code) / code.package, tmp_path / "env" / code.name / code.package)
    places = install.install("/nowhere", tmp_path / "env")
    assert [place.name for place in places] == ["sam-3d-body", "dinov3"]
