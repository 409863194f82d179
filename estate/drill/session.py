"""Holds one drill from the declared record to the sealed evidence."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from estate.drill import answers, evidence, judgement, record, scenario
from estate.drill.conductor import Held, Reach, Transcript, hold
from estate.drill.identity import Target
from estate.drill.judgement import Promise
from estate.records import Run, RunDirectory, Verdict
from estate.runs.environment import Environment
from estate.runs.refused import RefusedError

Judge = Callable[[Mapping[str, Any]], list[Verdict]]
MINIMUM_MESSAGES = 20
"""Fewer known messages in the mailboxes of a drill prove nothing."""
SEPARATE = ("all", "managed", "drill_targets")  # not a trade that a machine can learn


class DrillError(RefusedError):
    """Says why a drill was not begun; nothing was touched."""


@dataclass(frozen=True)
class Session:
    """Is one drill about to be held.

    `declared` is its record in drills.yml; `address` the target's; `envelope` the escrowed key; `known` the file
    of messages that were delivered, {mailbox, message_id, sha256} each, None for a service without messages; `judge`
    judges the service's observations; `lost_at` the moment of the loss, now when None.
    """

    environment: Environment
    declared: Mapping[str, Any]
    address: str
    envelope: Path
    known: Path | None
    judge: Judge
    lost_at: datetime | None = None


def overlay(groups: Mapping[str, Sequence[str]], lost: str, target: str) -> dict[str, Any]:
    """Returns the inventory that lets the target learn every trade of the lost host."""
    trades = [name for name, hosts in groups.items() if lost in hosts and name not in SEPARATE]
    return {"all": {"children": {name: {"hosts": {target: None}} for name in sorted(trades)}}}


def _prepared(session: Session, groups: Mapping[str, Sequence[str]]) -> None:
    target = session.declared["target"]
    if target in groups.get("managed", []) or target == session.declared["lost_host"]:
        raise DrillError(
            f"{target} serves people: it can never be the target of a drill; nothing was touched"
        )
    for path, what in ((session.envelope, "the escrowed key"), (session.known, "the known messages")):
        if path is not None and not path.exists():
            raise DrillError(
                f"{path}: {what} is missing, so the drill could prove nothing; nothing was touched"
            )
    if shutil.disk_usage(session.environment.root).free < 2**30:
        raise DrillError("less than 1 GiB free on this machine's disk; nothing was touched")


def _judged(
    session: Session, promise: Promise, held: Held, folder: Path, begin: scenario.Phase
) -> tuple[list[Verdict], float | None]:
    host = session.declared["target"]
    verdicts: list[Verdict] = []
    lost: float | None = None
    restored, read, domain = answers.restored(folder), answers.mailboxes(folder), answers.domain(folder)
    used = answers.observed(folder, session.declared["id"])
    if restored is not None:
        verdicts += judgement.of_restore(host, promise, restored)
    if domain is not None:
        verdicts += judgement.of_domain(host, promise, domain)
        lost = judgement.loss_seconds(promise, domain.canaries)
    if read is not None and session.known is not None:
        known = answers.known(session.known, frozenset(session.declared["accounts"]))
        verdicts += judgement.of_mailboxes(host, promise, known, read)
        lost = judgement.loss_seconds(promise, read.canaries)
    if used is not None:
        verdicts += session.judge(used)
    if "accepted" in held.phases and begin == "host_up":
        verdicts += judgement.of_time(host, promise, held.phases)
    return verdicts, lost


def _values(session: Session, folder: Path, lost_at: datetime) -> dict[str, str]:
    return {
        "environment": session.environment.name,
        "target": str(session.declared["target"]),
        "folder": str(folder),
        "overlay": str(folder / "overlay.yml"),
        "envelope": str(session.envelope),
        "not_after": lost_at.isoformat(),
        "address": session.address,
        "accounts": ",".join(session.declared["accounts"]),
        "ssh_config": str(session.environment.ssh_config),
    }


def _decided(folder: Path) -> bool:
    """Tells whether the restore's own answer already decides the drill; a damaged answer does."""
    try:
        restored = answers.restored(folder)
    except answers.AnswerError:
        return True
    return restored is not None and restored.decides


