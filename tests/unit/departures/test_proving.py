"""A leaver is tried with a password of this process alone, and left with one that nobody knows, whatever happens."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from pyinfra.api.exceptions import PyinfraError

from estate.records.departures import kept
from pyinfra_deploys.operations import departures as operation
from tests.unit.departures.conftest import one, openings, refusals

Makes = Callable[..., Any]
SECRET = "Denetim-Parolasi-9"
FOLDER = "OU=Ayrilanlar,OU=B,DC=a"


def held(number: str, holder: str) -> dict[str, Any]:
    """Gives what an exchange tells that has one line."""
    text = f"[{number}]\ntype = endpoint\n"
    return {"files": {"pjsip.conf": text}, "boxes": {number: {"holder": holder}}}


class Room:
    """Stands in for the hosts: remembers every question, answers as told; an undeclared question fails."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, dict[str, Any]]] = []
        self.lines: list[str] = []
        self.answers: dict[str, Any] = {
            "passwords": {"found": ["100136"], "open": []},
            "kick": {"selin.aydin": 2},
            "cut": {"ended": {"selin.aydin": 1}, "shared": {"selin.aydin": 0}},
            "try": {"control": openings()[:-1], "100136": refusals()[:-1]},
            "register": {"control": one("telephone", 200), "100136": one("telephone", 401, "Unauthorized")},
            "observe": held("5990", "shared"),
        }
        self.state: Any = SimpleNamespace()
        self.host: Any = SimpleNamespace(name="dosya1", state=self.state, log_styled=self._log)

    def _log(self, line: str, **_: Any) -> None:
        self.lines.append(line)

    def answer(self, state: Any, name: str, command: Any, asked: dict[str, Any]) -> Any:
        self.asked.append((name, json.loads(json.dumps(asked))))
        told = self.answers[asked.get("do", "register")]
        if isinstance(told, Exception):
            raise told
        return told


@pytest.fixture
def room(monkeypatch: pytest.MonkeyPatch) -> Room:
    made = Room()
    monkeypatch.setattr(operation, "answer", made.answer)
    return made


@pytest.fixture
def departures(person: Makes, tmp_path: Path) -> operation.Departures:
    return operation.Departures(
        people=(person(end="2026-11-26"),),
        asked={"systems": {"ldap": {}}, "domain": "a.example"},
        control={"user": "sonda", "login": "sonda", "password": SECRET},
        directory="dizin1",
        folder=FOLDER,
        mail=["posta1"],
        files=["dosya1"],
        telephones=operation.Telephones(
            host="izleme1",
            exchange="santral1",
            asked={"address": "192.0.2.70", "port": 5060, "domain": "a.example"},
            people={"100136": ("2805", "ABCDEFGH")},
            control=("5990", "IJKLMNOP"),
        ),
        shortest=12,
        var=tmp_path,
        run="run-7",
        by="ugur@y1",
    )


def test_sessions_are_cut_and_every_system_tried_between_two_passwords(
    room: Room, departures: operation.Departures, tmp_path: Path
) -> None:
    assert departures.prove(room.state, room.host)
    order = [(name, asked.get("do", "register")) for name, asked in room.asked]
    assert order == [
        ("dizin1", "passwords"),
        ("posta1", "kick"),
        ("dosya1", "cut"),
        ("dosya1", "try"),
        ("izleme1", "register"),
        ("santral1", "observe"),
        ("dizin1", "passwords"),
    ]
    first, last = room.asked[0][1]["passwords"]["100136"], room.asked[-1][1]["passwords"]["100136"]
    control, leaver = room.asked[3][1]["people"]
    assert (control["key"], leaver["key"], leaver["password"], last) == ("control", "100136", first, None)
    zero = {"kind": "register", "seconds": 0}
    assert room.asked[4][1]["uses"] == {
        "control": {**zero, "extension": "5990", "secret": "IJKLMNOP"},
        "100136": {**zero, "extension": "2805", "secret": "ABCDEFGH"},
    }
    [proof] = kept(tmp_path)
    assert (proof.verdict, proof.account, proof.run, proof.by) == ("passed", True, "run-7", "ugur@y1")
    assert proof.cut == {"mail": 2, "files": 1, "files, connection shared": 0}
    [written] = (tmp_path / "departures").iterdir()
    assert not {first, SECRET} & set(written.read_text("utf-8").split('"'))
    assert (repr(departures), room.lines) == ("(hidden)", [])


