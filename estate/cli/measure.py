"""Offers `estate measure`: turns the records of runs and drills into measurements that Prometheus keeps."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from estate.records import to_json
from estate.runs import commands
from estate.runs.environment import Environment
from estate.runs.refused import Exit, RefusedError, told
from estate.runs.session import Deploy, Session, session

COUNT = Deploy("observe_people", ("directory_servers",))
LOOK = Deploy("mailboxes", ("mail_servers",))
DELIVERY = Deploy("measurements", ("monitoring_servers",))


def command(
    environment: Annotated[str | None, typer.Option(help="Which environment (default: lab).")] = None,
    reason: Annotated[str, typer.Option(help="Why; kept in the head of the run.")] = "",
    as_json: Annotated[bool, typer.Option("--json", help="Print what was delivered as JSON.")] = False,
) -> None:
    """Counts recorded runs, drills and duties and brings the figures to the monitoring hosts.

    Exit: 0 delivered, 2 refused (a record or what is declared cannot be read), 3 a host failed, 4 a host did not
    answer. The figures made stay in the folder of the run either way.
    """
    with told():
        chosen = Environment.chosen(environment)
        chosen.refuse_when_down()
        with session(chosen, "measure", reason) as opened:
            made = _made(opened)
            hosts = opened.hosts(DELIVERY, "")
            if not hosts:
                raise RefusedError("no host in the group monitoring_servers: nobody to bring the figures to")
            delivered = opened.pyinfra(DELIVERY, hosts, {"measurements": made})
            fallen = opened.fallen()
            opened.result = "ok" if delivered and not fallen else "failed"
    told_of = {"file": made, "hosts": hosts, "delivered": delivered, "fallen": fallen}
    typer.echo(to_json(told_of, indent=1) if as_json else _line(made, hosts, fallen))
    if not delivered or fallen:
        raise typer.Exit(Exit.UNREACHABLE if "unreachable" in fallen.values() else Exit.FAILED)


def _made(opened: Session) -> str:
    """Makes the textfile with the program that any person can run, and names it."""
    environment = opened.environment
    path = opened.run.path / "run_outcomes.prom"
    argv = [commands.tool("python", environment.root), "-m", "exporters.run_outcomes"]
    argv += ["--environment", environment.name, "--output", str(path)]
    people = _counted(opened)
    argv += ["--people", str(people)] if people else []
    argv += [part for path in _looked(opened) for part in ("--strays", str(path))]
    if commands.run(argv, root=environment.root, log=opened.log, variables={}):
        raise RefusedError(f"the measurements could not be made; the reason stands above and in {opened.log}")
    return str(path)


def _counted(opened: Session) -> Path | None:
    """Has the directory counted; gives the figures, or None where there is none or it did not answer."""
    hosts = opened.hosts(COUNT, "")
    path = opened.run.path / "people.json"
    if not hosts or not opened.pyinfra(COUNT, hosts[:1], {"observed_file": str(path)}):
        return None
    return path if path.exists() else None


def _looked(opened: Session) -> list[Path]:
    """Has the mail servers looked at without a change; gives what was found, nothing unless each of them told."""
    paths = {host: opened.run.path / f"strays-{host}.json" for host in opened.hosts(LOOK, "")}
    for host, path in paths.items():
        if not opened.pyinfra(LOOK, [host], {"strays_file": str(path)}, "--dry"):
            opened.blame(LOOK, [host])
    return list(paths.values()) if all(path.exists() for path in paths.values()) else []


def _line(made: str, hosts: list[str], fallen: dict[str, str]) -> str:
    arrived = [host for host in hosts if host not in fallen]
    lost = "".join(f"; {host}: {state}" for host, state in fallen.items())
    return f"measured {made} -> {', '.join(arrived) or 'nobody'}{lost}"
