"""Lets each host carry the commit it was given: claimed before it is changed, settled afterwards, never overwritten.

The lock of an environment is one machine's. Where several serve it, runners of a CI for example, the host itself knows
who is at work on it, since when, and which commit it carries.
"""

from __future__ import annotations

import socket
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from estate.records import RecordError, read, write
from estate.runs.commands import say
from estate.runs.git import OWN, sequence
from estate.runs.lock import LIMIT
from estate.runs.refused import Exit, RefusedError
from estate.runs.revision import EDITED, UNKNOWN, is_ancestor, is_shallow
from estate.runs.session import Deploy, Session

ASK = Deploy("revisions", ("all",))
Answers = Mapping[str, Mapping[str, Any]]


@dataclass
class Claim:
    """Holds what a run has claimed: the hosts, and what each carried before (None: nothing on record)."""

    opened: Session
    found: dict[str, Any] = field(default_factory=dict)


def claimed(opened: Session, hosts: Iterable[str], over: str | None, limit: timedelta = LIMIT) -> Claim:
    """Claims these hosts for the run's commit; a work tree outside git has no commit, and claims nothing.

    Raises:
        RefusedError: a host carries a newer commit (exit 7) or one that this work tree does not contain, another
            machine is at work on one (exit 5), or one did not answer. No host was changed, all claims are given back.
    """
    claim, head = Claim(opened), opened.run.head()
    wanted, root = sorted(hosts), opened.environment.root
    commit = head.commit.removesuffix(EDITED)
    if commit == UNKNOWN or not wanted:
        return claim
    holder = f"{socket.gethostname()}:{opened.environment.var.resolve()}"
    mine = {"commit": commit, "sequence": sequence(root, commit, OWN), "run": head.id, "holder": holder}
    question = {"do": "claim", "revision": mine, "limit_seconds": limit.total_seconds(), "over": over}
    answers = _asked(opened, "claim", dict.fromkeys(wanted, question))
    for host, answer in answers.items():
        if answer["answer"] == "claimed":
            claim.found[host] = answer["found"]
            _tell_takeover(host, answer["found"], holder)
    others = {
        host: found
        for host, found in claim.found.items()
        if found
        and not (over and found["commit"].startswith(over))
        and not is_ancestor(root, found["commit"], commit)
    }
    told, code = _refusal(answers, wanted, others, commit)
    if told and code != Exit.LOCKED and is_shallow(root):
        told.append(
            "This is a shallow copy, whose commits cannot be counted: fetch all of it (GitLab: GIT_DEPTH: 0)"
        )
        code = Exit.REFUSED
    if told:
        given_back(claim)
        raise RefusedError("\n".join(["no host was changed:", *told]), code)
    return claim


def settled(claim: Claim) -> None:
    """Writes on each claimed host that it carries the commit: wholly, or partly where something failed."""
    if claim.found:
        run, fallen = claim.opened.run.head().id, claim.opened.fallen()
        states = {host: "partly" if host in fallen else "applied" for host in claim.found}
        answers = _asked(
            claim.opened, "settle", {h: {"do": "settle", "run": run, "state": s} for h, s in states.items()}
        )
        for host in sorted(
            set(states) - {h for h, answer in answers.items() if answer["answer"] == "settled"}
        ):
            say.print(f"{host}: it could not be written down which commit it carries now")


def given_back(claim: Claim) -> None:
    """Leaves each claimed host with the record it had before: nothing was changed there."""
    if claim.found:
        run = claim.opened.run.head().id
        back = {host: {"do": "settle", "run": run, "found": found} for host, found in claim.found.items()}
        _asked(claim.opened, "give back", back)


def _refusal(
    answers: Answers, wanted: Iterable[str], others: Mapping[str, Mapping[str, Any]], commit: str
) -> tuple[list[str], Exit]:
    """Says host by host why it cannot be had, and the exit code: a newer commit weighs most."""
    newer = {host: one["found"] for host, one in answers.items() if one["answer"] == "newer"}
    held = {host: one["found"] for host, one in answers.items() if one["answer"] == "held"}
    told = [
        f"  {host} carries {one['commit'][:12]}, newer than {commit[:12]} (run {one['run']})"
        for host, one in newer.items()
    ]
    told += [
        f"  {host} carries {one['commit'][:12]}, which {commit[:12]} does not contain"
        for host, one in others.items()
    ]
    told += [f"  {one['holder']} is at work on {host} (run {one['run']})" for host, one in held.items()]
    told += [f"  {host} did not say which commit it carries" for host in wanted if host not in answers]
    code = Exit.SUPERSEDED if newer else Exit.LOCKED if held and not others else Exit.REFUSED
    return told, code


def _tell_takeover(host: str, found: Mapping[str, Any] | None, holder: str) -> None:
    if found and found["state"] == "applying":
        whose = "an earlier run of this machine" if found["holder"] == holder else found["holder"]
        say.print(f"{host}: taking over from {whose}, run {found['run']}, which ended without an end")


def _asked(
    opened: Session, name: str, questions: Mapping[str, Mapping[str, Any]]
) -> dict[str, Mapping[str, Any]]:
    """Asks hosts by one deploy; gives the answers of those that answered."""
    folder = opened.run.path / f"revisions-{name.replace(' ', '-')}"
    write(folder / "asked.json", questions)
    data = {"asked_file": str(folder / "asked.json"), "answers": str(folder / "answers")}
    opened.pyinfra(ASK, questions, data, recorded=False)
    found: dict[str, Mapping[str, Any]] = {}
    for host in questions:
        try:
            found[host] = read(folder / "answers" / f"{host}.json", dict[str, Any])
        except RecordError:
            continue
    return found
