"""Holds one drill from the declared record to the sealed evidence."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from estate.drill import answers, evidence, judgement, record, scenario, switches
from estate.drill.attempts import BEGUN, Begun
from estate.drill.conductor import Held, Reach, Transcript, hold
from estate.drill.identity import MARK, Target
from estate.drill.judgement import Promise
from estate.records import Run, RunDirectory, Verdict, write
from estate.runs.environment import Environment
from estate.runs.refused import RefusedError
from estate.signatures import ensure_signer

Judge = Callable[[Mapping[str, Any]], list[Verdict]]
MINIMUM_MESSAGES = 20
"""Fewer known messages in the mailboxes of a drill prove nothing."""
UNTRIED = "Bağlanan bilgisayarların birbirine erişimi (laboratuvar dışında elle denenir)"
SEPARATE = ("all", "managed", "drill_targets")  # not a trade that a machine can learn


class DrillError(RefusedError):
    """Says why a drill was not begun; nothing was touched."""


@dataclass(frozen=True)
class Session:
    """Is one drill about to be held.

    `declared` is its record in drills.yml; `address` the target's; `envelope` the escrowed key, None where a switch is
    lost; `known` the file of messages that were delivered, {mailbox, message_id, sha256} each, None for a service
    without messages; `judge` judges the service's observations; `lost_at` the moment of the loss, now when None;
    `captures` the folder of captures of switches, that of the environment when None.
    """

    environment: Environment
    declared: Mapping[str, Any]
    address: str
    envelope: Path | None
    known: Path | None
    judge: Judge
    lost_at: datetime | None = None
    captures: Path | None = None

    @property
    def of_a_switch(self) -> bool:
        """Tells whether a switch is lost, and comes back on a spare one."""
        return self.envelope is None


def overlay(groups: Mapping[str, Sequence[str]], lost: str, target: str) -> dict[str, Any]:
    """Returns the inventory that lets the target learn every trade of the lost host."""
    trades = [name for name, hosts in groups.items() if lost in hosts and name not in SEPARATE]
    return {"all": {"children": {name: {"hosts": {target: None}} for name in sorted(trades)}}}


def refuse_unfit(session: Session, begin: scenario.Phase) -> None:
    """Raises DrillError when the drill must not or cannot begin; touches nothing."""
    groups = session.environment.groups()
    if session.of_a_switch and begin == "accepted":
        raise DrillError(
            "a drill of a switch is rehearsed from `configured` or `restored`: what is tried follows from the restore"
        )
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
    if begin == "host_up" and session.environment.name != "lab" and not session.of_a_switch:
        _refuse_unbrought(session)


def _refuse_unbrought(session: Session) -> None:
    """Raises DrillError unless the host that a person brings answers, and no drill was held on it."""
    target = session.declared["target"]
    mark = Reach(session.environment.ssh_config).ask(target, f"cat {MARK} 2>/dev/null || true")
    if mark is None or mark.strip():
        stands = (
            f"bears the mark of the drill {mark.strip()}" if mark else "does not answer with its pinned key"
        )
        raise DrillError(
            f"{target} {stands}; nothing was touched. Do: install it anew from the base image at {session.address}, "
            f"with its host key pinned for {session.environment.ssh_config}"
        )


def _judged(
    session: Session, promise: Promise, held: Held, folder: Path, begin: scenario.Phase
) -> tuple[list[Verdict], float | None]:
    host = session.declared["target"]
    verdicts: list[Verdict] = []
    lost: float | None = None
    restored, read, domain = answers.restored(folder), answers.mailboxes(folder), answers.domain(folder)
    exchange = answers.exchange(folder)
    used = answers.observed(folder, session.declared["id"])
    if restored is not None and session.of_a_switch:
        verdicts += switches.of_restore(host, promise, restored)
        lost = judgement.loss_seconds(promise, switches.seen_at(restored))
    elif restored is not None:
        verdicts += judgement.of_restore(host, promise, restored)
    if reached := answers.reached(folder):
        verdicts += switches.of_reach(host, reached)
    if domain is not None:
        verdicts += judgement.of_domain(host, promise, domain)
        lost = judgement.loss_seconds(promise, domain.canaries)
    if exchange is not None:
        verdicts += judgement.of_exchange(host, session.declared["lost_host"], promise, exchange)
        lost = judgement.loss_seconds(promise, exchange.canaries)
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
        "drill": str(session.declared["id"]),
        "target": str(session.declared["target"]),
        "folder": str(folder),
        "overlay": str(folder / "overlay.yml"),
        "envelope": str(session.envelope),
        "not_after": lost_at.isoformat(),
        "address": session.address,
        "accounts": ",".join(session.declared["accounts"]),
        "ssh_config": str(session.environment.ssh_config),
        "captures": str(session.captures or session.environment.var / "switches" / "captures"),
    }


def _decided(folder: Path, lost_host: str) -> bool:
    """Tells whether what came back already decides the drill; a damaged answer does."""
    try:
        restored, exchange = answers.restored(folder), answers.exchange(folder)
    except answers.AnswerError:
        return True
    if exchange is not None and exchange.decides(lost_host):
        return True
    return restored is not None and restored.decides


def run(session: Session, run: RunDirectory, begin: scenario.Phase = "host_up") -> tuple[str, Path]:
    """Holds the drill and returns its result (passed, failed, error) and the sealed record.

    A later `begin` is a rehearsal on the target that the newest drill left standing: it proves restore and use,
    not the time to recover, and its record is kept apart. Raises DrillError before anything was touched.
    """
    head, declared = run.head(), session.declared
    groups = session.environment.groups()
    refuse_unfit(session, begin)
    target = Target(declared["target"], _mark(session, head.id, begin), tuple(groups.get("managed", [])))
    folder = _folder(session, head.id, begin)
    if not session.of_a_switch:
        YAML().dump(overlay(groups, declared["lost_host"], declared["target"]), folder / "overlay.yml")
    variables = {"ESTATE_ENVIRONMENT": head.environment, "ESTATE_OUTCOMES": str(run.outcomes_file)}
    transcript = Transcript(folder / "transcript.log", session.environment.root, variables)
    lost_at = session.lost_at or datetime.now(UTC)
    promise = Promise(declared["rto_seconds"], declared["rpo_seconds"], lost_at, MINIMUM_MESSAGES)
    transcript.say(f"T0: {declared['lost_host']} counts as lost since {lost_at.isoformat()}")
    steps = _steps(session, folder, lost_at, begin)
    reach = Reach(session.environment.ssh_config)
    held = hold(
        steps,
        target,
        transcript,
        reach,
        lambda: _decided(folder, declared["lost_host"]),
        mark_new=begin == "host_up",
    )
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
    write(folder / BEGUN, Begun(session.declared["id"], datetime.now(UTC)))
    return folder


def _mark(session: Session, run: str, begin: scenario.Phase) -> str:
    """Returns the mark the target must bear: this run's, or in a rehearsal that of the drill that built it."""
    if begin == "host_up" or session.of_a_switch:
        return run
    built_by = evidence.newest_on(session.environment.var / "evidence", session.declared["target"])
    if built_by is None:
        raise DrillError(
            f"no drill has built {session.declared['target']}; hold one first: ./scripts/estate drill run"
        )
    return str(built_by["id"])


