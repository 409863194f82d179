"""Holds a declared drill under the lock of drills, and tells who is to know before and after."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from email.message import EmailMessage
from pathlib import Path
from typing import Literal

from estate.declared import Estate, load
from estate.declared.drills import Drill
from estate.drill import scenario, session, telling
from estate.escrow import envelope_path
from estate.runs import verifying
from estate.runs.environment import Environment
from estate.runs.lock import held
from estate.runs.refused import RefusedError
from estate.runs.session import session as open_run
from estate.runs.session import who

LOCK = "drill-lock"
Ending = Literal["ok", "failed", "error"]
ENDINGS: dict[str, Ending] = {"passed": "ok", "failed": "failed", "error": "error"}


@dataclass(frozen=True)
class Holding:
    """States how a drill ended, where its sealed record lies, and what became of the two letters."""

    drill: str
    result: str
    record: str
    before: str = ""
    after: str = ""


def prepared(environment: Environment, name: str) -> session.Session:
    """Gives a declared drill ready to be held.

    Raises:
        RefusedError: it is not declared, nobody could judge it, or there is nothing to hold it on.
    """
    estate = load(environment.inventory)
    drill = _declared(estate, name)
    if drill.of_a_switch:
        return _of_a_switch(environment, drill)
    if name not in verifying.SUBJECTS:
        raise RefusedError(f"drill {name!r} has no judge yet; judged can be {', '.join(verifying.SUBJECTS)}")
    environment.refuse_when_down()
    return session.Session(
        environment,
        drill.model_dump(mode="json"),
        str(estate.networks.hosts[drill.target].address),
        envelope_path(environment.var, drill.backup_job),
        environment.known_messages if verifying.SUBJECTS[name].letters else None,
        lambda observed: list(verifying.SUBJECTS[name].judge(estate, observed)),
    )


def _declared(estate: Estate, name: str) -> Drill:
    drills = {drill.id: drill for drill in estate.drills}
    if name not in drills:
        raise RefusedError(f"no drill {name!r} is declared; declared are {', '.join(drills)}")
    return drills[name]


def _of_a_switch(environment: Environment, drill: Drill) -> session.Session:
    if drill.spare is None:
        raise RefusedError(
            f"drill {drill.id!r} cannot be held: it declares no spare switch. Do: bring one of the model of "
            f"{drill.lost_host}, and declare its console as `spare` in drills.yml"
        )
    declared, address = drill.model_dump(mode="json"), str(drill.spare.address)
    return session.Session(environment, declared, address, None, None, lambda observed: [])


def hold(
    environment: Environment, name: str, reason: str, begin: scenario.Phase = "host_up", quiet: bool = False
) -> Holding:
    """Holds a drill, or rehearses it from a later phase, of which nobody is told; `quiet` tells nobody either.

    Raises:
        RefusedError: it cannot be held, or another drill is being held (exit 5); nothing was touched.
    """
    estate, ready = load(environment.inventory), prepared(environment, name)
    drill, aloud = _declared(estate, name), begin == "host_up" and not quiet
    with (
        open_run(environment, "drill", reason) as opened,
        held(environment.var / LOCK, who=who(), run=opened.run.head().id, limit=estate.pipeline.lock_limit),
    ):
        session.refuse_unfit(ready, begin)
        run = opened.run.head().id
        before = _told(environment, aloud, lambda: telling.begins(estate, drill, run, reason, _now()))
        if before:
            ready = replace(ready, declared={**ready.declared, "told": before})
        result, path = session.run(ready, opened.run, begin)
        opened.result = ENDINGS[result]
    sealed = json.loads(path.read_text(encoding="utf-8"))
    shown = _shown(environment, path)
    after = _told(environment, aloud, lambda: telling.ended(estate, drill, sealed, shown, _now()))
    return Holding(name, result, str(path), before, after)


def _told(environment: Environment, aloud: bool, letter: Callable[[], EmailMessage]) -> str:
    return telling.told(environment, letter()) if aloud else ""


def _shown(environment: Environment, path: Path) -> str:
    root = environment.root
    return str(path.relative_to(root)) if path.is_relative_to(root) else str(path)


def _now() -> datetime:
    return datetime.now(UTC)
