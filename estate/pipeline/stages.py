"""Does the work of each stage of a run over one commit, and says how it ended."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from estate.declared import Refusal, load
from estate.declared.estate import Estate
from estate.declared.pipeline import Pipeline
from estate.pipeline import approving, pins, rings
from estate.pipeline.order import accept, accepted, supersede_older
from estate.pipeline.summary import page
from estate.pipeline.trust import after, declared_in, policy, trust
from estate.plan import is_whole
from estate.records import Plan, read, write, write_text
from estate.records.damaged import Damaged
from estate.records.pipelines import PipelineRun, StageState, folder, keep, recorded
from estate.runs import applying, commands, planning, verifying
from estate.runs.environment import Environment
from estate.runs.git import asked
from estate.runs.refused import Exit, RefusedError
from estate.runs.revision import commit


@dataclass(frozen=True)
class Ended:
    """Says how a stage ended, in a line, and with which exit code the pipeline stops there, if it does."""

    state: StageState
    told: str
    code: Exit = Exit.OK


@dataclass
class Work:
    """Holds what every stage needs: the environment, the record as it is now, whose keys count, what was typed.

    `place` is the repository in which commits are judged: the checkout, or a bare copy before anything is checked out.
    """

    environment: Environment
    run: PipelineRun
    signers: Path
    place: Path
    confirm_removals: int | None = None
    wait: float = 0
    estate: Estate | None = None

    @property
    def folder(self) -> Path:
        """Names the folder of this run."""
        return folder(self.environment.var, self.run.id)

    def note(self, run: PipelineRun) -> None:
        """Replaces the record, on the disk as well."""
        self.run = run
        keep(self.environment.var, run)

    def agree(self) -> None:
        """Keeps the plans as people agreed to them."""
        approving.keep_agreed(self.folder, self.run)

    def declared(self) -> Estate:
        """Gives what the commit declares; raises RefusedError when it is not whole, or the checkout moved on."""
        refuse_moved(self.environment, self.run.commit)
        try:
            self.estate = self.estate or load(self.environment.inventory)
        except Refusal as refusal:
            raise RefusedError(str(refusal)) from None
        return self.estate

    def policy(self) -> Pipeline:
        """Gives the policy of the accepted commit: the one under judgement names its own only where there was none."""
        name, base = self.environment.name, self.run.base or accepted(self.environment).commit
        file = declared_in(name)
        there = asked(self.place, "ls-tree", "--full-tree", "--name-only", base, "--", file)
        judge = base if there else self.run.commit
        found = policy(self.place, judge, name)
        if found is None:
            raise RefusedError(
                f"{file} of the accepted commit {base[:12]} cannot be read by this program, so nothing says whose word "
                "counts. After looking at a commit with a readable one: ./scripts/estate pipeline adopt COMMIT --again"
                if there
                else f"neither {base[:12]} nor {judge[:12]} has a readable {file}"
            )
        return found

    def pending(self) -> list[str]:
        """Names the rings that this run has not applied, in their order."""
        return [stage.ring for stage in self.run.stages if stage.name == "apply" and stage.state != "passed"]

    def plan_file(self, ring: str) -> Path:
        """Names the file of a ring's plan."""
        return self.folder / f"plan-{ring}.json"

    def plans(self) -> dict[str, Plan]:
        """Reads the plans of the rings that are not applied yet."""
        return {ring: self.plan(ring) for ring in self.pending()}

    def plan(self, ring: str) -> Plan:
        """Reads the plan of one ring; raises RefusedError when it is not the one that was made, and agreed to."""
        path, run = self.plan_file(ring), self.run
        plan = read(path, Plan)
        known = run.plans.get(ring) == plan.hash and run.plan_hash == rings.whole_hash(run.commit, run.plans)
        if not (known and is_whole(plan)):
            raise RefusedError(
                f"{path} is not the plan that was made and agreed to: somebody altered it; plan again"
            )
        return plan


def refuse_moved(environment: Environment, wanted: str) -> None:
    """Raises unless the checkout stands on this commit without an edit: what is applied is what was signed."""
    found = commit(environment.root)
    if found != wanted:
        raise RefusedError(
            f"the checkout {environment.root} stands on {found}, not on {wanted}; commit what was edited, or let the "
            "pipeline place the commit: --repository"
        )


