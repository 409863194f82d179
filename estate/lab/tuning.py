"""Raises the one kernel limit that many systemd containers meet, and puts it back."""

from __future__ import annotations

from pathlib import Path

from estate.lab.commands import Runner
from estate.lab.places import MACHINE_STATE, settle

LIMIT = Path("/proc/sys/fs/inotify/max_user_instances")
NAME = "fs.inotify.max_user_instances"
WANTED = 1024
REMEMBERED = MACHINE_STATE / "max_user_instances"


def raise_limits(runner: Runner) -> None:
    """Raises the limit if it is lower than wanted, having remembered its value for this start of the machine."""
    present = int(LIMIT.read_text())
    if present < WANTED:
        settle(REMEMBERED, f"{present} {_boot()}\n")
        runner.run(["sysctl", "-qw", f"{NAME}={WANTED}"])


def restore_limits(runner: Runner) -> None:
    """Puts the remembered value back, unless somebody else changed the limit meanwhile or the machine restarted."""
    if REMEMBERED.exists():
        value, boot = REMEMBERED.read_text().split()
        if boot == _boot() and int(LIMIT.read_text()) == WANTED:
            runner.run(["sysctl", "-qw", f"{NAME}={value}"])
        REMEMBERED.unlink()


def _boot() -> str:
    return Path("/proc/sys/kernel/random/boot_id").read_text().strip()
