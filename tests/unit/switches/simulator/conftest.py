"""Serves a switch of the lab on loopback and logs in to it with the real client."""

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest
from netmiko import BaseConnection, ConnectHandler

from estate.lab.switches import Fleet, Machine
from estate.lab.switches.configuration import copied

Login = Callable[..., BaseConnection]


@pytest.fixture
def serve() -> Iterator[Callable[..., Fleet]]:
    """Serves machines until the test ends."""
    with ExitStack() as stack:
        yield lambda *machines: stack.enter_context(Fleet(machines))


@pytest.fixture
def login() -> Iterator[Login]:
    """Logs in with netmiko; the first login of a test to a machine has the privileged mode unless `enable=False`."""
    opened: list[BaseConnection] = []

    def connect(fleet: Fleet, name: str = "", enable: bool = True, **settings: Any) -> BaseConnection:
        machine = fleet.machines[name or next(iter(fleet.machines))]
        known = {
            "device_type": machine.vendor.data["platform"],
            "host": "127.0.0.1",
            "port": fleet.ports[machine.name],
            "username": "netops",
            "password": "netops",
            "secret": "enable" if machine.vendor.data["platform"] == "cisco_ios" else "netops",
            "conn_timeout": 5,
        }
        connection = ConnectHandler(**{**known, **settings})
        opened.append(connection)
        if enable:
            connection.enable()
        return connection

    yield connect
    for connection in opened:
        if connection.remote_conn_pre is not None:
            connection.remote_conn_pre.close()  # the switch forgets the session; no farewell is waited for


def privileged(fleet: Fleet, name: str) -> BaseConnection:
    """Logs in to an IOS switch and enters the privileged mode."""
    connection = ConnectHandler(
        device_type="cisco_ios",
        host="127.0.0.1",
        port=fleet.ports[name],
        username="netops",
        password="netops",
        secret="enable",
    )
    connection.enable()
    return connection


@pytest.fixture(scope="session")
def standing() -> Iterator[tuple[Fleet, Machine, BaseConnection]]:
    """One switch with an open session, for tests that leave both as they were: a login costs netmiko 0.3 s."""
    machine = Machine("sw1")
    with Fleet([machine]) as fleet:
        yield fleet, machine, privileged(fleet, "sw1")


@pytest.fixture
def there(standing: tuple[Fleet, Machine, BaseConnection]) -> Iterator[BaseConnection]:
    """The open session at the standing switch, which begins as from the bench."""
    _, machine, connection = standing
    before = copied(machine.running), copied(machine.startup or {})
    yield connection
    machine.faults.clear()
    connection.write_channel("\x03end\n")
    connection.read_until_pattern(r"sw1#")
    connection.clear_buffer()
    machine.running, machine.startup = before


@pytest.fixture
def stood(standing: tuple[Fleet, Machine, BaseConnection]) -> Machine:
    """The standing switch itself."""
    return standing[1]


@pytest.fixture
def until() -> Callable[..., bool]:
    """Waits some seconds until something is true, and returns whether it is."""

    def wait(true: Callable[[], bool], seconds: float = 5.0) -> bool:
        deadline = time.monotonic() + seconds
        while not true() and time.monotonic() < deadline:
            time.sleep(0.02)
        return true()

    return wait


@pytest.fixture
def switch() -> Machine:
    """An IOS-like switch whose minutes last a fifth of a second."""
    return Machine("sw1", minute_seconds=0.2, boot_seconds=0.2)
