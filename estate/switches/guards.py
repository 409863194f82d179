"""Refuses plans that could cut off people or ourselves, before any login, unless waived by name and reason; pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from estate.switches import masks, names, vlan_lists
from estate.switches.path import placed
from estate.switches.protected import Protected
from estate.switches.reading import Tree

GUARDS: Mapping[str, str] = {
    "platform": "nobody knows how to plan for this platform",
    "running-unreadable": "what was read is no configuration anybody could go back to",
    "running-damaged": "the running configuration was not read whole",
    "running-foreign": "the running configuration is another switch's, or the host name changes",
    "unknown-port": "a port is configured that the switch does not have; its lines would land on the port before it",
    "vlan-in-use": "a VLAN goes away that somebody is in",
    "trunk-replaced": "a list of VLANs on a trunk is written anew, or opened for all",
    "uplink": "an uplink is touched",
    "management-vlan": "the management VLAN, its address or its gateway is touched",
    "own-user": "the user we log in with is touched",
    "aaa": "what decides who may log in is touched",
    "management-path": "after a line of the plan the switch could not be reached any more",
    "not-foreseen": "the plan was not foreseen to end in what is intended",
    "ports": "many ports change at once",
    "switches": "many switches change at once",
}
"""Every guard by its name, and what it is afraid of."""
NEVER_WAIVED = frozenset({"platform", "running-unreadable"})
_LOGIN = re.compile(r"^(?:aaa |tacacs|radius|line |enable (?:secret|password)|ip ssh |login )")
_TRUNK = "switchport trunk allowed vlan"


@dataclass(frozen=True)
class Waiver:
    """Somebody's decision to go past one guard, and why.

    Raises:
        ValueError: no such guard, one that is never waived, or no reason.
    """

    guard: str
    reason: str

    def __post_init__(self) -> None:
        if self.guard not in GUARDS or self.guard in NEVER_WAIVED:
            can = ", ".join(sorted(GUARDS.keys() - NEVER_WAIVED))
            raise ValueError(f"no guard {self.guard!r} can be waived; those that can: {can}")
        if not self.reason.strip():
            raise ValueError(f"waiving {self.guard!r} needs a reason that the record of the run can keep")


@dataclass(frozen=True)
class Refusal:
    """Why a plan is not carried out: the guard, where, and what it found."""

    guard: str
    where: str
    what: str

    def __str__(self) -> str:
        """Says what, where, why, and how to go past it."""
        how = (
            "cannot be waived"
            if self.guard in NEVER_WAIVED
            else f"to go on: waive {self.guard!r} with a reason"
        )
        return f"{self.where}: {self.what} ({GUARDS[self.guard]}); {how}"


@dataclass(frozen=True)
class Limits:
    """How much may change at once: ports of one switch, switches of a run; how short a text may be (% of before)."""

    ports: int = 12
    switches: int = 10
    shortest_percent: int = 70


@dataclass(frozen=True)
class Known:
    """What is known of a switch from before: the host name it answers with, the lines of the last whole reading."""

    hostname: str | None = None
    lines: int | None = None


def waived(
    refusals: Iterable[Refusal], waivers: Sequence[Waiver]
) -> tuple[tuple[Refusal, ...], tuple[Refusal, ...]]:
    """Parts refusals into those that stand and those that somebody waived."""
    names_of = {waiver.guard for waiver in waivers}
    found = list(dict.fromkeys(refusals))
    return tuple(r for r in found if r.guard not in names_of), tuple(r for r in found if r.guard in names_of)


def together(
    plans: Mapping[str, Sequence[str]], limits: Limits, waivers: Sequence[Waiver] = ()
) -> tuple[Refusal, ...]:
    """Refuses a run that changes more switches than declared; `plans` gives the lines for each switch."""
    changing = sorted(name for name, lines in plans.items() if lines)
    if len(changing) <= limits.switches:
        return ()
    what = f"{len(changing)} switches change, {limits.switches} may at once"
    return waived([Refusal("switches", ", ".join(changing), what)], waivers)[0]


def of_lines(
    lines: Sequence[str], running: Tree, wanted: Tree, protected: Protected, limits: Limits
) -> Iterator[Refusal]:
    """Yields what the lines of a plan touch that is protected.

    `running` are all sections of the switch in one form, `wanted` all it shall have afterwards, what is left alone too.
    """
    uplinks = set(protected.uplinks)
    touched: set[str] = set()
    for header, line in placed(lines):
        if line == "exit":
            continue
        shown = f"{masks.hidden(header)}: {masks.hidden(line)}" if header else masks.hidden(line)
        touched |= _ports(header, line)
        if not header and _opens_port(line, lines):
            continue
        yield from _uplink(header, line, shown, uplinks)
        yield from _management(header, line, shown, protected)
        yield from _login(header, line, shown, protected)
        yield from _trunk(header, line, running, wanted)
        yield from _vlan(line if not header else "", wanted, protected)
    if len(touched) > limits.ports:
        listed = ", ".join(sorted(touched)[:4])
        yield Refusal("ports", f"{listed}, ...", f"{len(touched)} ports change, {limits.ports} may at once")


def _opens_port(line: str, lines: Sequence[str]) -> bool:
    """Tells whether a line only leads into a section, whose own lines are judged one by one."""
    return line.startswith(("interface ", "vlan ")) and " exit" in lines


def _ports(header: str, line: str) -> set[str]:
    verb, _, listed = line.removeprefix("no ").partition(" ")
    if header.startswith("vlan ") and verb in ("tagged", "untagged"):
        return set(vlan_lists.ports(listed))
    name = header.removeprefix("interface ")
    return {name} if name != header and names.is_port(name) else set()


def _uplink(header: str, line: str, shown: str, uplinks: set[str]) -> Iterator[Refusal]:
    for name in sorted(_ports(header, line) | ({header[10:]} if header.startswith("interface ") else set())):
        if name in uplinks:
            yield Refusal("uplink", name, f"`{shown}`")
    if line.startswith("no interface ") and line[13:] in uplinks:
        yield Refusal("uplink", line[13:], f"`{shown}`")


def _management(header: str, line: str, shown: str, protected: Protected) -> Iterator[Refusal]:
    vlan = protected.management_vlan
    own = (f"interface Vlan{vlan}", f"vlan {vlan}")
    about = header in own or (not header and line.removeprefix("no ") in own)
    gateway = not header and line.removeprefix("no ").startswith("ip default-gateway")
    carried = "trunk" in line and str(vlan) in re.findall(r"native vlan (\d+)", line)
    if _TRUNK in line and line.rpartition(" ")[2][:1].isdigit():
        carried |= " remove " in line and vlan in vlan_lists.vlans(line.rpartition(" ")[2])
    if about or gateway or carried:
        yield Refusal("management-vlan", header or f"VLAN {vlan}", f"`{shown}`")


def _login(header: str, line: str, shown: str, protected: Protected) -> Iterator[Refusal]:
    bare = line.removeprefix("no ")
    if not header and re.match(
        rf'^(?:username|password \w+ user-name) "?{re.escape(protected.own_user)}"?(?: |$)', bare
    ):
        yield Refusal("own-user", protected.own_user, f"`{shown}`")
    elif not header and bare.startswith("password manager"):
        yield Refusal("own-user", "password manager", f"`{shown}`")
    if _LOGIN.match(header or bare) and (header or not bare.startswith("line ")):
        yield Refusal("aaa", header or "outside sections", f"`{shown}`")


def _trunk(header: str, line: str, running: Tree, wanted: Tree) -> Iterator[Refusal]:
    if not line.removeprefix("no ").startswith(_TRUNK) or re.match(rf"^{_TRUNK} (?:add|remove) ", line):
        return
    if all("switchport mode trunk" in tree.get(header, {}) for tree in (running, wanted)):
        held = next((each for each in running[header] if each.startswith(_TRUNK)), f"{_TRUNK} all")
        yield Refusal("trunk-replaced", header.removeprefix("interface "), f"`{held}` becomes `{line}`")


def _vlan(line: str, wanted: Tree, protected: Protected) -> Iterator[Refusal]:
    if not line.startswith("no vlan "):
        return
    number = line[8:]
    if int(number) in protected.vlans_in_use:
        yield Refusal("vlan-in-use", f"VLAN {number}", "it is declared or seen to be in use")
    member = re.compile(rf"^(?:switchport (?:access|voice|trunk native)|untagged|tagged) vlan {number}$")
    ports = [header[10:] for header, below in wanted.items() if any(map(member.match, below))]
    if f"interface Vlan{number}" in wanted:
        ports.append(f"Vlan{number}")
    if ports:
        more = f" and {len(ports) - 4} more" if len(ports) > 4 else ""
        yield Refusal("vlan-in-use", f"VLAN {number}", f"still on {', '.join(ports[:4])}{more}")
