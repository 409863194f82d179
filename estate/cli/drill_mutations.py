"""Offers `estate drill mutations`: injects faults into drills, one by one, and keeps which of them were seen."""

from __future__ import annotations

import json
import signal
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Annotated

import typer

from estate.declared import load
from estate.drill import injecting
from estate.drill.faults import Fault, holdable, matrix, wanted, whole
from estate.records import to_json
from estate.records.mutations import Mutation, Score, kept
from estate.runs.environment import Environment
from estate.runs.refused import Exit, RefusedError, told
from estate.runs.session import STOPS


def mutations(
    only: Annotated[list[str] | None, typer.Option(help="These faults alone; may be repeated.")] = None,
    drill: Annotated[str | None, typer.Option(help="The faults of this drill alone.")] = None,
    show: Annotated[bool, typer.Option("--list", help="Inject nothing; show the newest results.")] = False,
    environment: Annotated[
        str | None, typer.Option("--environment", help="Which inventory (default: lab).")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print for programs.")] = False,
) -> None:
    """Rehearses drills with injected faults on the targets that stand; undoes each; keeps what was seen.

    Exit: 0 all that were injected were seen for the right reason, 1 one was missed or red for a wrong one, 2 refused,
    3 nothing could be injected, or a fault could not be undone (nothing more is injected), 5 another drill is held.
    """
    with told():
        where = Environment.chosen(environment)
        faults = matrix()
        chosen = _chosen(faults, only or [], drill)
        with _stops_heeded():
            fresh = [] if show else [_one(where, fault) for fault in chosen]
        rows = whole(holdable(faults, load(where.inventory).drills), kept(where.var))
    score = Score.of(rows)
    if as_json:
        shown = {
            "score": score.ratio,
            "run": score.run,
            "counts": score.counts,
            "faults": json.loads(to_json(_named(rows, chosen) if show else rows)),
            "now": json.loads(to_json(fresh)),
        }
        typer.echo(json.dumps(shown, ensure_ascii=False, indent=1))
    else:
        for row in _named(rows, chosen) if show else fresh:
            typer.echo(f"{row.id:<28}{row.outcome:<18}{row.seconds:>6.1f} s  {row.found[:300]}")
        ratio = "not measured" if score.ratio is None else f"{score.ratio:.0%}"
        share = f"of {score.run} run, of {len(rows)} in the matrix"
        typer.echo(
            f"score {ratio} {share}: {', '.join(f'{name} {count}' for name, count in score.counts.items())}"
        )
    raise typer.Exit(0 if show else _code(fresh))


@contextmanager
def _stops_heeded() -> Iterator[None]:
    """Whoever stops this, by kill or a terminal that goes away, waits until the fault is undone."""
    before = {number: signal.getsignal(number) for number in (*STOPS, signal.SIGINT)}
    for number in STOPS:
        if before[number] != signal.SIG_IGN:  # nohup shall keep what it promises
            signal.signal(number, _stopped)
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _stopped(number: int, frame: object) -> None:
    for again in (*STOPS, signal.SIGINT):
        signal.signal(again, signal.SIG_IGN)  # a second one would break off the undoing
    raise SystemExit(128 + number)


def _named(rows: Iterable[Mutation], chosen: list[Fault]) -> list[Mutation]:
    names = {fault.id for fault in chosen}
    return [row for row in rows if row.id in names]


def _chosen(faults: tuple[Fault, ...], only: list[str], drill: str | None) -> list[Fault]:
    """Gives the faults that are meant; words that leave none are refused."""
    known = {fault.id for fault in faults}
    drills = {fault.drill for fault in faults}
    if strange := [name for name in only if name not in known]:
        raise RefusedError(f"no fault {strange[0]!r} in the matrix; there are {', '.join(sorted(known))}")
    if drill is not None and drill not in drills:
        raise RefusedError(f"no fault of a drill {drill!r}; there are some of {', '.join(sorted(drills))}")
    found = [fault for fault in faults if (not only or fault.id in only) and drill in (None, fault.drill)]
    if not found:
        raise RefusedError(
            f"{' and '.join(only)} is no fault of drill {drill!r}; leave out one of both words"
        )
    return found


def _one(where: Environment, fault: Fault) -> Mutation:
    """Injects one fault; one that could not be injected is told with the reason, and keeps its newest result."""
    try:
        return injecting.injected(where, fault)
    except RefusedError as refusal:
        if refusal.code == Exit.LOCKED or isinstance(refusal, injecting.NotUndoneError):
            raise
        return Mutation(fault.id, fault.drill, wanted(fault), "not_run", str(refusal), datetime.now(UTC))


def _code(fresh: list[Mutation]) -> int:
    outcomes = {row.outcome for row in fresh}
    if outcomes & {"missed", "wrong_reason"}:
        return Exit.VERDICT_FAILED
    return Exit.FAILED if outcomes == {"not_run"} else Exit.OK
