"""Boots lab hosts as systemd containers, finds out how they fare, and removes them."""

from __future__ import annotations

import json
import os
import resource
import socket
import time
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from estate.lab.commands import Runner
from estate.lab.errors import LabError
from estate.lab.namespaces import namespace_of
from estate.lab.places import Places
from estate.lab.topology import Attachment

OWNER = "estate.checkout"
EXITS = Path("/run/libpod/exits")
CGROUPS = Path("/sys/fs/cgroup")
SSHD_PATIENCE_SECONDS = 90.0


@dataclass(frozen=True)
class Container:
    """Is what Podman says of one lab host, corrected by what the kernel says of its first process."""

    host: str
    identity: str
    owner: str
    state: str
    since: str
    pid: int

    @property
    def alive(self) -> bool:
        """Whether the host really runs; Podman goes on saying `running` when everything was killed from outside."""
        return self.state in ("running", "paused") and self.identity in _cgroups(self.pid)


def _cgroups(pid: int) -> str:
    """Returns the control groups of a process as text, empty when there is none (or no longer: numbers are reused)."""
    try:
        return Path("/proc", str(pid), "cgroup").read_text() if pid > 0 else ""
    except OSError:
        return ""


def list_containers(runner: Runner) -> list[Container]:
    """Returns the lab hosts of every checkout of the machine."""
    listed = runner.read(["podman", "ps", "--all", "--filter", f"label={OWNER}", "--format", "json"])
    return [_container(one) for one in json.loads(listed or "[]")]


def _container(listed: dict[str, Any]) -> Container:
    since = datetime.fromtimestamp(listed.get("StartedAt") or 0, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return Container(
        host=str(listed["Names"][0]).removeprefix("estate-"),
        identity=listed["Id"],
        owner=listed["Labels"][OWNER],
        state=listed["State"],
        since=since,
        pid=int(listed.get("Pid") or 0),
    )


def run_line(cable: Attachment, domain: str, places: Places, image: str) -> list[str]:
    """Returns the command that boots a host: every capability except setting the clock of the machine.

    Not --privileged, which would hand over the disks of the machine. The limits stay below the hard limits of the
    machine, which Podman would otherwise try to raise.
    """
    files = min(65536, _hard_limit(resource.RLIMIT_NOFILE, 65536))
    processes = min(20000, _hard_limit(resource.RLIMIT_NPROC, 20000))
    limits = [
        f"--ulimit=nofile={files}:{files}",
        f"--ulimit=nproc={processes}:{processes}",
        "--pids-limit=-1",
    ]
    network = [f"--network=ns:/run/netns/{namespace_of(cable.host)}", "--dns=none", "--no-hosts"]
    powers = ["--cap-add=ALL", "--cap-drop=SYS_TIME", "--security-opt=seccomp=unconfined"]
    packages = places.packages(cable.release)
    mounts = [f"--volume={places.host(cable.host)}:/lab:ro", f"--volume={packages}:/srv/packages:ro"]
    name = [f"--name=estate-{cable.host}", f"--label={OWNER}={places.checkout}", "--replace"]
    machine = [f"--hostname={cable.host}.{domain}", "--systemd=always", "--cgroupns=private"]
    opened = ["--security-opt=unmask=ALL", "--security-opt=apparmor=unconfined"]
    start = ["podman", "--runtime=runc", "run", "--detach"]
    return [*start, *name, *machine, *network, *limits, *powers, *opened, *mounts, image, "/lab/init"]


def _hard_limit(which: int, otherwise: int) -> int:
    hard = resource.getrlimit(which)[1]
    return otherwise if hard == resource.RLIM_INFINITY else hard


def ensure_host(runner: Runner, known: Container | None, command: list[str]) -> bool:
    """Makes a host run; an existing one is woken, never replaced while it can be kept. True when it had to act."""
    if known is None or known.state in ("created", "initialized", "configured", "removing", "unknown"):
        runner.run(command)
        return True
    name = f"estate-{known.host}"
    if known.alive:
        if known.state == "paused":
            runner.run(["podman", "unpause", name])
            return True
        return False
    report_death(runner, known)
    if not runner.attempt(["podman", "--runtime=runc", "start", name]):
        runner.run(command)
    return True


def remove_host(runner: Runner, known: Container) -> None:
    """Removes a host as a power cut would, and makes sure that nothing of it runs on or is left."""
    report_death(runner, known)
    command = ["podman", "rm", "--force", "--time=0", "--volumes", f"estate-{known.host}"]
    if not runner.attempt(command):
        time.sleep(1)
        runner.run(command)
    sweep(known.identity)


def sweep(identity: str) -> None:
    """Removes the empty control groups of a container that is gone.

    Podman leaves them when the monitor died and the first process was not buried yet when Podman was asked.
    """
    for depth in ("*", "*/*") if identity else ():
        pattern = f"{depth}/*{identity}*"
        for group in CGROUPS.glob(pattern):
            for folder, _, _ in os.walk(group, topdown=False):
                with suppress(OSError):  # something still works in it, or it went by itself
                    Path(folder).rmdir()


def report_death(runner: Runner, known: Container) -> None:
    """Tells Podman of a death that took its monitor along, by the file that the monitor would have written.

    Without it Podman believes the host to run for ever, cannot start it again, and leaves its cgroups behind.
    """
    if known.state in ("running", "paused", "stopping") and not known.alive and EXITS.is_dir():
        runner.run(["sh", "-c", 'printf 137 > "$1"', "sh", str(EXITS / known.identity)])


def sshd_answers(address: str, port: int = 22, timeout: float = 2.0) -> bool:
    """Says whether an SSH server presents itself; a completed TCP handshake alone is no answer."""
    try:
        with socket.create_connection((address, port), timeout=timeout) as link:
            link.settimeout(timeout)
            return link.recv(16).startswith(b"SSH-")
    except OSError:
        return False


def await_sshd(cable: Attachment) -> None:
    """Returns when the SSH server of a host answers, or raises LabError after 90 s."""
    end = time.monotonic() + SSHD_PATIENCE_SECONDS
    while time.monotonic() < end:
        if sshd_answers(cable.address):
            return
        time.sleep(0.25)
    raise LabError(
        f"waited {SSHD_PATIENCE_SECONDS:.0f} s for the SSH server of {cable.host}",
        f"no answer from {cable.address}:22",
        f"Look with `podman exec estate-{cable.host} journalctl -b`, "
        f"then `./scripts/estate lab down {cable.host}` and up",
    )
