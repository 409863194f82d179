"""Injects one fault into a drill, rehearses it on the target that stands, undoes the fault and tells what was seen."""

from __future__ import annotations

import json
import os
import shlex
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from estate.declared import load
from estate.drill import evidence, holding, session
from estate.drill.conductor import Reach
from estate.drill.faults import Fault, outcome, wanted
from estate.drill.identity import ASK, Target, WrongTargetError, confirm
from estate.records import Run
from estate.records.mutations import Mutation, keep, kept
from estate.runs.environment import Environment
from estate.runs.lock import held, lock_limit
from estate.runs.refused import Exit, RefusedError
from estate.runs.session import session as open_run
from estate.runs.session import who

TIMEOUT_SECONDS = 300
COPY = "fault"
"""What the copy of a repository is called beside it."""
BROKEN = "/etc/estate/fault"
"""Stands on a target, with the name of the fault, from before it is broken until it is mended."""


class NotInjectedError(RefusedError):
    """Says why a fault was not injected."""


class NotUndoneError(RefusedError):
    """Says what of a fault stays (exit 3); nothing more is to be injected there."""

    def __init__(self, fault: str, why: object, do: str) -> None:
        """Keeps which fault stays, why, and what to do."""
        super().__init__(f"fault {fault} was not undone: {why}. Do: {do}", Exit.FAILED)


def injected(environment: Environment, fault: Fault) -> Mutation:
    """Rehearses a drill with a fault, keeps and gives whether it was seen; the fault is undone whatever happens.

    Raises:
        NotInjectedError: there is no target on which it could be rehearsed, or the injection itself failed.
        NotUndoneError: something of it stays; what was seen is kept all the same.
        RefusedError: the drill cannot be held, or another one is (exit 5).
    """
    began = time.monotonic()
    with open_run(environment, "drill", f"fault {fault.id}") as opened:
        head, limit = opened.run.head(), lock_limit(environment)
        with held(environment.var / holding.LOCK, who=who(), run=head.id, limit=limit):
            with bent(holding.prepared(environment, fault.drill), fault) as faulty:
                _, path = session.run(faulty, opened.run, fault.begin)
                row = _kept(environment, fault, head, path, time.monotonic() - began)
            opened.result = "ok" if row.outcome in ("caught", "error_as_expected") else "failed"
    return row


def _kept(environment: Environment, fault: Fault, head: Run, path: Path, seconds: float) -> Mutation:
    """Keeps and gives what the drill whose record lies at `path` said of its fault."""
    record = json.loads(path.read_text(encoding="utf-8"))
    found = f"{record['result']}: {' | '.join(record['problems']) or 'nothing'}"[:500]
    seen, now = outcome(fault, record), datetime.now(UTC)
    row = Mutation(
        fault.id, fault.drill, wanted(fault), seen, found, now, head.commit, head.id, round(seconds, 1)
    )
    keep(environment.var, [one for one in kept(environment.var) if one.id != fault.id] + [row])
    return row


@contextmanager
def bent(drill: session.Session, fault: Fault) -> Iterator[session.Session]:
    """Gives the drill with the fault in it, and undoes what was changed."""
    values = _values(drill)
    with ExitStack() as undo:
        folder = Path(undo.enter_context(tempfile.TemporaryDirectory(prefix="estate-fault-")))
        if drill.of_a_switch:
            _captured(drill)
        else:
            target = _standing(drill)
        if fault.envelope or fault.port or fault.place or fault.damages:
            drill = undo.enter_context(_other_envelope(drill, fault, folder, values))
        if fault.lost_after_hours or fault.lost_after_rpo:
            later = timedelta(hours=fault.lost_after_hours)
            later += fault.lost_after_rpo * timedelta(seconds=drill.declared["rpo_seconds"])
            drill = replace(drill, lost_at=datetime.now(UTC) + later)
        if fault.lost_host:
            others = drill.environment.groups().get(fault.lost_host, [])
            if not others:
                raise NotInjectedError(f"no host is in the group {fault.lost_host}")
            drill = replace(drill, declared={**drill.declared, "lost_host": others[0]})
        if fault.captures:
            drill = replace(drill, captures=_other_captures(drill, fault, folder))
        if fault.breaks and not drill.of_a_switch:
            marked = f"echo {fault.id} >{BROKEN}; " if fault.mends else ""
            if fault.mends:
                undo.callback(_mended, drill, fault, target, _filled(fault.mends, values))
            _sure(drill.environment, target, marked + _filled(fault.breaks, values))
        yield drill


def _mended(drill: session.Session, fault: Fault, target: str, mends: str) -> None:
    """Mends a target, and then takes its mark away; raises NotUndoneError with the mark still there."""
    try:
        _sure(drill.environment, target, f"{mends}; rm -f {BROKEN}")
    except NotInjectedError as why:
        raise NotUndoneError(fault.id, why, f"./scripts/estate drill run {fault.drill}") from None


def _values(drill: session.Session) -> dict[str, str]:
    """Gives what is filled into the scripts of faults."""
    estate = load(drill.environment.inventory)
    keeper = estate.networks.hosts[estate.backups.repository.host]
    return {
        "target": str(drill.declared["target"]),
        "lost": str(drill.declared["lost_host"]),
        "telephone": str(drill.declared["telephone"] or ""),
        "account": next(iter(drill.declared["accounts"]), ""),
        "login": estate.mail.probe.account,
        "repository": str(keeper.address),
    }


