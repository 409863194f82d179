"""What services run is compared with what their files say, and what to do is worked out and done.

Runs on the managed hosts (Python >= 3.11, standard library only), packed into a module by Ansible.
"""

from __future__ import annotations

import json
import shlex
import subprocess
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ansible.module_utils.digests import digest, recorded
from ansible.module_utils.landing import RefusedError, make_directories, pending_paths, write_aside

Run = Callable[[list[str]], "subprocess.CompletedProcess[str]"]
TAKING_UP = ("start", "restart", "reload", "run")
PROPERTIES = "--property=LoadState,ActiveState,UnitFileState,NeedDaemonReload"
DECIDED = {"enabled": True, "disabled": False, "masked": False, "enabled-runtime": False}


@dataclass(frozen=True)
class Service:
    """One declared service, or a command that takes files up (`run`)."""

    name: str
    state: str
    enabled: bool | None
    watch: tuple[str, ...]
    on_change: str
    check: str
    run: str
    creates: str
    probe: str


@dataclass
class Found:
    """What the host says of one service."""

    loaded: bool = False
    active: bool = False
    enabled: bool | None = None  # None: systemd cannot enable it (static) or does not know it
    stale: bool = False
    astray: bool = False
    recorded: dict[str, str] = field(default_factory=dict)
    digests: dict[str, str] = field(default_factory=dict)


def declared(parameters: dict[str, Any]) -> list[Service]:
    """Gives the services of one call, defaults filled in."""
    entries = parameters["services"] if parameters.get("services") is not None else [parameters]
    services = []
    for entry in entries:
        if not entry.get("name") or "/" in entry["name"]:
            raise RefusedError(
                f"service_state: an entry has the name {entry.get('name')!r}. Give the name of a unit."
            )
        state = entry.get("state") or "started"
        enabled = entry.get("enabled")
        if enabled is None and state != "unmanaged" and not entry.get("run"):
            enabled = state == "started"
        texts = {key: entry.get(key) or "" for key in ("check", "run", "creates", "probe")}
        watch = tuple(entry.get("watch") or ())
        services.append(
            Service(entry["name"], state, enabled, watch, entry.get("on_change") or "restart", **texts)
        )
    return services


def call(argv: list[str]) -> subprocess.CompletedProcess[str]:
    """Runs a command and gives its answer; a missing program answers with exit 127."""
    try:
        return subprocess.run(argv, capture_output=True, text=True, errors="replace", check=False)
    except FileNotFoundError:
        return subprocess.CompletedProcess(argv, 127, "", f"{argv[0]}: not on this host")


def observe(services: list[Service], run: Run, applied: str) -> dict[Service, Found]:
    """Gives what the host says of each service, with one question to systemd for all."""
    found = {service: Found() for service in services}
    units = [service for service in services if not service.run]
    if units:
        for service, says in zip(units, ask_systemd([unit.name for unit in units], run), strict=True):
            state = found[service]
            state.loaded = says.get("LoadState") != "not-found"
            state.active = says.get("ActiveState") in ("active", "reloading")
            state.enabled = DECIDED.get(says.get("UnitFileState", ""))
            state.stale = says.get("NeedDaemonReload") == "yes"
            state.astray = bool(service.probe and state.active and run(shlex.split(service.probe)).returncode)
    for service, state in found.items():
        state.digests = {path: digest(path) for path in service.watch}
        state.recorded = recorded(service.name, applied)
    return found


def ask_systemd(units: list[str], run: Run) -> list[dict[str, str]]:
    """Gives the properties of each unit in the order asked; an answer that is not complete is an error."""
    answer = run(["systemctl", "show", PROPERTIES, *units])
    blocks = [block for block in answer.stdout.split("\n\n") if block.strip()]
    if answer.returncode or len(blocks) != len(units):
        raise RefusedError(
            f"systemd does not answer on this host: {(answer.stderr or answer.stdout).strip()}"
        )
    return [dict(line.split("=", 1) for line in block.splitlines() if "=" in line) for block in blocks]


def steps(service: Service, found: Found, predicted: dict[str, Any]) -> list[str]:
    """Gives what has to be done, in order: enable, disable, start, stop, restart, reload, run."""
    known = service.name in predicted.get("services", {})  # an earlier task of this check run saw to it
    if known:
        active, enabled = service.state != "stopped", service.enabled
    else:
        active, enabled = found.active, found.enabled
    lags = bool(lagging(service, found, predicted)) or (found.astray and not known)
    if service.run:
        missing = bool(service.creates) and not known and not Path(service.creates).exists()
        return ["run"] if lags or missing else []
    todo = []
    if None not in (service.enabled, enabled) and service.enabled != enabled:
        todo.append("enable" if service.enabled else "disable")
    if service.state == "stopped":
        return [*todo, "stop"] if active else todo
    if service.state == "started" and not active:
        return [*todo, "start"]
    return [*todo, service.on_change] if lags else todo


def lagging(service: Service, found: Found, predicted: dict[str, Any]) -> list[str]:
    """Lists the watched paths that the service has not taken up, or would not have in this check run."""
    known = service.name in predicted.get("services", {})
    differ = {path for path, now in found.digests.items() if found.recorded.get(path) != now and not known}
    differ |= {path for path in service.watch if _touches(path, pending_paths(predicted, service.name))}
    return [path for path in service.watch if path in differ]


def _touches(watched: str, paths: list[str]) -> bool:
    return any(path == watched or path.startswith(watched.rstrip("/") + "/") for path in paths)


def take_up(service: Service, todo: list[str], run: Run) -> str:
    """Carries the steps out; gives what went wrong, or nothing. A failed check leaves the service alone."""
    if service.check and any(step in TAKING_UP for step in todo):
        answer = run(shlex.split(service.check))
        if answer.returncode:
            said = (answer.stdout + answer.stderr).strip()
            return (
                f"{service.name}: the check `{service.check}` failed (exit {answer.returncode}), so the service "
                f"was left as it was. It said:\n{said}\nCorrect the files it names and run again."
            )
    for step in todo:
        argv = shlex.split(service.run) if step == "run" else ["systemctl", _verb(step), service.name]
        answer = run(argv)
        if answer.returncode:
            said = (answer.stdout + answer.stderr).strip() + journal(service, run)
            return f"{service.name}: `{shlex.join(argv)}` failed (exit {answer.returncode}). It said:\n{said}"
    return ""


def _verb(step: str) -> str:
    return "reload-or-restart" if step == "reload" else step


def journal(service: Service, run: Run) -> str:
    """Gives the last lines the service wrote, or nothing for a command."""
    if service.run:
        return ""
    lines = run(
        ["journalctl", "--no-pager", "--quiet", "--lines=12", "--output=cat", f"--unit={service.name}"]
    )
    return f"\nIts last lines:\n{lines.stdout.strip()}" if lines.stdout.strip() else ""


def record(service: Service, found: Found, applied: str) -> None:
    """Writes down, aside and renamed, that the service took up the files it watches."""
    if service.watch:
        make_directories(applied, 0o755)
        digests = {**recorded(service.name, applied), **found.digests}
        text = json.dumps(digests, indent=1, sort_keys=True) + "\n"
        write_aside(f"{applied}/{service.name}", text.encode(), 0o644, 0, 0)
