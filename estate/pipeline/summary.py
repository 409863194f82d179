"""Writes what a plan does as one Markdown page, what is dangerous first; pure.

It names what changes and never shows content: a summary is posted where more people read than may read a plan.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping

from estate.records import Change, Plan

SHOWN = 40
"""How many lines one heading shows; the plan has all of them."""
REMOVALS, SWITCHES, FIREWALL = "Removals", "Switches", "Firewall"
KEYS = "Whose keys count, who may log in and who may become root"
PASSWORDS = "First passwords replaced: sheets made before, here or elsewhere, open nothing any more"
EMERGENCY = "Emergency calls"
STOPS, PEOPLE = "Restarts and stops of services", "Accounts, groups and people"
CALM = "Everything else"
HEADINGS = (REMOVALS, SWITCHES, FIREWALL, KEYS, PASSWORDS, EMERGENCY, STOPS, PEOPLE, CALM)
"""Every kind of change, the most dangerous first."""
ACCOUNTS = ("people", "departures")
WHO_GETS_IN = re.compile(
    r".*/(allowed_signers|authorized_keys2?|sudoers)"
    r"|/etc/(sudoers\.d|ssh/sshd_config(\.d)?|pam\.d|security|passwd|shadow|group|gshadow)(/.*)?",
    re.DOTALL,
)
NOBODY_HAS, ON_A_SHEET = "first password: nobody has it", "first password: on a sheet"


def kind(change: Change) -> str:
    """Names the most dangerous of HEADINGS that a change belongs to."""
    before, told = change.before or "", (change.after or "").lower()
    stops = change.key.startswith("service ") and ("restart" in told or "stop" in told)
    belongs = {
        REMOVALS: change.action == "delete",
        SWITCHES: change.subject == "switches",
        FIREWALL: "nftables" in change.key,
        KEYS: WHO_GETS_IN.fullmatch(change.key) is not None,
        PASSWORDS: change.action == "update" and NOBODY_HAS in before and ON_A_SHEET in told,
        EMERGENCY: change.subject == "telephony" and "emergency" in change.key,
        STOPS: stops,
        PEOPLE: change.subject in ACCOUNTS or change.key == "accounts",
    }
    return next((heading for heading, does in belongs.items() if does), CALM)


def page(environment: str, commit: str, signers: Iterable[str], whole: str, plans: Mapping[str, Plan]) -> str:
    """Gives the page over the plans of all rings, in their order."""
    changes = [(ring, change) for ring, plan in plans.items() for change in plan.changes]
    hosts = {change.host for _, change in changes}
    lines = [
        f"# Plan for {environment}: {len(changes)} changes on {len(hosts)} hosts",
        "",
        f"Commit `{commit[:12]}`, signed by {_all(signers) or 'nobody: nothing new since the accepted one'}.",
        "",
        *_first(plans),
    ]
    sorted_out = {heading: [each for each in changes if kind(each[1]) == heading] for heading in HEADINGS}
    for heading, found in sorted_out.items():
        if found:
            lines += [f"## {heading} ({len(found)})", "", *_listed(found), ""]
    lines += ["## Rings", "", "| ring | hosts | changes |", "|---|---|---|"]
    for ring, plan in plans.items():
        counts = Counter(change.action for change in plan.changes)
        told = ", ".join(f"{action} {number}" for action, number in sorted(counts.items())) or "none"
        lines.append(
            f"| {ring} | {_all(filter(None, plan.limit.split(','))).replace('|', chr(92) + '|')} | {told} |"
        )
    return "\n".join([*lines, "", f"Hash `{whole}`", ""])


def _first(plans: Mapping[str, Plan]) -> Iterator[str]:
    """Yields what a reader has to know before any change: what will be refused, and what nobody could see."""
    refusals = [line for plan in plans.values() for line in plan.refusals]
    blind = [f"no full answer from {host}" for plan in plans.values() for host in plan.incomplete]
    blind += [
        f"{host}: {number} tasks cannot be predicted"
        for plan in plans.values()
        for host, number in sorted(plan.unverifiable.items())
    ]
    notices = [line for plan in plans.values() for line in plan.notices]
    for heading, lines in (("Will be refused", refusals), ("Not seen", blind), ("Left alone", notices)):
        if lines:
            yield from (f"## {heading} ({len(lines)})", "", *(f"- {_quoted(line)}" for line in lines), "")


def _listed(found: list[tuple[str, Change]]) -> Iterator[str]:
    """Yields one line per thing that changes, with all hosts on which it changes alike."""
    same: dict[tuple[str, str, str, str], list[str]] = {}
    for ring, change in found:
        same.setdefault((ring, change.subject, change.action, change.key), []).append(change.host)
    for (ring, subject, action, key), hosts in list(same.items())[:SHOWN]:
        yield f"- {ring}: {_all(sorted(set(hosts)))} {_quoted(subject)}: **{action}** {_quoted(key)}"
    if len(same) > SHOWN:
        yield f"- and {len(same) - SHOWN} more, all of them in the plan"


def _quoted(text: str) -> str:
    """Shows a text as it is: whatever stands in a name is no Markdown, no second line, and turns no letters round."""
    plain = " ".join(text.replace("`", "'").split())
    return "`" + "".join(each if each.isprintable() else f"\\u{ord(each):04x}" for each in plain) + "`"


def _all(names: Iterable[str]) -> str:
    return ", ".join(map(_quoted, names))
