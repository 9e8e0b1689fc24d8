"""Names, the zip, and zips that strangers made."""

from __future__ import annotations

import contextlib
import stat
import time
import zipfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from perscoach.bundles import archive
from perscoach.bundles.archive import unpack, zip_bundle
from perscoach.core.errors import BundleError


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    root = tmp_path / "Присед"
    (root / "poses").mkdir(parents=True)
    (root / "trainer_frames").mkdir()
    (root / "bundle.json").write_text("{}" + " " * 5000)
    (root / "trainer_transparent.webm").write_bytes(bytes(5000))
    (root / "poses/trainer_poses.npz").write_bytes(bytes(100))
    (root / "trainer_frames/000000.png").write_bytes(bytes(100))
    return root


def test_the_zip_has_fixed_names_and_packs_only_text(folder: Path, tmp_path: Path) -> None:
    (folder / ".hidden").write_text("x")
    (folder / "имя.txt").write_text("x")
    (folder / "poses/link.json").symlink_to(tmp_path / "outside")
    (folder / "linked").symlink_to(tmp_path)
    path = zip_bundle(folder, "Присед: 1")
    assert path.parent == tmp_path and path.name.startswith("Присед_ 1-")
    with zipfile.ZipFile(path) as made:
        assert made.testzip() is None
        packed = {i.filename: i.compress_type == zipfile.ZIP_DEFLATED for i in made.infolist()}
    assert packed == {
        "bundle.json": True,
        "poses/trainer_poses.npz": False,
        "trainer_frames/000000.png": False,
        "trainer_transparent.webm": False,
    }


def test_the_same_files_make_the_same_zip(folder: Path) -> None:
    first = zip_bundle(folder, "a").read_bytes()
    (folder / "bundle.json").touch()
    assert zip_bundle(folder, "a").read_bytes() == first


def test_a_failing_zip_leaves_the_old_one(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = zip_bundle(folder, "a")
    before = path.read_bytes()

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(archive, "_add", full)
    with pytest.raises(BundleError, match="No space left"):
        zip_bundle(folder, "a")
    assert path.read_bytes() == before and sorted(p.name for p in folder.parent.iterdir()) == ["a.zip", folder.name]


def test_an_empty_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(BundleError, match="no files to zip"):
        zip_bundle(tmp_path / "empty", "a")


def test_what_was_zipped_comes_out(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "into").mkdir()
    unpack(zip_bundle(folder, "a"), tmp_path / "into")
    for path in folder.rglob("*"):
        if path.is_file():
            assert (tmp_path / "into" / path.relative_to(folder)).read_bytes() == path.read_bytes()


@pytest.mark.parametrize(
    "name",
    [
        "../evil",
        "/evil",
        "a/../../evil",
        "C:/evil",
        "a\\..\\evil",
        "a//b",
        "./a",
        "a/b/c/d/e",
        "имя",
        "a\0b",
        "-x",
        "a.",
    ],
)
def test_a_path_outside_is_refused(tmp_path: Path, name: str) -> None:
    into = tmp_path / "deep" / "into"
    into.mkdir(parents=True)
    info = zipfile.ZipInfo("x")
    info.filename = name
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as bad:
        bad.writestr(info, "evil")
    if zipfile.ZipFile(tmp_path / "a.zip").namelist() != [name] and "\0" not in name:
        pytest.skip("the writer already changed the name")
    try:
        unpack(tmp_path / "a.zip", into)
    except BundleError:
        assert not list(into.iterdir())
    else:
        assert "\0" in name and [p.name for p in into.iterdir()] == ["a"], "reading stops at a zero byte"
    assert [p.name for p in tmp_path.iterdir()] in (["a.zip", "deep"], ["deep", "a.zip"])


def test_links_are_refused(tmp_path: Path) -> None:
    info = zipfile.ZipInfo("bundle.json")
    info.external_attr = (stat.S_IFLNK | 0o777) << 16
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as bad:
        bad.writestr(info, "/etc/passwd")
    (tmp_path / "into").mkdir()
    with pytest.raises(BundleError, match="cannot be in a package"):
        unpack(tmp_path / "a.zip", tmp_path / "into")


def test_bombs_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "into").mkdir()
    with zipfile.ZipFile(tmp_path / "a.zip", "w", zipfile.ZIP_DEFLATED) as bad:
        bad.writestr("bundle.json", bytes(1_000_000))
    monkeypatch.setattr(archive, "MAX_BYTES", 100_000)
    with pytest.raises(BundleError, match="unpacked"):
        unpack(tmp_path / "a.zip", tmp_path / "into")
    monkeypatch.setattr(archive, "MAX_BYTES", 1 << 40)
    monkeypatch.setattr(archive, "_MAX_RATIO", 100)
    with pytest.raises(BundleError, match="cannot be in"):
        unpack(tmp_path / "a.zip", tmp_path / "into")
    assert not list((tmp_path / "into").iterdir())


@pytest.mark.parametrize("twice", ["bundle.json", "BUNDLE.json"])
def test_a_name_twice_is_refused(tmp_path: Path, twice: str) -> None:
    import warnings

    with warnings.catch_warnings(), zipfile.ZipFile(tmp_path / "a.zip", "w") as bad:
        warnings.simplefilter("ignore")
        bad.writestr("bundle.json", "1")
        bad.writestr(twice, "2")
    with pytest.raises(BundleError, match="cannot be in"):
        unpack(tmp_path / "a.zip", tmp_path)


@given(st.binary(max_size=300))
def test_any_bytes_are_a_zip_or_an_error(tmp_path_factory: pytest.TempPathFactory, data: bytes) -> None:
    folder = tmp_path_factory.mktemp("zip")
    (folder / "a.zip").write_bytes(data)
    (folder / "into").mkdir()
    with contextlib.suppress(BundleError):
        unpack(folder / "a.zip", folder / "into")


def test_a_zip_of_very_many_files_is_refused_at_once(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as many:
        for i in range(70_000):
            many.writestr(f"trainer_frames/{i:06d}.png", b"")
    start = time.process_time()
    with pytest.raises(BundleError, match="70,000 files, expected at most 40,000"):
        unpack(tmp_path / "a.zip", tmp_path)
    assert time.process_time() - start < 0.5