def run(session: Session, run: RunDirectory, begin: scenario.Phase = "host_up") -> tuple[str, Path]:
    """Holds the drill and returns its result (passed, failed, error) and the sealed record.

    A later `begin` is a rehearsal on the target that the newest drill left standing: it proves restore and use,
    not the time to recover, and its record is kept apart. Raises DrillError before anything was touched.
    """
    head, declared = run.head(), session.declared
    groups = session.environment.groups()
    _prepared(session, groups)
    target = Target(declared["target"], _mark(session, head.id, begin), tuple(groups.get("managed", [])))
    folder = _folder(session, head.id, begin)
    YAML().dump(overlay(groups, declared["lost_host"], declared["target"]), folder / "overlay.yml")
    variables = {"ESTATE_ENVIRONMENT": head.environment, "ESTATE_OUTCOMES": str(run.outcomes_file)}
    transcript = Transcript(folder / "transcript.log", session.environment.root, variables)
    lost_at = session.lost_at or datetime.now(UTC)
    promise = Promise(declared["rto_seconds"], declared["rpo_seconds"], lost_at, MINIMUM_MESSAGES)
    transcript.say(f"T0: {declared['lost_host']} counts as lost since {lost_at.isoformat()}")
    steps = _steps(session, folder, lost_at, begin)
    reach = Reach(session.environment.ssh_config)
    held = hold(steps, target, transcript, reach, lambda: _decided(folder), mark_new=begin == "host_up")
    try:
        verdicts, lost = _judged(session, promise, held, folder, begin)
    except answers.AnswerError as error:
        verdicts, lost, held.problem = [], None, held.problem or f"no verdict: {error}"
    result = "error" if held.problem else judgement.result(verdicts)
    for problem in record.problems(verdicts, held):
        transcript.say(f"problem: {problem}")
    transcript.say(f"result: {result}")
    run.write_verdicts(verdicts)
    return result, _sealed(session, head, folder, begin, _Found(promise, held, lost, verdicts, result))


@dataclass(frozen=True)
class _Found:
    """Is what a drill came to, before it is written down."""

    promise: Promise
    held: Held
    lost: float | None
    verdicts: list[Verdict]
    result: str


def _folder(session: Session, run: str, begin: scenario.Phase) -> Path:
    kept = "evidence" if begin == "host_up" else "rehearsals"
    folder = session.environment.var / kept / run
    folder.mkdir(parents=True)
    return folder


def _mark(session: Session, run: str, begin: scenario.Phase) -> str:
    """Returns the mark the target must bear: this run's, or in a rehearsal that of the drill that built it."""
    if begin == "host_up":
        return run
    built_by = evidence.newest(session.environment.var / "evidence")
    if built_by is None:
        raise DrillError(
            "no drill has built a target to rehearse on; hold one first: ./scripts/estate drill run"
        )
    return built_by.parent.name


def _steps(
    session: Session, folder: Path, lost_at: datetime, begin: scenario.Phase
) -> tuple[scenario.Step, ...]:
    root = session.environment.root
    path = root / "pyinfra_deploys" / "drills" / session.declared["id"] / "drill.yml"
    steps = scenario.load(path, _values(session, folder, lost_at))
    first = scenario.PHASES.index(begin)
    return tuple(step for step in steps if scenario.PHASES.index(step.phase) >= first)


def _sealed(session: Session, head: Run, folder: Path, begin: scenario.Phase, found: _Found) -> Path:
    try:
        restored = answers.restored(folder)
    except answers.AnswerError:
        restored = None
    who = {key: str(getattr(head, key)) for key in ("id", "environment", "commit", "who", "reason")}
    built = record.build(
        session.declared,
        who,
        found.promise,
        found.held,
        restored,
        found.lost,
        found.verdicts,
        found.result,
        datetime.now(UTC),
    )
    attachments = [each.name for each in folder.iterdir() if not each.name.startswith("record.json")]
    key = evidence.ensure_signer(folder.parent, f"drill@{head.environment}")
    return evidence.seal(folder, built | {"rehearsal": begin != "host_up"}, attachments, key)
