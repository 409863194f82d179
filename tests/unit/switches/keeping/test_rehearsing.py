"""A drill restores the newest good capture on a blank switch of its model alone; each fault has its reason."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from estate.lab.switches import Fleet, Machine
from estate.records.captures import Capture
from estate.runs.environment import Environment
from estate.switches import rehearsing
from pyinfra_deploys.connectors.console import Console
from pyinfra_deploys.connectors.netmiko import ways
from pyinfra_deploys.connectors.returning import Pace
from pyinfra_deploys.facts import vault, vault_file
from pyinfra_deploys.operations import switch_rehearsal, switch_restore
from pyinfra_deploys.operations.capture_store import Store, digest
from tests.unit.switches.keeping.conftest import NAMES, STATE, bench, shown, standing

IOS, PROCURVE = NAMES
NOW = datetime.now(UTC)
SECRETS = {"vault_switches_first_password": "netops", "vault_switches_first_enable": "enable"} | {
    f"vault_switches_{name}": f"Gizli-{name}"
    for name in ("local_password", "enable_secret", "snmp_auth", "snmp_privacy")
}


class Room:
    """A lost switch with one good capture, a blank one at a console, and the steps of the drill."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.store = Store(Environment())
        self.key = b"Kasa-1"

    def keep(self, name: str, text: bytes, seen: datetime = NOW) -> Path:
        """Keeps this as the newest capture, seen then."""
        generation = self.store.keep(name, text, None, datetime.now(UTC))
        self.store.note(Capture(name, seen, seen, True, digest(text), len(text), None))
        return self.store.folder / name / f"{generation}.running.vault"

    def held(self, name: str, spare: Machine, step: Callable[[Any], object]) -> dict[str, Any]:
        """Gives what a step of the drill answered."""
        platform, answer = spare.vendor.data["platform"], self.folder / "answer.json"
        with Fleet([spare]) as fleet:
            data = {
                "switch_platform": platform,
                "switch_address": "127.0.0.1",
                "switch_port": fleet.ports[spare.name],
                "switch_user": "netops",
                "switch_pace": Pace(minutes=5, minute=12.0, patience=5.0, pause=0.2, retry=0.2),
                "waive": "running-foreign=a drill",
                "drill_spare": "sw-yedek",
                "drill_rpo_seconds": 3600,
                "not_after": NOW.isoformat(),
                "result_file": answer,
            }
            host = SimpleNamespace(
                name=name, data=_Data(data), connector=SimpleNamespace(disconnect=lambda: None)
            )
            host.get_fact = lambda fact: _running(host)
            step(host)
        found: dict[str, Any] = json.loads(answer.read_text("utf-8"))
        return found


class _Data(SimpleNamespace):
    def __init__(self, values: dict[str, Any]) -> None:
        super().__init__(**values)

    def get(self, key: str, otherwise: Any = None) -> Any:
        return getattr(self, key, otherwise)


def _running(host: Any) -> str:
    with Console(ways(host)[0]) as console:
        return console.running()


def _blank(name: str, called: str = "sw-yedek") -> Machine:
    return bench(name, called=called, minute_seconds=12.0)


@pytest.fixture
def room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Room:
    monkeypatch.setattr(Environment, "var", property(lambda self: tmp_path / "var"))
    made = Room(tmp_path)
    monkeypatch.setattr(vault, "password", lambda environment: made.key)
    monkeypatch.setattr(vault, "_opened", lambda environment: SECRETS)
    monkeypatch.setattr(switch_restore.typed, "today", lambda estate: NOW.date())
    for module in (switch_rehearsal, switch_restore):
        monkeypatch.setattr(module, "declared", lambda environment: STATE)
    return made


def _swap(path: Path, content: bytes) -> None:
    path.write_bytes(content)


FAULTS: dict[str, Callable[[Room, Path, bytes], object]] = {
    "truncated": lambda room, path, text: _swap(path, path.read_bytes()[:-500]),
    "wrong_key": lambda room, path, text: _swap(path, vault_file.sealed(text, b"Kasa-2")),
    "not_whole": lambda room, path, text: room.keep(PROCURVE, text[: text.rindex(b"   exit")]),
    "foreign": lambda room, path, text: room.keep(PROCURVE, text.replace(PROCURVE.encode(), b"sw-baska")),
    "stale": lambda room, path, text: room.keep(PROCURVE, text + b";\n", NOW - timedelta(seconds=3601)),
    "empty": lambda room, path, text: path.unlink(),
}


