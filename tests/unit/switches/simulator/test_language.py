"""The files of the vendors name only what the code can do; lists of VLANs and ports are read as switches do it."""

import pytest

from estate.lab.switches import Machine
from estate.lab.switches.console import ACTIONS
from estate.lab.switches.grammar import FILES, KINDS, vendor
from estate.lab.switches.numbers import ranges, vlans


@pytest.mark.parametrize("platform", FILES)
def test_every_action_argument_message_and_table_of_a_vendor_exists(platform: str) -> None:
    language = vendor(platform)
    rules = [rule for rules in language.rules.values() for rule in rules]
    capitals = {
        part for rule in rules for token in rule.tokens for part in token if part.isupper() and len(part) > 2
    }
    assert {rule.action for rule in rules} <= ACTIONS.keys()
    assert capitals <= set(KINDS)
    assert {rule.arguments[0] for rule in rules if rule.action == "show"} <= set(language.data["shows"])
    assert {rule.arguments[0] for rule in rules if rule.action.startswith("enter")} <= language.data[
        "modes"
    ].keys()
    assert {rule.arguments[0] for rule in rules if rule.action == "member"} <= language.data[
        "messages"
    ].keys()


@pytest.mark.parametrize("platform", FILES)
def test_a_switch_takes_up_its_own_running_configuration_again(platform: str) -> None:
    old, new = Machine("sw1", platform), Machine("sw2", platform)
    lines = {
        "cisco_ios": "vlan 20\nname A\nvlan 30,31\ninterface Gi1/0/1\nswitchport access vlan 20\n"
        "banner motd #\nx\ny\n#\n"
        "interface range gi1/0/2 - 4\nswitchport trunk allowed vlan 20-30,99\nip dhcp snooping vlan 20",
        "hp_procurve": 'vlan 20\nname A\nuntagged 1-3\ntagged 24\ninterface 5\nname "B C"\ndisable',
    }[platform]
    old.configure(lines)
    text = "\n".join(old.text(old.running))
    new.configure(text)
    new.changed_at, new.changed_by = old.changed_at, old.changed_by
    assert "\n".join(new.text(new.running)) == text


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("10,11,12,14", {10, 11, 12, 14}),
        ("814-827,827-828", set(range(814, 829))),
        ("1-4094", set(range(1, 4095))),
    ],
)
def test_lists_of_vlans_are_read(text: str, numbers: set[int]) -> None:
    assert vlans(text) == numbers


@pytest.mark.parametrize("text", ["300-290", "0", "4095", "12a", "", "1,,2", "5-"])
def test_what_is_no_list_of_vlans_is_none(text: str) -> None:
    assert vlans(text) is None


def test_lists_are_written_short() -> None:
    assert ranges({1, 2, 4, 5, 6, 9}) == "1,2,4-6,9"


def test_ports_are_known_by_every_spelling() -> None:
    names = Machine("sw1").names
    assert {
        names.canonical(each) for each in ("Gi1/0/5", "gigabitethernet 1/0/5", "GigabitEthernet1/0/5")
    } == {"GigabitEthernet1/0/5"}
    assert names.canonical("FiftyGigE1/0/1") is None
    assert names.several("gi1/0/1 - 3 , Po1") == [f"GigabitEthernet1/0/{n}" for n in (1, 2, 3)] + [
        "Port-channel1"
    ]
    assert Machine("hp1", "hp_procurve").names.several("1-3,A1") == ["1", "2", "3", "A1"]
