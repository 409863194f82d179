"""A number may be given to somebody else: nobody hears what was said before, and nothing goes unrecorded."""

import os
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from estate.declared.estate import Estate
from estate.handover.deletions import VOICEMAIL, Deletions, deleted_boxes
from estate.plan.voicemail_boxes import Box, Boxes, Leaving, boxes, changes
from estate.telephony.lines import lines
from pyinfra_deploys.facts import voicemail_boxes_on_host as on_host
from tests.unit.directory.conftest import declares, lab, person

__all__ = ["declares", "lab", "person"]
Makes = Callable[..., Any]
TODAY = date(2026, 11, 30)
FORGOTTEN: list[str] = []
"""What the exchange was told to forget."""


def judged(estate: Estate, held: dict[str, Box]) -> Boxes:
    known = lines(estate, TODAY)
    return boxes(estate, known, [line.number for line in known if line.voicemail], held, TODAY)


def test_a_box_whose_holder_stays_is_left_alone_and_a_new_one_is_marked(
    declares: Makes, person: Makes
) -> None:
    estate = declares(person("100136", extension="2805"))
    held = {"2805": Box("100136", 3, 900)}
    found = judged(estate, held)
    assert (found.holders["2805"], found.leaving) == ("100136", ())
    keys = [change.key for change in changes(found, held, "telephony", "pbx1")]
    assert "voicemail of 2805" not in keys
    assert "voicemail of 5990" in keys


def test_messages_go_along_to_the_new_number(declares: Makes, person: Makes) -> None:
    estate = declares(person("100136", extension="2811"))
    (leaving,) = judged(estate, {"2805": Box("100136", 3, 900)}).leaving
    assert (leaving.fate, leaving.to) == ("move", "2811")


def test_who_left_hands_over_or_is_deleted_with_a_record(declares: Makes, person: Makes) -> None:
    heir = person("100145", user="oguz.yagiz", extension="2806")
    held = {"2805": Box("100136", 3, 900)}
    (given,) = judged(
        declares(person(extension="2805", end="2026-11-01", hand_over="100145"), heir), held
    ).leaving
    assert (given.fate, given.to) == ("move", "2806")
    (gone,) = judged(declares(person(extension="2805", end="2026-11-01"), heir), held).leaving
    assert gone.fate == "purge"
    (record,) = deleted_boxes([gone], "pbx1", "run-7", {})
    assert (record.kind, record.personnel_number, record.messages, record.bytes) == (
        "voicemail",
        "100136",
        3,
        900,
    )
    kept = declares(person(extension="2805", end="2026-11-01", legal_hold=True), heir)
    assert [one.fate for one in judged(kept, held).leaving] == ["keep"]


def test_a_number_that_somebody_else_got_starts_with_an_empty_box(declares: Makes, person: Makes) -> None:
    left = person("100136", extension=None, user=None, sam_account_name=None, mail=None, end="2026-11-01")
    estate = declares(left, person("100145", user="oguz.yagiz", extension="2805"))
    held = {"2805": Box("100136", 3, 900)}
    found = judged(estate, held)
    assert [(one.number, one.fate) for one in found.leaving] == [("2805", "purge")]
    assert found.holders["2805"] == "100145"
    shown = [
        (one.action, one.after) for one in changes(found, held, "t", "h") if one.key == "voicemail of 2805"
    ]
    assert shown == [
        ("update", "3 messages deleted: left, closed from 2026-11-02"),
        ("create", "box of 100145"),
    ]


