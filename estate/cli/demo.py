"""Runs the whole chain on this machine, stage by stage, and says at the end what was proven and where it lies."""

from __future__ import annotations

import json
import os
import shlex
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from estate.drill import evidence
from estate.runs.commands import tool
from estate.runs.environment import ROOT, Environment

VAR = ROOT / "var" / "lab"
PLAN = VAR / "demo-plan.json"
JOB = "eposta"
FRESH_SECONDS = 3600
QUERY = "promtool query instant http://localhost:9090 bim_dr_rto_achieved_seconds"
say = Console(highlight=False)


@dataclass(frozen=True)
class Stage:
    """Is one stage: what it shows, its commands, and how to tell that it is in place already (else empty)."""

    name: str
    shows: str
    commands: tuple[tuple[str, ...], ...]
    in_place: Callable[[], str] = lambda: ""


def _backed_up() -> str:
    """Tells since when a good backup is there, when it is recent and holds the letters; asks the mail host.

    One that ended within a minute after the last letter may have begun before it.
    """
    metric = f'bim_backup_last_success_timestamp_seconds{{backup_job="{JOB}"}}'
    shown = _output(*_on("mail_servers"), "cat /var/lib/prometheus/node-exporter/backup*.prom")
    times = [float(line.rpartition(" ")[2]) for line in shown.splitlines() if line.startswith(metric)]
    newest, letters = max(times, default=0), Environment.chosen("lab").known_messages
    age, whole = time.time() - newest, letters.exists() and newest > letters.stat().st_mtime + 60
    return f"backed up {age / 60:.0f} minutes ago" if whole and age < FRESH_SECONDS else ""


def _drilled() -> str:
    """Tells which drill of the demo's scenario was passed, when its evidence still holds."""
    for path in sorted(VAR.glob("evidence/*/record.json"), reverse=True):
        record = json.loads(path.read_text(encoding="utf-8"))
        passed = record["scenario"] == "mail" and record["result"] == "passed"
        if passed and all(finding.holds for finding in evidence.verify(path.parent)):
            return f"passed in {record['id']}; --drill holds another"
    return ""


def _nothing_planned() -> str:
    changes = json.loads(PLAN.read_text(encoding="utf-8"))["changes"]
    return "" if changes else "the plan is empty"


def _on(group: str) -> tuple[str, ...]:
    """Returns the words that run a command on the first host of a group."""
    return ("estate", "lab", "ssh", Environment.chosen("lab").groups()[group][0], "--")


def _deploy(name: str, *more: str) -> tuple[str, ...]:
    return ("pyinfra", "-y", "pyinfra_deploys/inventory.py", f"pyinfra_deploys/{name}.py", *more)


def _stages(drill: bool) -> tuple[Stage, ...]:
    period = f"{datetime.now():%Y-%m}"
    return (
        Stage("lab", "boots real hosts on the declared networks", (("estate", "lab", "up"),)),
        Stage("validate", "reads what is declared, all of it", (("estate", "validate"),)),
        Stage(
            "plan", "one diff over Ansible and pyinfra", (("estate", "plan", "--fast", "--out", str(PLAN)),)
        ),
        Stage(
            "apply",
            "does what was planned and nothing else",
            (("estate", "apply", str(PLAN), "--reason", "demo"),),
            _nothing_planned,
        ),
        Stage("mail", "some hundred messages, as a municipality has them", (_deploy("correspondence"),)),
        Stage("verify", "sends, reads and is refused, like a person", (("estate", "verify"),)),
        Stage(
            "backup",
            "writes a canary and backs up",
            (
                (*_on("monitoring_servers"), "systemctl start estate-mail-probe.service"),
                (*_on("mail_servers"), f"systemctl start estate-backup@{JOB}.service"),
            ),
            _backed_up,
        ),
        Stage("escrow", "opens the backup with the envelope alone", (("estate", "escrow", "check"),)),
        Stage(
            "drill",
            "loses the mail server, rebuilds it, restores it, uses it",
            (("estate", "drill", "run", "mail", "--reason", "demo"),),
            (lambda: "") if drill else _drilled,
        ),
        Stage("evidence", "checks signatures, attachments, chain", (("estate", "evidence", "verify"),)),
        Stage("measure", "hands results to Prometheus", (("estate", "measure"),)),
        Stage(
            "report",
            "the monthly report, in Turkish",
            (("estate", "report", "--period", period, "--format", "html,pdf,csv"),),
        ),
    )


