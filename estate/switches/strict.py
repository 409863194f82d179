"""Reads an intended text and refuses what never matches a switch: abbreviations, contradictions, non-ASCII; pure.

All mistakes are gathered and told at once, each with its line.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import lru_cache

from estate.switches import masks, names
from estate.switches.grammar import key, kind, opens_section
from estate.switches.reading import ConfigurationError, Line, Tree, lines, nested, paths, placed

# How commands are written out, by what they stand in; `*` is an argument. The longest match counts.
_FULL: Mapping[str, tuple[str, ...]] = {
    "": (
        "interface *",
        "vlan *",
        "hostname *",
        "username *",
        "logging host *",
        "ip default-gateway *",
        "ip dhcp snooping vlan *",
        "ip arp inspection vlan *",
        "spanning-tree mode *",
        "snmp-server community * RO",
        "snmp-server community * RW",
        "snmp-server location *",
        "ntp server *",
    ),
    "interface": (
        "description *",
        "switchport mode access",
        "switchport mode trunk",
        "switchport access vlan *",
        "switchport voice vlan *",
        "switchport trunk native vlan *",
        "switchport trunk allowed vlan *",
        "switchport trunk encapsulation *",
        "switchport nonegotiate",
        "switchport port-security",
        "spanning-tree portfast",
        "spanning-tree bpduguard enable",
        "ip address * *",
        "shutdown",
    ),
    "vlan": ("name *",),
}


def tree(text: str, platform: str) -> Tree:
    """Gives the sections of an intended text.

    Raises:
        ConfigurationError: with every mistake, one a line.
    """
    _judged(text, platform)
    return nested(paths(text))


@lru_cache(maxsize=256)  # a push plans towards the same text before and after
def _judged(text: str, platform: str) -> None:
    found = list(placed(lines(text)))
    mistakes = list(_mistakes(found, platform))
    if masks.HIDDEN in text or masks.SALTED in text:
        mistakes.insert(
            0,
            f"the text holds {masks.HIDDEN!r} in place of a secret: nothing masked is ever sent to a switch",
        )
    if mistakes:
        raise ConfigurationError("intended text: " + "\n".join(mistakes))


def _mistakes(found: list[tuple[Line, tuple[str, ...]]], platform: str) -> Iterator[str]:
    seen: dict[tuple[str, ...], Line] = {}
    settings: dict[tuple[str, ...], Line] = {}
    for line, path in found:
        if not line.text.isascii() or "\t" in line.text:
            yield f"line {line.number}: {masks.hidden(line.text)!r} holds letters a switch does not take: write ASCII"
        if full := _full(path, platform):
            yield f"line {line.number}: {masks.hidden(line.text)!r} is not as shown: write {masks.hidden(full)!r}"
        same = (_one_name(path[0]), *path[1:])
        if twice := seen.get(same):
            yield _twice(line, twice)
            continue
        seen[same] = line
        if setting := _setting(same, platform):
            first = settings.setdefault(setting, line)
            if first is not line:
                told, held = masks.hidden(line.text), masks.hidden(first.text)
                yield f"line {line.number}: {told!r} contradicts line {first.number}, {held!r}: keep one"


def _full(path: tuple[str, ...], platform: str) -> str | None:
    if platform != "cisco_ios" or len(path) > 2:
        return None
    return _written_out(kind(path[-2]) if path[1:] else "", path[-1])


def _setting(path: tuple[str, ...], platform: str) -> tuple[str, ...] | None:
    """Gives what a line sets and where, None for what may stand many times; a list goes on in lines with `add`."""
    if opens_section(path[-1]) or " vlan add " in path[-1]:
        return None
    found = key(platform, path[-2] if path[1:] else "", path[-1])
    return (*path[:-1], found) if found else None


def _twice(line: Line, first: Line) -> str:
    again = "" if line.text == first.text else f" (as {first.text!r})"
    return f"line {line.number}: {masks.hidden(line.text)!r} stands in line {first.number}{again} already: keep one"


def _one_name(text: str) -> str:
    return f"interface {names.interface(text[10:])}" if text.startswith("interface ") else text


@lru_cache(maxsize=8192)
def _written_out(section: str, line: str) -> str | None:
    """Gives the command that a line abbreviates, None for a line that stands as a switch shows it."""
    negated = "no " if line.startswith("no ") else ""
    words = line.removeprefix("no ").split(" ")
    best: str | None = None
    for full in _FULL.get(section, ()):
        wanted = full.split(" ")
        if len(words) < len(wanted) or not all(map(_abbreviates, words, wanted)):
            continue
        written = negated + " ".join([*map(_word, words, wanted), *words[len(wanted) :]])
        if written == line:
            return None
        best = best or written
    return best


def _abbreviates(word: str, full: str) -> bool:
    return full == "*" or (bool(word) and full.lower().startswith(word.lower()))


def _word(word: str, full: str) -> str:
    return word if full == "*" else full
