"""Names the network namespaces of the lab and the links in them, and sees which are really there."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from pathlib import Path

CORE = "estate-core"
LINK = "estate0"
NAMED = Path("/run/netns")
MOUNTS = Path("/proc/self/mountinfo")


def namespace_of(host: str) -> str:
    """Names the network namespace in which a host lives."""
    return f"estate-{host}"


def port_of(host: str) -> str:
    """Names the core-side end of the cable of a host."""
    return f"p-{host}"


def namespaces(mountinfo: str) -> list[str]:
    """Returns the lab's namespaces that are really mounted, from the text of /proc/self/mountinfo."""
    points = [line.split()[4] for line in mountinfo.splitlines() if " - nsfs " in line]
    names = {
        point.rsplit("/", 1)[1] for point in points if point.startswith(("/run/netns/", "/var/run/netns/"))
    }
    return sorted(name for name in names if name.startswith("estate-"))


def make(name: str, run: Callable[[Sequence[str]], object]) -> bool:
    """Makes a namespace unless it is there, and says whether it had to."""
    if name in namespaces(MOUNTS.read_text()):
        return False
    # What a killed `ip netns add` leaves is a file that nothing is mounted on.
    (NAMED / name).unlink(missing_ok=True)
    run(["ip", "netns", "add", name])
    run(["ip", "-n", name, "link", "set", "lo", "up"])
    return True


def remove(name: str, attempt: Callable[[Sequence[str]], object]) -> None:
    """Takes a namespace away, and what is left of one."""
    if name in namespaces(MOUNTS.read_text()):
        attempt(["ip", "netns", "del", name])
    (NAMED / name).unlink(missing_ok=True)


def is_mounted(point: Path, mountinfo: str) -> bool:
    """Says whether something is mounted there; a folder mounted on itself looks like none to `os.path.ismount`."""
    return any(line.split()[4] == str(point) for line in mountinfo.splitlines())


def link_owner() -> str | None:
    """Returns the checkout named on the controller's cable, None while no lab is up."""
    try:
        return Path("/sys/class/net", LINK, "ifalias").read_text().strip()
    except OSError:
        return None


def has_ipv6() -> bool:
    """Says whether the kernel of the machine speaks IPv6."""
    return Path("/proc/sys/net/ipv6").is_dir()


def is_namespace_of(named: Path, process: int) -> bool:
    """Says whether a process lives in the namespace that bears this name now."""
    try:
        return os.path.samestat(named.stat(), Path("/proc", str(process), "ns", "net").stat())
    except OSError:
        return False
