"""Is the blank switch of a drill: its console answers on 127.0.0.1, its ports lead to a data plane of its own.

    python -m estate.lab.switches.spare CHECKOUT NAME LIKE --port PORT --user USER

`estate lab spare up` starts it. It is of the model of the declared switch LIKE, knows one login and nothing else, and
keeps nothing. SIGHUP: say anew what each port carries; SIGTERM: end.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import signal
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

from estate.declared.estate import load
from estate.lab.namespaces import namespace_of
from estate.lab.places import Places, locate
from estate.lab.plane import SPARE
from estate.lab.secrets import opened
from estate.lab.switches.installed import carried, hardware
from estate.lab.switches.machine import Machine
from estate.lab.switches.mirror import Mirror
from estate.lab.switches.server import listen

NOBODY = (1, "own")
"""Where its own address would be plugged in: nowhere, for it is reached at its console alone."""


def link_of(ports: tuple[str, ...], port: str) -> str:
    """Names the link behind a port."""
    return f"s{ports.index(port) + 1}"


def blank(places: Places, name: str, like: str, user: str, secrets: Mapping[str, Any]) -> Machine:
    """Returns a switch as it leaves the bench; raises SystemExit when the lab has no such model."""
    estate = load(places.inventory)
    switch = estate.switches.switch(like)
    if switch is None:
        raise SystemExit(f"no switch {like!r} is declared")
    platform, model = hardware(estate, switch)
    password, enable = secrets["vault_switches_first_password"], secrets["vault_switches_first_enable"]
    return Machine(name, platform, model, user=user, password=password, enable=enable)


async def serve(machine: Machine, port: int) -> None:
    """Serves the switch until it is told to end."""
    ports = machine.names.ports
    inside = ["ip", "netns", "exec", namespace_of(machine.name)]
    mirror = Mirror(machine, {each: link_of(ports, each) for each in ports}, NOBODY, inside, SPARE)
    show = partial(carried, machine, mirror)
    machine.observe(show)
    await listen(machine, port=port)
    loop, end = asyncio.get_running_loop(), asyncio.Event()
    loop.add_signal_handler(signal.SIGHUP, machine.observe, show)
    loop.add_signal_handler(signal.SIGTERM, end.set)
    SPARE.ready.touch()
    await end.wait()


def main() -> int:
    """Serves until it is ended; returns the exit code."""
    parser = argparse.ArgumentParser(prog=f"python -m {SPARE.mind}", description=__doc__)
    parser.add_argument("checkout", type=Path)
    parser.add_argument("name")
    parser.add_argument("like")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--user", required=True)
    asked = parser.parse_args()
    os.umask(0o077)
    places = locate(asked.checkout)
    machine = blank(places, asked.name, asked.like, asked.user, opened(places))
    asyncio.run(serve(machine, asked.port))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
