"""The database: transactions of several processes, damage, a full disk."""

from __future__ import annotations

import sqlite3
import threading
from pathlib import Path

import pytest

from perscoach.core.errors import JobError
from perscoach.jobs.database import VERSION, Database


def test_only_this_user_can_read_it(tmp_path: Path) -> None:
    database = Database(tmp_path / "jobs.db")
    with database.changing() as connection:
        connection.execute(
            "INSERT INTO jobs (token, owner, name, created, changed, recipe) VALUES ('t','','',0,0,'{}')"
        )
    for file in tmp_path.iterdir():
        assert file.stat().st_mode & 0o077 == 0, file.name


def test_an_exception_undoes_the_whole_change(tmp_path: Path) -> None:
    database = Database(tmp_path / "jobs.db")
    with pytest.raises(ZeroDivisionError), database.changing() as connection:
        connection.execute(
            "INSERT INTO jobs (token, owner, name, created, changed, recipe) VALUES ('t','','',0,0,'{}')"
        )
        raise ZeroDivisionError
    with Database(tmp_path / "jobs.db").reading() as connection:
        assert connection.execute("SELECT count(*) FROM jobs").fetchone()[0] == 0


def test_many_threads_and_two_connections_lose_no_change(tmp_path: Path) -> None:
    databases = [Database(tmp_path / "jobs.db"), Database(tmp_path / "jobs.db")]
    with databases[0].changing() as connection:
        connection.execute("INSERT INTO jobs (token, owner, name, created, changed, recipe) VALUES ('t','','',0,0,'0')")

    def count(database: Database) -> None:
        for _ in range(25):
            with database.changing(durable=False) as connection:
                number = int(connection.execute("SELECT recipe FROM jobs").fetchone()[0])
                connection.execute("UPDATE jobs SET recipe = ?", (str(number + 1),))

    threads = [threading.Thread(target=count, args=(databases[i % 2],)) for i in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with databases[0].reading() as connection:
        assert connection.execute("SELECT recipe FROM jobs").fetchone()[0] == "150"


def test_a_damaged_file_is_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "jobs.db").write_bytes(b"no database" * 1000)
    with pytest.raises(JobError) as refusal:
        Database(tmp_path / "jobs.db")
    assert refusal.value.message.id == "jobs.database_damaged"


def test_a_file_of_a_newer_version_is_left_alone(tmp_path: Path) -> None:
    Database(tmp_path / "jobs.db").close()
    with sqlite3.connect(tmp_path / "jobs.db") as connection:
        connection.execute(f"PRAGMA user_version={VERSION + 1}")
    with pytest.raises(JobError) as refusal:
        Database(tmp_path / "jobs.db")
    assert refusal.value.message.id == "jobs.newer_database"


def test_a_full_disk_is_named(tmp_path: Path) -> None:
    """SQLite's own limit on pages gives the error of a full disk."""
    database = Database(tmp_path / "jobs.db")
    with database.reading() as connection:
        connection.execute("PRAGMA max_page_count=1")
    with pytest.raises(JobError) as refusal, database.changing() as connection:
        connection.execute("CREATE TABLE large AS SELECT zeroblob(1000000) AS data")
    assert refusal.value.message.id == "errors.disk_full"
    with database.changing() as connection:  # and it goes on
        connection.execute("DELETE FROM jobs")
