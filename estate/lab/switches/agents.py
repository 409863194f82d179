"""Runs the SNMP agent of one switch: an `snmpd` in its namespace, there while the running configuration has a user."""

from __future__ import annotations

import asyncio
import os
import shutil
import time
from contextlib import suppress

from estate.lab.plane import AGENT_LOG, AGENTS
from estate.lab.switches.machine import Machine
from estate.lab.switches.mirror import Mirror
from estate.lab.switches.snmp import Table, sheet, user_of

AGAIN_SECONDS, STEADY_SECONDS, LONGEST_SECONDS = 1.0, 10.0, 60.0
FRESH_SECONDS = 1.0
"""So long one look at the ports serves: a walk asks for each value by itself."""
MODULES = "system_mib,pass_persist,vacm_conf,vacm_vars,usmConf,usmUser,snmpEngine"
"""What an agent knows: nothing of this machine."""
_LOG = ("-A", "-LF", "3", AGENT_LOG)


class Agent:
    """Is the agent of one switch: `follow` it after each change of the switch, `run` it while the switch is served.

    An agent that ends by itself is started again, one that does not stay up less and less often.
    """

    def __init__(self, machine: Machine, mirror: Mirror, address: str, inside: list[str]) -> None:
        self._machine, self._mirror, self._address = machine, mirror, address
        self._inside = inside
        self._changed = asyncio.Event()
        self._folder = AGENTS / machine.name
        self._socket = AGENTS / f"{machine.name}.sock"
        self._table, self._until = Table((), set(), {}), 0.0
        self._looking = asyncio.Lock()

    def follow(self) -> None:
        """Takes up what the switch runs now."""
        self._changed.set()

    async def run(self) -> None:
        """Keeps the agent as the switch wants it; ends it when cancelled."""
        AGENTS.mkdir(parents=True, exist_ok=True)
        self._socket.unlink(missing_ok=True)
        server = await asyncio.start_unix_server(self._answer, self._socket)
        try:
            await self._keep()
        finally:
            server.close()  # and not waited for: who still asks here dies with this process

    async def _keep(self) -> None:
        pause = AGAIN_SECONDS / 2
        while True:
            self._changed.clear()
            wanted = self._wanted()
            if not wanted:
                await self._changed.wait()
                continue
            begun = time.monotonic()
            if await self._lived(wanted):
                continue
            steady = time.monotonic() - begun > STEADY_SECONDS
            pause = AGAIN_SECONDS if steady else min(pause * 2, LONGEST_SECONDS)
            print(f"{self._machine.name}: its SNMP agent ended, again in {pause:.0f} s", flush=True)
            await asyncio.sleep(pause)

    def _wanted(self) -> str:
        user = user_of(self._machine)
        ask = f"/bin/nc.openbsd -N -U {self._socket}"
        return sheet(self._machine, user, self._address, ask) if user else ""

    async def _lived(self, wanted: str) -> bool:
        """Lets an agent live by this sheet; True when the switch wants another one, False when it died before."""
        process = await self._start(wanted)
        ended = asyncio.ensure_future(process.wait())
        try:
            while not ended.done():
                changed = asyncio.ensure_future(self._changed.wait())
                await asyncio.wait({ended, changed}, return_when=asyncio.FIRST_COMPLETED)
                changed.cancel()
                self._changed.clear()
                if self._wanted() != wanted:
                    return True
            return False
        finally:
            with suppress(ProcessLookupError):
                process.kill()
            await ended

    async def _start(self, wanted: str) -> asyncio.subprocess.Process:
        """Starts an agent that remembers nothing, and that dies with this process however that ends."""
        shutil.rmtree(self._folder, ignore_errors=True)
        self._folder.mkdir()
        (self._folder / "sheet").write_text(wanted)
        kept = {**os.environ, "MIBS": "", "SNMP_PERSISTENT_DIR": str(self._folder / "kept")}
        agent = ["snmpd", "-f", *_LOG, "-C", "-c", str(self._folder / "sheet"), "-I", MODULES]
        command = [*self._inside, "setpriv", "--pdeathsig", "KILL", "--", *agent]
        return await asyncio.create_subprocess_exec(*command, env=kept, stdin=asyncio.subprocess.DEVNULL)

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answers the agent's lines: PING, or `get` and `getnext`, each with an object in the next line."""
        with suppress(ConnectionError):
            while line := (await reader.readline()).decode().strip():
                said = "PONG"
                if line != "PING":
                    said = (await self._fresh()).said(line, (await reader.readline()).decode())
                writer.write(f"{said}\n".encode())
                await writer.drain()
        writer.close()

    async def _fresh(self) -> Table:
        async with self._looking:
            if time.monotonic() > self._until:
                ports = list(self._machine.state.ports.values())
                up, counted = await asyncio.to_thread(self._look)
                self._table, self._until = Table(ports, up, counted), time.monotonic() + FRESH_SECONDS
            return self._table

    def _look(self) -> tuple[set[str], dict[str, dict[str, int]]]:
        return self._mirror.carriers() - self._machine.wires.stopped, self._mirror.counted()
