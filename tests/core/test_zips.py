"""The directory of a foreign archive is not read before its size is known."""

from __future__ import annotations

import struct
import time
import zipfile
from pathlib import Path

import pytest

from perscoach.core.zips import TooManyMembers, open_zip


def archive(path: Path, members: int) -> Path:
    with zipfile.ZipFile(path, "w") as made:
        for i in range(members):
            made.writestr(f"trainer_frames/{i:06d}.png", b"")
    return path


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return archive(tmp_path_factory.mktemp("zip") / "large.zip", 70_000)  # more than 65 535: zip64


def test_too_many_members_are_refused_at_once(large: Path) -> None:
    start = time.process_time()
    with pytest.raises(TooManyMembers) as error:
        open_zip(large, 40_000)
    assert error.value.members == 70_000 and time.process_time() - start < 0.1


def test_a_record_that_states_too_few_is_refused_at_once(large: Path, tmp_path: Path) -> None:
    data = bytearray(large.read_bytes())
    record = data.rfind(b"PK\6\6")
    data[record + 24 : record + 40] = struct.pack("<QQ", 3, 3)
    (tmp_path / "lie.zip").write_bytes(data)
    start = time.process_time()
    with pytest.raises(TooManyMembers):
        open_zip(tmp_path / "lie.zip", 40)
    assert time.process_time() - start < 0.1


def test_counts_are_those_of_the_directory(tmp_path: Path) -> None:
    path = archive(tmp_path / "a.zip", 5)
    with open_zip(path, 5) as found:
        assert len(found.namelist()) == 5
    with pytest.raises(TooManyMembers):
        open_zip(path, 4)
    data = bytearray(path.read_bytes())
    data[-14:-10] = struct.pack("<HH", 1, 1)  # the end record states one member
    path.write_bytes(data)
    with pytest.raises(TooManyMembers):
        open_zip(path, 4)


@pytest.mark.parametrize("data", [b"", b"PK\5\6", b"PK\6\7" + bytes(16) + b"PK\5\6" + bytes(18), b"x" * 100])
def test_what_is_no_archive(data: bytes, tmp_path: Path) -> None:
    (tmp_path / "a.zip").write_bytes(data)
    with pytest.raises(zipfile.BadZipFile):
        open_zip(tmp_path / "a.zip", 5).close()
        raise zipfile.BadZipFile("an empty archive is one")
