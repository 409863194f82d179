"""The dated message of the exchange is one, says when and where it was laid, and is found again after a restore."""

import getpass
import sqlite3
import sys
import wave
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from exporters import telephone_canary
from pyinfra_deploys.drills.telephony import exchange_reader as reader
from pyinfra_deploys.facts import telephone_use_on_host as telephone

NOW = datetime(2026, 11, 26, 15, 0, 0, tzinfo=UTC).timestamp() + 0.7
PJSIP = """\
[ana]
type = aor
contact = sip:ana@198.51.100.60:5060
[eski]
type = aor
contact=sip:eski@203.0.113.9
"""


@pytest.fixture
def spool(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(telephone_canary.shutil, "chown", lambda *_: None)
    monkeypatch.setattr(reader, "SPOOL", tmp_path)
    monkeypatch.setattr(reader, "CALLS", tmp_path / "calls.db")
    monkeypatch.setattr(reader, "HELD", tmp_path / "pjsip.conf")
    return tmp_path


def test_one_message_is_kept_and_read_with_its_time(spool: Path) -> None:
    assert telephone_canary.lay(spool, "5995", "pbx1", NOW - 300, getpass.getuser()) == int(NOW) - 300
    (spool / "5995/INBOX").rename(spool / "5995/Old")  # somebody listened
    telephone_canary.lay(spool, "5995", "pbx1", NOW, getpass.getuser())
    assert [path.name for path in sorted(spool.glob("5995/*/*"))] == ["msg0000.txt", "msg0000.wav"]
    assert reader.dated(spool / "5995") == [("pbx1", "2026-11-26T15:00:00+00:00")]


def test_the_message_is_a_tone_that_a_telephone_tells_from_others(spool: Path) -> None:
    telephone_canary.lay(spool, "5995", "pbx1", NOW, getpass.getuser())
    with wave.open(str(spool / "5995/INBOX/msg0000.wav")) as file:
        shape = (file.getnchannels(), file.getsampwidth(), file.getframerate())
        raw = file.readframes(telephone.WINDOW)
    window = [int.from_bytes(raw[at : at + 2], "little", signed=True) for at in range(0, len(raw), 2)]
    assert shape == (1, 2, 8000)
    assert telephone.share(window, telephone_canary.TONE_HERTZ) > 0.9
    assert telephone.share(window, 1000) < 0.1


def test_messages_of_people_are_counted_and_never_dated(spool: Path) -> None:
    (spool / "2801/INBOX").mkdir(parents=True)
    (spool / "2801/INBOX/msg0000.wav").touch()
    (spool / "2801/INBOX/msg0000.txt").write_text("[message]\ncallerchan=PJSIP/2805\norigtime=1790000000\n")
    found = reader.read({"mailbox": "2801", "trunks": []})
    assert found == {"exchange": "", "canaries": [], "messages": 1, "calls": None, "reached": []}


def test_every_operator_that_is_declared_or_was_restored_is_tried(
    spool: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reader, "reached", lambda address, port: (address, port) != ("198.51.100.60", 5060))
    (spool / "pjsip.conf").write_text(PJSIP)
    trunks = [["198.51.100.60", 5060], ["198.51.100.60", 5070]]
    assert reader.trunks() == {("198.51.100.60", 5060), ("203.0.113.9", 5060)}
    assert reader.read({"mailbox": "5995", "trunks": trunks})["reached"] == [
        "198.51.100.60:5070",
        "203.0.113.9:5060",
    ]


def test_calls_are_counted_in_the_copy_and_a_damaged_one_is_told(spool: Path) -> None:
    with closing(sqlite3.connect(spool / "calls.db")) as database:
        database.execute("CREATE TABLE cdr (src TEXT)")
        database.execute("INSERT INTO cdr VALUES ('2805')")
        database.commit()
    assert reader.calls() == 1
    (spool / "calls.db").write_bytes(b"damage" * 400)
    assert reader.calls() is None


def test_a_host_that_is_being_built_has_its_message_before_it_measures(
    spool: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Measuring comes with another role, later; a message that waited for it would be missed by who verifies."""
    out = spool / "canary.prom"
    with monkeypatch.context() as bare:
        bare.setitem(sys.modules, "exporters.textfile", None)
        telephone_canary.measured(NOW, out)
    assert not out.exists() and "not measured" in capsys.readouterr().out
    telephone_canary.measured(NOW, out)
    assert "bim_canary_last_timestamp_seconds" in out.read_text()
