"""Plans the way of a switch to a configuration that was captured, and tells what no capture can bring back; pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from estate.switches import masks, ownership, reading
from estate.switches.guards import Known, Waiver
from estate.switches.plan import SwitchPlan, remediation
from estate.switches.protected import Protected

TOUCHED = ("uplink", "management-vlan", "own-user", "aaa", "trunk-replaced", "vlan-in-use", "ports")
"""Guards that a restore passes because it was asked for: it touches all of that. The others stay."""


def planned(
    running: str, captured: str, name: str, platform: str, protected: Protected, waivers: Sequence[Waiver]
) -> SwitchPlan:
    """Plans one switch from what it runs to what was captured, stored secrets as they stand.

    Raises:
        ConfigurationError: a text is a redacted copy.
    """
    asked = tuple(Waiver(guard, "a restore was asked for") for guard in TOUCHED)
    return remediation(
        running,
        captured,
        platform,
        protected,
        known=Known(hostname=name),
        waivers=(*asked, *waivers),
        captured=True,
    )


def lacking(running: str, captured: str, platform: str) -> tuple[str, ...]:
    """Names what the switch had and no line of a capture can bring back, each with what to do."""
    return tuple(dict.fromkeys(_lacking(running, captured, platform)))


def _lacking(running: str, captured: str, platform: str) -> Iterator[str]:
    wanted, held = reading.tree(captured), reading.tree(running)
    for bare in ownership.BARE:
        if bare in wanted or bare in held:
            yield f"`{bare}`: its passwords are not shown (`include-credentials` is off); the switch keeps what it has"
    for header in wanted:
        shown = masks.hidden(header.partition("\n")[0])
        if header.startswith("crypto pki "):
            yield f"`{shown}`: certificates are made by the switch itself"
        elif platform == "cisco_ios" and header.startswith("snmp-server group "):
            yield "SNMPv3 users: no switch shows them; the next push of the deploy `switches` writes the declared one"
        elif header.startswith("snmpv3 user "):
            yield f"`{shown}`: it is shown without its passwords; write them by hand"