def _standing(drill: session.Session) -> str:
    """Names the target that its drill left standing, passed, confirmed and without a fault that was not undone.

    Raises NotInjectedError otherwise.
    """
    environment, name = drill.environment, str(drill.declared["target"])
    built = evidence.newest_on(environment.var / "evidence", name)
    if built is None or (built["scenario"], built["result"]) != (drill.declared["id"], "passed"):
        did = (
            f"the newest drill on it was {built['scenario']}, {built['result']}" if built else "none was held"
        )
        raise NotInjectedError(
            f"{name} does not stand for {drill.declared['id']}: {did}. Do: ./scripts/estate drill run "
            f"{drill.declared['id']}"
        )
    living = tuple(environment.groups().get("managed", ()))
    reach, again = Reach(environment.ssh_config), f"Do: ./scripts/estate drill run {drill.declared['id']}"
    try:
        confirm(Target(name, built["id"], living), reach.ask(name, ASK) or "")
    except WrongTargetError as wrong:
        raise NotInjectedError(f"{wrong}. {again}") from None
    left = reach.ask(name, f"[ ! -e {BROKEN} ] || cat {BROKEN}")
    if left is None or left.strip():
        stays = (
            f"still bears the fault {left.strip()}" if left else "does not say whether a fault stays in it"
        )
        raise NotInjectedError(f"{name} {stays}. {again}")
    return name


@contextmanager
def _other_envelope(
    drill: session.Session, fault: Fault, folder: Path, values: Mapping[str, str]
) -> Iterator[session.Session]:
    """Gives the drill with another envelope: bent, or that of a damaged copy of the repository."""
    assert drill.envelope is not None
    sealed = json.loads(drill.envelope.read_text(encoding="utf-8"))
    url = str(sealed["repository_url"]).rstrip("/")
    beside = f"{url.rpartition('/')[0]}/{COPY}/"
    with ExitStack() as undo:
        if fault.damages:
            undo.enter_context(
                _copy(drill.environment, urlsplit(url), sealed, fault.id, _filled(fault.damages, values))
            )
            url = beside
        if fault.place:
            url = f"{url.rpartition('/')[0]}/{fault.place}/"
        if fault.port:
            url = url.replace(f":{urlsplit(url).port}/", f":{fault.port}/")
        path = folder / "envelope.json"
        path.touch(0o600)
        path.write_text(json.dumps({**sealed, "repository_url": url, **fault.envelope}), encoding="utf-8")
        yield replace(drill, envelope=path)


@contextmanager
def _copy(
    environment: Environment, url: Any, sealed: Mapping[str, Any], fault: str, script: str
) -> Iterator[None]:
    """Lays a copy of a repository beside it and damages the copy; it goes in the end, or NotUndoneError is raised.

    Nothing is copied when the server would have less than twice its size left.
    """
    keeper = load(environment.inventory).backups.repository
    source, server = f"{keeper.path}{url.path}", keeper.host
    place = f"{source.rpartition('/')[0]}/{COPY}"
    room = f"[ $(df --output=avail -k {source} | tail -1) -gt $(($(du -sk {source} | cut -f1) * 2)) ]"
    copied = f"{room}; rm -rf {place}; cp -a {source} {place}; rm -rf {place}/locks/*"
    try:
        _sure(environment, server, copied)
        secret = "read -r RESTIC_PASSWORD; export RESTIC_PASSWORD"
        values = f"JOB={shlex.quote(str(sealed['job']))}; export JOB"
        _sure(environment, server, f"{secret}; {values}; cd {place}; {script}", f"{sealed['key']}\n")
        yield
    finally:
        try:
            _sure(environment, server, f"rm -rf {place}")
        except NotInjectedError as why:
            raise NotUndoneError(fault, why, f"rm -rf {place} on {server}") from None


def _captured(drill: session.Session) -> Path:
    """Names the folder of captures; raises NotInjectedError when it has none of the lost switch: then all are red."""
    kept, lost = drill.environment.var / "switches" / "captures", str(drill.declared["lost_host"])
    if not (kept / f"{lost}.json").exists():
        raise NotInjectedError(f"{lost}: no capture is kept. Do: ./scripts/estate switch backup {lost}")
    return kept


def _other_captures(drill: session.Session, fault: Fault, folder: Path) -> Path:
    """Gives a damaged copy of all captures; those that were kept stay as they are."""
    place = folder / "captures"
    shutil.copytree(_captured(drill), place)
    script = f"set -eu; SWITCH={shlex.quote(str(drill.declared['lost_host']))}; {fault.captures}"
    root = drill.environment.root
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}"
    opens = {
        "ANSIBLE_CONFIG": str(root / "ansible.cfg"),
        "ESTATE_ENVIRONMENT": drill.environment.name,
        "PATH": path,
    }
    done = subprocess.run(
        ["sh", "-c", script], cwd=place, env={**os.environ, **opens}, capture_output=True, text=True
    )
    if done.returncode:
        raise NotInjectedError(f"the copy of the captures could not be damaged: {done.stderr.strip()}")
    return place


def _filled(script: str, values: Mapping[str, str]) -> str:
    """Fills in words in double angle brackets, which no shell script holds by chance."""
    for name, value in values.items():
        script = script.replace(f"<<{name}>>", value)
    return script


def _sure(environment: Environment, host: str, script: str, text: str = "") -> None:
    """Runs a shell script on a host as root; raises NotInjectedError with its complaint when it does not end well."""
    call = ["ssh", "-F", str(environment.ssh_config), "-o", "BatchMode=yes", host, f"set -eu; {script}"]
    try:
        done = subprocess.run(call, input=text, capture_output=True, text=True, timeout=TIMEOUT_SECONDS)
    except subprocess.TimeoutExpired:
        raise NotInjectedError(f"{host}: no end after {TIMEOUT_SECONDS} s") from None
    if done.returncode:
        raise NotInjectedError(
            f"{host}: the fault could not be injected or undone: {done.stderr.strip()[-300:]}"
        )
