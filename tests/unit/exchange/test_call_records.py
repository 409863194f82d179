"""Databases of calls are copied while they are written, and come back whole."""

import os
import pwd
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from tests.unit.exchange.conftest import program

records = program("call_records")


@pytest.fixture
def host(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A host with two written databases and one of the exchange's memory."""
    monkeypatch.setattr(records, "OWNER", pwd.getpwuid(os.getuid()).pw_name)
    monkeypatch.setattr(records, "DUMPS", tmp_path / "dumps")
    monkeypatch.setattr(records, "FAXES", tmp_path / "fax.log")
    monkeypatch.setattr(records, "SPOOL", tmp_path / "spool")
    for name, file in (("CALLS", "calls.db"), ("EVENTS", "events.db"), ("MEMORY", "astdb.sqlite3")):
        monkeypatch.setattr(records, name, tmp_path / file)
        with closing(sqlite3.connect(tmp_path / file, isolation_level=None)) as database:
            database.execute("PRAGMA journal_mode=WAL")
            database.execute("CREATE TABLE cdr (src TEXT)")
            database.execute("INSERT INTO cdr VALUES ('2800')")
    return tmp_path


def rows(path: Path) -> list[tuple[str]]:
    with closing(sqlite3.connect(path)) as database:
        return database.execute("SELECT src FROM cdr").fetchall()


def test_a_copy_holds_what_was_written_by_then_and_nothing_half_done(host: Path) -> None:
    writer = sqlite3.connect(host / "calls.db")
    writer.execute("INSERT INTO cdr VALUES ('2801')")
    writer.commit()
    writer.execute("INSERT INTO cdr VALUES ('2802')")
    assert records.main(["dump"]) == 0
    assert rows(host / "dumps/calls.db") == [("2800",), ("2801",)]
    assert sorted(path.name for path in (host / "dumps").iterdir()) == [
        "astdb.sqlite3",
        "calls.db",
        "events.db",
        "fax.log",
    ]
    writer.close()


@pytest.mark.parametrize(
    ("place", "found"), [(0, b"no database"), (36, b"\0\0\0\5")], ids=["head", "free pages"]
)
def test_a_damaged_database_is_told_and_the_copy_of_before_stays(
    place: int, found: bytes, host: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with closing(sqlite3.connect(host / "calls.db", isolation_level=None)) as database:
        database.executemany("INSERT INTO cdr VALUES (?)", [("2801" * 30,)] * 300)
        database.execute("PRAGMA journal_mode=DELETE")
    records.main(["dump"])
    with (host / "calls.db").open("r+b") as file:
        file.seek(place)
        file.write(found)
    assert records.main(["dump"]) == 1
    assert "database" in capsys.readouterr().err
    assert len(rows(host / "dumps/calls.db")) == 301


def test_what_is_restored_is_the_copy_and_nothing_of_what_was_written_since(host: Path) -> None:
    records.DUMPS.mkdir()
    records.dump(records.CALLS, records.DUMPS / "calls.db")
    stranger = sqlite3.connect(host / "calls.db")
    stranger.execute("INSERT INTO cdr VALUES ('since')")
    stranger.commit()
    records.restore(records.DUMPS / "calls.db", records.CALLS)
    stranger.close()
    assert rows(host / "calls.db") == [("2800",)]


def test_old_records_are_forgotten_before_the_copy_and_young_ones_stay(
    host: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of the fax log the length stays as well: what counts its lines knows how far it has read."""
    now = 1_800_000_000
    monkeypatch.setattr(records.time, "time", lambda: float(now))
    moments = {"old": now - 31 * 86_400, "young": now - 29 * 86_400}
    for file, table, column in (("calls.db", "cdr", "start"), ("events.db", "cel", "eventtime")):
        with closing(sqlite3.connect(host / file, isolation_level=None)) as database:
            database.execute("DROP TABLE cdr")
            database.execute(f"CREATE TABLE {table} (src TEXT, {column} INT)")
            database.executemany(f"INSERT INTO {table} VALUES (?, ?)", moments.items())
    lines = [f"{moment} sent 5200 +90312{name}\n" for name, moment in moments.items()]
    records.FAXES.write_text("".join(lines))
    (host / "spool/fax").mkdir(parents=True)
    for name, moment in moments.items():
        (host / f"spool/fax/{name}.tif").touch()
        os.utime(host / f"spool/fax/{name}.tif", (moment, moment))
    monkeypatch.setattr(records, "DECLARED", host / "declared.json")
    assert records.main(["dump"]) == 0
    assert rows(host / "calls.db") == [("old",), ("young",)], "it forgets what nobody declared"
    records.DECLARED.write_text('{"records_days": 30}')
    assert records.main(["dump"]) == 0
    assert rows(host / "dumps/calls.db") == rows(host / "calls.db") == [("young",)]
    assert [image.name for image in (host / "spool/fax").iterdir()] == ["young.tif"]
    with closing(sqlite3.connect(host / "dumps/events.db")) as database:
        assert database.execute("SELECT src FROM cel").fetchall() == [("young",)]
    assert b"old" not in (host / "dumps/calls.db").read_bytes()
    left = "-" * (len(lines[0]) - 1) + "\n" + lines[1]
    assert records.FAXES.read_text() == (host / "dumps/fax.log").read_text() == left


def test_the_record_of_faxes_comes_back_with_the_calls(host: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also where nothing was faxed yet; a backup that knows no faxes leaves those that are there."""
    monkeypatch.setattr(records.subprocess, "run", lambda *_, **__: None)
    assert records.main(["dump"]) == 0
    records.FAXES.write_text("1800000000 sent sent 5200\n")
    assert records.main(["dump"]) == 0
    records.FAXES.unlink()
    assert records.main(["restore"]) == 0
    assert records.FAXES.read_text() == "1800000000 sent sent 5200\n"
    assert records.FAXES.stat().st_mode & 0o777 == 0o640
    (host / "dumps/fax.log").unlink()
    assert (records.main(["restore"]), records.FAXES.exists()) == (0, True)


def test_an_order_that_is_none_is_refused(host: Path) -> None:
    wrong = ([], ["dump", "30"], ["make", "30"], ["all"])
    assert [records.main(words) for words in wrong] == [2] * 4


def test_making_keeps_what_is_there(host: Path) -> None:
    assert records.main(["make"]) == 0
    assert rows(host / "calls.db") == [("2800",)]
    assert (host / "calls.db").stat().st_mode & 0o777 == 0o640
