"""Asks the hosts what an apply would change, without changing them, and makes one plan of the answers."""

from __future__ import annotations

import hashlib
import os
from collections import Counter
from collections.abc import Mapping
from pathlib import Path

from estate.plan import fingerprint, ordered, plan_hash
from estate.receipts import beside
from estate.records import Change, Plan, read, said, write
from estate.runs import fast
from estate.runs.environment import Environment
from estate.runs.refused import Exit, RefusedError
from estate.runs.session import APPLIED, Deploy, Session, limited, session


def plan(
    environment: Environment,
    limit: str,
    reason: str,
    keep: tuple[int, ...] = (),
    holding: Mapping[str, str] | None = None,
) -> tuple[Plan, Path, Exit]:
    """Makes the plan and gives it with its file and exit code; hosts that do not answer do not stop the others.

    Ansible is not asked about hosts `holding` their receipt (with the run that left it): it would find nothing to do.
    """
    environment.refuse_when_down()
    limited(environment, limit)
    with session(environment, "plan", reason) as opened:
        opened.keep = keep
        opened.ansible(limit, "--check", "--diff", without=holding or ())
        changes = opened.run.changes()
        words: dict[str, list[str]] = {"refusals": [], "notices": fast.told(holding or {})}
        seen: dict[str, beside.Records] = {}
        for deploy in APPLIED:
            own = _observed(opened, deploy, limit, words)
            changes += own
            wanted = words.pop("wanted", [])
            if opened.hosts(deploy, limit) == opened.hosts(deploy, "") != []:
                names = [f"{one.action} {one.key}" for one in ordered(own)]
                seen[deploy.name] = beside.Records(names, fingerprint(wanted) if wanted else "")
        made = _plan(opened, limit, changes, words)
        path = opened.run.path / "plan.json"
        write(path, made)
        fallen = opened.fallen()
        if not fallen:
            beside.note_deploys(environment.var, seen)
        opened.result = "failed" if fallen else "changed" if made.changes else "ok"
    return made, path, code_of(fallen)


def normal(limit: str | None) -> str:
    """Gives a limit in its one spelling: sorted, without blanks; refuses an empty one, which would mean all."""
    if limit is None:
        return ""
    names = sorted({name.strip() for name in limit.split(",") if name.strip()})
    if not names:
        raise RefusedError("--limit is empty, which names no host; leave it out to plan all hosts")
    return ",".join(names)


def code_of(fallen: Mapping[str, str]) -> Exit:
    """Gives the exit code for the hosts that fell out: failed weighs more than unreachable."""
    if "failed" in fallen.values():
        return Exit.FAILED
    return Exit.UNREACHABLE if fallen else Exit.OK


def digest(environment: Environment) -> str:
    """Gives the sha256 over every file of the inventory and its overlays: names and bytes."""
    summed = hashlib.sha256()
    inventories = sorted(path for path in environment.inventory.rglob("*") if path.is_file())
    for path in [*inventories, *environment.extra]:
        shown = os.path.relpath(path, environment.root)
        summed.update(f"{shown}\0{hashlib.sha256(path.read_bytes()).hexdigest()}\n".encode())
    return summed.hexdigest()


def _observed(opened: Session, deploy: Deploy, limit: str, words: dict[str, list[str]]) -> list[Change]:
    """Asks one deploy what it would change, host by host (or all together): one file an answer; adds to `words`.

    The answer counts, not the exit code: a deploy that refuses its own plan (too many removals) has planned.
    """
    changes: list[Change] = []
    hosts = sorted(set(opened.hosts(deploy, limit)) - set(opened.fallen()))
    for asked in [hosts] if deploy.together and hosts else [[host] for host in hosts]:
        who = "" if deploy.together else f"{asked[0]} "  # of several, the line itself names whom it is about
        path = opened.run.path / f"changes-{deploy.name}-{asked[0]}.json"
        opened.pyinfra(deploy, asked, {"changes_file": str(path)}, "--dry")
        if path.exists():
            changes += read(path, list[Change])
            for kind, lines in read(said(path), dict[str, list[str]]).items():
                verb = "apply will refuse: " if kind == "refusals" else ""
                words.setdefault(kind, []).extend(f"{who}{deploy.name}: {verb}{line}" for line in lines)
        else:
            opened.blame(deploy, asked)
    return changes


def _plan(opened: Session, limit: str, changes: list[Change], words: Mapping[str, list[str]]) -> Plan:
    environment = opened.environment
    unverifiable = Counter(o.host for o in opened.run.outcomes() if o.status == "unverifiable")
    incomplete = tuple(sorted(opened.fallen()))
    declared = digest(environment)
    kept = ordered(change for change in changes if change.host not in incomplete)
    head = opened.run.head()
    return Plan(
        run=head.id,
        environment=environment.name,
        commit=head.commit,
        limit=limit,
        declared=declared,
        hash=plan_hash(
            kept, environment=environment.name, limit=limit, declared=declared, incomplete=incomplete
        ),
        changes=kept,
        incomplete=incomplete,
        unverifiable=dict(sorted(unverifiable.items())),
        refusals=tuple(words["refusals"]),
        notices=(*words["notices"], *(environment.without_vault() if incomplete else ())),
    )