def _output(*command: str) -> str:
    done = subprocess.run(_program(command), cwd=ROOT, capture_output=True, text=True)
    return done.stdout if done.returncode == 0 else ""


def _program(command: tuple[str, ...]) -> list[str]:
    name, *words = command
    return [sys.executable, "-m", name, *words] if name == "estate" else [tool(name, ROOT), *words]


def _run(stage: Stage) -> tuple[str, str]:
    """Runs the commands of a stage until one fails and returns (verdict, remark)."""
    remark = stage.in_place()
    if remark:
        return "in place", remark
    for command in stage.commands:
        say.print(f"$ {shlex.join(command)}", style="bold")
        code = subprocess.run(_program(command), cwd=ROOT, stdin=subprocess.DEVNULL).returncode
        if code != 0:
            return "failed", f"`{shlex.join(command)}` ended with {code}"
    return "passed", ""


def _down(purge: bool) -> None:
    """Removes all that the demo made: the lab, its state and secrets; with `purge` also the shared cache."""
    command = ["estate", "lab", "down", *(["--purge"] if purge else [])]
    code = subprocess.run(_program(tuple(command)), cwd=ROOT).returncode
    if code != 0:
        raise typer.Exit(1)
    shutil.rmtree(VAR, ignore_errors=True)
    with suppress(OSError):  # another environment's records stay
        VAR.parent.rmdir()
    (ROOT / "inventories/lab/group_vars/all/vault.yml").unlink(missing_ok=True)
    left = "" if purge else ", image and package cache (--purge removes them)"
    say.print("Removed: hosts, networks, keys, secrets, records of the lab.")
    say.print(f"Left: .venv, the Debian packages of scripts/bootstrap{left}.")


def _summary(rows: list[tuple[str, str, float, str]], started: float) -> None:
    table = Table("stage", "verdict", "seconds", "remark")
    for name, verdict, seconds, remark in rows:
        table.add_row(name, verdict, f"{seconds:.0f}", remark)
    table.add_row("all", "", f"{time.time() - started:.0f}", "with installing")
    say.print(table)


def _where() -> None:
    reports = sorted(VAR.glob("reports/*/*.pdf"))
    records = sorted(VAR.glob("evidence/*/record.json"))
    say.print(
        f"""
The report     {_shown(reports)}  (also .html and .csv beside it)
The evidence   {_shown(records)}   ./scripts/estate evidence verify
The metrics    ./scripts/{shlex.join((*_on("monitoring_servers"), QUERY))}
The runs       ./scripts/estate runs list

Try next:
  edit inventories/lab/group_vars/all/mail.yml, then
  ./scripts/estate plan --out plan.json; ./scripts/estate apply plan.json
  ./scripts/estate validate --strict  which links of the chain are missing
  ./scripts/demo --drill              hold the drill again
  ./scripts/demo --down               remove all of this
""",
        soft_wrap=True,
    )


def _shown(paths: list[Path]) -> str:
    return str(paths[-1].relative_to(ROOT)) if paths else "none yet"


def command(
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    drill: Annotated[bool, typer.Option("--drill", help="Hold the drill even if one was passed.")] = False,
    down: Annotated[bool, typer.Option("--down", help="Remove all that the demo made.")] = False,
    purge: Annotated[bool, typer.Option("--purge", help="With --down: image and package cache too.")] = False,
) -> None:
    """Runs the whole chain in the lab: declared, built, verified, backed up, lost, rebuilt, measured, reported.

    Exit: 0 every stage passed or in place, 1 a stage failed (the table says which; repeat after mending).
    """
    del yes  # answered by scripts/demo before anything is installed
    if purge and not down:
        typer.echo("--purge belongs to --down; nothing was done", err=True)
        raise typer.Exit(2)
    if down:
        _down(purge)
        return
    started = float(os.environ.get("ESTATE_DEMO_STARTED") or datetime.now(UTC).timestamp())
    stages = _stages(drill)
    rows: list[tuple[str, str, float, str]] = []
    for number, stage in enumerate(stages, start=1):
        left = ", ".join(each.name for each in stages[number:]) or "nothing"
        say.rule(f"{number}/{len(stages)} {stage.name}: {stage.shows} (then: {left})")
        begun = time.time()
        verdict, remark = _run(stage)
        rows.append((stage.name, verdict, time.time() - begun, remark))
        if verdict == "failed":
            break
    _summary(rows, started)
    _where()
    if rows[-1][1] == "failed":
        raise typer.Exit(1)
