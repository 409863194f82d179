"""Brings a plan to the hosts: once, under the lock, only if it is still true, and says what was done and what not."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from estate.declared.estate import Estate
from estate.plan import directory, mail_folders, mailboxes, moved
from estate.plan.directory_wanted import wanted
from estate.plan.removals import Share, refusals
from estate.records import Change, Outcome, Plan, Run, write
from estate.runs.clock import today
from estate.runs.commands import say
from estate.runs.environment import Environment
from estate.runs.lock import held
from estate.runs.planning import code_of
from estate.runs.planning import plan as plan_again
from estate.runs.refused import Exit, RefusedError
from estate.runs.revision import note_applied, refuse_older
from estate.runs.session import APPLIED, Session, counted, session


@dataclass(frozen=True)
class Wish:
    """Holds what comes with the plan: why, what share may be removed of what, and what was typed back."""

    reason: str = ""
    shares: Mapping[str, Sequence[Share]] = field(default_factory=dict)
    confirm_removals: int | None = None
    over_revision: str | None = None


@dataclass(frozen=True)
class Report:
    """Says how an apply ended: per host how many things were ok, changed, failed; and the changes not made."""

    run: Run
    code: Exit
    hosts: dict[str, dict[str, int]]
    failed: tuple[Outcome, ...]
    not_done: tuple[Change, ...]


def apply(environment: Environment, planned: Plan, wish: Wish) -> Report:
    """Applies a plan that has not moved; raises RefusedError before anything was changed otherwise."""
    environment.refuse_when_down()
    with session(environment, "apply", wish.reason) as opened:
        run = opened.run.head()
        with held(environment.var / "lock", who=run.who, run=run.id) as (handle, dead):
            if dead is not None:
                say.print(
                    f"taking over the lock of run {dead.run} ({dead.who}), which ended without releasing it"
                )
            opened.keep = (handle,)
            _refuse_unfit(environment, planned, wish, opened)
            note_applied(environment.var, run.commit, run.id, run.who)
            write(opened.run.path / "plan.json", planned)
            if planned.changes or planned.unverifiable or planned.incomplete:
                _bring(opened, planned, wish)
        fallen, outcomes, not_done = opened.fallen(), opened.run.outcomes(), _not_done(planned, opened)
        changed = any(outcome.status == "changed" for outcome in outcomes)
        opened.result = "failed" if fallen else "changed" if changed else "ok"
    failed = tuple(outcome for outcome in outcomes if outcome.status in ("failed", "unreachable"))
    return Report(opened.run.head(), code_of(fallen), counted(outcomes), failed, not_done)


def _refuse_unfit(environment: Environment, planned: Plan, wish: Wish, opened: Session) -> None:
    if planned.environment != environment.name:
        raise RefusedError(f"the plan is for {planned.environment!r}, asked to apply to {environment.name!r}")
    refuse_older(environment.root, environment.var, opened.run.head().commit, wish.over_revision)
    told = refusals(planned.changes, wish.shares, wish.confirm_removals)
    if told:
        raise RefusedError("\n".join(["the plan removes too much; nothing was changed", *told]))
    now, path, _ = plan_again(
        environment, planned.limit, f"again, before run {opened.run.path.name}", opened.keep
    )
    differences = moved(planned, now)
    if differences:
        shown = "\n".join(f"  {line}" for line in differences)
        raise RefusedError(f"the plan has moved; nothing was changed:\n{shown}\nThe plan as of now: {path}")


def _bring(opened: Session, planned: Plan, wish: Wish) -> None:
    opened.ansible(planned.limit, "--diff")
    typed = {} if wish.confirm_removals is None else {"confirm_removals": str(wish.confirm_removals)}
    for deploy in APPLIED:
        aimed, fallen = set(opened.hosts(deploy, planned.limit)), set(opened.fallen())
        for host in sorted(aimed & fallen):
            why = "not tried: Ansible did not finish on this host"
            opened.run.record(Outcome(host, "pyinfra", deploy.name, deploy.name, "skipped", why))
        if aimed - fallen and not opened.pyinfra(deploy, aimed - fallen, typed):
            opened.blame(deploy, aimed - fallen)


def _not_done(planned: Plan, opened: Session) -> tuple[Change, ...]:
    """Gives what was planned for hosts that fell, and for parts that nobody came to because another host fell."""
    fallen = opened.fallen()
    if not fallen:
        return ()
    tried = {(outcome.host, outcome.subject) for outcome in opened.run.outcomes()}
    made = {(change.host, change.subject, change.key) for change in opened.run.changes()}
    return tuple(
        change
        for change in planned.changes
        if (change.host in fallen or (change.host, change.subject) not in tried)
        and (change.host, change.subject, change.key) not in made
    )


def declared_shares(estate: Estate) -> dict[str, tuple[Share, ...]]:
    """Gives, per subject, what share of it may be removed without asking."""
    day = today(estate)
    kept = [one for one in wanted(estate, day).accounts if not one.absent_is_right]
    boxes = mail_folders.owners(estate, day).boxes
    return {
        directory.SUBJECT: (Share(estate.directory.max_leaver_ratio, len(kept), directory.REMOVALS),),
        "shares": (Share(estate.shares.max_removal_ratio, len(estate.shares.shares)),),
        mailboxes.SUBJECT: mailboxes.removable(estate.mail, len(boxes)),
    }


def find_plan(environment: Environment, named: str) -> Path:
    """Finds a plan by the path of its file or by the id of its run."""
    for path in (Path(named), environment.var / "runs" / named / "plan.json"):
        if path.is_file():
            return path
    raise RefusedError(
        f"{named!r} is neither a plan file nor a run below {environment.var / 'runs'}; see ./scripts/estate runs"
    )
