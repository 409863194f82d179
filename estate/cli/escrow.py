"""Seals envelopes with keys for the day of loss, and regularly checks that each still opens its repository."""

from __future__ import annotations

import json
import os
import secrets
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer
from ruamel.yaml import YAML

from estate import escrow
from estate.declared import load
from estate.records import RecordError, write_text
from estate.runs.environment import Environment
from estate.runs.refused import RefusedError, told

app = typer.Typer(no_args_is_help=True, help="Envelopes with keys for the day everything else is lost.")
Chosen = Annotated[str | None, typer.Option("--environment", help="Which inventory (default: lab).")]
AsJson = Annotated[bool, typer.Option("--json", help="Print for programs.")]
Jobs = Annotated[list[str] | None, typer.Option("--job", help="Only this job; may be repeated.")]
ADD_KEY = "PYTHONPATH=/usr/local/lib/estate python3 -B -m exporters.backup_keys escrow"
SECONDS = 300


@app.command("seal")
def seal(
    job: Jobs = None,
    renew: Annotated[
        bool, typer.Option(help="Seal anew; an envelope of another repository is set aside.")
    ] = False,
    as_json: AsJson = False,
    environment: Chosen = None,
) -> None:
    """Adds a key of its own to each job's repository and seals it in var/<environment>/escrow/<job>.json.

    Exit: 0 sealed or sealed before, 2 refused, 3 a host or the repository did not answer.
    """
    with told():
        where = Environment.chosen(environment)
        where.refuse_when_down()
        made = []
        for name, host in _declared(where, job).items():
            path = escrow.envelope_path(where.var, name)
            before = path.exists() and not renew
            if not before:
                escrow.write_envelope(path, _sealed(where, name, host))
            made.append({"job": name, "envelope": str(path), "sealed": "before" if before else "now"})
            if not as_json:
                typer.echo(f"{name}: {'sealed before' if before else 'sealed'}, {path}")
    if as_json:
        typer.echo(json.dumps(made, indent=1, ensure_ascii=False))


@app.command("check")
def check(
    job: Jobs = None,
    host: Annotated[
        str | None, typer.Option(help="Where to try it; default: the repository's own host.")
    ] = None,
    as_json: AsJson = False,
    environment: Chosen = None,
) -> None:
    """Opens each repository with nothing but its envelope and compares the repository's identity.

    Exit: 0 every envelope opens its repository, 1 one does not, 2 refused, 3 no verdict was reached.
    """
    with told():
        where = Environment.chosen(environment)
        where.refuse_when_down()
        chosen = host or str(load(where.inventory).backups.repository.host)
        answers = [_checked(where, name, chosen) for name in _declared(where, job)]
    for answer in answers:
        if not as_json:
            typer.echo(f"{answer['job']}: {answer['result']}, {escrow.summary(answer)}")
    if as_json:
        typer.echo(json.dumps(answers, indent=1, ensure_ascii=False))
    results = {answer["result"] for answer in answers}
    raise typer.Exit(1 if "failed" in results else 3 if "error" in results else 0)


def _declared(where: Environment, wanted: list[str] | None) -> dict[str, str]:
    jobs = {job.id: job.host for job in load(where.inventory).backups.jobs}
    if unknown := sorted(set(wanted or ()) - set(jobs)):
        raise RefusedError(f"no job {', '.join(unknown)}; declared are {', '.join(jobs) or 'none'}")
    return {name: str(host) for name, host in jobs.items() if not wanted or name in wanted}


def _sealed(where: Environment, job: str, host: str) -> escrow.Envelope:
    password = _credentials(where).get(host)
    if not password:
        raise RefusedError(f"vault_backup_client_credentials has no password for {host}; add one")
    key = secrets.token_urlsafe(32)
    done = _ssh(where, host, f"{ADD_KEY} {job}", key)
    if done.returncode:
        words = done.stderr.strip() or f"ended with {done.returncode}"
        raise RefusedError(f"asked {host} to add a key for job {job}: {words}. Is backup_client applied?")
    return escrow.Envelope(
        job=job, password=password, key=key, created=datetime.now(UTC), **json.loads(done.stdout)
    )


def _checked(where: Environment, job: str, host: str) -> dict[str, Any]:
    path = escrow.envelope_path(where.var, job)
    answer: dict[str, Any] = {"job": job, "host": host, "checked": datetime.now(UTC).isoformat()}
    try:
        envelope = escrow.load_envelope(path)
    except RecordError as error:
        answer |= {"result": "failed", "reason": "no_envelope", "words": str(error)}
    else:
        answer |= _asked(where, host, path.read_text(encoding="utf-8"), envelope)
    write_text(path.with_suffix(".check.json"), json.dumps(answer, indent=1) + "\n")
    return answer


def _asked(where: Environment, host: str, text: str, envelope: escrow.Envelope) -> dict[str, Any]:
    done = _ssh(where, host, escrow.restore_command(["check"]), text)
    try:
        found: dict[str, Any] = json.loads(done.stdout)
    except ValueError:
        words = done.stderr.strip()[-500:] or f"ended with {done.returncode}"
        return {"result": "error", "reason": "no_answer", "words": f"{host}: {words}"}
    kept = ("result", "reason", "words", "snapshots", "newest")
    return {"repository_id": envelope.repository_id, **{key: found[key] for key in kept if key in found}}


def _ssh(where: Environment, host: str, command: str, text: str) -> subprocess.CompletedProcess[str]:
    call = ["ssh", "-F", str(where.ssh_config), "-o", "BatchMode=yes", host, command]
    try:
        return subprocess.run(call, input=text, capture_output=True, text=True, timeout=SECONDS)
    except subprocess.TimeoutExpired:
        return subprocess.CompletedProcess(call, 124, "", f"{host} gave no answer within {SECONDS} s")


def _credentials(where: Environment) -> dict[str, str]:
    vault = where.inventory / "group_vars" / "all" / "vault.yml"
    program = Path(sys.executable).with_name("ansible-vault")
    done = subprocess.run(
        [program, "view", vault],
        cwd=where.root,
        env={**os.environ, "ESTATE_ENVIRONMENT": where.name, "PAGER": "cat"},
        capture_output=True,
        text=True,
    )
    if done.returncode:
        raise RefusedError(f"asked to open {vault}: {done.stderr.strip()}. Needed: scripts/vault-password")
    values: dict[str, Any] = YAML(typ="safe").load(done.stdout) or {}
    return dict(values.get("vault_backup_client_credentials") or {})
