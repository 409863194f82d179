"""Turns the records of runs and drills, and what is declared, into one textfile of measurements.

Runs on the control machine, where the records are; `estate measure` brings the file to the monitoring host. The same
records give the same file on the same day: who has left, and who works here, is judged by the municipality's.
Everything declared is there from the first day: counters and times at 0, so that what never happened is told apart from
what is not measured.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

from estate.declared import Refusal, load
from estate.declared.estate import Estate
from estate.records import Plan, RecordError, RunDirectory, read, runs_below
from estate.runs.environment import Environment
from estate.runs.refused import RefusedError
from estate.runs.slicing import portions_of
from exporters import (
    recorded_configuration,
    recorded_drift,
    recorded_drill_states,
    recorded_drills,
    recorded_duties,
    recorded_escrow,
    recorded_people,
    recorded_pipelines,
    recorded_switches,
    recorded_telephones,
)
from exporters.damaged import Damaged
from exporters.textfile import Textfile

HELD_ELSEWHERE = ("plan", "apply")
"""Kinds of runs that leave outcomes; a verify run leaves verdicts."""


def servers(out: Textfile, estate: Estate) -> None:
    """Counts the municipality's own declared servers: those that stand at one of its sites."""
    active = set(estate.hosts.get("managed", ()))
    counts: dict[tuple[str, str, str], int] = {}
    for name, host in estate.networks.hosts.items():
        if host.site:
            role = recorded_configuration.role_of(estate, name)
            state = "active" if name in active else "standby"
            counts[host.site, role, state] = counts.get((host.site, role, state), 0) + 1
    for (site, role, state), count in sorted(counts.items()):
        out.set("bim_servers", count, site=site, role=role, os="Debian 13", state=state)


def runs(out: Textfile, recorded: Iterable[RunDirectory]) -> None:
    """Counts runs by kind and result; tells of each kind whether its newest was interrupted or left nothing.

    What a merged run holds of slices that are recorded here as well is counted as theirs; of others, once as its own.
    """
    for name in (
        "bim_runs_total",
        "bim_run_last_timestamp_seconds",
        "bim_run_last_interrupted",
        "bim_run_last_without_outcomes",
        "bim_run_outcomes_total",
        "bim_verdicts",
    ):
        out.lay_down(name)
    heads = [(run.head(), run) for run in recorded]
    counted = {head.id for head, _ in heads}
    for head, run in heads:
        if head.result == "running":
            continue
        kind, outcomes, verdicts = head.kind, run.outcomes(), run.verdicts()
        empty = (kind in HELD_ELSEWHERE and not outcomes) or (kind == "verify" and not verdicts)
        portions = portions_of(run)
        known = {host for each in portions if each.run in counted for host in each.hosts}
        whole = bool(portions) and all(each.run in counted for each in portions)
        counted |= {each.run for each in portions}
        if not whole:
            out.add("bim_runs_total", kind=kind, result=head.result)
        out.set("bim_run_last_timestamp_seconds", head.started.timestamp(), kind=kind)
        out.set("bim_run_last_interrupted", head.result == "interrupted", kind=kind)
        out.set("bim_run_last_without_outcomes", empty, kind=kind)
        if kind == "apply":
            for outcome in (each for each in outcomes if not whole and each.host not in known):
                out.add("bim_run_outcomes_total", tool=outcome.tool, status=outcome.status)
        if kind == "verify":
            out.lay_down("bim_verdicts")
            for verdict in verdicts:
                out.add("bim_verdicts", result=verdict.result)


def _whole(path: Path) -> RunDirectory:
    """Gives a run all of whose files can be read; raises RecordError."""
    run = RunDirectory(path)
    run.head(), run.outcomes(), run.verdicts(), portions_of(run)
    if (path / "plan.json").exists():
        read(path / "plan.json", Plan)
    return run


def measure(
    estate: Estate,
    var: Path,
    people: Path | None = None,
    strays: Sequence[Path] = (),
    damaged: Damaged | None = None,
) -> Textfile:
    """Gives every measurement of one environment from its records; a damaged one is left out and told by `damaged`.

    `people` names what was counted in the directory just now; without it nothing is told of accounts. `strays` names
    what was found on each mail server just now.
    """
    out, damaged = Textfile(), Damaged() if damaged is None else damaged
    recorded = list(damaged.each("runs", (run.path for run in runs_below(var)), _whole))
    servers(out, estate)
    runs(out, recorded)
    recorded_configuration.write(out, estate, recorded)
    recorded_drift.write(out, estate, var / "drift.json", damaged)
    recorded_drills.write(out, estate, var / "evidence", damaged)
    recorded_drill_states.write(out, estate, var, damaged)
    recorded_duties.write(out, estate, recorded)
    recorded_escrow.write(out, estate, var / "escrow", damaged)
    recorded_pipelines.write(out, estate, var, damaged)
    recorded_switches.write(out, estate, var / "switches", damaged)
    recorded_telephones.write(out, recorded)
    recorded_people.write(out, estate, recorded, var, damaged, people, strays)
    damaged.write(out)
    return out


def main(arguments: list[str] | None = None) -> int:
    """Writes the textfile of one environment; 0 when written, 2 when something declared is refused."""
    parser = argparse.ArgumentParser(description="Turns recorded runs and drills into one textfile.")
    parser.add_argument("--environment", default=None, help="which inventory (default: lab)")
    parser.add_argument("--output", type=Path, required=True, help="file to write, ending in .prom")
    parser.add_argument(
        "--people", type=Path, default=None, help="what was counted in the directory, as JSON"
    )
    parser.add_argument(
        "--strays", type=Path, action="append", default=[], help="what was found on a mail server, as JSON"
    )
    given = parser.parse_args(arguments)
    damaged = Damaged()
    try:
        environment = Environment.chosen(given.environment)
        out = measure(load(environment.inventory), environment.var, given.people, given.strays, damaged)
    except (Refusal, RefusedError, RecordError) as error:
        print(f"run outcomes: {error}", file=sys.stderr)
        return 2
    given.output.parent.mkdir(parents=True, exist_ok=True)
    out.write(given.output)
    for words in damaged.words("measured"):
        print(f"run outcomes: {words}", file=sys.stderr)
    print(f"run outcomes: {sum(map(len, out.samples.values()))} samples in {given.output}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
