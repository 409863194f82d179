"""Serves switches over SSH: one process, one thread, any number of them on 127.0.0.1."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Callable, Coroutine, Iterable
from functools import cache
from types import TracebackType
from typing import Any, TypeVar

import asyncssh

from estate.lab.switches.machine import Machine
from estate.lab.switches.session import Session

T = TypeVar("T")


class Server(asyncssh.SSHServer):
    """Is one connection to a switch, from the banner to the password."""

    def __init__(self, machine: Machine, lines: set[Server]) -> None:
        self.machine, self._lines, self._user = machine, lines, ""

    def connection_made(self, conn: asyncssh.SSHServerConnection) -> None:
        """Takes a line, or closes the connection if there is none, or if nobody can hear."""
        machine = self.machine
        heard = machine.up and machine.path.is_set() and not machine.faults.vty_busy
        if not heard or len(self._lines) >= machine.vty:
            conn.abort()
            return
        self._lines.add(self)

    def connection_lost(self, exc: Exception | None) -> None:
        """Gives the line back."""
        self._lines.discard(self)

    def begin_auth(self, username: str) -> bool:
        """Everybody needs a password."""
        self._user = username
        return True

    def password_auth_supported(self) -> bool:
        """There is only this way."""
        return True

    async def validate_password(self, username: str, password: str) -> bool:
        """Asks the running configuration."""
        await asyncio.sleep(self.machine.faults.login_seconds)
        return self.machine.accepts(username, password)

    def session_requested(self) -> Session:
        """Opens a session."""
        return Session(self.machine, self._user)


@cache
def _host_key() -> asyncssh.SSHKey:
    return asyncssh.generate_private_key("ssh-ed25519")


async def listen(
    machine: Machine,
    address: str = "127.0.0.1",
    port: int = 0,
    sock: socket.socket | None = None,
    key: asyncssh.SSHKey | None = None,
) -> asyncssh.SSHAcceptor:
    """Serves one switch; port 0 takes a free one (`acceptor.get_port()`), `sock` is a bound one instead of both."""
    lines: set[Server] = set()
    where: dict[str, Any] = {"sock": sock} if sock else {"host": address, "port": port}
    return await asyncssh.listen(
        **where,
        server_factory=lambda: Server(machine, lines),
        server_host_keys=[key or _host_key()],
        line_editor=False,
        encoding=None,
        server_version="Cisco-1.25" if machine.vendor.data["platform"] == "cisco_ios" else "Mocana SSH 6.3",
        login_timeout=120,
        gss_host=None,
        allow_scp=False,
    )


class Fleet:
    """Serves switches in a thread of its own while its `with` block runs; `ports` says where each one listens."""

    def __init__(self, machines: Iterable[Machine], address: str = "127.0.0.1", first_port: int = 0) -> None:
        self.machines = {machine.name: machine for machine in machines}
        self.address, self.first_port = address, first_port
        self.ports: dict[str, int] = {}
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="switches", daemon=True)
        self._acceptors: list[asyncssh.SSHAcceptor] = []

    def __enter__(self) -> Fleet:
        """Starts to serve."""
        self._thread.start()
        try:
            self.wait(self._listen())
        except BaseException:
            self._stop()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Ends every session, and the thread."""
        self._stop()

    def _stop(self) -> None:
        self.wait(self._close())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(timeout=10)
        self._loop.close()

    def call(self, function: Callable[..., T], *arguments: Any) -> T:
        """Calls a function in the thread of the switches and returns its result: so a served machine is touched."""

        async def inside() -> T:
            return function(*arguments)

        return self.wait(inside())

    def wait(self, work: Coroutine[Any, Any, T]) -> T:
        """Returns what a coroutine returns in the thread of the switches."""
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(timeout=60)

    async def _listen(self) -> None:
        for place, (name, machine) in enumerate(self.machines.items()):
            acceptor = await listen(machine, self.address, self.first_port and self.first_port + place)
            self._acceptors.append(acceptor)
            self.ports[name] = acceptor.get_port()

    async def _close(self) -> None:
        for acceptor in self._acceptors:
            acceptor.close()
        for machine in self.machines.values():
            for terminal in list(machine.terminals):
                terminal.abort()
        tasks = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
