"""Reads from recorded plans and applies which hosts are as declared, since when, and how far they differ."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from estate.declared.estate import Estate
from estate.records import Plan, RunDirectory, read
from estate.runs import fast
from estate.runs.session import APPLIED
from exporters.textfile import Textfile

GATHERED = ("all", "managed", "backup_clients", "ungrouped")
"""Groups that gather others; the remaining group of a host names its role."""
GOOD = ("ok", "changed", "skipped", "unverifiable")


def role_of(estate: Estate, host: str) -> str:
    """Names the group that says what a host is for."""
    groups = [name for name, members in estate.hosts.items() if host in members and name not in GATHERED]
    return groups[0] if groups else "none"


def pairs(estate: Estate) -> list[tuple[str, str]]:
    """Lists the municipality's own managed hosts with each tool that answers for something on them."""
    own = [host for host in estate.hosts.get("managed", ()) if estate.networks.hosts[host].site]
    deployed = {host for deploy in APPLIED for group in deploy.groups for host in estate.hosts.get(group, ())}
    return [(host, "ansible") for host in own] + [(host, "pyinfra") for host in own if host in deployed]


def applied(recorded: Iterable[RunDirectory]) -> dict[tuple[str, str], float]:
    """Gives, by host and tool, the end of the newest apply that left it as declared (Unix seconds)."""
    found: dict[tuple[str, str], float] = {}
    for run in recorded:
        head = run.head()
        if head.kind != "apply" or head.ended is None or head.result == "interrupted":
            continue
        outcomes = run.outcomes()
        touched = {(o.host, o.tool) for o in outcomes}
        broken = {(o.host, o.tool) for o in outcomes if o.status not in GOOD}
        found |= dict.fromkeys(touched - broken, head.ended.timestamp())
    return found


def planned(recorded: Sequence[RunDirectory], estate: Estate) -> dict[tuple[str, str], tuple[float, int]]:
    """Gives, by host and tool, start and number of changes of the newest plan that asked the host and was answered."""
    found: dict[tuple[str, str], tuple[float, int]] = {}
    for run in recorded:
        head, path = run.head(), run.path / "plan.json"
        if head.kind != "plan" or not path.exists():
            continue
        plan = read(path, Plan)
        unasked = {(host, "ansible") for host in fast.unasked(plan.notices)}
        for host, tool in pairs(estate):
            if (
                host not in plan.incomplete
                and (host, tool) not in unasked
                and _within(plan.limit, host, estate)
            ):
                count = sum(change.host == host and change.tool == tool for change in plan.changes)
                found[host, tool] = (head.started.timestamp(), count)
    return found


def write(out: Textfile, estate: Estate, recorded: Sequence[RunDirectory]) -> None:
    """Lays down the last success of every host and tool, and the pending changes where they are known.

    A successful apply after the newest plan leaves nothing pending; a host that no plan has asked and no apply has
    reached has no such sample: its drift is unknown, not 0.
    """
    successes, plans = applied(recorded), planned(recorded, estate)
    for host, tool in pairs(estate):
        success = successes.get((host, tool), 0.0)
        out.set("bim_config_last_success_timestamp_seconds", success, host=host, tool=tool)
        asked, pending = plans.get((host, tool), (0.0, 0))
        if asked or success:
            count = pending if asked > success else 0
            out.set("bim_config_changes_pending", count, host=host, tool=tool)


def _within(limit: str, host: str, estate: Estate) -> bool:
    names = [name.strip() for name in limit.split(",") if name.strip()]
    return not names or any(host == name or host in estate.hosts.get(name, ()) for name in names)