def _steps(
    session: Session, folder: Path, lost_at: datetime, begin: scenario.Phase
) -> tuple[scenario.Step, ...]:
    root = session.environment.root
    path = root / "pyinfra_deploys" / "drills" / session.declared["id"] / "drill.yml"
    steps = scenario.load(path, _values(session, folder, lost_at))
    first = scenario.PHASES.index(begin)
    here = ("everywhere", "lab" if session.environment.name == "lab" else "elsewhere")
    return tuple(step for step in steps if scenario.PHASES.index(step.phase) >= first and step.where in here)


def _declared(session: Session) -> Mapping[str, Any]:
    """Gives the declared record, with what was not tested because there was no lab to do it."""
    if session.environment.name == "lab" or not session.of_a_switch:
        return session.declared
    return {**session.declared, "not_tested": [*session.declared["not_tested"], UNTRIED]}


def _sealed(session: Session, head: Run, folder: Path, begin: scenario.Phase, found: _Found) -> Path:
    try:
        restored = answers.restored(folder)
    except answers.AnswerError:
        restored = None
    who = {key: str(getattr(head, key)) for key in ("id", "environment", "commit", "who", "reason")}
    built = record.build(
        _declared(session),
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
    key = ensure_signer(folder.parent, f"drill@{head.environment}", evidence.NAMESPACE)
    return evidence.seal(folder, built | {"rehearsal": begin != "host_up"}, attachments, key)
