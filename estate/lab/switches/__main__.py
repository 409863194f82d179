"""Serves switches on 127.0.0.1 for trying by hand: `python -m estate.lab.switches --count 50 --port 2600`."""

from __future__ import annotations

import argparse
import threading
import time
from collections.abc import Sequence

from estate.lab.switches.grammar import FILES
from estate.lab.switches.machine import Machine
from estate.lab.switches.server import Fleet


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m estate.lab.switches", description=__doc__)
    add = parser.add_argument
    add("--count", type=int, default=1, help="how many switches (default: 1)")
    add("--port", type=int, default=2600, help="port of the first one; the others follow")
    add("--address", default="127.0.0.1", help="where to listen")
    add("--platform", choices=sorted(FILES), default="cisco_ios")
    add("--user", default="netops", help="its password is the same word")
    add("--minute", type=float, default=60.0, metavar="SECONDS", help="how long a minute of timers lasts")
    return parser


def main(arguments: Sequence[str] | None = None) -> int:
    """Serves until interrupted; returns the exit code."""
    parser = _parser()
    asked = parser.parse_args(arguments)
    if not (asked.count > 0 < asked.port and asked.port + asked.count <= 65536):
        parser.error(
            f"asked: {asked.count} switches from port {asked.port}; do: ports from 1 to 65535, one for each"
        )
    begun = time.monotonic()
    user, settings = asked.user, {"minute_seconds": asked.minute}
    numbers = range(1, asked.count + 1)
    machines = [Machine(f"sw{n:03}", asked.platform, user=user, password=user, **settings) for n in numbers]
    enable = "enable" if "enable secret" in machines[0].running[""] else user
    try:
        with Fleet(machines, asked.address, asked.port):
            where = f"{asked.address}:{asked.port}-{asked.port + asked.count - 1}"
            print(f"{asked.count} switches on {where} in {time.monotonic() - begun:.2f} s")
            hint = f"password {user}, enable {enable}"
            print(f"ssh -p {asked.port} {user}@{asked.address}   ({hint})", flush=True)
            threading.Event().wait()
    except KeyboardInterrupt:
        return 130
    except OSError as error:
        parser.exit(2, f"asked: ports from {asked.port}; found: {error}; do: choose another --port\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
