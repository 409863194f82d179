"""Says what lines the commands of the configuration modes write, and what they answer."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from estate.lab.switches.configuration import GLOBAL, kind_of, natural
from estate.lab.switches.console import Answer, Ask, Console, action
from estate.lab.switches.grammar import Command
from estate.lab.switches.hashing import hashed
from estate.lab.switches.numbers import ranges, vlans
from estate.lab.switches.ports import ALL_VLANS, allowed_vlans


def put(console: Console, key: str, text: str | None) -> None:
    """Writes a line into each current section, or removes it; a line that only says the default is not kept."""
    kind = kind_of(console.sections[0]) if console.sections else "global"
    defaults = console.vendor.data["hidden_defaults"].get(kind, ())
    for box in console.boxes():
        if text is None or text in defaults:
            box.pop(key, None)
        else:
            box[key] = text
    console.machine.edited(console.user)


@action("one")
def one(console: Console, command: Command) -> Answer:
    """Keeps one line per fixed words; the last one wins."""
    put(console, command.key, None if command.negated else command.text)
    return None


@action("as")
def as_other(console: Console, command: Command, *key: str) -> Answer:
    """Writes where a command of other words writes."""
    put(console, " ".join(key), None if command.negated else command.text)
    return portfast_warning(console, command) if "portfast" in key else None


@action("keyed")
def keyed(console: Console, command: Command) -> Answer:
    """Keeps one line per fixed words and first value."""
    put(console, f"{command.key} {command.values[0]}", None if command.negated else command.text)
    return None


@action("many")
def many(console: Console, command: Command) -> Answer:
    """Keeps every different line; `no` removes those that begin so."""
    if not command.negated:
        put(console, command.text, command.text)
        return None
    for box in console.boxes():
        for key in [each for each in box if each == command.text or each.startswith(command.text + " ")]:
            del box[key]
    console.machine.edited(console.user)
    return None


@action("shown_off")
def shown_off(console: Console, command: Command) -> Answer:
    """Keeps the line, and its `no` form as well."""
    put(console, command.key, f"no {command.text}" if command.negated else command.text)
    return None


@action("aaa")
def aaa(console: Console, command: Command) -> Answer:
    """Switches AAA on or off; what lines say of logins in the other world goes, and what is then the default."""
    gone = "login authentication" if command.negated else "login local"
    for section, box in console.machine.running.items():
        if kind_of(section) == "line" and box.get("login", "").startswith(gone):
            del box["login"]
    return shown_off(console, command)


@action("default_on")
def default_on(console: Console, command: Command) -> Answer:
    """Shows only the `no` form: it is on by default."""
    put(console, command.key, f"no {command.text}" if command.negated else None)
    return None


@action("remove")
def remove(console: Console, command: Command, *key: str) -> Answer:
    """Is the opposite of another command."""
    put(console, " ".join(key), None)
    return None


@action("nothing")
def nothing(console: Console, command: Command) -> Answer:
    """Is accepted and changes nothing that is kept."""
    return None


@action("unseen")
def unseen(console: Console, command: Command, *shown: str) -> Answer:
    """Is kept, but shown nowhere (SNMPv3 users), or shown in other words than it was given."""
    user = command.values[0].split()[0].strip('"')
    if command.negated:
        console.machine.unseen.pop(user, None)
    else:
        console.machine.unseen[user] = command.text
    return rewrite(console, command, *shown) if shown else None


@action("rewrite")
def rewrite(console: Console, command: Command, *words: str) -> Answer:
    """Is another spelling of a command."""
    text = " ".join(words).format(*command.values)
    return console._run(f"no {text}" if command.negated else text)


@action("hash")
def hashing(console: Console, command: Command, *words: str) -> Answer:
    """Keeps a secret as a salted hash, a new one each time; taking a user away is asked."""
    key = " ".join(command.text.split()[:2])
    if command.negated:
        question = console.vendor.says("user_removal") if key.startswith("username") else ""

        def go_on(answer: str) -> Answer:
            if answer in console.vendor.data["yes_keys"]:
                put(console, key, None)
            return None

        return Ask(question, go_on, key=True) if question else go_on("\r")
    kind, _, rest = command.values[-1].partition(" ")
    if rest and kind.isdecimal():
        kept = f"{kind} {rest}" if kind != "0" else console.vendor.data["hash_type"] + hashed(rest)
    else:
        kept = console.vendor.data["hash_type"] + hashed(command.values[-1])
    put(console, key, " ".join(words).format(*command.values, hash=kept))
    return None


@action("banner")
def banner(console: Console, command: Command) -> Answer:
    """Takes a text of many lines up to its delimiter."""
    if command.negated:
        put(console, command.key, None)
        return None
    given = command.values[0]
    delimiter = "^C" if given.startswith("^C") else given[0]

    def take(text: str) -> Answer:
        if delimiter not in text and not text.endswith("\x03"):
            return Ask("", lambda line: take(f"{text}\n{line}"))
        mark = console.vendor.data["terminal"]["banner_mark"]
        put(console, command.key, f"{command.key} {mark}{text.partition(delimiter)[0]}{mark}")
        return None

    text = given[len(delimiter) :]
    if delimiter in text:
        return take(text)
    asked = console.vendor.says("banner", delimiter=delimiter[-1])
    return Ask(f"{asked}\n" if asked else "", lambda line: take(f"{text}\n{line}"))


@action("address")
def address(console: Console, command: Command) -> Answer:
    """Gives an interface its address; without one, interfaces of VLANs say so."""
    for section in console.sections:
        head = console.vendor.data["vlan_interface"].split("{", maxsplit=1)[0]
        box = console.machine.running.setdefault(section, {})
        box.pop("ip address", None)
        if not command.negated:
            box["ip address"] = command.text
        elif section.startswith(head):
            box["ip address"] = "no ip address"
    console.machine.edited(console.user)
    return None


@action("member")
def member(console: Console, command: Command, message: str) -> Answer:
    """Puts ports into a VLAN; makes the VLAN, and says so, if there is none."""
    put(console, command.key, None if command.negated else command.text)
    number = 1 if command.negated else int(command.values[0])
    if number == console.vendor.data["default_vlan"] or f"vlan {number}" in console.machine.running:
        return None
    console.machine.running[f"vlan {number}"] = {}
    return console.vendor.says(message, number=number)


@action("allowed")
def allowed(console: Console, command: Command, how: str) -> Answer:
    """Says which VLANs a trunk carries. `no`, whatever follows, means all; `add` to all changes nothing."""
    key = "switchport trunk allowed vlan"
    named = frozenset(vlans(command.values[-1]) or ()) if command.values else frozenset()
    every = ALL_VLANS
    for box in console.boxes():
        now = allowed_vlans(box)
        wanted = {
            "set": named,
            "all": every,
            "none": frozenset(),
            "add": now | named,
            "remove": now - named,
            "except": every - named,
        }[how]
        if command.negated or wanted == every:
            box.pop(key, None)
        else:
            box[key] = f"{key} {ranges(wanted) or 'none'}"
    console.machine.edited(console.user)
    return None


@action("vlan_set")
def vlan_set(console: Console, command: Command) -> Answer:
    """Adds VLANs to a list that the switch keeps; only `no` takes some away."""
    box = console.machine.running[GLOBAL]
    spec = console.vendor.data["vlan_lists"]

    def read(text: str) -> set[int] | None:
        return vlans(text.strip().replace(spec["between"], ","))

    kept = read(box.get(command.key, "").removeprefix(command.key)) or set()
    named = read(command.values[-1]) if command.values else kept
    if named is None:
        return console.vendor.says("invalid", word=command.values[-1])
    wanted = kept - named if command.negated else kept | named
    put(console, command.key, f"{command.key} {_listed(spec, wanted)}" if wanted else None)
    return None


def _listed(spec: Mapping[str, Any], numbers: set[int]) -> str:
    return ranges(numbers, spec["shortest"]).replace(",", spec["between"])


@action("portfast")
def portfast(console: Console, command: Command) -> Answer:
    """Lets a port forward at once, with the warning that looks like an error and is none."""
    put(console, command.key, None if command.negated else command.text)
    return portfast_warning(console, command)


def portfast_warning(console: Console, command: Command) -> Answer:
    """Returns the warning, and one more per port; nothing for `no`."""
    if command.negated:
        return None
    ports = sorted((section.rpartition(" ")[2] for section in console.sections), key=natural)
    return "\n".join(
        [
            console.vendor.says("portfast"),
            *(console.vendor.says("portfast_port", name=name) for name in ports),
        ]
    )
