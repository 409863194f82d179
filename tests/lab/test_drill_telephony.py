"""The drill of the exchange is green when telephones really work again, and each fault turns it red for its reason."""

import json
import time
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from estate.declared.estate import load
from estate.drill import evidence
from estate.drill.identity import ASK
from estate.lab.observe import look
from estate.lab.places import locate
from estate.runs.refused import Exit
from tests.lab import rehearsing
from tests.lab.reaching import LAB, Answer, estate, on, sure

pytestmark = pytest.mark.lab
ESTATE = load(LAB.inventory)
DRILL = next(one for one in ESTATE.drills if one.id == "telephony")
LIVING, TARGET, TELEPHONE = DRILL.lost_host, DRILL.target, DRILL.telephone
MAILBOX = f"/var/spool/asterisk/voicemail/default/{TELEPHONE}"
OPERATOR = LAB.groups()["telephone_operators"][0]
REGISTERED = "asterisk -rx 'pjsip show contacts'"


def _standing() -> dict[str, Any] | None:
    """Gives the record of the newest drill when it was this one, passed, and its target still stands as it left it."""
    record = evidence.newest_on(LAB.var / "evidence", TARGET)
    if record is None or TARGET not in {one.name for one in look(locate()).hosts if one.sshd}:
        return None
    marked = on(TARGET, ASK).stdout.split()[1:] == [record["id"]]
    kept = marked and (record["scenario"], record["result"]) == (DRILL.id, "passed")
    return {"exit": 0, **record} if kept else None


def _drilled() -> Answer:
    """Holds the drill as soon as no other drill is held in this environment."""
    for _ in range(60):
        done = estate("drill", "run", DRILL.id, "--reason", "test", "--json")
        if done.returncode != Exit.LOCKED:
            break
        time.sleep(15)
    return done


@pytest.fixture(scope="module")
def held() -> Iterator[dict[str, Any]]:
    """Is the whole drill: the one that was just held, else one of its own; its target stays for the faults."""
    if standing := _standing():
        yield standing
        estate("lab", "down", TARGET)
        return
    sure(LIVING, "systemctl start estate-telephone-canary.service estate-backup@santral.service")
    done = _drilled()
    assert done.stdout, done.stderr
    answer = json.loads(done.stdout.splitlines()[-1])
    record = json.loads(Path(answer["record"]).read_text(encoding="utf-8"))
    yield {"exit": done.returncode, **record}
    estate("lab", "down", TARGET)


def test_the_exchange_comes_back_as_promised(held: dict[str, Any]) -> None:
    assert (held["exit"], held["result"], held["problems"]) == (0, "passed", [])
    assert 0 < held["rto_seconds"] <= held["rto_target_seconds"]
    assert 0 < held["rpo_seconds"] <= 3600 < held["rpo_target_seconds"]
    checks = {check["check"] for check in held["checks"]}
    assert {"register", "stranger", "echo", "voicemail", "outside", "fence"} < checks


def test_the_living_exchange_was_not_touched(held: dict[str, Any]) -> None:
    transcript = (LAB.var / "evidence" / held["id"] / "transcript.log").read_text(encoding="utf-8")
    assert f"changed: [{LIVING}]" not in transcript and f"{LIVING} | CHANGED" not in transcript
    since = sure(LIVING, 'date -d "$(systemctl show -p ActiveEnterTimestamp --value asterisk)" +%s')
    assert int(since) < datetime.fromisoformat(held["started"]).timestamp()


CALL = "Channel: Local/{}@class-international\\nApplication: Wait\\nData: 1\\nMaxRetries: 0\\n"


def _dialled(number: str) -> set[str]:
    """Has the restored exchange dial a number as a telephone of the widest class; gives what became of the call."""
    began = sure(TARGET, "date +%s")
    aside = "/var/spool/asterisk/drill.call"
    laid = f"printf '{CALL.format(number)}' >{aside}; chown asterisk: {aside}; mv {aside} /var/spool/asterisk/outgoing/"
    sure(TARGET, f"{laid}; sleep 4")
    query = f"select disposition from cdr where dst='{number}' and cast(start as integer) >= {began}"
    return set(sure(TARGET, f'sqlite3 -readonly /var/log/asterisk/calls.db "{query}"').split())


def test_no_operator_hears_of_the_target_not_even_for_an_emergency(held: dict[str, Any]) -> None:
    states = sure(TARGET, "asterisk -rx 'pjsip show registrations'")
    assert "Registered" not in states.replace("Unregistered", "") and "ana" in states
    address = ESTATE.networks.hosts[TARGET].address
    assert str(address) not in sure(OPERATOR, REGISTERED)
    assert _dialled("112") == {"CONGESTION"}
    seen = "cat /var/log/asterisk/cdr-csv/*.csv /var/log/asterisk/*.log 2>/dev/null || true"
    assert str(address) not in sure(OPERATOR, seen)
    dropped = sure(
        TARGET, "nft list table inet telephone_fence | sed -n 's/.*counter packets \\([0-9]*\\).*/\\1/p'"
    )
    assert int(dropped) > 0


FAULTS = [fault.id for fault in rehearsing.FAULTS.values() if fault.drill == DRILL.id]


@pytest.mark.parametrize("fault", FAULTS)
def test_each_fault_is_seen_for_its_own_reason(held: dict[str, Any], fault: str) -> None:
    assert held["result"] == "passed"
    outcome, words = rehearsing.seen(fault)
    assert outcome == rehearsing.expected(fault), words


def test_the_living_exchange_keeps_working(held: dict[str, Any]) -> None:
    assert held["result"] == "passed"
    assert estate("verify", "telephony").returncode == 0
    sure(LIVING, "systemctl start estate-telephone-canary.service")
    assert on(LIVING, f"test -e {MAILBOX}/INBOX/msg0000.wav").returncode == 0
