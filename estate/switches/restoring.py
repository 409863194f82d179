"""Plans the way of a switch to a configuration that was captured, and tells what no capture can bring back; pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from estate.switches import masks, ownership, reading
from estate.switches.guards import Known, Waiver
from estate.switches.plan import SwitchPlan, remediation
from estate.switches.protected import Protected

_USER = re.compile(r'(?:snmp-server|snmpv3) user "?([^\s"]+)"?')
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


def renewals(captured: str, unseen: Sequence[str], platform: str) -> tuple[str, ...]:
    """Gives those of the declared lines that no switch shows whose SNMPv3 user the captured switch had.

    IOS shows the group of a user alone, ProCurve the user without its passwords. `<vault:KEY>` stands for the secrets.
    """
    held = reading.tree(captured)
    return tuple(line for line in unseen if _had(line, held, platform))


def _had(line: str, held: reading.Tree, platform: str) -> bool:
    words = line.split()
    if platform == "cisco_ios":
        return any(each.startswith(f"snmp-server group {words[3]} v3 ") for each in held)
    return " ".join(words[:3]) in held


def renewing(plan: SwitchPlan, lines: Sequence[str]) -> SwitchPlan:
    """Gives the plan with these lines behind its own; a plan without lines stays so."""
    return replace(plan, lines=(*plan.lines, *lines)) if plan.lines else plan


def users(lines: Sequence[str]) -> tuple[str, ...]:
    """Names the SNMPv3 users of such lines."""
    return tuple(found[1] for line in lines if (found := _USER.match(line)))


def lacking(running: str, captured: str, platform: str, renewed: Sequence[str] = ()) -> tuple[str, ...]:
    """Names what the switch had and no line of a capture can bring back, each with what to do.

    `renewed` are the lines by which SNMPv3 users are written anew from the vault.
    """
    return tuple(dict.fromkeys(_lacking(running, captured, platform, users(renewed))))


def _lacking(running: str, captured: str, platform: str, known: Sequence[str]) -> Iterator[str]:
    wanted, held = reading.tree(captured), reading.tree(running)
    for bare in ownership.BARE:
        if bare in wanted or bare in held:
            yield f"`{bare}`: its passwords are not shown (`include-credentials` is off); the switch keeps what it has"
    for header in wanted:
        shown = masks.hidden(header.partition("\n")[0])
        if header.startswith("crypto pki "):
            yield f"`{shown}`: certificates are made by the switch itself"
        elif platform == "cisco_ios" and header.startswith("snmp-server group "):
            but = f" but {', '.join(known)}" if known else ""
            yield f"SNMPv3 users{but}: no switch shows them; write by hand those that were there"
        elif header.startswith("snmpv3 user ") and not set(users((header,))) <= set(known):
            yield f"`{shown}`: it is shown without its passwords; write them by hand"