def trusted(work: Work, ring: str) -> Ended:
    """Verifies every commit since the accepted one; a run whose own commit is that by now, since where it began."""
    now = accepted(work.environment)
    after(work.place, now.commit, work.run.commit)
    by_a_run = now.run and now.commit == work.run.commit
    base = work.run.base if by_a_run and work.run.base else now.commit
    work.note(replace(work.run, base=base))
    found = trust(work.place, base, work.run.commit, work.signers, frozenset(work.policy().signers))
    work.note(replace(work.run, signers=found.signers))
    return Ended(
        "passed",
        f"{len(found.commits)} commits since {base[:12]}, signed by {', '.join(found.signers) or '-'}",
    )


def validated(work: Work, ring: str) -> Ended:
    """Reads everything declared, with the pinned packages, and asks for the proof of the environment before."""
    refuse_moved(work.environment, work.run.commit)
    pins.refuse_other(work.environment.root)
    estate = work.declared()
    before = work.policy().after
    if before and not _passed_in(work, before):
        raise RefusedError(
            f"{work.run.commit[:12]} has not passed in environment {before!r}, which comes before. Run it there; where "
            "that can never pass, correct `after` in a commit and: ./scripts/estate pipeline adopt COMMIT --again"
        )
    return Ended("passed", f"{len(estate.networks.hosts)} hosts, {len(estate.people)} people declared well")


def _passed_in(work: Work, before: str) -> bool:
    """Tells whether this commit passed in another environment of this checkout; in none when there is no such one.

    By a record that cannot be read nothing passed.
    """
    other = replace(work.environment, name=before, extra=())
    if before == work.environment.name or not (other.inventory / "hosts.yml").is_file():
        return False
    damaged = Damaged()
    runs = recorded(other.var, damaged)
    for words in damaged.words("used"):
        commands.say.print(words)
    return any(run.commit == work.run.commit and run.result == "passed" for run in runs)


def planned(work: Work, ring: str) -> Ended:
    """Plans every ring that is not applied yet, and writes the summary people read."""
    estate, made = work.declared(), dict[str, Plan]()
    hosts = rings.members(estate.pipeline.rings, work.environment.groups())
    for name in work.pending():
        limit = planning.normal(",".join(hosts[name]))
        plan, _, code = planning.plan(work.environment, limit, f"pipeline {work.run.id}, ring {name}")
        if code != Exit.OK:
            told = f"ring {name}: no full answer from {', '.join(plan.incomplete)}; nothing was changed"
            return Ended("failed", "; ".join([told, *work.environment.without_vault()]), code)
        write(work.plan_file(name), plan)
        made[name] = plan
    hashes = {name: plan.hash for name, plan in made.items()}
    whole = rings.whole_hash(work.run.commit, hashes)
    work.note(replace(work.run, plan_hash=whole, plans=hashes, approvals=()))
    text = page(work.environment.name, work.run.commit, work.run.signers, whole, made)
    write_text(work.folder / "summary.md", text)
    approving.asked_of(work.folder, work.run)
    changes = sum(len(plan.changes) for plan in made.values())
    return Ended(
        "passed", f"{changes} changes in {len(made)} rings, hash {whole[:12]}, {work.folder / 'summary.md'}"
    )


