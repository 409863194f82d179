"""Is all switches of the lab in one process, each behind its own address, their ports mirrored onto the data plane.

    python -m estate.lab.switches.installed CHECKOUT [--minute SECONDS]

`estate lab up` starts it. A switch comes up with the configuration it was saved with, the first time with the one that
is intended, as if it had been installed yesterday. SIGHUP: say anew what each port carries; SIGTERM: end.
"""

from __future__ import annotations

import argparse
import asyncio
import ctypes
import os
import signal
import socket
import subprocess
import threading
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any

import asyncssh

from estate.declared import Estate
from estate.declared.estate import load
from estate.declared.switches import Switch
from estate.lab.namespaces import CORE, NAMED, namespace_of
from estate.lab.places import Places, locate, settle
from estate.lab.plane import INSTALLED
from estate.lab.room import read_wiring
from estate.lab.secrets import opened
from estate.lab.switches.agents import Agent
from estate.lab.switches.grammar import vendor
from estate.lab.switches.machine import Machine
from estate.lab.switches.mirror import Mirror
from estate.lab.switches.ports import State
from estate.lab.switches.server import listen
from estate.lab.wiring import Wiring
from estate.runs import secret_marks
from estate.runs.clock import today
from estate.runs.environment import Environment
from estate.switches.intended import intended
from estate.switches.remembered import marks
from estate.switches.sheet import PLACE

NEW_NETWORK = 0x40000000  # CLONE_NEWNET of setns(2)
SSH = 22
AGAIN_SECONDS = 1.0


class Installed(Machine):
    """Is a switch that keeps what it saves over a restart of the program."""

    kept: Path | None = None
    agent: Agent | None = None

    def settle(self) -> None:
        """Takes effect outside, for who asks by SNMP as well."""
        super().settle()
        if self.agent is not None:
            self.agent.follow()

    def save(self) -> None:
        """Saves, and writes it down."""
        super().save()
        if self.kept is not None:
            settle(self.kept, "\n".join(self.text(self.running)) + "\n", 0o600)

    def erase(self) -> None:
        """Erases, and forgets what was written down."""
        super().erase()
        if self.kept is not None:
            self.kept.unlink(missing_ok=True)


def hardware(estate: Estate, switch: Switch) -> tuple[str, str]:
    """Returns the platform and the model whose front panel is the declared one."""
    model = estate.switches.model_of(switch)
    assert model is not None, switch.model  # a loaded estate has the model of every switch
    panel = tuple(estate.switches.ports(switch))
    kind = vendor(model.platform)
    for name in kind.data["models"]:
        if tuple(kind.names_of(name).ports) == panel:
            return model.platform, name
    raise SystemExit(
        f"{switch.name}: the lab knows no {model.platform} switch with the ports of {model.name}"
    )


def install(
    estate: Estate, switch: Switch, secrets: Mapping[str, Any], kept: Path, minute: float
) -> Installed:
    """Returns a switch as it was saved last, or as it was installed."""
    platform, model = hardware(estate, switch)
    machine = Installed(switch.name, platform, model, minute_seconds=minute, blank=True)
    wanted = intended(estate, switch, today(estate))
    lines = kept.read_text() if kept.exists() else wanted.text
    for whole in (lines, "\n".join(wanted.unseen)):  # by itself: the lines of some end with `end`
        machine.configure(PLACE.sub(lambda found: str(secrets[found[1]]), whole))
    machine.kept = kept
    machine.save()
    return machine


def remember(places: Places, estate: Estate, secrets: Mapping[str, Any]) -> None:
    """Notes which secrets the switches were installed with, as a push notes it; what is noted already stays."""
    environment = Environment("lab", places.checkout)
    if secret_marks.place(environment).exists():
        return
    noted: dict[str, dict[str, str]] = {}
    for switch in estate.switches.switches:
        noted[switch.name] = marks(intended(estate, switch, today(estate)), secrets, noted.values())
    secret_marks.write(environment, noted)


