"""Offers `estate apply PLAN`: brings a plan that is still true to the hosts and says what was done and what not."""

from __future__ import annotations

from typing import Annotated

import typer

from estate.cli.plan import Slice
from estate.declared import load
from estate.plan import display, named
from estate.records import to_json
from estate.runs import applying, slicing
from estate.runs.environment import Environment
from estate.runs.refused import told
from estate.runs.revision import refuse_vague


def command(
    plan: Annotated[str, typer.Argument(help="File of a plan, or the id of the run that made it.")],
    environment: Annotated[str | None, typer.Option(help="Which environment (default: lab).")] = None,
    reason: Annotated[str, typer.Option(help="Why; kept in the head of the run.")] = "",
    confirm_removals: Annotated[
        int | None,
        typer.Option(help="The number of removals, typed back, when it is beyond the declared share."),
    ] = None,
    over_revision: Annotated[
        str | None, typer.Option(help="The applied commit, typed back, to go back to an older one.")
    ] = None,
    slice_: Slice = None,
    fast: Annotated[
        bool,
        typer.Option("--fast", help="Leave hosts out of Ansible whose inputs and receipt both still hold."),
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the outcome as one JSON object.")] = False,
) -> None:
    """Plans again, refuses when the plan has moved, and applies it.

    Exit: 0 done or nothing to do, 2 refused and nothing changed, 3 a host failed, 4 a host did not answer (the
    others are done in both cases), 5 another run holds the lock, 6 a tool ended before it reached a host,
    130 interrupted.
    """
    with told(reads=True):
        refuse_vague(over_revision)
        chosen = Environment.chosen(environment)
        whole = applying.find_plan(chosen, plan)
        planned = slicing.sliced(chosen, whole, slicing.asked(slice_))
        estate = load(chosen.inventory)
        shares = applying.declared_shares(estate)
        limit = estate.pipeline.lock_limit
        wish = applying.Wish(reason, shares, confirm_removals, over_revision, fast, limit)
        report = applying.apply(chosen, planned, wish)
    typer.echo(to_json(report, indent=1) if as_json else "\n".join(_told(report)))
    raise typer.Exit(report.code)


def _told(report: applying.Report) -> list[str]:
    lines = [
        f"{host}: {', '.join(f'{status} {number}' for status, number in counts.items())}"
        for host, counts in report.hosts.items()
    ]
    if report.not_done:
        lines.append(f"NOT done, {len(report.not_done)} changes; plan and apply again to finish:")
        lines += [f"  {named(change)}" for change in report.not_done]
    # what went wrong stands last, where a terminal and the kept end of a pipeline's log show it
    lines += display.failures(report.failed)
    return [*lines, f"run {report.run.id}: {report.run.result}"]
