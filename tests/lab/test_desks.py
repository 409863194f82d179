"""Telephones on desks tag their frames; the port they hang on decides whether they reach anybody, and the PC behind."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from estate.lab.namespaces import MOUNTS, namespace_of, namespaces
from pyinfra_deploys.connectors.console import Console
from tests.lab.desking import DESKS, Reach, deployed, inside, reaches, stand_again, telephone
from tests.lab.peopling import second_checkout
from tests.lab.reaching import ROOT, estate, on, until

pytestmark = pytest.mark.lab
WITH_PC = [label for label, desk in DESKS.items() if desk.pc]
HERE, MOVED, EMPTY = "ANA-1-101", "ANA-1-102", "ANA-3-117"
SERVER = "10.40.20.10"


@pytest.fixture(autouse=True)
def as_declared() -> Iterator[None]:
    """Stands again what a test, or a killed one, took from a desk."""
    for desk in DESKS.values():
        if not reaches(namespace_of(desk.telephone.host), str(desk.telephone.segment.gateways[0].ip)):
            stand_again(desk)
    yield


@pytest.mark.parametrize("label", DESKS)
def test_a_telephone_reaches_the_servers_and_they_reach_it(label: str) -> None:
    own = DESKS[label].telephone
    assert until(lambda: reaches(namespace_of(own.host), SERVER), 10)
    assert on("mail1", f"ping -c 1 -W 2 {own.address}").returncode == 0
    others = [desk.telephone.address for desk in DESKS.values()]
    assert all(reaches(namespace_of(own.host), address) for address in others)


def test_the_handset_is_tagged_and_the_pc_behind_it_is_not(reach: Reach) -> None:
    """The switch learns each in its VLAN at one port, whole frames pass with their tag."""
    desk = DESKS[HERE]
    assert desk.pc is not None
    for one, gateway in ((desk.telephone, "10.40.40.1"), (desk.pc, "10.40.105.1")):
        assert until(partial(reaches, namespace_of(one.host), gateway, "-s", "1472", "-M", "do"), 10)
    with Console(reach(desk.socket.switch)) as console:
        learned = console.ask("show mac address-table")
    for vlan, mac in ((40, desk.telephone.mac), (105, desk.pc.mac)):
        dotted = ".".join(re.findall("....", mac.replace(":", "")))
        assert re.search(rf"^\s*{vlan}\s+{dotted}\s+DYNAMIC\s+Gi1/0/1$", learned, re.MULTILINE), learned
    assert desk.telephone.mac == "00:53:4e:24:01:01"


def test_telephone_and_pc_speak_tcp(tmp_path: Path) -> None:
    (tmp_path / "ringtone").write_bytes(b"a" * 300_000)
    server, client = DESKS["ANA-3-115"].telephone, DESKS[HERE].pc
    assert client is not None
    serve = ["python3", "-m", "http.server", "8088", "--bind", server.address, "--directory", str(tmp_path)]
    running = subprocess.Popen(inside(server, *serve), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    url = f"http://{server.address}:8088/ringtone"
    fetch = f"import urllib.request as u; print(len(u.urlopen('{url}', timeout=5).read()))"

    def fetched() -> bool:
        call = inside(client, "python3", "-c", fetch)
        return subprocess.run(call, capture_output=True, text=True, timeout=60).stdout.strip() == "300000"

    try:
        assert until(fetched, 20)
    finally:
        running.kill()
        running.wait()


def test_a_port_of_another_profile_leaves_the_telephone_deaf(tmp_path: Path) -> None:
    """The outlet becomes one for a PC alone: the PC behind the telephone goes on, the telephone does not."""
    desk = DESKS[MOVED]
    options = ("--limit", desk.socket.switch, "--data", "probes=no")
    second = second_checkout(tmp_path)
    records = second / "inventories/lab/estate/switches.yml"
    text = records.read_text(encoding="utf-8")
    outlet = next(line for line in text.splitlines() if f"name: {MOVED}," in line)
    records.write_text(text.replace(outlet, outlet.replace("telefon_pc", "personel")), encoding="utf-8")
    try:
        with telephone(MOVED, desk.telephone.address, "10.40.105.102") as (handset, pc):
            assert until(lambda: reaches(handset, SERVER) and reaches(pc, "10.40.105.1"), 10)
            done = deployed(second, *options)
            assert done.returncode == 0, done.stdout + done.stderr
            assert until(lambda: not reaches(handset, SERVER), 10)
            assert until(lambda: reaches(pc, "10.40.105.1"), 10)
    finally:
        done = deployed(ROOT, *options)
    assert done.returncode == 0, done.stdout + done.stderr
    stand_again(desk)
    assert until(lambda: reaches(handset, SERVER), 10)


def test_where_nobody_sits_neither_telephone_nor_pc_reaches_anybody() -> None:
    """The port of an outlet that nobody has is shut, whatever its profile would give."""
    with telephone(EMPTY, "10.40.40.117", "10.40.108.117") as (handset, pc):
        assert (handset, pc) == (namespace_of(EMPTY), namespace_of(f"{EMPTY}-pc"))
        assert not reaches(handset, "10.40.40.1")
        assert not reaches(pc, "10.40.108.1")
    assert not {handset, pc} & set(namespaces(MOUNTS.read_text()))


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("ANA-1-103", "10.40.40.103"), "its profile gives no VLAN to telephones"),
        (("YOK-1-1", "10.40.40.9"), "asked for the outlet YOK-1-1"),
        (("mail1", "10.40.40.9"), "where no host of the lab hangs"),
        ((EMPTY, "192.0.2.9"), "no declared subnet holds its address 192.0.2.9"),
        ((EMPTY,), "give the address of the telephone, or --unplug"),
    ],
)
def test_a_telephone_is_plugged_in_where_it_can_work(words: tuple[str, ...], told: str) -> None:
    done = estate("lab", "phone", *words)
    assert (done.returncode, told in done.stderr) == (2, True), done.stderr


def test_up_brings_back_what_was_taken_from_a_desk() -> None:
    """A telephone unplugged, a PC in the place of another, a lost namespace; then there is nothing to do."""
    assert estate("lab", "phone", "ANA-3-116", "--unplug").returncode == 0
    assert estate("lab", "pc", "ANA-1-102", "10.40.105.102").returncode == 0
    subprocess.run(["ip", "netns", "del", namespace_of("tel-2805-pc")], check=True)
    again = estate("lab", "up")
    assert again.returncode == 0, again.stderr
    for desk in DESKS.values():
        for one, _ in desk.ends:
            gateway = str(one.segment.gateways[0].ip)
            assert until(partial(reaches, namespace_of(one.host), gateway), 10), one
    assert "0 commands" in estate("lab", "up").stdout
    shown = estate("lab", "status").stdout
    assert len(re.findall(r"^\S+ +10\.40\.\S+ +stands", shown, re.MULTILINE)) == len(DESKS) + len(WITH_PC)
