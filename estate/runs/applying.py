"""Brings a plan to the hosts: once, under the lock, only if it is still true, and says what was done and what not."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

from estate.declared.estate import Estate
from estate.plan import directory, is_whole, mail_folders, mailboxes, moved, telephony
from estate.plan.directory_wanted import wanted
from estate.plan.removals import Share, refusals
from estate.receipts import beside
from estate.records import Change, Outcome, Plan, RecordError, Run, read, write
from estate.records.files import MEND
from estate.runs import fast
from estate.runs.clock import today
from estate.runs.commands import say
from estate.runs.environment import Environment
from estate.runs.lock import LIMIT, Holder, held, held_in_part
from estate.runs.planning import code_of
from estate.runs.planning import plan as plan_again
from estate.runs.refused import Exit, RefusedError
from estate.runs.revision import note_applied, refuse_older
from estate.runs.revisions import claimed, given_back, settled
from estate.runs.session import APPLIED, Session, counted, limited, session
from estate.telephony.lines import lines


@dataclass(frozen=True)
class Wish:
    """Holds what comes with the plan: why, what share may be removed of what, and what was typed back.

    `fast` leaves hosts out of Ansible whose inputs and receipt both still hold. `wait` is how many seconds a run
    waits for the lock of the environment, or of its slice.
    """

    reason: str = ""
    shares: Mapping[str, Sequence[Share]] = field(default_factory=dict)
    confirm_removals: int | None = None
    over_revision: str | None = None
    fast: bool = False
    lock_limit: timedelta = LIMIT
    wait: float = 0


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
        with _lock(environment, planned, run, wish) as (handle, dead):
            if dead is not None:
                say.print(
                    f"taking over the lock of run {dead.run} ({dead.who}), which ended without releasing it"
                )
            opened.keep = (handle,)
            left_out = fast.holding(environment, planned.limit, planned.changes) if wish.fast else {}
            _refuse_unfit(environment, planned, wish, opened)
            claim = claimed(opened, _machines(environment, planned), wish.over_revision, wish.lock_limit)
            try:
                _refuse_moved(environment, planned, opened, left_out)
            except BaseException:
                given_back(claim)
                raise
            note_applied(environment.var, run.commit, run.id, run.who)
            write(opened.run.path / "plan.json", planned)
            if left_out or starts_something(environment, planned):
                _bring(opened, planned, wish, left_out)
            settled(claim)
        fallen, outcomes, not_done = opened.fallen(), opened.run.outcomes(), _not_done(planned, opened)
        changed = any(outcome.status == "changed" for outcome in outcomes)
        opened.result = "failed" if fallen else "changed" if changed else "ok"
    failed = tuple(outcome for outcome in outcomes if outcome.status in ("failed", "unreachable"))
    return Report(opened.run.head(), code_of(fallen), counted(outcomes), failed, not_done)


def starts_something(environment: Environment, planned: Plan) -> bool:
    """Tells whether an apply of this plan starts anything on a host: also where only a receipt is to be laid anew."""
    unsure = planned.changes or planned.unverifiable or planned.incomplete
    return bool(unsure) or fast.stale(environment, planned.limit)


def _lock(
    environment: Environment, planned: Plan, run: Run, wish: Wish
) -> AbstractContextManager[tuple[int, Holder | None]]:
    """Gives the lock of the environment, or of one slice of it: runners with other slices may work beside this one."""
    path = environment.var / "lock"
    if planned.part is None:
        return held(path, who=run.who, run=run.id, wait=wish.wait, limit=wish.lock_limit)
    index, total = planned.part.index, planned.part.total
    return held_in_part(path, index, total, who=run.who, run=run.id, wait=wish.wait, limit=wish.lock_limit)


def _refuse_unfit(environment: Environment, planned: Plan, wish: Wish, opened: Session) -> None:
    if planned.environment != environment.name:
        raise RefusedError(f"the plan is for {planned.environment!r}, asked to apply to {environment.name!r}")
    refuse_older(environment.root, environment.var, opened.run.head().commit, wish.over_revision)
    told = refusals(planned.changes, wish.shares, wish.confirm_removals)
    if told:
        raise RefusedError("\n".join(["the plan removes too much; nothing was changed", *told]))


def _refuse_moved(
    environment: Environment, planned: Plan, opened: Session, left_out: Mapping[str, str]
) -> None:
    """Plans again and raises when that gives another plan; the hosts are claimed, so nobody changes them meanwhile.

    A plan of another commit is another one though it reads the same: what nobody could predict may do something else.
    """
    commit = opened.run.head().commit
    if planned.commit != commit:
        raise RefusedError(
            f"the plan was made on commit {planned.commit}, this work tree stands on {commit}; nothing was changed. "
            "Tasks that no plan can predict may differ between the two: plan again"
        )
    now, path, _ = plan_again(
        environment, planned.limit, f"again, before run {opened.run.path.name}", opened.keep, left_out
    )
    differences = moved(planned, now)
    if differences:
        shown = "\n".join(f"  {line}" for line in differences)
        raise RefusedError(f"the plan has moved; nothing was changed:\n{shown}\nThe plan as of now: {path}")


def _machines(environment: Environment, planned: Plan) -> set[str]:
    """Gives the hosts an apply of this plan changes; switches keep no revision of their own."""
    hosts = limited(environment, planned.limit) - set(environment.switches())
    return hosts - set(planned.incomplete)


def _bring(opened: Session, planned: Plan, wish: Wish, left_out: Mapping[str, str]) -> None:
    fast.converge(opened, planned.limit, left_out)
    typed = {} if wish.confirm_removals is None else {"confirm_removals": str(wish.confirm_removals)}
    for deploy in APPLIED:
        aimed, fallen = set(opened.hosts(deploy, planned.limit)), set(opened.fallen())
        for host in sorted(aimed & fallen):
            why = "not tried: Ansible did not finish on this host"
            opened.run.record(Outcome(host, "pyinfra", deploy.name, deploy.name, "skipped", why))
        if aimed - fallen and not opened.pyinfra(deploy, aimed - fallen, typed):
            opened.blame(deploy, aimed - fallen)
        elif aimed - fallen == set(opened.hosts(deploy, "")):
            beside.note_deploys(opened.environment.var, {deploy.name: beside.Records()})
    fast.ended(opened, planned.limit)


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
        telephony.SUBJECT: telephony.removable(estate.telephony.max_removal_ratio, len(lines(estate, day))),
    }


def find_plan(environment: Environment, named: str) -> Plan:
    """Reads a plan by the path of its file or by the id of its run; refuses what is none, or not as it was made."""
    places = (Path(named), environment.var / "runs" / named / "plan.json")
    path = next((one for one in places if one.is_file()), None)
    if path is None:
        raise RefusedError(
            f"{named!r} is neither a plan file nor a run below {environment.var / 'runs'}; see ./scripts/estate runs"
        )
    try:
        found = read(path, Plan)
    except RecordError as error:
        why = str(error).removeprefix(f"{path}: ").removesuffix(f". {MEND}")
        raise RefusedError(
            f"{path} is no plan: {why}. Make one: ./scripts/estate plan --out plan.json"
        ) from None
    if not is_whole(found):
        raise RefusedError(
            f"{path} is not the plan that was made: its hash does not match its content; plan again"
        )
    return found
