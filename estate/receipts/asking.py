"""Sends every host the one program that compares it with its receipt, before anything that takes time is read here."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from estate.packing import packed
from estate.receipts import ssh
from estate.runs.environment import DRILL_TARGETS, ROOT, Environment
from estate.runs.refused import RefusedError

PYTHON = "exec python3 -IS -"
UTILITIES = ROOT / "plugins" / "module_utils"
MODULES = {
    "ansible.module_utils.digests": UTILITIES / "digests.py",
    "ansible.module_utils.names": UTILITIES / "names.py",
    "estate.receipts.systemd_bus": Path(__file__).with_name("systemd_bus.py"),
}
"""What the look imports on a host; the first two are used there by the modules of Ansible as well."""


def program() -> str:
    """Gives the one program that a host is sent, with the modules it imports there."""
    return packed(Path(__file__).with_name("on_host.py"), MODULES)


@dataclass(frozen=True)
class Asked:
    """Holds one question to hosts of an environment: the monotonic time since when, and what `coming` by host."""

    environment: Environment
    begun: float
    coming: dict[str, Future[ssh.Answer]]


@contextmanager
def started(environment: Environment, hosts: Iterable[str]) -> Iterator[Asked]:
    """Asks all hosts at once, one round trip each; what they answer comes while others work on."""
    begun, source = time.monotonic(), program()
    with ssh.started(hosts, lambda host: ssh.ask(environment.ssh_config, host, PYTHON, source)) as coming:
        yield Asked(environment, begun, coming)


def asked(environment: Environment, limit: str | None) -> list[str]:
    """Gives the hosts of a limit, in the order of the inventory; refuses a stranger and an empty limit."""
    groups = environment.groups()
    if limit is None:
        return groups["all"]
    names = {name.strip() for name in limit.split(",") if name.strip()}
    if not names:
        raise RefusedError("--limit is empty, which names no host; leave it out to look at all hosts")
    chosen = {host for name in names for host in groups.get(name, [name])}
    if strange := sorted(name for name in names if name not in groups["all"] and not groups.get(name)):
        told = "; ".join(f"{name} {_stranger(environment, name, name in groups)}" for name in strange)
        raise RefusedError(f"--limit {limit!r}: {told}")
    return [host for host in groups["all"] if host in chosen]


def _stranger(environment: Environment, name: str, is_group: bool) -> str:
    """Says why no host with a receipt is meant by a name."""
    if name in environment.drill_targets() or name == DRILL_TARGETS:
        return (
            "stands only while a drill runs, and no apply leaves a receipt there: ./scripts/estate drill list"
        )
    if name == "switches" or name in environment.switches():
        return "keeps no receipt, as no switch does; how they stand: ./scripts/estate switch state"
    return "is a group without a host" if is_group else "is neither a host nor a group"