@pytest.fixture
def spool(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(on_host, "BOXES", tmp_path / "default")
    monkeypatch.setattr(on_host, "ASIDE", tmp_path / "kept")
    monkeypatch.setattr(on_host, "TAKEN", tmp_path / "taken")
    FORGOTTEN.clear()
    (tmp_path / "default").mkdir()
    return tmp_path / "default"


def message(spool: Path, box: str, folder: str, number: int, text: str) -> None:
    place = spool / box / folder
    place.mkdir(parents=True, exist_ok=True)
    (place / f"msg{number:04}.txt").write_text(text)
    (place / f"msg{number:04}.wav").write_text(f"sound of {text}")


def told(fate: str, to: str | None = None) -> list[dict[str, Any]]:
    return [{"number": "2805", "holder": "100136", "fate": fate, "to": to}]


def test_moved_messages_stand_behind_those_that_are_there_without_gaps(spool: Path) -> None:
    on_host.mark_boxes({"2805": "100136", "2811": "100136"})
    message(spool, "2805", "INBOX", 0, "first")
    message(spool, "2805", "Old", 0, "second")
    message(spool, "2811", "INBOX", 0, "own")
    on_host.pass_on(told("move", "2811"), FORGOTTEN.append)
    inbox = spool / "2811" / "INBOX"
    assert sorted(path.name for path in inbox.glob("*.txt")) == ["msg0000.txt", "msg0001.txt", "msg0002.txt"]
    assert (inbox / "msg0000.txt").read_text() == "own"
    for path in inbox.glob("*.txt"):
        assert path.with_suffix(".wav").read_text() == f"sound of {path.read_text()}"
    assert not (spool / "2805").exists()
    assert "database del forward-always 2805" in FORGOTTEN
    assert "database del dnd 2805" in FORGOTTEN


def test_a_repeat_after_a_kill_touches_no_box_of_the_new_holder(spool: Path) -> None:
    on_host.mark_boxes({"2805": "100145"})
    message(spool, "2805", "INBOX", 0, "for the new one")
    on_host.pass_on(told("purge"), FORGOTTEN.append)
    assert on_host.box(spool / "2805")["messages"] == 1


def test_only_boxes_that_will_lack_their_mark_are_marked(spool: Path, tmp_path: Path) -> None:
    marked = {"2801": "100101", "2805": "100136", "2811": "100145"}
    on_host.mark_boxes(marked)
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / on_host.MARK).write_text("100107\n")
    (spool / "2807").symlink_to(tmp_path / "elsewhere")
    (spool / "2808").mkdir()
    holders = {**marked, "2801": "100199", "2806": "100106", "2807": "100107", "2808": "100108"}
    assert set(on_host.unmarked(holders, [])) == {"2801", "2806", "2807", "2808"}
    leaving = [{"number": "2805", "to": "2811"}]
    assert set(on_host.unmarked(holders, leaving)) == {"2801", "2805", "2806", "2807", "2808", "2811"}
    assert on_host.unmarked(holders, leaving)["2805"] == "100136"


def test_laid_aside_for_the_law_and_deleted(spool: Path) -> None:
    for fate, kept in (("keep", 1), ("purge", 1)):
        on_host.mark_boxes({"2805": "100136"})
        message(spool, "2805", "INBOX", 0, "x")
        on_host.pass_on(told(fate), FORGOTTEN.append)
        assert not (spool / "2805").exists()
        assert len(list(on_host.ASIDE.iterdir())) == kept
    assert on_host.ASIDE.stat().st_mode & 0o777 == 0o700
    assert next(on_host.ASIDE.glob("100136-2805-*/INBOX/msg0000.txt")).read_text() == "x"


def test_boxes_without_messages_leave_no_record() -> None:
    assert deleted_boxes([Leaving("2805", Box("100136", 0, 8), "purge", "left")], "pbx1", "run-7", {}) == ()


def inboxes(spool: Path) -> dict[str, list[str]]:
    """Gives what is told of the messages of every box."""
    return {box.name: sorted(p.read_text() for p in box.glob("*/*.txt")) for box in sorted(spool.iterdir())}


