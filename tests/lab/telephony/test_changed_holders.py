"""What used to be looked at by hand: numbers that change hands, secrets that are drawn anew, on the living exchange."""

from __future__ import annotations

import json
import shlex
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml

from estate.declared import load
from estate.runs import clock
from estate.telephony import secrets as drawn
from estate.telephony.lines import SHARED
from pyinfra_deploys.facts.call_check import EXPORTERS, PARTS
from pyinfra_deploys.facts.on_host import on_host
from tests.lab.reaching import LAB, secrets, sure, undone_by, until

pytestmark = pytest.mark.lab
ESTATE = load(LAB.inventory)
EXCHANGE, PROBE = ESTATE.telephony.exchange, ESTATE.telephony.probe.host
BOXES = "/var/spool/asterisk/voicemail/default"
SET = next(each for each in ESTATE.telephony.phones if each.extensions[0] == "5003")
ROOM = SET.extensions[0]
Edit = Callable[[dict[str, Any]], None]
WAITING = """
import json, sys, tempfile, time
from pathlib import Path
from exporters.call_phone import Line, Phone
asked = json.load(sys.stdin)
with tempfile.TemporaryDirectory() as folder:
    phone = Phone(Line(**asked["line"]), Path(folder) / "set", 45)
    try:
        code, end = phone.plug(), time.monotonic() + asked["seconds"]
        while "check-sync" not in phone.said() and time.monotonic() < end:
            time.sleep(0.1)
        said = phone.said()
    finally:
        phone.unplug()
print(json.dumps({"code": code, "read_again": "NOTIFY sip:" in said and "check-sync" in said}))
"""


def messages(number: str) -> list[str]:
    """Gives the words by which the messages of a mailbox are known here, in their order."""
    return sure(
        EXCHANGE, f"sed -n 's/^deneme=//p' {BOXES}/{number}/INBOX/msg*.txt 2>/dev/null || true"
    ).split()


@pytest.fixture
def messages_left() -> Iterator[tuple[tuple[str, str], tuple[str, str]]]:
    """Lays a message into the mailboxes of two people of one directorate, and takes both away wherever they are."""
    people = [one for one in ESTATE.people if one.extension in ("2803", "2804")]
    numbers = [(str(one.extension), one.personnel_number) for one in people]
    for number, whose in numbers:
        inbox = f"{BOXES}/{number}/INBOX"
        told = f"install -d -o asterisk -g asterisk -m 750 {BOXES}/{number} {inbox}; [ ! -e {inbox}/msg0000.txt ]"
        wav = f"cp /usr/local/share/asterisk/sounds/tr/vm-intro.wav {inbox}/msg0000.wav"
        told += f"; printf '[message]\\ndeneme={whose}\\n' >{inbox}/msg0000.txt; {wav}; chown asterisk: {inbox}/msg*"
        sure(EXCHANGE, f"{told}; [ -e {BOXES}/{number}/.holder ] || printf {whose} >{BOXES}/{number}/.holder")
    yield (numbers[0], numbers[1])
    known = " ".join(f"{BOXES}/{number}/INBOX" for number, _ in numbers)
    sure(
        EXCHANGE,
        f"for told in $(grep -ls '^deneme=' $(find {known} -name 'msg*.txt')); do rm ${{told%.txt}}.*; done",
    )


def test_two_people_swap_numbers_and_each_keeps_the_own_messages(
    held: Callable[[str, Edit], None], messages_left: tuple[tuple[str, str], tuple[str, str]]
) -> None:
    """In one deploy: neither number is free in between, and no message is lost, doubled or heard by the other."""
    (one, first), (other, second) = messages_left
    assert (messages(one), messages(other)) == ([first], [second])

    def swap(content: dict[str, Any]) -> None:
        for row in content["estate_people"]:
            if row["personnel_number"] in (first, second):
                row["extension"] = other if row["personnel_number"] == first else one

    held("people", swap)
    assert (messages(one), messages(other)) == ([second], [first])
    holders = sure(EXCHANGE, f"cat {BOXES}/{one}/.holder; echo; cat {BOXES}/{other}/.holder").split()
    assert holders == [second, first]


def secret_of(issued: date) -> str:
    """Gives the secret of the room's telephone, drawn on a day."""
    key = yaml.safe_load(secrets())["vault_telephone_exchange_secret_key"]
    return drawn.secret(key, ROOM, SHARED, issued)


