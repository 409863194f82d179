"""Holds and lists drills."""

from __future__ import annotations

import json
from typing import Annotated, Literal

import typer

from estate.declared import load
from estate.drill import scenario, session
from estate.escrow import envelope_path
from estate.runs import verifying
from estate.runs.environment import Environment
from estate.runs.lock import held
from estate.runs.refused import RefusedError, told
from estate.runs.session import session as open_run
from estate.runs.session import who

app = typer.Typer(no_args_is_help=True, help="Holds drills: loses a service on paper, rebuilds it for real.")
Chosen = Annotated[str | None, typer.Option("--environment", help="Which inventory (default: lab).")]
AsJson = Annotated[bool, typer.Option("--json", help="Print for programs.")]
EXIT = {"passed": 0, "failed": 1, "error": 3}
Ending = Literal["ok", "failed", "error"]
ENDINGS: dict[str, Ending] = {"passed": "ok", "failed": "failed", "error": "error"}


def _phase(name: str) -> scenario.Phase:
    for phase in scenario.PHASES:
        if phase == name:
            return phase
    raise RefusedError(f"--from {name!r} is no phase; phases are {', '.join(scenario.PHASES)}")


def _prepared(environment: Environment, name: str) -> session.Session:
    estate = load(environment.inventory)
    drills = {drill.id: drill for drill in estate.drills}
    if name in drills and name not in verifying.SUBJECTS:
        raise RefusedError(f"drill {name!r} has no judge yet; judged can be {', '.join(verifying.SUBJECTS)}")
    if name not in drills:
        raise RefusedError(f"no drill {name!r} is declared; declared are {', '.join(drills)}")
    drill = drills[name]
    environment.refuse_when_down()
    return session.Session(
        environment,
        drill.model_dump(mode="json"),
        str(estate.networks.hosts[drill.target].address),
        envelope_path(environment.var, drill.backup_job),
        environment.known_messages if verifying.SUBJECTS[name].letters else None,
        lambda observed: list(verifying.SUBJECTS[name].judge(estate, observed)),
    )


@app.command("run")
def run(
    drill: Annotated[str, typer.Argument(help="Id of the drill in drills.yml.")],
    reason: Annotated[
        str, typer.Option(help="Why it is held; stands in the evidence.")
    ] = "scheduled exercise",
    begin: Annotated[
        str, typer.Option("--from", help="Rehearse from this phase (configured, restored, accepted).")
    ] = "host_up",
    environment: Chosen = None,
    as_json: AsJson = False,
) -> None:
    """Rebuilds a lost service from code and backup on another host and seals the evidence.

    Exit: 0 passed, 1 failed (not back as promised), 2 refused before anything was touched, 3 no verdict reached.
    """
    with told():
        where = Environment.chosen(environment)
        prepared, phase = _prepared(where, drill), _phase(begin)
        with (
            open_run(where, "drill", reason) as opened,
            held(where.var / "drill-lock", who=who(), run=opened.run.head().id),
        ):
            result, path = session.run(prepared, opened.run, phase)
            opened.result = ENDINGS[result]
    typer.echo(json.dumps({"result": result, "record": str(path)}) if as_json else f"{result}: {path}")
    raise typer.Exit(EXIT[result])


@app.command("list")
def listed(environment: Chosen = None, as_json: AsJson = False) -> None:
    """Lists the drills that were held, newest last. Exit: 0, or 2 for an unknown environment."""
    with told():
        store = Environment.chosen(environment).var / "evidence"
    rows = [json.loads(path.read_text(encoding="utf-8")) for path in sorted(store.glob("*/record.json"))]
    if as_json:
        typer.echo(json.dumps(rows, ensure_ascii=False, indent=1))
        return
    if not rows:
        typer.echo("no drill was held yet")
    for row in rows:
        loss = "not measured" if row["rpo_seconds"] is None else f"{row['rpo_seconds']:.0f} s"
        back = "not back" if row["rto_seconds"] is None else f"{row['rto_seconds']:.0f} s"
        typer.echo(f"{row['id']}  {row['scenario']}  {row['result']}  back after {back}, lost {loss}")
