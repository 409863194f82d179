"""Offers `estate measure`: turns the records of runs and drills into measurements that Prometheus keeps."""

from __future__ import annotations

import shutil
import time
from pathlib import Path
from typing import Annotated, Any

import typer

from estate.records import RunDirectory, to_json
from estate.runs import commands
from estate.runs.environment import Environment
from estate.runs.refused import Exit, RefusedError, told
from estate.runs.session import Deploy, Session, session

COUNT = Deploy("observe_people", ("directory_servers",))
LOOK = Deploy("mailboxes", ("mail_servers",))
DELIVERY = Deploy("measurements", ("monitoring_servers",))
PEOPLE, STRAYS = "people.json", "strays-{}.json"
COUNTS_SECONDS = 26 * 3600
"""How long what was counted on hosts is handed on beside what was recorded since."""


def command(
    environment: Annotated[str | None, typer.Option(help="Which environment (default: lab).")] = None,
    reason: Annotated[str, typer.Option(help="Why; kept in the head of the run.")] = "",
    recorded: Annotated[
        bool, typer.Option("--recorded", help="Ask neither the directory nor mail servers; leaves no run.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print what was delivered as JSON.")] = False,
) -> None:
    """Counts recorded runs, drills and duties and brings the figures to the monitoring hosts.

    Exit: 0 delivered, 2 refused (what is declared cannot be read), 3 a host failed, 4 a host did not
    answer. The figures made stay in the folder of the run either way. With --recorded they stand in
    var/<environment>/recorded until the next time, with what was counted on hosts in the last 26 hours.
    """
    with told():
        chosen = Environment.chosen(environment)
        chosen.refuse_when_down()
        if recorded:
            opened = _aside(chosen)
            done = _handed_over(opened, *_kept(opened))
        else:
            with session(chosen, "measure", reason) as opened:
                done = _handed_over(opened, _counted(opened), _looked(opened))
    typer.echo(to_json(done, indent=1) if as_json else _line(done["file"], done["hosts"], done["fallen"]))
    if not done["delivered"] or done["fallen"]:
        raise typer.Exit(Exit.UNREACHABLE if "unreachable" in done["fallen"].values() else Exit.FAILED)


def _handed_over(opened: Session, people: Path | None, strays: list[Path]) -> dict[str, Any]:
    """Makes the figures and brings them to the monitoring hosts; gives the file, the hosts and those that fell."""
    made = _made(opened, people, strays)
    hosts = opened.hosts(DELIVERY, "")
    if not hosts:
        raise RefusedError("no host in the group monitoring_servers: nobody to bring the figures to")
    delivered = opened.pyinfra(DELIVERY, hosts, {"measurements": made})
    fallen = opened.fallen()
    opened.result = "ok" if delivered and not fallen else "failed"
    return {"file": made, "hosts": hosts, "delivered": delivered, "fallen": fallen}


def _made(opened: Session, people: Path | None, strays: list[Path]) -> str:
    """Makes the textfile with the program that any person can run, and names it."""
    environment = opened.environment
    path = opened.run.path / "run_outcomes.prom"
    argv = [commands.tool("python", environment.root), "-m", "exporters.run_outcomes"]
    argv += ["--environment", environment.name, "--output", str(path)]
    argv += ["--people", str(people)] if people else []
    argv += [part for each in strays for part in ("--strays", str(each))]
    if commands.run(argv, root=environment.root, log=opened.log, variables={}):
        raise RefusedError(f"the measurements could not be made; the reason stands above and in {opened.log}")
    return str(path)


def _aside(environment: Environment) -> Session:
    """Opens what is no run, as one each half hour would bury the others: its folder holds the newest alone."""
    folder = environment.var / "recorded"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    return Session(environment, RunDirectory(folder))


def _kept(opened: Session) -> tuple[Path | None, list[Path]]:
    """Gives what hosts told the newest runs that asked them, while it is young enough to tell of now."""
    strays = [STRAYS.format(host) for host in opened.hosts(LOOK, "")]
    return next(iter(_newest(opened, [PEOPLE])), None), _newest(opened, strays)


def _newest(opened: Session, names: list[str]) -> list[Path]:
    """Gives the files of the newest run that left all of these names; nothing when one of them is too old."""
    for folder in sorted((opened.environment.var / "runs").glob("*-measure-*"), reverse=True):
        paths = [folder / name for name in names]
        if paths and all(path.exists() for path in paths):
            oldest = min(path.stat().st_mtime for path in paths)
            return paths if time.time() - oldest < COUNTS_SECONDS else []
    return []


def _counted(opened: Session) -> Path | None:
    """Has the directory counted; gives the figures, or None where there is none or it did not answer."""
    hosts = opened.hosts(COUNT, "")
    path = opened.run.path / PEOPLE
    if not hosts or not opened.pyinfra(COUNT, hosts[:1], {"observed_file": str(path)}):
        return None
    return path if path.exists() else None


def _looked(opened: Session) -> list[Path]:
    """Has the mail servers looked at without a change; gives what was found, nothing unless each of them told."""
    paths = {host: opened.run.path / STRAYS.format(host) for host in opened.hosts(LOOK, "")}
    for host, path in paths.items():
        if not opened.pyinfra(LOOK, [host], {"strays_file": str(path)}, "--dry"):
            opened.blame(LOOK, [host])
    return list(paths.values()) if all(path.exists() for path in paths.values()) else []


def _line(made: str, hosts: list[str], fallen: dict[str, str]) -> str:
    arrived = [host for host in hosts if host not in fallen]
    lost = "".join(f"; {host}: {state}" for host, state in fallen.items())
    return f"measured {made} -> {', '.join(arrived) or 'nobody'}{lost}"
