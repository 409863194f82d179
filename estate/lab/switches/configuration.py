"""Keeps a configuration as sections of lines, and writes it the way the vendor shows it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from itertools import groupby
from typing import Any

from estate.lab.switches.grammar import Vendor
from estate.lab.switches.numbers import ranges

Lines = dict[str, str]
Configuration = dict[str, Lines]
"""Section (`vlan 20`, `interface GigabitEthernet1/0/1`; empty: the global one) to key to line."""
GLOBAL = ""


def copied(configuration: Mapping[str, Lines]) -> Configuration:
    """Returns a configuration of its own with the same lines."""
    return {section: dict(lines) for section, lines in configuration.items()}


def kind_of(section: str) -> str:
    """Returns what kind of section this is: `interface`, `vlan`, `line`, `tacacs server`."""
    return "global" if section == GLOBAL else re.split(r" (?=\S*$|vty|con)", section, maxsplit=1)[0]


def natural(text: str) -> list[Any]:
    """Returns a key that sorts `1/0/2` before `1/0/10`."""
    return [int(part) if part.isdecimal() else part for part in re.split(r"(\d+)", text)]


def written(
    vendor: Vendor, configuration: Configuration, ports: Iterable[str], facts: Mapping[str, Any]
) -> list[str]:
    """Returns the configuration as shown, without the heading; `facts` fill its comments (model, at, user)."""
    spec = vendor.data["running"]
    heads = [vendor.data["port_section"].format(name=name) for name in ports]
    if spec["empty_ports"]:  # each port is shown, also without a line
        configuration = {**{head: {} for head in heads}, **configuration}
    else:
        configuration = {name: lines for name, lines in configuration.items() if lines or name not in heads}
    left = dict(configuration.get(GLOBAL, {}))
    starts = [start for item in spec["layout"] for start in item.get("lines", ())]
    lines: list[str] = []
    for item in spec["layout"]:
        if "text" in item:
            lines.append(item["text"].format(**facts))
        elif "changed" in item:
            lines += [item["changed"].format(**facts)] if facts.get("at") else []
        elif "lines" in item:
            lines += _some(left, item["lines"])
        elif "sections" in item:
            lines += sections(vendor, configuration, item["sections"])
        else:
            lines += [text for text in left.values() if not text.startswith(tuple(starts))]
    return lines


def _some(left: Mapping[str, str], starts: list[str]) -> Iterator[str]:
    for start in starts:
        for text in sorted(
            (t for t in left.values() if t == start or t.startswith(start + " ")), key=natural
        ):
            yield from text.split("\n")


def sections(vendor: Vendor, configuration: Configuration, kind: str) -> list[str]:
    """Returns the sections of a kind, each with its closing line."""
    spec = vendor.data["running"]
    names = sorted(
        (each for each in configuration if kind_of(each) == kind), key=lambda name: _place(vendor, name)
    )
    lines: list[str] = []
    for nameless, group in groupby(
        names,
        key=lambda each: kind in spec["group_empty"] and not configuration[each],
    ):
        if nameless:
            lines += [f"{kind} {ranges(int(each.split()[-1]) for each in group)}", spec["close"]]
            continue
        for name in group:
            lines += [name, *body(vendor, kind, configuration[name]), spec["close"]]
    return lines


def _place(vendor: Vendor, section: str) -> tuple[int, list[Any]]:
    """Returns what sorts sections: ports in the vendor's order of types, all else by number."""
    name = section.rpartition(" ")[2]
    types = vendor.data["port_types"]
    return next((at for at, each in enumerate(types) if name.startswith(each)), 0), natural(section)


def body(vendor: Vendor, kind: str, lines: Lines) -> list[str]:
    """Returns the lines of one section in the vendor's order, indented, long lists wrapped."""
    spec = vendor.data["running"]
    order = spec["order"].get(kind, [])

    def place(text: str) -> tuple[int, list[Any]]:
        found = next((at for at, start in enumerate(order) if text.startswith(start)), len(order))
        return found, natural(text) if found == len(order) else []

    shown = [wrapped for text in sorted(lines.values(), key=place) for wrapped in _wrapped(spec, text)]
    return [spec["indent"] + text for text in shown]


def _wrapped(spec: Mapping[str, Any], text: str) -> list[str]:
    wrap = spec.get("wrap")
    if not wrap or not text.startswith(wrap["start"]) or len(text) <= wrap["width"]:
        return [text]
    rows = [wrap["start"]]
    for part in text[len(wrap["start"]) :].split(","):
        if len(rows[-1]) + len(part) >= wrap["width"]:
            rows.append(wrap["again"])
        rows[-1] += part + ","
    return [row.rstrip(",") for row in rows]