@pytest.mark.parametrize("reason", FAULTS)
def test_a_capture_that_is_no_good_fails_for_its_reason(room: Room, reason: str) -> None:
    text = shown(standing(PROCURVE))
    FAULTS[reason](room, room.keep(PROCURVE, text), text)
    spare = _blank(PROCURVE)
    before = shown(spare)
    for step in (switch_rehearsal.confirm, lambda host: switch_rehearsal._restored(None, host)):
        found = room.held(PROCURVE, spare, step)
        assert (found["result"], found["reason"]) == ("failed", reason), found["words"]
    assert shown(spare) == before


@pytest.mark.parametrize(
    ("spare", "reason", "words"),
    [
        (lambda: _blank("sw-ana-omurga"), "wrong_model", "another model than declared"),
        (lambda: _blank(IOS, IOS), "not_blank", f"it says it is {IOS}"),
        (lambda: _with_vlans(_blank(IOS)), "not_blank", "it has `vlan 20`"),
        (lambda: _locked(_blank(IOS)), "spare_silent", "user or password is refused"),
    ],
)
def test_another_switch_than_the_blank_one_gets_nothing(
    room: Room, spare: Any, reason: str, words: str
) -> None:
    """A mistaken address may lead to a living switch: that says nothing about the capture."""
    room.keep(IOS, shown(standing(IOS)))
    machine = spare()
    before = shown(machine)
    found = room.held(IOS, machine, lambda host: switch_rehearsal._restored(None, host))
    assert (found["result"], found["reason"]) == ("error", reason) and words in found["words"]
    assert shown(machine) == before


def _with_vlans(machine: Machine) -> Machine:
    machine.configure("vlan 20")
    return machine


def _locked(machine: Machine) -> Machine:
    machine.configure("no username netops")
    return machine


def test_the_makes_of_two_switches_are_told_apart() -> None:
    wanted = shown(standing(PROCURVE)).decode("utf-8", "surrogateescape")
    text = shown(_blank(PROCURVE)).decode()
    known = rehearsing.Expected(
        PROCURVE, "hp_procurve", STATE.switches.ports(STATE.switches.switch(PROCURVE))
    )
    assert rehearsing.unfit(text, wanted, known, NAMES) is None
    other = rehearsing.unfit(text.replace("J9776A", "J9780A"), wanted, known, NAMES)
    assert other == (
        "wrong_model",
        "it says `; J9780A Configuration Editor;`, the capture `; J9776A Configuration Editor;`",
    )
    assert rehearsing.unfit(shown(_blank(IOS)).decode(), wanted, known, NAMES)[0] == "wrong_model"


@pytest.mark.slow
def test_a_blank_switch_becomes_the_lost_one_and_nothing_is_noted_of_the_living(room: Room) -> None:
    text = shown(standing(PROCURVE))
    room.keep(PROCURVE, text)
    kept = [room.folder / "var" / "switches" / name for name in ("secrets.json", f"settled/{PROCURVE}.json")]
    for path in kept:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("{}", "utf-8")
    spare = _blank(PROCURVE)
    found = room.held(PROCURVE, spare, lambda host: switch_rehearsal._restored(None, host))
    assert (found["result"], found["reason"], found["mismatches"]) == ("passed", "equal", []), found["words"]
    assert found["startup_is_running"] and spare.startup == spare.running
    assert (found["renewed"], found["left_open"]) == (["SNMPv3 user izleme"], [])
    assert [path.read_text("utf-8") for path in kept] == ["{}", "{}"]
    assert {port: vlan for port, vlan in found["access"].items() if port in ("1", "2", "5")} == {
        "1": 108,
        "2": 108,
        "5": 30,
    }
    assert "4" not in found["access"]
    assert "Gizli" not in json.dumps(found)
    again = room.held(PROCURVE, spare, switch_rehearsal.confirm)
    assert (again["result"], again["reason"]) == ("error", "spare_silent")


def test_pairs_of_ports_prove_a_vlan_and_its_border() -> None:
    assert rehearsing.trials({"1": 30, "2": 108, "3": 108}) == (("2", "3"), ("2", "1"), ("3", "1"))
    assert rehearsing.trials({"1": 108, "2": 108}) == rehearsing.trials({"1": 30, "2": 108}) == ()
    ios = shown(standing(IOS)).decode("utf-8", "surrogateescape")
    found = rehearsing.access(ios, "cisco_ios")
    assert found == {f"GigabitEthernet1/0/{n}": v for n, v in ((1, 105), (2, 105), (3, 102), (4, 30))}
