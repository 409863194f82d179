"""Who moved is told from what the switch was last proven to run; what cannot be read is no drift and no peace."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from estate.declared.estate import load
from estate.switches.drift import drift, misplaced, settled
from estate.switches.intended import intended
from estate.switches.shown import Learned
from estate.switches.state import Drift, state_of

TODAY = date(2026, 11, 26)
NOON = datetime(2026, 11, 26, 12, tzinfo=UTC)
ESTATE = load(Path(__file__).parents[3] / "inventories" / "lab", today=TODAY)
SWITCH = ESTATE.switches.switch("sw-ana-kat1")
TEXT = intended(ESTATE, SWITCH, TODAY).text
NOW = settled(ESTATE, SWITCH, TODAY, NOON)
MOVED = ("switchport access vlan 105", "switchport access vlan 102")
EARLIER = replace(NOW, text=NOW.text.replace(*MOVED, 1))
"""As if another VLAN had been declared, and pushed, before."""


@pytest.mark.parametrize(
    ("running", "last", "kind"),
    [
        (TEXT, None, "in_sync"),
        (TEXT, EARLIER, "in_sync"),
        (TEXT.replace(*MOVED, 1), NOW, "corrective"),
        (TEXT.replace(*MOVED, 1), EARLIER, "pending"),
        (TEXT.replace(*MOVED, 1), None, "pending"),
        (TEXT.replace(*MOVED, 1).replace("ip ssh version 2\n", ""), EARLIER, "corrective"),
        (TEXT[: len(TEXT) // 2], NOW, "unverifiable"),
        (TEXT.replace("hostname sw-ana-kat1", "hostname sw-ana-kat9"), NOW, "unverifiable"),
        ("", NOW, "unverifiable"),
        (TEXT, replace(NOW, text="vlan 10\n"), "in_sync"),
    ],
)
def test_four_kinds_are_told_apart(running, last, kind) -> None:
    found = drift(ESTATE, SWITCH, running, TODAY, last)
    assert (found.kind, bool(found.differences)) == (kind, kind in ("pending", "corrective")), found


def test_what_both_moved_shows_the_switchs_part_and_no_secret() -> None:
    running = TEXT.replace(*MOVED, 1).replace("ip ssh version 2\n", "username eski secret 9 $9$abc\n")
    found = drift(ESTATE, SWITCH, running, TODAY, EARLIER)
    assert found.kind == "corrective" and "ip ssh version 2" in found.differences
    assert not [line for line in found.differences if "access vlan" in line or "$9$" in line]


def test_bytes_that_are_no_utf_8_can_be_kept() -> None:
    found = drift(ESTATE, SWITCH, TEXT.replace("hostname sw", "hostname \udcfesw"), TODAY, NOW)
    assert (found.kind, "\\udcfesw-ana-kat1" in found.why) == ("unverifiable", True), found.why
    assert found.why.encode("utf-8")


def test_a_description_in_another_alphabet_is_a_finding_that_names_its_port() -> None:
    ours = next(line for line in TEXT.splitlines() if line.startswith(" description "))
    found = drift(ESTATE, SWITCH, TEXT.replace(ours, " description \udcdeef odas\udcfd", 1), TODAY, NOW)
    assert (found.kind, found.differences) == ("corrective", ("interface GigabitEthernet1/0/1", ours))


def test_a_device_is_misplaced_at_another_port_only_and_never_on_a_link() -> None:
    phone, printer = "00:53:4e:24:01:01", "00:53:4e:00:01:04"
    port = "GigabitEthernet1/0/{}".format
    seen = [
        Learned(phone, port(1), 105),
        Learned(printer, port(49), 30),
        Learned(printer, port(9), 99),
        Learned(printer, "Port-channel1", 99),
        Learned("00:53:4e:99:99:99", port(9), 99),
    ]
    (found,) = misplaced(ESTATE, SWITCH, seen)
    assert str(found) == (
        f"yazici-ana-1 ({printer}): seen at sw-ana-kat1 {port(9)} in VLAN 99, "
        f"declared at sw-ana-kat1 {port(4)} (ANA-1-104)"
    )


def test_a_kind_that_stays_keeps_its_beginning_and_a_failure_the_last_contact() -> None:
    pending, later = Drift("pending", "", ("x",)), NOON + timedelta(hours=1)
    first = state_of("s", NOON, None, pending)
    second = state_of("s", later, first, pending)
    assert (second.drift_since, second.last_contact) == (NOON, later)
    silent = state_of("s", later, first, Drift("unverifiable", ""), failure="no answer")
    assert (silent.drift_since, silent.last_contact, silent.looked_at) == (later, NOON, later)
    assert state_of("s", later, None, Drift("unverifiable", ""), failure="x").last_contact is None