@pytest.mark.parametrize("killed", [False, True])
def test_who_changed_numbers_with_each_other_keep_what_is_theirs(
    spool: Path, declares: Makes, person: Makes, monkeypatch: pytest.MonkeyPatch, killed: bool
) -> None:
    """Also when a kill comes after both were taken from their numbers, and one of them has a new message since."""
    estate = declares(
        person("100136", extension="2811"), person("100145", user="oguz.yagiz", extension="2805")
    )
    on_host.mark_boxes({"2805": "100136", "2811": "100145"})
    message(spool, "2805", "INBOX", 0, "for 136")
    message(spool, "2811", "INBOX", 0, "for 145")

    def apply() -> None:
        found = judged(estate, {number: Box(**told) for number, told in on_host.held().items()})
        fates = [
            {"number": one.number, "holder": one.box.holder, "fate": one.fate, "to": one.to}
            for one in found.leaving
        ]
        on_host.pass_on(fates, FORGOTTEN.append)
        on_host.mark_boxes({number: found.holders[number] for number in ("2805", "2811")})

    if killed:
        with monkeypatch.context() as patched, pytest.raises(KeyboardInterrupt):
            patched.setattr(on_host, "move_messages", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
            apply()
        assert set(on_host.held()) == {"2805-100136", "2811-100145"}
        message(spool, "2805", "INBOX", 0, "new for 145")
    apply()
    assert inboxes(spool) == {"2805": ["for 145"] + ["new for 145"] * killed, "2811": ["for 136"]}
    assert {number: told["holder"] for number, told in on_host.held().items()} == {
        "2805": "100145",
        "2811": "100136",
    }


@pytest.mark.parametrize("lay", [Path.mkdir, os.mkfifo], ids=["folder", "pipe"])
def test_what_is_no_file_is_no_mark_and_keeps_nobody_waiting(
    spool: Path, lay: Callable[[Path], None]
) -> None:
    (spool / "2805").mkdir()
    lay(spool / "2805" / on_host.MARK)
    assert on_host.held()["2805"]["holder"] is None
    on_host.mark_boxes({"2805": "100136"})
    assert [path.name for path in (spool / "2805").iterdir()] == [on_host.MARK]
    assert on_host.held()["2805"]["holder"] == "100136"


def test_a_mark_nobody_can_read_is_replaced(spool: Path) -> None:
    (spool / "2805").mkdir()
    (spool / "2805" / on_host.MARK).write_bytes(b"\xff\xfe")
    assert "2805" in on_host.unmarked({"2805": "100136"}, [])


def test_nothing_is_written_or_read_through_a_link_of_the_daemon(spool: Path, tmp_path: Path) -> None:
    victim, secret = tmp_path / "victim", tmp_path / "secret"
    victim.mkdir()
    secret.write_text("100136")
    (spool / "2805").mkdir()
    (spool / "2805" / on_host.MARK).symlink_to(secret)
    (spool / "2806").symlink_to(victim)
    assert on_host.held()["2805"]["holder"] is None
    on_host.mark_boxes({"2805": "100145"})
    assert (secret.read_text(), on_host.held()["2805"]["holder"]) == ("100136", "100145")
    with pytest.raises(FileExistsError):
        on_host.mark_boxes({"2806": "100145"})
    message(spool, "2805", "INBOX", 0, "x")
    (spool / "2811").mkdir()
    (spool / "2811" / "INBOX").symlink_to(victim)
    with pytest.raises(FileExistsError):
        on_host.move_messages(spool / "2805", spool / "2811" / "INBOX")
    assert (list(victim.iterdir()), "2806" in on_host.held()) == ([], False)


def test_two_boxes_of_things_are_two_records_and_each_is_settled_by_its_number(tmp_path: Path) -> None:
    records = Deletions(tmp_path, VOICEMAIL, "pbx1")
    rooms = [Leaving(number, Box("shared", 3, 900), "purge", "nobody's") for number in ("2990", "2991")]
    records.lay_aside(deleted_boxes(rooms, "pbx1", "run-7", {}))
    rest = [Leaving("2991", Box("shared", 0, 8), "purge", "nobody's")]  # a kill came while it was removed
    (again,) = deleted_boxes(rest, "pbx1", "run-8", records.unsettled())
    assert (again.box, again.messages) == ("2991", 3)
    records.settle(present={"shared-2991", "shared-2801"})
    assert [path.name[:11] for path in sorted(tmp_path.glob("*Z.json"))] == ["shared-2990"]
    assert set(records.unsettled()) == {"shared-2991"}
