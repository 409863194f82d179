"""Judges whether bytes are the whole configuration of one switch as it is now, fit to be restored from; pure.

Stricter than `capture`, by which plans are judged: a plan can be made again, a bad backup is noticed when it is needed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from estate.switches import capture, names, reading
from estate.switches.canonical import canonical
from estate.switches.grammar import opens_section
from estate.switches.guards import Known, Limits
from estate.switches.reading import ConfigurationError, Line, Tree


@dataclass(frozen=True)
class Expected:
    """What a capture has to fit: name, platform and ports of the switch as declared, and its last good capture."""

    name: str
    platform: str
    ports: tuple[str, ...]
    before: bytes | None = None


@dataclass(frozen=True)
class _Form:
    """What a whole text of a platform has exactly once, how it begins, and what in it is no configuration."""

    once: tuple[tuple[str, re.Pattern[str]], ...]
    begins: re.Pattern[str]
    message: re.Pattern[str]
    running: re.Pattern[str]
    startup: re.Pattern[str]
    absent: re.Pattern[str]
    foreign: re.Pattern[str]
    inner: re.Pattern[str]


_EVENT = r"[IWMDE] \d\d/\d\d/\d\d \d\d:\d\d:\d\d "
_FORMS = {
    "cisco_ios": _Form(
        once=(
            ("a line `version`", re.compile(r"version \d")),
            ("a host name", re.compile("hostname ")),
            ("a line `end`", re.compile("end$")),
        ),
        begins=re.compile(r"Building configuration|Current configuration|Using \d+ out of|!|version \d"),
        message=re.compile(reading.LOG),
        running=re.compile(r"^(?:Building configuration|Current configuration)", re.M),
        startup=re.compile(r"^Using \d+ out of", re.M),
        absent=re.compile(r"^startup-config is not present", re.M),
        foreign=re.compile(
            rf"\s*%|.*\b{reading.LOG}|(?:Command )?[Aa]uthorization failed|Command rejected|show |.*\bInvalid input"
        ),
        inner=re.compile(r"switchport\b|description |spanning-tree (?:portfast|bpduguard|guard)|transport "),
    ),
    "hp_procurve": _Form(
        once=(
            ("a heading `; ... Configuration Editor`", re.compile("; .*Configuration Editor;")),
            ("a host name", re.compile("hostname ")),
        ),
        begins=re.compile("(?:Running|Startup) configuration:|; .*Configuration Editor;"),
        message=re.compile(_EVENT),
        running=re.compile(r"^Running configuration:", re.M),
        startup=re.compile(r"^Startup configuration:", re.M),
        absent=re.compile(r"^Startup configuration is empty", re.M),
        foreign=re.compile(
            r"(?:Invalid|Incomplete|Ambiguous) input|Not authorized|Unable to|Error\b|show |\s*%"
            rf"|.*{_EVENT}"
        ),
        inner=re.compile(r"(?:exit|(?:no )?(?:un)?tagged \S+)$"),
    ),
}
_NAMED = re.compile(r"(?:no )?(?:description|name|banner|remark|snmp-server (?:location|contact)) ")
_PAGER = re.compile(r"--+ ?more ?--+", re.IGNORECASE)
_CONTROL = re.compile(r"[\x00-\x02\x04-\x08\x0b\x0c\x0e-\x1f\x7f]")
_CHANGED = re.compile(r"^! Last configuration change at ([\d:]+)\S* (\S+) \w+ (\w+ +\d+ \d{4})", re.M)
_NO_CLOCK = 2015
"""A switch whose clock was never set tells years before this one: nothing is compared with them."""


def decoded(raw: bytes) -> str:
    """Gives the text of a capture with plain line ends; bytes that are no UTF-8 as surrogates."""
    return re.sub("\r+\n", "\n", raw.decode("utf-8", "surrogateescape"))


def trimmed(text: str, platform: str) -> str:
    """Gives a reading without the messages a session showed before its heading and behind its end."""
    form, rows = _FORMS[platform], text.split("\n")
    while rows and (not rows[0].strip() or form.message.match(rows[0])):
        del rows[0]
    while rows and (not rows[-1].strip() or form.message.match(rows[-1])):
        del rows[-1]
    text = "\n".join([*rows, ""])
    if platform == "cisco_ios" and "\nend\n" in text:  # a prompt that a message cut in two stands behind it
        text = text[: text.rindex("\nend\n") + 5]
    return text


def absent(raw: bytes, platform: str) -> bool:
    """Tells whether a switch said that it has nothing to start from."""
    return bool(_FORMS[platform].absent.search(decoded(raw)))


def refusals(raw: bytes, expected: Expected) -> tuple[str, ...]:
    """Gives why these bytes are not kept as what the switch runs; empty: they are good."""
    return tuple(dict.fromkeys(_running(raw, expected)))


def startup_refusals(raw: bytes, expected: Expected) -> tuple[str, ...]:
    """Gives why these bytes are not what the switch starts from; it may have had another name when saved."""
    form, text = _FORMS[expected.platform], decoded(raw)
    try:
        tree = reading.tree(text)
        found = [*_letters(raw), *_shape(text, capture.hostname(tree), expected.platform)]
        damage = capture.refusals(text, tree, None, expected.platform, Known(), Limits())
        found += [refusal.what for refusal in damage]
    except ConfigurationError as unreadable:
        return (str(unreadable),)
    if form.running.search(text):
        found.append("it is what runs, not what it starts from: an earlier answer came late")
    return tuple(dict.fromkeys(found))


def unlike(running: str, kept: str, expected: Expected) -> str | None:
    """Tells by what a switch is seen to be of another model than the one a capture is of; None when it is not."""
    form = _FORMS[expected.platform]
    if not form.once[0][1].search(running):
        return f"it does not show {form.once[0][0]}: it is no {expected.platform} switch"
    if why := next(_ports(reading.tree(running), expected), None):
        return why
    makes = [form.once[0][1].search(each) for each in (running, kept)]
    if form is _FORMS["hp_procurve"] and makes[0] and makes[1] and makes[0][0] != makes[1][0]:
        return f"it says `{makes[0][0]}`, the capture `{makes[1][0]}`"
    return None


def _running(raw: bytes, expected: Expected) -> Iterator[str]:
    if found := tuple(_letters(raw)):
        yield from found
        return
    text, form = decoded(raw), _FORMS[expected.platform]
    try:
        tree = reading.tree(text)
        yield from _shape(text, expected.name, expected.platform)
    except ConfigurationError as unreadable:
        yield str(unreadable)
        return
    if form.startup.search(text):
        yield "it is what the switch starts from, not what runs: an earlier answer came late"
    known = Known(expected.name, _count(expected.before))
    for refusal in capture.refusals(text, tree, expected.name, expected.platform, known, Limits()):
        yield refusal.what
    yield from _ports(tree, expected)
    if expected.before is not None:
        yield from _compared(text, decoded(expected.before), form)


def _count(before: bytes | None) -> int | None:
    return None if before is None else capture.count(decoded(before))


def _letters(raw: bytes) -> Iterator[str]:
    text = decoded(raw)
    if found := _CONTROL.search(text):
        yield f"it holds the control character {found[0]!r}: a page was erased, or the text is coded otherwise"
    if re.search("\r(?!\n)", text):
        yield "a line was written over another one (a carriage return without a new line)"
    if "\ufffd" in text:
        yield "letters were replaced by U+FFFD: the bytes are lost"
    if "<vault:" in text:
        yield "it holds <vault:KEY>: it is what the switch shall have, not what it showed"


def _shape(text: str, name: str | None, platform: str) -> Iterator[str]:
    """Yields what is not as in a whole text: parts that stand twice or not at all, lines of other origin."""
    form, rows = _FORMS[platform], [line for line in reading.outside(text) if line.text]
    for what, pattern in form.once:
        count = sum(1 for row in rows if row.indent == 0 and pattern.match(row.text))
        if count != 1:
            yield f"it holds {what} {count} times, not once"
    if rows and not form.begins.match(rows[0].text):
        yield "it does not begin as one does: its first lines are lost, or others (or an editor's mark) stand before"
    if platform == "cisco_ios" and rows and rows[-1].text != "end":
        yield "it does not close with `end`"
    prompt = re.compile(rf"{re.escape((name or 'Switch')[:16])}\S*[#>] ?(?:$|\S)")
    seen: dict[str, int] = {}
    for row in rows:
        if why := _foreign(row, form, prompt):
            yield f"line {row.number}: {why}"
        if row.indent == 0 and opens_section(row.text) and row.text in seen:
            yield f"line {row.number}: `{row.text}` stands in line {seen[row.text]} already"
        seen.setdefault(row.text, row.number)


def _foreign(row: Line, form: _Form, prompt: re.Pattern[str]) -> str | None:
    if _NAMED.match(row.text):
        return None
    if _PAGER.search(row.text):
        return "a pager stands inside it"
    if prompt.match(row.text):
        return "a prompt stands inside it"
    if form.foreign.match(row.text) or row.text.startswith("<"):
        return "an error, a log message or a command stands inside it"
    if row.indent == 0 and form.inner.match(row.text):
        return "it stands outside of its section: blanks were lost"
    return None


def _ports(tree: Tree, expected: Expected) -> Iterator[str]:
    """Yields ports that the declared model has and the text lacks (IOS shows all), or the other way round."""
    headers = canonical(tree, expected.platform).tree
    shown = [each[10:] for each in headers if each.startswith("interface ") and names.is_port(each[10:])]
    missing = [port for port in expected.ports if port not in shown]
    if expected.platform == "cisco_ios" and missing:
        yield f"it shows no {_some(missing)}: another model than declared, or a part is missing"
    slots = {_slot(port) for port in expected.ports}
    more = [port for port in shown if _slot(port) in slots and port not in expected.ports]
    if more:
        yield f"it shows {_some(more)}, which the declared model does not have: another switch"


def _some(ports: list[str]) -> str:
    return ports[0] if len(ports) == 1 else f"{ports[0]} and {len(ports) - 1} more"


def _slot(port: str) -> str:
    return port.rstrip("0123456789")


def _compared(text: str, before: str, form: _Form) -> Iterator[str]:
    """Yields what cannot follow the last good capture: an older state, another model, letters coded twice."""
    old, new = _changed(before), _changed(text)
    if old and new and old[1] == new[1] and new[0] < old[0] and min(old[0], new[0]).year >= _NO_CLOCK:
        yield f"it was changed last on {new[0]:%Y-%m-%d %H:%M}, the last good capture on {old[0]:%Y-%m-%d %H:%M}: stale"
    makes = [form.once[0][1].search(each) for each in (before, text)]
    if form is _FORMS["hp_procurve"] and all(makes):
        models = [found[0] for found in makes if found]
        if models[0] != models[1]:
            yield f"it says `{models[1]}`, the last good capture `{models[0]}`: another model"
    try:
        once = text.encode("latin-1").decode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        return
    if not text.isascii() and reading.tree(once) == reading.tree(before):
        yield "its letters were coded twice: each is a pair of others"


def _changed(text: str) -> tuple[datetime, str] | None:
    found = _CHANGED.search(text)
    if not found:
        return None
    try:
        return datetime.strptime(f"{found[1]} {' '.join(found[3].split())}", "%H:%M:%S %b %d %Y"), found[2]
    except ValueError:
        return None
