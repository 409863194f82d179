"""Has Asterisk load files of an exchange, and tells what of them it has loaded.

Comes along with telephony_on_host.py; needs the standard library only.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable

from pyinfra_deploys.facts import telephone_contacts_on_host
from pyinfra_deploys.facts.asterisk_on_host import FaultError, asking

RELOADS = {
    "voicemail.conf": "voicemail reload",
    "pjsip.conf": "module reload res_pjsip.so",
    "extensions.conf": "dialplan reload",
    "queues.conf": "queue reload all",
}
BUSY = re.compile("already in progress|request queued")
DONE = {"pjsip.conf": "reloaded successfully", "extensions.conf": "Dialplan reloaded"}
"""How Asterisk answers a reload that has to wait for another one, and one that went well; the others say nothing."""
AT_ONCE = ("voicemail.conf", "pjsip.conf")
"""What Asterisk loads side by side: neither has a part in the other, while the dial plan watches telephones."""
LOADED = {
    "voicemail.conf": ("voicemail show users", re.compile(r"(?m)^\S+ +([0-9]+) ")),
    "pjsip.conf": ("pjsip list endpoints", re.compile(r"(?m)^ *Endpoint: +([^\s/<]+)(?:/\S+)? ")),
    "extensions.conf": ("dialplan show", re.compile(r"(?m)^\[ Context '([^']+)' created by")),
    "queues.conf": ("queue show", re.compile(r"(?m)^([^\s:]+) +has [0-9]+ calls")),
}
"""How Asterisk is asked what it has loaded of each file."""
KIND = re.compile(r"(?m)^type\s*=\s*(\w+)")
PATIENCE_SECONDS = 30.0


def begin(names: list[str]) -> dict[str, Callable[[], str]]:
    """Has Asterisk load those of the files that need no other one; gives what waits for each."""
    return {name: asking(RELOADS[name]) for name in AT_ONCE if name in names}


def loaded(names: list[str], texts: dict[str, str], begun: dict[str, Callable[[], str]]) -> list[str]:
    """Loads files once and waits until all of it is there; gives what is not there in time, or why nobody knows."""
    end, answers = time.monotonic() + PATIENCE_SECONDS, {}
    wanted = {name: named(name, texts.get(name, "")) for name in LOADED if name in names}
    try:
        for name in wanted:
            take_up(name, begun.pop(name, None), end)
            answers[name] = asking(LOADED[name][0])  # is told while the next one is loaded
        while lacking := [
            found for name in wanted for found in lacks(name, wanted[name], answers.pop(name, None))
        ]:
            if time.monotonic() > end:
                break
            time.sleep(0.2)
    except FaultError as fault:
        return [str(fault)]
    return lacking


def take_up(name: str, begun: Callable[[], str] | None, end: float) -> None:
    """Waits until Asterisk has loaded a file, asked again while another reload keeps it busy; raises FaultError."""
    while BUSY.search(said := (begun or asking(RELOADS[name]))()):
        if time.monotonic() > end:
            raise FaultError(f"{name}: {said.strip()}")
        begun = None
        time.sleep(0.2)
    if DONE.get(name, "") not in said:
        raise FaultError(f"{name}: {said.strip()}")


def missing(name: str, text: str) -> list[str]:
    """Names what stands in a text and is not loaded."""
    return lacks(name, wanted) if (wanted := named(name, text)) else []


def lacks(name: str, wanted: set[str], answer: Callable[[], str] | None = None) -> list[str]:
    """Names what is wanted and not loaded, by an answer that is under way, else by a new one."""
    command, pattern = LOADED[name]
    return sorted(wanted - set(pattern.findall((answer or asking(command))())))


def named(name: str, text: str) -> set[str]:
    """Names what Asterisk shows of a text: mailboxes, endpoints, contexts or queues."""
    if name == "voicemail.conf":
        return set(re.findall(r"(?m)^([0-9]+)\s*=>", text))
    found, kinds = set(), {}
    for section, form, body in telephone_contacts_on_host.sections(text):
        kind = KIND.search(body) if name == "pjsip.conf" else None
        if "!" in form:
            kinds[section] = kind.group(1) if kind else ""
        elif name != "pjsip.conf" or (kind.group(1) if kind else kinds.get(form)) == "endpoint":
            found.add(section)
    return found - {"general", "globals"}
