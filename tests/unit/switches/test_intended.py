"""Every intended configuration has each port once, each VLAN defined and carried, ASCII alone, and no secret."""

from __future__ import annotations

import re
from collections import Counter
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from estate.declared import Estate, load
from estate.declared.port_vlans import Wiring
from estate.declared.switches import Switch
from estate.switches.intended import intended, owned

ROOT = Path(__file__).parents[3] / "inventories"
TODAY = date(2026, 11, 30)
ESTATES = {name: load(ROOT / name, today=TODAY) for name in ("lab", "example")}
ALL = [(name, switch.name) for name, estate in ESTATES.items() for switch in estate.switches.switches]


def _edited(estate: Estate, name: str, **changes: Any) -> tuple[Estate, Switch]:
    switch = _switch(estate, name).model_copy(update=changes)
    others = tuple(switch if each.name == name else each for each in estate.switches.switches)
    declared = estate.switches.model_copy(update={"switches": others})
    return Estate(**{**vars(estate), "switches": declared}), switch


def _with_person(estate: Estate, number: str, **changes: Any) -> Estate:
    people = tuple(
        each.model_copy(update=changes) if each.personnel_number == number else each for each in estate.people
    )
    return Estate(**{**vars(estate), "people": people})


def _switch(estate: Estate, name: str) -> Switch:
    switch = estate.switches.switch(name)
    assert switch is not None
    return switch


def _text(estate: Estate, name: str) -> str:
    return intended(estate, _switch(estate, name), TODAY).text


def _section(text: str, head: str) -> list[str]:
    found = re.search(rf"^{re.escape(head)}\n((?: .*\n)*)", text, re.MULTILINE)
    assert found is not None, head
    return [line.strip() for line in found[1].splitlines()]


def _ports_in(lists: list[str]) -> list[str]:
    spans = [part.partition("-") for each in lists for part in each.split(",")]
    return [str(n) for low, _, high in spans for n in range(int(low), int(high or low) + 1)]


@pytest.mark.parametrize(("environment", "name"), ALL)
def test_every_port_of_the_model_stands_once(environment: str, name: str) -> None:
    estate = ESTATES[environment]
    text, ports = _text(estate, name), estate.switches.ports(_switch(estate, name))
    assert re.findall(r"^interface (?!Vlan)(.*)$", text, re.MULTILINE) == list(ports)
    if "\nvlan 1\n" in text:
        untagged = re.findall(r"^   untagged (.*)$", text, re.MULTILINE)
        assert Counter(_ports_in(untagged)) == Counter(ports)


@pytest.mark.parametrize(("environment", "name"), ALL)
def test_every_vlan_of_a_port_is_defined_and_carried(environment: str, name: str) -> None:
    estate = ESTATES[environment]
    switch, wiring = _switch(estate, name), Wiring(estate, TODAY)
    used = {vlan for use in wiring.uses(switch) for vlan in use.vlans}
    defined = re.findall(r"^vlan (\d+)$", intended(estate, switch, TODAY).text, re.MULTILINE)
    carried = {vlan for link in switch.links for vlan in link.vlans}
    local = {estate.switches.quarantine_vlan, *(link.native_vlan for link in switch.links)}
    assert {str(vlan.id) for vlan in used} <= set(defined)
    assert {vlan.name for vlan in used} - local <= carried


@pytest.mark.parametrize(("environment", "name"), ALL)
def test_the_text_is_ascii_and_holds_no_secret(environment: str, name: str) -> None:
    configuration = intended(ESTATES[environment], _switch(ESTATES[environment], name), TODAY)
    told = "\n".join((configuration.text, *configuration.unseen))
    assert told.isascii() and "\t" not in told
    assert set(re.findall(r"<vault:(.*?)>", told)) == set(configuration.secrets)
    lines = [line for line in told.splitlines() if re.search(r"\b(secret|plaintext|key|auth sha)\b", line)]
    assert lines and all("<vault:" in line for line in lines)


@pytest.mark.parametrize("name", ["sw-ana-omurga", "sw-ana-kat1", "sw-ana-kat3"])
def test_only_a_port_that_is_generated_is_owned(name: str) -> None:
    estate, switch = _edited(ESTATES["lab"], name, by_hand=("20",) if name.endswith("3") else ("gi 1/0/20",))
    port = estate.switches.port(switch, switch.by_hand[0])
    text = intended(estate, switch, TODAY).text
    assert f"\ninterface {port}\n" not in text and port not in owned(estate, switch).interfaces
    assert len(owned(estate, switch).interfaces) == len(estate.switches.ports(switch)) - 1
    heads = {
        line for line in text.splitlines() if not re.match(r"[ !]|interface |vlan \d|end$|no ip dhcp ", line)
    }
    assert all(line.startswith(owned(estate, switch).lines) for line in heads)


def test_a_port_by_hand_keeps_its_place_in_the_default_vlan() -> None:
    estate, switch = _edited(ESTATES["lab"], "sw-ana-kat3", by_hand=("20", "21"))
    assert "untagged 20-21" in _section(intended(estate, switch, TODAY).text, "vlan 1")


def test_a_person_of_another_unit_takes_the_port_along() -> None:
    lab = ESTATES["lab"]
    head = "interface GigabitEthernet1/0/3"
    before, after = (
        _text(lab, "sw-ana-kat1"),
        _text(_with_person(lab, "100118", unit="malihizmetler"), "sw-ana-kat1"),
    )
    assert "switchport access vlan 102" in _section(before, head)
    assert "switchport access vlan 105" in _section(after, head)


def test_who_has_left_leaves_a_port_in_quarantine() -> None:
    gone = _with_person(ESTATES["lab"], "100118", end=date(2026, 11, 29))
    lines = _section(_text(gone, "sw-ana-kat1"), "interface GigabitEthernet1/0/3")
    assert {"switchport access vlan 90", "shutdown", "description ANA-1-103 bos"} <= set(lines)
    phone = _with_person(ESTATES["lab"], "100101", end=date(2026, 11, 29))
    kept = _section(_text(phone, "sw-ana-kat1"), "interface GigabitEthernet1/0/1")
    assert {"switchport access vlan 90", "switchport voice vlan 40"} <= set(kept) and "shutdown" not in kept


def test_a_switch_may_have_a_quarantine_of_its_own() -> None:
    estate, switch = _edited(ESTATES["lab"], "sw-ana-kat1", quarantine_vlan="IOT")
    text = intended(estate, switch, TODAY).text
    assert "switchport access vlan 53" in _section(text, "interface GigabitEthernet1/0/20")


def test_a_stack_counts_its_members() -> None:
    estate, switch = _edited(ESTATES["lab"], "sw-ana-kat1", members=2)
    text = intended(estate, switch, TODAY).text
    assert len(re.findall(r"^interface GigabitEthernet", text, re.MULTILINE)) == 104
    assert "\ninterface GigabitEthernet2/0/52\n" in text


def test_without_servers_only_the_local_user_gets_in() -> None:
    assert "aaa authentication login default local\n" in _text(ESTATES["lab"], "sw-ana-kat1")
    assert "aaa authentication" not in _text(ESTATES["lab"], "sw-ana-kat3")
    assert "group tacacs+ local\n" in _text(ESTATES["example"], "sw-ana-omurga")
