"""Holds one drill from the declared record to the sealed evidence."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter, ValidationError
from ruamel.yaml import YAML

from estate.drill import evidence, judgement, record, scenario
from estate.drill.conductor import Held, Reach, Transcript, hold
from estate.drill.identity import Target
from estate.drill.judgement import Mailboxes, Promise, Restored
from estate.records import RunDirectory, Verdict
from estate.runs.environment import Environment
from estate.runs.refused import RefusedError

Judge = Callable[[Mapping[str, Any]], list[Verdict]]
SEPARATE = ("all", "managed", "drill_targets")  # not a trade that a machine can learn


class DrillError(RefusedError):
    """Says why a drill was not begun; nothing was touched."""


@dataclass(frozen=True)
class Session:
    """Is one drill about to be held.

    `declared` is its record in drills.yml; `address` the target's; `envelope` the escrowed key; `known` the file
    of messages that were delivered, {mailbox, message_id, sha256} each; `judge` judges the service's observations;
    `lost_at` the moment of the loss, now when None.
    """

    environment: Environment
    declared: Mapping[str, Any]
    address: str
    envelope: Path
    known: Path
    judge: Judge
    minimum_messages: int = 100
    lost_at: datetime | None = None


def overlay(groups: Mapping[str, Sequence[str]], lost: str, target: str) -> dict[str, Any]:
    """Returns the inventory that lets the target learn every trade of the lost host."""
    trades = [name for name, hosts in groups.items() if lost in hosts and name not in SEPARATE]
    return {"all": {"children": {name: {"hosts": {target: None}} for name in sorted(trades)}}}


def _known(path: Path) -> dict[tuple[str, str], str]:
    rows = json.loads(path.read_text(encoding="utf-8"))
    return {(row["mailbox"], row["message_id"]): row["sha256"] for row in rows}


def _prepared(session: Session) -> None:
    for path, what in ((session.envelope, "the escrowed key"), (session.known, "the known messages")):
        if not path.exists():
            raise DrillError(
                f"{path}: {what} is missing, so the drill could prove nothing; nothing was touched"
            )
    if shutil.disk_usage(session.environment.root).free < 2**30:
        raise DrillError("less than 1 GiB free on this machine's disk; nothing was touched")


def _answer(path: Path, shape: type[Any]) -> Any:
    if not path.exists():
        return None
    try:
        return TypeAdapter(shape).validate_json(path.read_text(encoding="utf-8"))
    except ValidationError as error:
        raise DrillError(f"{path}: not the answer that was expected: {error}") from error


def _mailboxes(path: Path) -> Mailboxes | None:
    if not path.exists():
        return None
    raw = json.loads(path.read_text(encoding="utf-8"))
    return Mailboxes(
        {(user, mid): digest for user, mid, digest in raw["messages"]},
        tuple(datetime.fromisoformat(at) for at in raw["canaries"]),
        tuple(raw["refused"]),
    )


def _judged(
    session: Session, promise: Promise, held: Held, folder: Path, begin: scenario.Phase
) -> tuple[list[Verdict], float | None]:
    host = session.declared["target"]
    verdicts: list[Verdict] = []
    lost: float | None = None
    restored = _answer(folder / "restore.json", Restored)
    if restored is not None:
        verdicts += judgement.of_restore(host, promise, restored)
    read = _mailboxes(folder / "mailboxes.json")
    if read is not None:
        verdicts += judgement.of_mailboxes(host, promise, _known(session.known), read)
        lost = judgement.loss_seconds(promise, read.canaries)
    if (folder / "mail.json").exists():
        verdicts += session.judge(json.loads((folder / "mail.json").read_text(encoding="utf-8")))
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
        "ssh_config": str(session.environment.ssh_config),
    }


def _restore_failed(folder: Path) -> bool:
    """Tells whether the restore's own answer already decides the drill."""
    restored = _answer(folder / "restore.json", Restored)
    return restored is not None and restored.decides


def run(session: Session, run: RunDirectory, begin: scenario.Phase = "host_up") -> tuple[str, Path]:
    """Holds the drill and returns its result (passed, failed, error) and the sealed record.

    A later `begin` is a rehearsal on the target that the newest drill left standing: it proves restore and use,
    not the time to recover, and its record is kept apart. Raises DrillError before anything was touched.
    """
    _prepared(session)
    head, declared = run.head(), session.declared
    folder = _folder(session, head.id, begin)
    groups = session.environment.groups()
    YAML().dump(overlay(groups, declared["lost_host"], declared["target"]), folder / "overlay.yml")
    os.environ["ESTATE_OUTCOMES"] = str(run.outcomes_file)
    transcript = Transcript(folder / "transcript.log", session.environment.root)
    lost_at = session.lost_at or datetime.now(UTC)
    promise = Promise(declared["rto_seconds"], declared["rpo_seconds"], lost_at, session.minimum_messages)
    transcript.say(f"T0: {declared['lost_host']} counts as lost since {lost_at.isoformat()}")
    held = hold(
        _steps(session, folder, lost_at, begin),
        Target(declared["target"], _mark(session, head.id, begin), tuple(groups.get("managed", []))),
        transcript,
        Reach(session.environment.ssh_config),
        lambda: _restore_failed(folder),
    )
    verdicts, lost = _judged(session, promise, held, folder, begin)
    result = "error" if held.problem else judgement.result(verdicts)
    for problem in record.problems(verdicts, held):
        transcript.say(f"problem: {problem}")
    transcript.say(f"result: {result}")
    run.write_verdicts(verdicts)
    restored = _answer(folder / "restore.json", Restored)
    who = {key: str(getattr(head, key)) for key in ("id", "environment", "commit", "who", "reason")}
    built = record.build(declared, who, promise, held, restored, lost, verdicts, result, datetime.now(UTC))
    return result, _sealed(folder, built | {"rehearsal": begin != "host_up"})


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
        raise DrillError("no drill has built a target to rehearse on; hold one first: estate drill run")
    return built_by.parent.name


def _steps(
    session: Session, folder: Path, lost_at: datetime, begin: scenario.Phase
) -> tuple[scenario.Step, ...]:
    root = session.environment.root
    path = root / "pyinfra_deploys" / "drills" / session.declared["id"] / "drill.yml"
    steps = scenario.load(path, _values(session, folder, lost_at))
    first = scenario.PHASES.index(begin)
    return tuple(step for step in steps if scenario.PHASES.index(step.phase) >= first)


def _sealed(folder: Path, content: dict[str, Any]) -> Path:
    own = {"record.json", "record.json.sig"}
    attachments = [each.name for each in folder.iterdir() if each.name not in own]
    signer = f"drill@{content['environment']}"
    return evidence.seal(folder, content, attachments, evidence.ensure_signer(folder.parent, signer))