def socket_in(namespace: str) -> socket.socket:
    """Returns a listening socket of another network namespace; this process stays where it is."""
    made: list[socket.socket] = []

    def inside() -> None:
        with (NAMED / namespace).open("rb") as handle:
            if ctypes.CDLL(None, use_errno=True).setns(handle.fileno(), NEW_NETWORK) != 0:
                return
        made.append(socket.create_server(("", SSH), backlog=32))

    worker = threading.Thread(target=inside)  # setns holds for the thread that calls it
    worker.start()
    worker.join()
    if not made:
        raise SystemExit(f"{namespace}: no such network namespace. Repeat `./scripts/estate lab up`")
    return made[0]


def host_key(path: Path) -> asyncssh.SSHKey:
    """Returns the key of a switch, made the first time."""
    if not path.exists():
        key = asyncssh.generate_private_key("ssh-ed25519")
        settle(path, key.export_private_key().decode(), 0o600)
    return asyncssh.read_private_key(path)


def links_of(wiring: Wiring, switch: Switch, estate: Estate) -> dict[str, str]:
    """Returns for each port something is plugged into the name of its end in the lab."""
    ends = [*wiring.sockets.values(), *wiring.patches]
    found = {estate.switches.port(switch, end.port): end.end for end in ends if end.switch == switch.name}
    return {port: end for port, end in found.items() if port is not None}


def carried(machine: Machine, mirror: Mirror, state: State) -> None:
    """Lets the bridge carry what the switch says; what went wrong is told, and tried again until it goes well."""
    try:
        mirror.show(state)
    except (OSError, RuntimeError, subprocess.SubprocessError) as wrong:
        print(f"{machine.name}: {wrong}", flush=True)
        again = partial(machine.observe, partial(carried, machine, mirror))
        asyncio.get_running_loop().call_later(AGAIN_SECONDS, again)


async def serve(places: Places, minute: float) -> None:
    """Serves every declared switch until it is told to end."""
    estate, wiring, secrets = load(places.inventory), read_wiring(places), opened(places)
    folder, far = places.state / "switchgear", wiring.far_ends
    core = ["ip", "netns", "exec", CORE]
    shows: list[Callable[[], None]] = []
    agents: list[asyncio.Task[None]] = []
    known: list[str] = []
    for switch in estate.switches.switches:
        unit = wiring.units[switch.name]
        machine = install(estate, switch, secrets, folder / f"{switch.name}.cfg", minute)
        links = links_of(wiring, switch, estate)
        mirror = Mirror(machine, links, (unit.vlan, unit.port), core)
        machine.wires.neighbours = [
            (port, far[end].switch, far[end].port)
            for port, end in links.items()
            if end in far and far[end].port
        ]
        show = partial(carried, machine, mirror)
        machine.observe(show)
        shows.append(partial(machine.observe, show))
        within = ["ip", "netns", "exec", namespace_of(switch.name)]
        machine.agent = Agent(machine, mirror, str(unit.address.ip), within)
        agents.append(asyncio.create_task(machine.agent.run()))
        key = host_key(folder / f"{switch.name}.key")
        await listen(machine, sock=socket_in(namespace_of(switch.name)), key=key)
        known.append(f"{unit.address.ip} {key.export_public_key().decode().strip()}")
    remember(places, estate, secrets)
    settle(places.ssh / "known_switches", "\n".join(known) + "\n")
    loop, end = asyncio.get_running_loop(), asyncio.Event()
    loop.add_signal_handler(signal.SIGHUP, lambda: [show() for show in shows])
    loop.add_signal_handler(signal.SIGTERM, end.set)
    INSTALLED.ready.touch()
    await end.wait()
    for agent in agents:
        agent.cancel()
    await asyncio.gather(*agents, return_exceptions=True)


def main() -> int:
    """Serves until it is ended; returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m estate.lab.switches.installed", description=__doc__)
    parser.add_argument("checkout", type=Path)
    parser.add_argument(
        "--minute", type=float, default=60.0, metavar="SECONDS", help="how long a minute of timers lasts"
    )
    asked = parser.parse_args()
    os.umask(0o077)
    asyncio.run(serve(locate(asked.checkout), asked.minute))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
