"""Rules that no linter knows: nothing of one machine, no registry but the public ones, sentences in the catalogue."""

from __future__ import annotations

import ast
import re

import pytest

from tests.project.repository import text_of, tracked

_MACHINE = re.compile(r"(?<![\w.~<>:/-])/(?:work|root|home(?!/anna/)|opt|Users|mnt|private)/[\w.]")
"""The start of a path as it is on one machine only. Invented people in the tests are called anna."""
_HOST = re.compile(r"https?://([A-Za-z0-9.-]+)(?::\d+)?(/[\w./-]*)?")
_PUBLIC = ("pypi.org", "files.pythonhosted.org", "registry.npmjs.org", "download.pytorch.org")
_LIKE_A_REGISTRY = re.compile(r"pypi|npm|regist|mirror|proxy|artifact|nexus|index|wheel|pip", re.IGNORECASE)
_RUSSIAN = re.compile("[А-Яа-яЁё]")
_MAY_BE_RUSSIAN = re.compile(
    r"perscoach/core/messages/|perscoach/mirror/page/texts\w*\.mjs|docs/|tests/|benchmarks/"
    r"|perscoach/mirror/page/(controls|screens|locale)\.mjs|perscoach/ui/app\.py"  # a language's own name
    r"|perscoach/mirror/page/index\.html|perscoach/ui/shell/shell\.js"  # shown before any catalogue is there
    r"|perscoach/ui/colour/(habits|player)\.mjs"  # letters on a keyboard
)
"""The catalogue, the mirror's own (the page is also served without Python), what people read, what checks them, and what
cannot come out of a catalogue."""


@pytest.mark.parametrize(
    ("line", "bad"),
    [
        ("see /opt/x/clip.mp4", True),
        ('open("/mnt/.venv/bin/python")', True),
        ("/home/bob/x", True),
        ("/home/anna/x", False),
        ("COPY . /app/opt/x", False),
        ("https://example.org/opt/x", False),
        ("~/opt/x", False),
    ],
)
def test_what_counts_as_a_path_of_a_machine(line: str, bad: bool) -> None:
    assert bool(_MACHINE.search(line)) == bad


def test_no_file_names_a_path_of_one_machine() -> None:
    found = [
        f"{name}:{number}"
        for name in tracked()
        if name != "tests/project/test_house_rules.py"
        for number, line in enumerate((text_of(name) or "").splitlines(), 1)
        if _MACHINE.search(line)
    ]
    assert not found


def _registries(text: str) -> set[str]:
    return {host for host, path in _HOST.findall(text) if _LIKE_A_REGISTRY.search(host) or "/simple" in path}


def test_no_file_names_a_registry_but_the_public_ones() -> None:
    assert _registries("http://10.0.0.1:8080/simple/ https://pypi.corp.example/x https://github.com/a/npm") == {
        *("10.0.0.1", "pypi.corp.example"),
    }
    found = {(name, host) for name in tracked() for host in _registries(text_of(name) or "")}
    own = "tests/project/test_house_rules.py"
    assert not {(name, host) for name, host in found if host not in _PUBLIC and name != own}
    assert text_of("package-lock.json") and '"resolved"' not in (text_of("package-lock.json") or "")


def test_sentences_for_people_stand_in_the_catalogue() -> None:
    found = [
        name
        for name in tracked()
        if name.endswith((".py", ".mjs", ".js", ".html", ".css"))
        and not _MAY_BE_RUSSIAN.match(name)
        and _RUSSIAN.search(text_of(name) or "")
    ]
    assert not found


LONGEST_FILE, LONGEST_FUNCTION = 400, 60


def test_no_file_and_no_function_is_long() -> None:
    """A function's documentation does not count."""
    found = []
    for name in tracked():
        if not name.endswith((".py", ".mjs", ".js")):
            continue
        text = text_of(name) or ""
        if len(text.splitlines()) > LONGEST_FILE:
            found.append(name)
        for node in ast.walk(ast.parse(text)) if name.endswith(".py") else ():
            if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
                documented = len((ast.get_docstring(node, clean=False) or "").splitlines())
                if (node.end_lineno or 0) - node.lineno + 1 - documented > LONGEST_FUNCTION:
                    found.append(f"{name}: {node.name}")
    assert not found


def test_variables_of_the_environment_are_settings() -> None:
    """One place reads them and refuses bad values by name; ``PERSCOACH_DEBUG`` is for whoever programs."""
    reads = re.compile(r"""(?:environ(?:\.get)?|getenv)[\[(]["']PERSCOACH_(?!DEBUG)""")
    files = [name for name in tracked() if name.startswith("perscoach/") and name != "perscoach/core/settings.py"]
    assert [name for name in files if reads.search(text_of(name) or "")] == []
