"""Judges a drill in which a switch is lost: the capture, the way back, and who reaches whom afterwards; pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from estate.drill.judgement import Promise, Restored, loss, result_of
from estate.records import Verdict


@dataclass(frozen=True)
class Reached:
    """States what hosts on ports of a restored switch did.

    `hosts`: by port the VLAN of the capture, and the one in which the switch learned the host, None when it did not;
    `tries`: whether the first of two ports reached the second.
    """

    hosts: Mapping[str, tuple[int, int | None]]
    tries: Mapping[tuple[str, str], bool]


def seen_at(restored: Restored) -> tuple[datetime, ...]:
    """Gives when the switch was last seen to run what was captured; nothing when there is no capture."""
    return (datetime.fromisoformat(restored.snapshot_time),) if restored.snapshot_time else ()


def of_restore(host: str, promise: Promise, restored: Restored) -> list[Verdict]:
    """Returns whether the newest capture was whole and fresh, and came back on a blank switch without a difference."""
    found = f"{restored.reason}: {restored.words}" if restored.words else restored.reason
    seconds = restored.restore_seconds
    verdicts = [
        Verdict(
            "drill",
            "newest capture on a blank switch",
            host,
            restored.result,
            "whole, of this switch, fresh; restored and saved",
            found,
            seconds,
        )
    ]
    if restored.startup_is_running is not None:
        count = len(restored.mismatches)
        differing = f"{count}: {', '.join(restored.mismatches[:3])}" if count else "0"
        verdicts += [
            result_of(host, "differences between what runs and the capture", not count, "0", differing),
            result_of(
                host,
                "it starts from what it runs",
                restored.startup_is_running,
                "startup = running",
                "startup = running" if restored.startup_is_running else "another configuration",
            ),
        ]
    if seen_at(restored) and restored.result != "error":
        verdicts.append(loss(host, promise, seen_at(restored)))
    return verdicts


def of_reach(host: str, reached: Reached) -> list[Verdict]:
    """Returns whether hosts of one VLAN reach each other and others do not, each heard where it belongs.

    Without a pair of each kind nothing is proven: that is no verdict.
    """
    kinds = {reached.hosts[one][0] == reached.hosts[other][0] for one, other in reached.tries}
    if kinds != {True, False}:
        found = "the capture has no two enabled ports of one VLAN and one of another"
        return [
            Verdict("drill", "who reaches whom", host, "error", "a pair in one VLAN, a pair in two", found)
        ]
    verdicts = [
        result_of(
            host,
            f"host at {port} is heard in its VLAN",
            heard == vlan,
            str(vlan),
            "nowhere" if heard is None else str(heard),
        )
        for port, (vlan, heard) in reached.hosts.items()
    ]
    for (one, other), did in reached.tries.items():
        vlans = reached.hosts[one][0], reached.hosts[other][0]
        alike = vlans[0] == vlans[1]
        where = f"in VLAN {vlans[0]}" if alike else f"from VLAN {vlans[0]} to {vlans[1]}"
        words = {True: "reached", False: "not reached"}
        verdicts.append(result_of(host, f"{one} to {other} {where}", did == alike, words[alike], words[did]))
    return verdicts
