"""Writes a command as a switch takes it: short negations, lists by adding and removing, secrets put back; pure."""

from __future__ import annotations

import re
from collections.abc import Iterator

from estate.switches import vlan_lists
from estate.switches.canonical import Canonical, members
from estate.switches.grammar import OFF, ON, VLAN_SETS, key
from estate.switches.masks import SALTED
from estate.switches.reading import CLOSED

_MARKS = ("~", "#", "@", "|", "%")
_TRUNK = "switchport trunk allowed vlan"
_WHOLE = ("sntp ", "rate-limit ", "port-security ")
"""Settings of ProCurve that `no` wants with their value."""


class Writer:
    """Knows both sides of a change, and so what a line of it means on the switch."""

    def __init__(self, before: Canonical, after: Canonical, platform: str, management_vlan: int) -> None:
        """Takes what stands on the switch and what shall stand."""
        self.before, self.after = before, after
        self.platform, self.management_vlan = platform, management_vlan

    def lines(self, header: str, line: str) -> Iterator[tuple[bool, tuple[str, ...]]]:
        """Yields the commands for one line of a difference; True marks one that takes VLANs out of a list.

        A command has more than one line only when it is a banner.
        """
        negated, body = line.startswith("no "), line.removeprefix("no ")
        command = next((each for each in VLAN_SETS[self.platform] if body.startswith(f"{each} ")), None)
        if command == _TRUNK:
            yield from ((narrows, (text,)) for narrows, text in self._trunk(header, body, negated))
        elif command:
            yield from ((narrows, (text,)) for narrows, text in self._set(command, body, negated))
        else:
            yield False, self._negated(header, body) if negated else self._plain(header, line)

    def resequenced(self, header: str) -> str | None:
        """Gives the command that numbers an access list as we count it, when the switch shows no numbers."""
        found = re.match(r"^ip access-list (?:standard|extended) (\S+)$", header)
        if found and header in self.before.tree and header in self.before.unnumbered:
            return f"ip access-list resequence {found[1]} 10 10"
        return None

    def _plain(self, header: str, line: str) -> tuple[str, ...]:
        if SALTED in line:
            return (self.after.written[header, line],)
        if line.startswith("banner ") and "\n" in line:
            opening, *text = line.removesuffix(CLOSED).split("\n")
            mark = next(each for each in _MARKS if not any(each in row for row in text))
            return (f"{opening} {mark}", *text, mark)
        if line.endswith(OFF):
            return (f"no {line.removesuffix(OFF)}",)
        return (line.removesuffix(ON),)

    def _negated(self, header: str, line: str) -> tuple[str, ...]:
        if line.endswith(OFF):
            return (line.removesuffix(OFF),)
        if line == "disable" and self.platform == "hp_procurve":
            return ("enable",)
        if header.startswith("line ") and line.startswith("login"):
            # `no login` would let in anybody; what a line does when nothing is said depends on AAA.
            aaa = any(each in self.after.tree for each in ("aaa new-model", f"aaa new-model{ON}"))
            return ("login authentication default" if aaa else "login",)
        if header.startswith("ip access-list") and line[0].isdigit():
            return (f"no {line.partition(' ')[0]}",)
        setting = key(self.platform, header, line)
        if setting and line.startswith(setting) and not setting.startswith(_WHOLE):
            return (f"no {setting}",)
        return (f"no {self.before.written.get((header, line), line).removesuffix(ON)}",)

    def _trunk(self, header: str, line: str, negated: bool) -> Iterator[tuple[bool, str]]:
        old = self._held(header, _TRUNK)
        new = None if negated else members(line)
        if new is None or not new:
            yield (new is not None, f"no {_TRUNK}" if new is None else f"{_TRUNK} none")
        elif not old:
            # Nothing may be added to "all" (a switch ignores it): this one line says it all, the way in first.
            first, *rest = vlan_lists.chunks(new, self.management_vlan)
            yield from (
                (False, text) for text in (f"{_TRUNK} {first}", *(f"{_TRUNK} add {each}" for each in rest))
            )
        else:
            yield from ((False, f"{_TRUNK} add {each}") for each in _pieces(new - old))
            yield from ((True, f"{_TRUNK} remove {each}") for each in _pieces(old - new))

    def _set(self, command: str, line: str, negated: bool) -> Iterator[tuple[bool, str]]:
        old = self._held("", command) or frozenset()
        new = (None if negated else members(line)) or frozenset()
        one_each = self.platform == "hp_procurve"
        for narrows, numbers in ((False, new - old), (True, old - new)):
            parts = [str(each) for each in sorted(numbers)] if one_each else _pieces(numbers)
            yield from ((narrows, f"{'no ' if narrows else ''}{command} {each}") for each in parts)

    def _held(self, header: str, command: str) -> frozenset[int] | None:
        tree = self.before.tree.get(header, {}) if header else self.before.tree
        line = next((each for each in tree if each.startswith(f"{command} ")), "")
        return members(line)


def changed_lists(before: Canonical, after: Canonical) -> tuple[str, ...]:
    """Gives for each trunk whose list of VLANs changes what it was, what it will be, and the difference."""
    found = []
    for header in before.tree.keys() & after.tree.keys():
        sides = [
            next((each for each in side.tree[header] if each.startswith(_TRUNK)), "")
            for side in (before, after)
        ]
        if sides[0] != sides[1] and all(
            "switchport mode trunk" in side.tree[header] for side in (before, after)
        ):
            old, new = (frozenset(range(1, 4095)) if held is None else held for held in map(members, sides))
            signs = [
                f"{sign}{vlan_lists.shown(part)}"
                for sign, part in (("+", new - old), ("-", old - new))
                if part
            ]
            texts = [vlan_lists.shown(each) or "none" for each in (old, new)]
            found.append(
                f"{header.removeprefix('interface ')}: {texts[0]} becomes {texts[1]} ({' '.join(signs)})"
            )
    return tuple(sorted(found))


def _pieces(numbers: frozenset[int]) -> list[str]:
    return vlan_lists.chunks(numbers) if numbers else []
