"""Two hundred switches live in one process, and a pool of clients is answered."""

import socket
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from estate.lab.switches import Fleet, Machine

pytestmark = pytest.mark.slow  # netmiko waits a quarter of a second at every login


def _read(login, fleet: Fleet, name: str) -> str:
    there = login(fleet, name)
    return there.send_command("show running-config", read_timeout=60)


def test_two_hundred_start_quickly_and_each_has_its_own_configuration(login) -> None:
    begun = time.monotonic()
    with Fleet([Machine(f"sw{n}") for n in range(200)]) as fleet:
        took = time.monotonic() - begun
        with ThreadPoolExecutor(4) as pool:
            names = ["sw0", "sw77", "sw123", "sw199"]
            texts = list(pool.map(lambda name: _read(login, fleet, name), names))
    assert took < 2.0
    assert [f"\nhostname {name}\n" in text for name, text in zip(names, texts, strict=True)] == [True] * 4


def test_a_pool_of_sixteen_reads_all_two_hundred(login) -> None:
    settings = {"conn_timeout": 30, "auth_timeout": 30, "banner_timeout": 30, "read_timeout_override": 60}
    with Fleet([Machine(f"sw{n}") for n in range(200)]) as fleet, ThreadPoolExecutor(16) as pool:

        def read(name: str) -> str:
            there = login(fleet, name, **settings)
            return there.send_command("show running-config")

        texts = list(pool.map(read, fleet.machines))
    assert [f"\nhostname sw{n}\n" in text for n, text in enumerate(texts)] == [True] * 200


def test_the_command_serves_and_says_where() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
    command = [sys.executable, "-m", "estate.lab.switches", "--count", "1", "--port", str(port)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as serving:
        try:
            assert serving.stdout is not None
            assert f"1 switches on 127.0.0.1:{port}-{port}" in serving.stdout.readline()
            with socket.create_connection(("127.0.0.1", port), timeout=5) as connection:
                assert connection.recv(64).startswith(b"SSH-2.0-")
        finally:
            serving.terminate()
