"""Leaves out of Ansible the hosts whose inputs and receipt both still hold, and leaves receipts on those it changed."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

from estate.receipts import keeping, laying, looking
from estate.receipts.inputs import Inputs
from estate.receipts.promised import gathered
from estate.records import Change, Outcome, read_lines
from estate.records.receipts import Told
from estate.records.shapes import Status
from estate.runs.environment import Environment
from estate.runs.session import APPLIED, Session, managed

SUBJECT = "receipt"
LEFT_OUT = "left out of Ansible (--fast)"


def holding(environment: Environment, limit: str, changes: Iterable[Change] = ()) -> dict[str, str]:
    """Names the hosts of a limit that may be left out, each with the run whose receipt holds.

    A host of which Ansible has `changes` planned is not left out, whatever its receipt says.
    """
    planned = {change.host for change in changes if change.tool == "ansible"}
    found = looking.holding(environment, managed(environment, limit))
    return {host: drift.run for host, drift in sorted(found.items()) if host not in planned}


def told(holding: Mapping[str, str]) -> list[str]:
    """Says of each host that was left out why."""
    return [f"{host}: {_why(run)}" for host, run in holding.items()]


def unasked(notices: Iterable[str]) -> set[str]:
    """Names the hosts of which the notices of a plan say that Ansible was not asked."""
    return {host for host, _, why in (line.partition(": ") for line in notices) if why.startswith(LEFT_OUT)}


def _why(run: str) -> str:
    return f"{LEFT_OUT}: its inputs and the receipt of run {run} still hold"


def stale(environment: Environment, limit: str) -> bool:
    """Says whether some host of the limit does not hold its receipt: none, forged, lost, broken, of other inputs."""
    hosts = set(managed(environment, limit))
    return len(looking.holding(environment, hosts)) < len(hosts)


def converge(opened: Session, limit: str, holding: Mapping[str, str]) -> None:
    """Runs Ansible on the hosts of a limit but those left out, and lays a receipt where it ended well.

    The inputs are read before: a file that is edited meanwhile shows as pending. What is about to be changed, by the
    deploys that follow as well, stands open until `ended`.
    """
    environment, run = opened.environment, opened.run
    hosts = sorted(managed(environment, limit) - set(holding))
    for host, left in holding.items():
        run.record(Outcome(host, "ansible", SUBJECT, SUBJECT, "skipped", _why(left)))
    made = laying.Made(run.path.name, run.head().commit, Inputs(environment).of(hosts))
    deployed = {host for deploy in APPLIED for host in opened.hosts(deploy, limit)}
    keeping.begin(environment.var, sorted({*hosts, *deployed & set(holding)}), made.run)
    opened.ansible(limit, "--diff", without=holding)
    _lay(opened, made, set(hosts) - set(opened.fallen()))


def ended(opened: Session, limit: str) -> None:
    """Closes the hosts of a limit on which the run, with its deploys, ended well: others stay corrective."""
    keeping.end(opened.environment.var, managed(opened.environment, limit) - set(opened.fallen()))


def _lay(opened: Session, made: laying.Made, hosts: Collection[str]) -> None:
    promised = gathered(read_lines(opened.run.promises_file, Told))
    for host, answer in laying.lay(opened.environment, made, sorted(hosts), promised).items():
        if answer.failure:
            status: Status = "failed" if answer.reached else "unreachable"
            detail = f"its receipt could not be laid down: {answer.failure}"
            opened.run.record(Outcome(host, "ansible", SUBJECT, SUBJECT, status, detail))
