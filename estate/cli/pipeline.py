"""Offers `estate pipeline`: the way of a commit to the hosts, as a whole or stage by stage (docs/pipeline.md)."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from estate.pipeline import approving, conducting, order, placing, sharing, starting
from estate.pipeline.conducting import Asked
from estate.pipeline.trust import doubt, signers_file
from estate.records import to_json
from estate.records.damaged import Damaged
from estate.records.pipelines import PipelineRun, RingSlice, StageName, folder, recorded
from estate.runs import slicing
from estate.runs.environment import Environment
from estate.runs.lock import Lock
from estate.runs.refused import RefusedError, left_out, refuse_astray, told
from estate.runs.session import who

app = typer.Typer(
    no_args_is_help=True,
    help="Brings a signed commit to the hosts: validate, plan, approve, apply, verify, report.",
)
Where = Annotated[str | None, typer.Option("--environment", help="Which environment (default: lab).")]
AsJson = Annotated[bool, typer.Option("--json", help="Print the record as one JSON object.")]
Commit = Annotated[str, typer.Option(help="A full commit name, a branch of --repository, or HEAD.")]
Repository = Annotated[
    str | None,
    typer.Option(
        help="Where the commit is; it is judged there and then checked out. Left out: it stands here."
    ),
]
Signers = Annotated[
    Path | None, typer.Option(help="Whose keys count (default: ESTATE_SIGNERS, /etc/estate/allowed_signers).")
]
Ring = Annotated[str, typer.Option(envvar="ESTATE_LAST_RING", help="Stop after this ring (default: last).")]
Wait = Annotated[float, typer.Option(min=0, help="Seconds to wait for another pipeline or run to end.")]
Summary = Annotated[
    Path | None, typer.Option(help="Also write the Markdown summary of the plan to this file.")
]
Confirm = Annotated[int | None, typer.Option(help="The number of removals, typed back, when it is too high.")]
Slice = Annotated[
    str | None,
    typer.Option(
        "--slice",
        help="apply alone: slice I/N of the ring, beside other runners (or ESTATE_SLICE, CI_NODE_INDEX/TOTAL).",
    ),
]
Again = Annotated[bool, typer.Option("--again", help="Start anew even where this commit has passed.")]
CODES = """Exit: 0 passed or nothing to do, 1 a check failed, 2 refused, 3 a host failed, 4 a host did not answer,
    5 another pipeline or run holds the lock, 6 a tool ended early, 7 superseded by a newer commit, 8 waiting for
    approvals, 130 interrupted."""


def _stage(name: str, until: StageName, what: str) -> None:
    """Adds one verb that carries a commit up to a stage."""

    def verb(
        environment: Where = None,
        commit: Commit = "HEAD",
        repository: Repository = None,
        ring: Ring = "",
        signers: Signers = None,
        wait: Wait = 0,
        summary: Summary = None,
        confirm_removals: Confirm = None,
        again: Again = False,
        slice_: Slice = None,
        as_json: AsJson = False,
    ) -> None:
        with told():
            refuse_astray(summary)
            chosen = Environment.chosen(environment)
            part = _part(name, slice_, again or repository is not None)
            wish = Asked(commit, until, ring, signers, wait, summary, confirm_removals, again)
            if part is not None:
                made, code = sharing.share(chosen, wish, part)
                typer.echo(to_json(made, indent=1) if as_json else _portion(made).strip())
                raise typer.Exit(code)
            if repository is not None:
                record, code, more = conducting.gate(chosen, repository, wish)
                if more and until != "trust":
                    starting.anew(chosen, sys.argv[1:], record.commit)
            else:
                record, code = conducting.run(chosen, wish)
        typer.echo(to_json(record, indent=1) if as_json else "\n".join(_lines(record)))
        raise typer.Exit(code)

    verb.__doc__ = f"{what}\n\n    {CODES}"
    app.command(name)(verb)


STAGES: tuple[tuple[str, StageName, str], ...] = (
    (
        "run",
        "report",
        "Carries a commit through every stage; goes on where an earlier call stopped or was killed.",
    ),
    (
        "trust",
        "trust",
        "Verifies the signature of every commit since the accepted one; places it with --repository.",
    ),
    ("validate", "validate", "The stages up to: everything declared is read and refused as a whole."),
    ("plan", "plan", "The stages up to: every ring is planned, the summary written. Changes nothing."),
    (
        "approved",
        "approve",
        "The stages up to: enough people have agreed to the plan; ends with 8 while somebody is missing.",
    ),
    (
        "apply",
        "apply",
        "The stages up to: the rings (or those up to --ring) are applied, each after a green one.",
    ),
    ("verify", "verify", "The stages up to: the services of the last ring (or of --ring) are used."),
    ("report", "report", "The same as run: the last stage."),
)
for each in STAGES:
    _stage(*each)


@app.command("approve")
def approve(
    run: Annotated[str, typer.Argument(help="The id of a pipeline run (default: the newest).")] = "",
    environment: Where = None,
    key: Annotated[Path | None, typer.Option(help="Sign here with this private key.")] = None,
    signature: Annotated[
        str | None, typer.Option(help="Hand in a signature made elsewhere: a file, or -.")
    ] = None,
    signers: Signers = None,
    as_json: AsJson = False,
) -> None:
    """Agrees to the plan of a run, by a signature over its hash; without key or signature shows what to sign.

    Exit: 0 kept (or shown), 2 refused: the signature is of another plan, or of nobody in the list.
    """
    with told():
        chosen = Environment.chosen(environment)
        found = _found(chosen, run)
        place = folder(chosen.var, found.id)
        if not found.plan_hash:
            raise RefusedError(f"run {found.id} has no plan yet")
        keys = signers_file(chosen, signers)
        by, summary = "", ""
        if key is not None:
            by = approving.sign_here(place, found, key, keys)
        elif signature is not None:
            by = approving.hand_in(place, found, approving.text_of(signature), keys)
        else:
            summary = approving.shown(place, found)
    if as_json:
        typer.echo(to_json({"run": found.id, "plan_hash": found.plan_hash, "by": by}, indent=1))
    elif by:
        typer.echo(
            f"{by} signed plan {found.plan_hash[:12]} of run {found.id}; whether it counts, and is enough, says"
            " ./scripts/estate pipeline run, and goes on if so"
        )
    else:
        typer.echo(f"{summary}\nto sign: {place / 'statement.txt'}")


@app.command("adopt")
def adopt(
    commit: Annotated[str, typer.Argument(help="The commit whose history is ours, looked at by you.")],
    environment: Where = None,
    repository: Repository = None,
    again: Annotated[
        bool, typer.Option("--again", help="Replace the accepted commit (after a rewrite).")
    ] = False,
    signers: Signers = None,
    as_json: AsJson = False,
) -> None:
    """Takes a commit as the one that later ones are judged from, by your word: an unsigned one with a warning.

    Exit: 0 adopted, now or before; 2 refused: no commit, or another one is accepted and --again is not given;
    5 a pipeline is at work.
    """
    with told():
        chosen = Environment.chosen(environment)
        with conducting.alone(chosen, Asked(commit)):
            place, name = placing.found(chosen, repository, commit)
            if again or not order.is_adopted(chosen):
                if why := doubt(chosen, place, name, signers):
                    typer.echo(f"WARNING: nothing but your word stands for {name[:12]}: {why}", err=True)
                order.accept(chosen, place, name, "", who())
            kept = order.accepted(chosen)
            if kept.commit != name:
                raise RefusedError(
                    f"kept {kept.commit} as the accepted commit, not {name}; to replace it: --again"
                )
    typer.echo(
        to_json(kept, indent=1)
        if as_json
        else f"accepted {kept.commit} (number {kept.sequence}) by {kept.who}"
    )


@app.command("list")
def list_runs(
    environment: Where = None,
    number: Annotated[int, typer.Option(min=1, help="How many of the newest runs.")] = 20,
    as_json: AsJson = False,
) -> None:
    """Lists the newest runs, oldest first; one whose process is gone without an end is `interrupted`.

    Exit: 0 listed, 2 refused, 3 listed without records that cannot be read; these are named.
    """
    damaged = Damaged()
    with told(reads=True):
        found = recorded(Environment.chosen(environment).var, damaged)[-number:]
    if as_json:
        typer.echo(to_json(found, indent=1))
    for run in [] if as_json else found:
        typer.echo(_head(run))
    raise typer.Exit(left_out(damaged))


@app.command("status")
def status(environment: Where = None, as_json: AsJson = False) -> None:
    """Shows the accepted commit, the newest run stage by stage, and who holds the environment since when.

    Exit: 0 shown, 2 refused, 3 shown without records that cannot be read; these are named, and one may be the newest.
    """
    damaged = Damaged()
    with told(reads=True):
        seen = starting.status(Environment.chosen(environment), damaged)
    if as_json:
        typer.echo(to_json(seen, indent=1))
        raise typer.Exit(left_out(damaged))
    if seen.accepted:
        typer.echo(f"accepted {seen.accepted.commit[:12]} at {seen.accepted.at:%F %T} UTC")
    else:
        unread = damaged.any("accepted")
        typer.echo("accepted: its record cannot be read" if unread else "accepted nothing yet")
    for name, lock in seen.locks.items():
        typer.echo(f"{name}: {lock.state}{_holder(lock)}")
    nothing = "no run that can be read" if damaged.any("pipelines") else "no run yet"
    for line in _lines(seen.run, seen.slices) if seen.run else [nothing]:
        typer.echo(line)
    raise typer.Exit(left_out(damaged))


def _found(environment: Environment, named: str) -> PipelineRun:
    # the newest is known only when all can be read; a run that is named is found beside damaged ones
    damaged = Damaged() if named else None
    found = [run for run in recorded(environment.var, damaged) if run.id.startswith(named)]
    if not found and not named:
        raise RefusedError("there is no run of the pipeline yet; make one: ./scripts/estate pipeline run")
    if not found or (named and len(found) != 1):
        raise RefusedError(
            f"{named!r} names {len(found)} runs of the pipeline; see ./scripts/estate pipeline list"
        )
    return found[-1]


def _holder(lock: Lock) -> str:
    if lock.holder is None:
        return ""
    late = "; LONGER THAN ITS LIMIT" if lock.overdue else ""
    return f" by {lock.holder.who} on {lock.holder.host} since {lock.holder.since:%F %T} UTC, {lock.holder.run}{late}"


def _head(run: PipelineRun) -> str:
    return f"{run.id}  {run.result:<11}  {run.commit[:12]}  {run.who}"


def _part(verb: str, typed: str | None, anew: bool) -> tuple[int, int] | None:
    """Gives the slice of this runner; only an apply has one, of a plan that stands here already."""
    part = slicing.asked(typed) if verb == "apply" else None
    if typed is not None and part is None:
        raise RefusedError(f"--slice is for `apply`; `{verb}` is done once, for all runners")
    if part is not None and anew:
        raise RefusedError(
            "a slice is one of a plan that was made and agreed to here: leave out --repository and --again, which "
            "belong to the call before: ./scripts/estate pipeline approved"
        )
    return part


def _lines(run: PipelineRun, slices: Sequence[RingSlice] = ()) -> list[str]:
    lines = [_head(run)]
    for stage in run.stages:
        lines.append(
            f"  {stage.state:<10}  {f'{stage.name} {stage.ring}'.strip():<20}  {stage.told}".rstrip()
        )
        lines += [_portion(each) for each in slices if (stage.name, stage.ring) == ("apply", each.ring)]
    return lines


def _portion(made: RingSlice) -> str:
    name = f"slice {made.index}/{made.total} of {made.ring}"
    return f"    {made.state:<12}{name:<22}{made.told}".rstrip()
