"""Runs an Asterisk of its own in a throw-away container: what stands of the lab's exchange, nobody to disturb.

Only read is the container of the lab's exchange. The new one is a small Debian of the lab's image with the packages of
the lab's repository and no network but its loopback, on which Asterisk, telephones and operators all speak. It goes
with whoever uses it, and by itself an hour after its start; what a killed run left, the next one removes.
"""

from __future__ import annotations

import os
import shlex
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

HOME = "/root/bench"
LABEL = "estate.alone"
LIFE_SECONDS = 3600
STANDS = ("/etc/asterisk", "/etc/ssl/estate", "/usr/local/share/asterisk", "/usr/local/lib/estate")
"""What the role lays down that Asterisk reads or the deploy uses."""
APT = "apt-get -qq -o Dir::Etc::sourcelist=/root/lab.list -o Dir::Etc::sourceparts=/dev/null -o APT::Sandbox::User=root"
SETTLE = """
set -e
install -d -o asterisk -g asterisk /run/asterisk
mkdir -p /run/lock /srv/provisioning
sed -i 's,^permit = .*,permit = 127.0.0.0/8,' /etc/asterisk/acl.conf /etc/asterisk/pjsip.conf
sed -i '/^type = acl/a permit = {operator}/32' /etc/asterisk/pjsip.conf
sed -i 's/^bind = 0.0.0.0:/bind = 127.0.0.1:/' /etc/asterisk/pjsip*.conf
chown -R root:asterisk /etc/asterisk /etc/ssl/estate
install -d -o root -g asterisk -m 750 /etc/asterisk/estate /etc/asterisk/local
python3 -B /usr/local/lib/estate/call_records.py make
ip address add {operator}/32 dev lo
ip link set lo up
"""


class LoadError(Exception):
    """Something of the machinery did not work; says what."""


@dataclass(frozen=True)
class Alone:
    """Is the container."""

    name: str

    def run(
        self, script: str, text: str = "", seconds: float = 300, *, check: bool = True
    ) -> subprocess.CompletedProcess[str]:
        """Runs a shell script in HOME; raises LoadError when it fails."""
        call = ["podman", "exec", "--interactive", f"--workdir={HOME}", self.name, "sh", "-c", script]
        done = subprocess.run(call, input=text, capture_output=True, text=True, timeout=seconds, check=False)
        if check and done.returncode:
            raise LoadError(
                f"{script.strip()[:200]} ended with {done.returncode}: {(done.stderr or done.stdout)[-1500:]}"
            )
        return done

    def behind(self, script: str) -> None:
        """Starts a shell script that goes on behind."""
        subprocess.run(
            [
                "podman",
                "exec",
                "--detach",
                f"--workdir={HOME}",
                self.name,
                "sh",
                "-c",
                f"exec {script} >/dev/null 2>&1 </dev/null",
            ],
            check=True,
            capture_output=True,
        )

    def write(self, name: str, text: str) -> None:
        """Lays a file into HOME, or at a whole path."""
        self.run(f"cat > {shlex.quote(name)}", text)

    def asked(self, command: str) -> str:
        """Gives what Asterisk answers."""
        return self.run(f"asterisk -rx {shlex.quote(command)}").stdout

    def started(self, files: Mapping[str, str], local: Mapping[str, str]) -> None:
        """Starts Asterisk with these files of /etc/asterisk/{estate,local}, and waits until it is up."""
        for folder, texts in (("estate", files), ("local", local)):
            for name, text in texts.items():
                path = f"/etc/asterisk/{folder}/{name}"
                self.run(f"install -o root -g asterisk -m 640 /dev/null {path} && cat > {path}", text)
        self.behind("asterisk -f -p -U asterisk -G asterisk")
        self.run(
            "for _ in $(seq 300); do asterisk -rx 'core waitfullybooted' 2>/dev/null | grep -q 'fully booted' &&"
            " exit 0; sleep 0.2; done; tail -n 5 /var/log/asterisk/messages.log >&2; exit 1"
        )


def swept() -> None:
    """Removes what runs left that are no more."""
    asked = [
        "podman",
        "ps",
        "--all",
        "--filter",
        f"label={LABEL}",
        "--format",
        f'{{{{.Names}}}} {{{{index .Labels "{LABEL}"}}}}',
    ]
    listed = subprocess.run(asked, check=True, capture_output=True, text=True).stdout
    for name, pid in (line.split() for line in listed.splitlines()):
        if not Path("/proc", pid).exists():
            removed(name)


def removed(name: str) -> None:
    """Removes a container with all that runs in it."""
    subprocess.run(
        ["podman", "rm", "--force", "--time=0", "--volumes", name], check=False, capture_output=True
    )


@contextmanager
def alone(source: str, image: str, packages: Path, wanted: tuple[str, ...], operator: str) -> Iterator[Alone]:
    """Gives a machine with the packages and with what stands of the exchange in the container `source`.

    `operator` is the address at which operators answer.
    """
    swept()
    name = f"estate-alone-{os.getpid()}"
    start = [
        "podman",
        "--runtime=runc",
        "run",
        "--detach",
        "--rm",
        f"--name={name}",
        f"--label={LABEL}={os.getpid()}",
    ]
    limits = [
        "--network=none",
        "--ulimit=nofile=10000:10000",
        "--ulimit=nproc=10000:10000",
        "--pids-limit=-1",
        "--memory=4g",
    ]
    powers = [
        "--cap-add=NET_ADMIN,SYS_ADMIN,SYS_NICE",
        "--security-opt=seccomp=unconfined",
        f"--volume={packages}:/srv/packages:ro",
    ]
    done = subprocess.run(
        [*start, *limits, *powers, image, "sleep", str(LIFE_SECONDS)],
        check=False,
        capture_output=True,
        text=True,
    )
    if done.returncode:
        raise LoadError(f"the container does not start: {done.stderr}")
    try:
        machine = Alone(name)
        subprocess.run(["podman", "exec", name, "mkdir", "-p", HOME], check=True, capture_output=True)
        machine.write("/root/lab.list", "deb [trusted=yes] file:/srv/packages ./\n")
        machine.run(f"{APT} update && {APT} -y --no-install-recommends install {' '.join(wanted)}")
        for folder in STANDS:
            copied(source, name, folder)
        machine.run(SETTLE.format(operator=operator))
        yield machine
    finally:
        removed(name)


def copied(source: str, target: str, folder: str) -> None:
    """Copies a folder from one container into another, in place of what stands there."""
    subprocess.run(["podman", "exec", target, "rm", "-rf", folder], check=True)
    with subprocess.Popen(
        ["podman", "cp", f"{source}:{folder}", "-"], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as read:
        parent = str(Path(folder).parent)
        subprocess.run(["podman", "exec", target, "mkdir", "-p", parent], check=True)
        written = subprocess.run(
            ["podman", "cp", "-", f"{target}:{parent}"],
            stdin=read.stdout,
            capture_output=True,
            text=True,
            check=False,
        )
        said = read.stderr.read().decode() if read.stderr else ""
    if written.returncode or read.returncode:
        raise LoadError(
            f"{source}:{folder} could not be read: {said}{written.stderr}; is the exchange of the lab applied?"
        )