def approved(work: Work, ring: str) -> Ended:
    """Counts who agreed to exactly these plans; waits while somebody is missing."""
    rule, plans = work.policy(), work.plans()
    wanted, new = rule.approvals, policy(work.place, work.run.commit, work.environment.name)
    found = approving.given(work.folder, work.run, wanted, work.run.signers, work.signers)
    work.note(replace(work.run, approvals=found.approvals))
    if wanted.signatures == 0:
        return Ended("skipped", "no approval is asked for")
    idle = not any(applying.starts_something(work.environment, plan) for plan in plans.values())
    if idle and new == rule:  # another rule decides who lets the next commit pass
        return Ended("skipped", "nothing would be started on a host")
    agreed = approving.agreed(work.folder, work.run)
    if agreed and not rings.beyond(agreed.plans, plans.values()):
        before = approving.given(work.folder, agreed.run, wanted, work.run.signers, work.signers)
        if not before.missing:
            work.note(replace(work.run, approvals=before.approvals))
            return Ended("passed", "what is left of the plan that was agreed to")
    if found.missing:
        void = f"; does not count: {'; '.join(found.void)}" if found.void else ""
        have = ", ".join(each.by for each in found.approvals) or "nobody yet"
        other = "" if new == rule else "; pipeline.yml differs from the accepted one"
        told = f"{found.missing} of {wanted.signatures} signatures missing ({have}){void}{other}"
        return Ended("waiting", told, Exit.WAITING)
    work.agree()
    return Ended("passed", f"agreed by {', '.join(each.by for each in found.approvals)}")


def applied(work: Work, ring: str) -> Ended:
    """Brings the plan of one ring to its hosts, if no newer commit was accepted meanwhile."""
    return outcome(brought(work, work.plan(ring), f"ring {ring}"))


def brought(work: Work, plan: Plan, what: str) -> applying.Report:
    """Brings a plan of a ring, or of a part of one, to its hosts; raises RefusedError before any was changed."""
    environment, run = work.environment, work.run
    after(environment.root, accepted(environment).commit, run.commit)
    accept(environment, environment.root, run.commit, run.id, run.who)
    supersede_older(environment, run)
    estate = work.declared()
    wish = applying.Wish(
        f"pipeline {run.id}, {what}",
        applying.declared_shares(estate),
        work.confirm_removals,
        lock_limit=estate.pipeline.lock_limit,
        wait=work.wait,
    )
    return applying.apply(environment, plan, wish)


def outcome(report: applying.Report) -> Ended:
    """Says how an apply ended."""
    counted = f"run {report.run.id}: {report.run.result}"
    if report.code != Exit.OK:
        hosts = sorted({outcome.host for outcome in report.failed})
        return Ended("failed", f"{counted}; failed: {', '.join(hosts)}", report.code)
    return Ended("passed", counted)


def verified(work: Work, ring: str) -> Ended:
    """Uses the services that the ring names; a red one keeps the next ring closed."""
    estate = work.declared()
    (subjects,) = [each.verify for each in estate.pipeline.rings if each.name == ring]
    reason = f"pipeline {work.run.id}, ring {ring}"
    verdicts, path, code = verifying.verify(work.environment, estate, ",".join(subjects), reason)
    red = [f"{each.host} {each.subject}/{each.check}" for each in verdicts if each.result != "passed"]
    if red:
        return Ended("failed", f"{len(red)} of {len(verdicts)} checks: {', '.join(red[:5])}; {path}", code)
    return Ended("passed", f"{len(verdicts)} checks passed")


def reported(work: Work, ring: str) -> Ended:
    """Writes how the run went and hands the figures to the monitoring hosts."""
    environment = work.environment
    lines = [
        f"# Pipeline {work.run.id}: {work.run.commit[:12]} on {environment.name}",
        "",
        "| stage | ring | state | |",
        "|---|---|---|---|",
    ]
    lines += [f"| {each.name} | {each.ring} | {each.state} | {each.told} |" for each in work.run.stages]
    write_text(work.folder / "report.md", "\n".join([*lines, ""]))
    if not environment.groups().get("monitoring_servers"):
        return Ended("passed", f"{work.folder / 'report.md'}; no monitoring host to measure")
    argv = [
        commands.tool("python", environment.root),
        "-m",
        "estate",
        "measure",
        "--environment",
        environment.name,
    ]
    code = commands.run(argv, root=environment.root, log=work.folder / "output.log", variables={})
    if code:
        return Ended(
            "failed", f"the measurements were not delivered; {work.folder / 'output.log'}", Exit.ERROR
        )
    return Ended("passed", str(work.folder / "report.md"))


STAGES: dict[str, Callable[[Work, str], Ended]] = {
    "trust": trusted,
    "validate": validated,
    "plan": planned,
    "approve": approved,
    "apply": applied,
    "verify": verified,
    "report": reported,
}