def waiting(folder: Path, secret: str, seconds: float) -> dict[str, Any]:
    """Registers the room's telephone from the probe, until it is told to fetch its settings or the time is up."""
    program = folder / "waiting_set.py"
    program.write_text(WAITING, "utf-8")
    modules = {f"exporters.{name}": EXPORTERS / f"{name}.py" for name in PARTS}
    line = {
        "name": "set",
        "user": ROOM,
        "secret": secret,
        "address": str(ESTATE.networks.hosts[EXCHANGE].address),
    }
    asked = json.dumps({"line": line | {"traced": True}, "seconds": seconds})
    command = str(on_host(program, modules).get_raw_value())
    told: dict[str, Any] = json.loads(sure(PROBE, command, asked).splitlines()[-1])
    return told


def test_a_new_secret_drops_the_telephone_of_the_old_one_and_tells_the_set_to_read_again(
    held: Callable[[str, Edit], None], tmp_path: Path
) -> None:
    """The set is told before its place is forgotten; then the old secret gets nowhere, and the new one does."""
    today = clock.today(ESTATE)
    room = next(one for one in ESTATE.telephony.extensions if one.number == ROOM)
    before = room.secret_issued or ESTATE.telephony.defaults.secret_issued
    after = today - timedelta(days=1)
    registered = f"asterisk -rx 'database show registrar/contact' | grep -c '/{ROOM};@' || true"

    def rotate(content: dict[str, Any]) -> None:
        for row in content["estate_telephony"]["extensions"]:
            if row["number"] == ROOM:
                row["secret_issued"] = after.isoformat()

    with ThreadPoolExecutor(1) as aside:
        told = aside.submit(waiting, tmp_path, secret_of(before), 60)
        assert until(lambda: sure(EXCHANGE, registered) == "1", 20)
        time.sleep(1)
        held("telephony", rotate)
        assert sure(EXCHANGE, registered) == "0"
    assert told.result() == {"code": 200, "read_again": True}
    assert waiting(tmp_path, secret_of(before), 0)["code"] in (401, 403)
    assert waiting(tmp_path, secret_of(after), 0)["code"] == 200
    fetched = sure(EXCHANGE, f"grep -l {shlex.quote(secret_of(after))} -r /srv/provisioning").split()
    assert len(fetched) == 1 and SET.mac.replace(":", "") in fetched[0].lower()


KILLED = f"""
file=/etc/asterisk/estate/pjsip.conf; was=$(stat -c %i $file)
soon() {{ i=0; until "$@"; do i=$((i+1)); [ $i -lt 1200 ] || exit 1; sleep 0.05; done; }}
soon pgrep -f '[r]ehearse.py /etc'
pkill -STOP -o -x asterisk
replaced() {{ [ "$(stat -c %i $file)" != "$was" ]; }}
soon replaced
kill -KILL $(find /proc/[0-9]*/fd -lname /run/lock/telephony 2>/dev/null | cut -d/ -f3)
pkill -CONT -o -x asterisk
asterisk -rx 'pjsip show auth {ROOM}'
"""
"""Kills an apply between its files and their load: the exchange holds its breath meanwhile. Tells the secret it has."""


def test_a_new_secret_whose_apply_was_killed_before_the_load_is_loaded_by_the_next(
    held: Callable[[str, Edit], None],
) -> None:
    """The file is as declared then, and so the next plan would find nothing to do."""
    shown = f"asterisk -rx 'pjsip show auth {ROOM}'"
    before = sure(EXCHANGE, shown)

    def rotate(content: dict[str, Any]) -> None:
        for row in content["estate_telephony"]["extensions"]:
            if row["number"] == ROOM:
                row["secret_issued"] = (clock.today(ESTATE) - timedelta(days=2)).isoformat()

    with undone_by(EXCHANGE, "pkill -CONT -x asterisk"), ThreadPoolExecutor(1) as aside:
        killing = aside.submit(sure, EXCHANGE, KILLED)
        with pytest.raises(AssertionError, match="Killed"):
            held("telephony", rotate)
        assert before in killing.result()
    held("telephony", lambda _: None)
    assert sure(EXCHANGE, shown) != before
