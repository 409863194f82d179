"""The drill of a switch is green when a blank one took the lost place, and red when it is stale or a host strays."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from estate.declared import load
from estate.drill import answers, switches
from estate.switches.sheet import SECRETS
from pyinfra_deploys.connectors.console import Console
from pyinfra_deploys.connectors.way import Way
from tests.lab import rehearsing
from tests.lab.reaching import LAB, estate, secrets

pytestmark = pytest.mark.lab
ESTATE = load(LAB.inventory)
DRILL = next(drill for drill in ESTATE.drills if drill.of_a_switch)
LOST = ESTATE.switches.switch(DRILL.lost_host)
NOTED = [LAB.var / "switches" / name for name in ("secrets.json", f"settled/{DRILL.lost_host}.json")]


def _console(address: str, port: int, known_hosts: str | None) -> Console:
    password = YAML(typ="safe").load(secrets())[SECRETS["local_password"]]
    local = ESTATE.switches.base.local_user
    return Console(Way(DRILL.lost_host, "hp_procurve", address, port, local, password, password, known_hosts))


def _living() -> str:
    assert LOST is not None
    with _console(str(LOST.address), 22, str(LAB.var / "ssh" / "known_switches")) as console:
        return console.running()


def _held(*words: str) -> dict[str, Any]:
    done = estate("drill", "run", DRILL.id, "--reason", "test", "--json", *words)
    assert done.stdout, done.stderr
    answer = json.loads(done.stdout.splitlines()[-1])
    return {"exit": done.returncode, **json.loads(Path(answer["record"]).read_text(encoding="utf-8"))}


@pytest.fixture(scope="module")
def before() -> tuple[str, list[str]]:
    """What the living switch runs and what is on record of it, after a backup of just now."""
    kept = estate("switch", "backup", DRILL.lost_host)
    assert kept.returncode == 0, kept.stdout + kept.stderr
    return _living(), [path.read_text("utf-8") if path.exists() else "" for path in NOTED]


@pytest.fixture(scope="module")
def held(before: tuple[str, list[str]]) -> Iterator[dict[str, Any]]:
    """The whole drill, held once; its switch stays for the faults."""
    yield _held()
    estate("lab", "spare", "down", DRILL.target)


def test_a_blank_switch_takes_the_place_of_the_lost_one(held: dict[str, Any]) -> None:
    assert (held["exit"], held["result"], held["problems"]) == (0, "passed", [])
    assert 0 < held["rto_seconds"] <= held["rto_target_seconds"]
    assert 0 <= held["rpo_seconds"] <= held["rpo_target_seconds"]
    found = {check["check"]: check["found"] for check in held["checks"]}
    assert found["differences between what runs and the capture"] == "0"
    assert found["it starts from what it runs"] == "startup = running"
    assert list(found.values()).count("reached") == 1 and list(found.values()).count("not reached") == 2
    assert held["restore"]["renewed_by_us"] == [f"SNMPv3 user {ESTATE.switches.base.snmp_user}"]


def test_its_evidence_holds_without_a_secret(held: dict[str, Any]) -> None:
    assert estate("evidence", "verify", held["id"]).returncode == 0
    vault = YAML(typ="safe").load(secrets())
    hidden = [str(value) for key, value in vault.items() if key.startswith("vault_switches_")]
    folder = LAB.var / "evidence" / held["id"]
    texts = [path.read_text("utf-8") for path in folder.iterdir() if path.suffix in (".json", ".log")]
    assert texts and not [word for word in hidden for text in texts if word in text]


def test_the_living_switch_was_not_touched(held: dict[str, Any], before: tuple[str, list[str]]) -> None:
    noted = [path.read_text("utf-8") if path.exists() else "" for path in NOTED]
    assert (_living(), noted) == before


def test_a_host_in_a_strange_vlan_reaches_nobody_and_is_told(held: dict[str, Any], tmp_path: Path) -> None:
    """Somebody moves a port of the restored switch: the frames themselves tell."""
    restored = LAB.var / "evidence" / held["id"] / "restore.json"
    access = json.loads(restored.read_text("utf-8"))["access"]
    one, other = next((a, b) for a in access for b in access if a < b and access[a] == access[b])
    stranger = next(vlan for vlan in access.values() if vlan != access[one])
    assert DRILL.spare is not None
    console = _console(str(DRILL.spare.address), DRILL.spare.port, None)
    try:
        for line in ("configure", f"vlan {stranger}", f"untagged {other}", "exit", "exit"):
            console.said(line)
    finally:
        console.close()
    tried = estate("lab", "spare", "try", DRILL.target, str(restored), str(tmp_path / "reach.json"))
    assert tried.returncode == 0, tried.stderr
    reached = answers.reached(tmp_path)
    assert reached is not None
    red = {each.check for each in switches.of_reach(DRILL.target, reached) if each.result == "failed"}
    assert {f"{one} to {other} in VLAN {access[one]}", f"host at {other} is heard in its VLAN"} <= red


FAULTS = (
    "switch_stale_capture",
    "switch_no_capture",
    "switch_truncated_capture",
    "switch_wrong_key",
    "switch_exchanged_capture",
)
"""The others are the command's alone, for they take longer."""


@pytest.mark.parametrize("fault", FAULTS)
def test_each_fault_of_a_capture_is_seen_for_its_own_reason(
    before: tuple[str, list[str]], fault: str
) -> None:
    outcome, words = rehearsing.seen(fault)
    assert outcome == rehearsing.expected(fault), words
    assert [path.read_text("utf-8") if path.exists() else "" for path in NOTED] == before[1]