def test_each_run_tries_with_another_password(room: Room, departures: operation.Departures) -> None:
    departures.prove(room.state, room.host)
    departures.prove(room.state, room.host)
    assert len({asked["passwords"]["100136"] for _, asked in room.asked[::7]}) == 2


def test_who_is_let_in_is_named_and_the_run_is_red(
    room: Room, departures: operation.Departures, tmp_path: Path
) -> None:
    room.answers["try"]["100136"] = refusals(ldap=one("ldap", 0))[:-1]
    assert not departures.prove(room.state, room.host)
    assert "selin.aydin (100136) left and is let in by ldap" in room.lines[0]
    assert [proof.verdict for proof in kept(tmp_path)] == ["failed"]


@pytest.mark.parametrize("step", ["kick", "cut", "try", "register", "observe"])
def test_a_step_that_fails_leaves_no_known_password_and_no_proof(
    room: Room, departures: operation.Departures, tmp_path: Path, step: str
) -> None:
    room.answers[step] = PyinfraError("posta1 gave no answer: dovecot is not running")
    assert not departures.prove(room.state, room.host)
    assert room.asked[-1][1] == {"do": "passwords", "passwords": {"100136": None}, "below": FOLDER}
    assert (kept(tmp_path), room.lines) == (
        [],
        ["departures: posta1 gave no answer: dovecot is not running"],
    )


def test_who_is_not_closed_yet_is_not_tried_and_the_others_are_proven(
    room: Room, departures: operation.Departures, person: Makes, tmp_path: Path
) -> None:
    early = person("100137", user="su.er", end="2026-11-26")
    room.answers["passwords"] = {"found": ["100136"], "open": ["100137"]}
    assert not replace(departures, people=(early, *departures.people)).prove(room.state, room.host)
    assert room.lines == ["departures: su.er (100137) is not closed yet: run people first"]
    assert [(one.personnel_number, one.verdict) for one in kept(tmp_path)] == [("100136", "passed")]
    _, kick, cut, tries, register, _, _ = (asked for _, asked in room.asked)
    assert (kick["users"], cut["logins"]) == (["selin.aydin"], ["selin.aydin"])
    assert [one["key"] for one in tries["people"]] == list(register["uses"]) == ["control", "100136"]


def test_an_account_that_is_gone_is_tried_by_its_name(
    room: Room, departures: operation.Departures, tmp_path: Path
) -> None:
    room.answers["passwords"] = {"found": [], "open": []}
    gone = {"ldap": one("ldap", 49, "data 52e"), "files": one("files", 1, "NT_STATUS_LOGON_FAILURE")}
    room.answers["try"]["100136"] = refusals(**gone)[:-1]
    assert departures.prove(room.state, room.host)
    assert [(proof.verdict, proof.account) for proof in kept(tmp_path)] == [("passed", False)]


def test_a_refusal_of_a_number_that_the_exchange_still_has_for_them_proves_nothing(
    room: Room, departures: operation.Departures, tmp_path: Path
) -> None:
    """A wrong secret is refused too: the day of the right one may have gone with the row of telephony.yml."""
    room.answers["observe"] = held("2805", "100136")
    assert not departures.prove(room.state, room.host)
    assert room.lines[0].startswith(
        "departures: selin.aydin (100136) is not proven to be refused; telephone: the exchange still has 2805"
    )
    assert [proof.verdict for proof in kept(tmp_path)] == ["error"]
    room.answers["register"]["100136"] = one("telephone", 200)
    assert not departures.prove(room.state, room.host)
    assert "is let in by telephone" in room.lines[1]


def test_of_who_has_no_number_nothing_is_tried_and_nothing_called_refused(
    room: Room, departures: operation.Departures, tmp_path: Path
) -> None:
    assert departures.telephones is not None
    none = replace(departures, telephones=replace(departures.telephones, people={}))
    del room.answers["register"]["100136"]
    assert none.prove(room.state, room.host)
    assert list(room.asked[4][1]["uses"]) == ["control"]
    [proof] = kept(tmp_path)
    assert (proof.verdict, proof.tries[-1].system, proof.tries[-1].result) == (
        "passed",
        "telephone",
        "nothing",
    )
    room.answers["observe"] = held("2811", "100136")
    assert not none.prove(room.state, room.host)
