"""Gives what is tried after a push, while the switch still goes back by itself: who answers, and who reaches whom.

Tried before the push too: what did not hold then proves nothing about it. A declared probe that fails before it calls
the push off; a neighbour or a gateway that was silent before is not asked again.
"""

from __future__ import annotations

import shlex
import socket
import subprocess
from collections.abc import Iterator
from ipaddress import ip_address

from pyinfra.api.host import Host

from estate.declared import Estate
from estate.declared.switches import Reach
from estate.runs.environment import Environment
from pyinfra_deploys.connectors.pushing import Probe
from pyinfra_deploys.connectors.way import Way

SECONDS = 3.0
SSH = 22
ANSWER_SECONDS = 15.0
QUICK = [
    part
    for option in ("BatchMode=yes", "ConnectTimeout=5", "ServerAliveInterval=3", "ServerAliveCountMax=2")
    for part in ("-o", option)
]


def answers(what: str, address: str, port: int, seconds: float = SECONDS) -> Probe:
    """Gives the probe that asks for a connection; being refused is an answer too: somebody is there."""

    def probe() -> str | None:
        try:
            socket.create_connection((address, port), timeout=seconds).close()
        except ConnectionRefusedError:
            return None
        except OSError as error:
            return f"{what} ({address}:{port}) does not answer: {error}"
        return None

    return probe


def itself(way: Way) -> Probe:
    """Gives the probe that opens a connection to the switch anew; here a refusal is none."""

    def probe() -> str | None:
        try:
            socket.create_connection((way.address, way.port), timeout=way.connect_seconds).close()
        except OSError as error:
            return f"{way.name} ({way.address}:{way.port}) does not answer: {error}"
        return None

    return probe


def around(host: Host, estate: Estate) -> Iterator[Probe]:
    """Gives the probes that ask the neighbours of a switch, and the gateway of its management network."""
    switch = estate.switches.switch(host.name)
    assert switch is not None, host.name  # a planned switch is declared
    for link in switch.links:
        far, port = link.far
        neighbour = host.state.inventory.get_host(far, None) if port else None
        if neighbour is not None:
            there = int(neighbour.data.get("switch_port", SSH))
            yield answers(far, str(neighbour.data.switch_address), there)
    own = next(
        (vlan.id for vlan in estate.networks.vlans if vlan.name == estate.switches.management_vlan), None
    )
    for net in estate.networks.subnets:
        if (net.site, net.vlan) == (switch.site, own) and not ip_address(
            host.data.switch_address
        ).is_loopback:
            yield answers("the gateway", str(net.gateway), SSH)


def declared(environment: Environment, estate: Estate) -> Iterator[Probe]:
    """Gives the declared probes: a connection from one machine to another that must, or must not, come about."""
    for one in estate.switches.probes:
        yield _reach(environment, estate, one)


def _reach(environment: Environment, estate: Estate, one: Reach) -> Probe:
    address = str(estate.networks.hosts[one.target].address)

    def probe() -> str | None:
        reached = _connected(environment, one.source, address, one.port)
        if reached is None:
            return f"{one.source} could not be asked whether it reaches {one.target}:{one.port}"
        if reached == one.reaches:
            return None
        verb = "does not reach" if one.reaches else "reaches"
        return f"{one.source} {verb} {one.target} ({address}:{one.port})"

    return probe


def _connected(environment: Environment, source: str, address: str, port: int) -> bool | None:
    """Says whether a connection comes about; None when the machine to ask does not answer itself."""
    if source == "controller":
        return answers("", address, port)() is None
    inner = f"timeout {SECONDS:.0f} bash -c {shlex.quote(f'exec 3<>/dev/tcp/{address}/{port}')} 2>&1; echo ended $?"
    call = ["ssh", "-F", str(environment.ssh_config), *QUICK, source, inner]
    try:
        done = subprocess.run(call, capture_output=True, text=True, timeout=ANSWER_SECONDS, check=False)
    except (OSError, subprocess.TimeoutExpired):  # the way to it may be what was just cut
        return None
    if "ended " not in done.stdout:
        return None
    return done.stdout.rstrip().endswith("ended 0") or "refused" in done.stdout.lower()
