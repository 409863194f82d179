"""The lab's switches decide who reaches whom, their configuration comes by the way they carry, and it comes back."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from estate.lab.carriage import CARRIER
from estate.lab.commands import Runner
from estate.lab.namespaces import CORE, namespace_of
from estate.lab.places import locate
from estate.lab.plane import MIND, PROGRAM, Plane, pid_of
from estate.lab.room import read_topology, read_wiring
from estate.switches.guards import GUARDS, NEVER_WAIVED, Known, Waiver
from estate.switches.plan import SwitchPlan, remediation
from estate.switches.protected import Protected
from pyinfra_deploys.connectors.console import Console
from pyinfra_deploys.connectors.pushing import Job, push
from pyinfra_deploys.connectors.returning import Pace
from tests.lab.desking import Reach, deployed, reaches
from tests.lab.peopling import second_checkout
from tests.lab.reaching import ROOT, estate, until

pytestmark = pytest.mark.lab
PLACES = locate()
WIRING = read_wiring(PLACES)
QUICK_MINUTE = 8.0
NEIGHBOUR, MOVED = ("ANA-3-114", "10.40.108.114"), ("ANA-3-117", "10.40.108.117")


def _wake(minute: float) -> None:
    """Lets the switches start again, with minutes of another length; what they carry they go on carrying."""
    os.kill(pid_of(MIND), signal.SIGTERM)
    assert until(lambda: not pid_of(MIND), 20)
    program = [sys.executable, "-m", PROGRAM, str(ROOT), "--minute", str(minute)]
    Plane(Runner(), WIRING, CORE).wake_switches(program, PLACES.state / "switchgear" / "log")


@pytest.fixture
def pcs() -> Iterator[None]:
    """Two PCs with addresses of one directorate: one at an outlet of it, one at an outlet nobody has."""
    for outlet, address in (NEIGHBOUR, MOVED):
        done = estate("lab", "pc", outlet, address)
        assert done.returncode == 0, done.stderr
    yield
    for outlet, _ in (NEIGHBOUR, MOVED):
        estate("lab", "pc", outlet, "--unplug")


def test_no_machine_of_the_municipality_goes_past_the_switches(reach: Reach) -> None:
    shown = subprocess.run(
        ["ip", "-n", CORE, "-o", "link", "show", "type", "bridge"], capture_output=True, text=True, check=True
    )
    assert re.findall(r"^\d+: ([^:@]+)", shown.stdout, re.MULTILINE) == ["brout-0"]
    mail1 = read_topology(PLACES).hosts["mail1"]
    assert reaches(namespace_of("mail1"), "10.40.20.1")
    with Console(reach("sw-ana-omurga")) as console:
        learned = console.ask("show mac address-table")
    dotted = ".".join(re.findall("....", mail1.mac.replace(":", "")))
    assert re.search(rf"^\s*20\s+{dotted}\s+DYNAMIC\s+Gi1/0/1$", learned, re.MULTILINE), learned


def test_what_was_installed_is_what_is_declared() -> None:
    done = deployed(ROOT, "--dry")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "0 different changes on 0 of 4 switches, 0 refused" in done.stdout + done.stderr


def test_a_move_in_the_record_decides_who_is_reached(pcs: None, tmp_path: Path, reach: Reach) -> None:
    """The outlet that nobody had is shut; with somebody there it is in his directorate's VLAN; and back again."""
    there, outlet = NEIGHBOUR[1], namespace_of(MOVED[0])
    assert reaches(namespace_of(NEIGHBOUR[0]), "10.40.108.1")
    assert not reaches(outlet, there)
    second = second_checkout(tmp_path)
    moved = estate("person", "move", "100136", "--outlet", MOVED[0], cwd=second, PYTHONPATH=str(second))
    assert moved.returncode == 0, moved.stdout + moved.stderr
    try:
        assert "sw-ana-kat3: changed 1" in _applied(second, tmp_path)
        assert until(lambda: reaches(outlet, there), 20)
        with Console(reach("sw-ana-kat3")) as console:
            assert f'name "{MOVED[0]}' in console.running()
    finally:
        _applied(ROOT, tmp_path)
    assert until(lambda: not reaches(outlet, there), 20)


def _applied(checkout: Path, folder: Path) -> str:
    """Plans the switches of a checkout, applies that plan, and gives what was told."""
    plan, named = str(folder / f"{checkout.name}.json"), {"cwd": checkout, "PYTHONPATH": str(checkout)}
    for words in (("plan", "--limit", "switches", "--out", plan), ("apply", plan, "--reason", "desk")):
        done = estate(*words, **named)  # type: ignore[arg-type]
        assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_an_address_of_another_directorate_reaches_nobody_there() -> None:
    """The VLAN of the port counts, not what somebody types into a PC."""
    try:
        for outlet, address in (NEIGHBOUR, ("ANA-1-103", "10.40.108.103")):
            done = estate("lab", "pc", outlet, address)
            assert done.returncode == 0, done.stderr
        assert reaches(namespace_of(NEIGHBOUR[0]), "10.40.108.1")
        assert not reaches(namespace_of("ANA-1-103"), NEIGHBOUR[1])
        assert estate("lab", "pc", "ANA-1-103", "10.40.102.103").returncode == 0
        assert until(lambda: reaches(namespace_of("ANA-1-103"), "10.40.102.1"), 10)
    finally:
        for outlet in (NEIGHBOUR[0], "ANA-1-103"):
            estate("lab", "pc", outlet, "--unplug")


def test_frames_go_on_while_switches_restart_and_what_was_saved_stays(reach: Reach) -> None:
    with Console(reach("sw-ana-kat1")) as console:
        before = console.ask("show startup-config")
    os.kill(pid_of(MIND), signal.SIGKILL)
    assert until(lambda: not pid_of(MIND), 20)
    assert reaches(namespace_of("mail1"), "10.42.22.10")
    again = estate("lab", "up")
    assert again.returncode == 0, again.stderr
    with Console(reach("sw-ana-kat1")) as console:
        after = console.ask("show startup-config")
    told = ("!", "Using ")  # when and by whom it was changed, and how long the text is with that
    kept = [[line for line in text.splitlines() if not line.startswith(told)] for text in (before, after)]
    assert kept[0] == kept[1]


def test_a_dead_carrier_is_raised_again_with_all_that_was_plugged_in() -> None:
    os.kill(pid_of(CARRIER), signal.SIGKILL)
    assert until(lambda: not pid_of(CARRIER), 20)
    assert not reaches(namespace_of("mail1"), "10.40.20.1")
    again = estate("lab", "up")
    assert again.returncode == 0, again.stderr
    assert until(lambda: reaches(namespace_of("mail1"), "10.42.22.10"), 20)
    assert until(lambda: reaches(namespace_of("tel-2401"), "10.40.40.1"), 20)
    assert "0 commands" in estate("lab", "up").stdout


def test_who_cuts_the_way_in_gets_the_old_configuration_back(reach: Reach) -> None:
    """The management VLAN is taken off the uplink past every guard: nobody answers, then all is as before."""
    name = "sw-ana-kat1"
    way, uplink = reach(name), "GigabitEthernet1/0/49"
    with Console(way) as console:
        running = console.running()
    head = f"interface {uplink}\n"
    section = running[running.index(head) :].partition("!")[0]
    assert "allowed vlan 10," in section
    wanted = running.replace(section, section.replace("allowed vlan 10,", "allowed vlan "))
    protected = Protected(management_vlan=10, uplinks=(uplink,), own_user=way.user, aaa=True)
    waivers = [Waiver(guard, "tried on purpose") for guard in GUARDS.keys() - NEVER_WAIVED]

    def plan(shown: str) -> SwitchPlan:
        intended = "".join(f"{line}\n" for line in wanted.split("\n") if not line.startswith("!"))
        return remediation(
            shown, intended, way.platform, protected, known=Known(hostname=name), waivers=waivers
        )

    answered: list[bool] = []
    over = threading.Event()

    def watch() -> None:
        while not over.wait(0.3):
            answered.append(reaches(CORE, way.address))

    watcher = threading.Thread(target=watch)
    _wake(QUICK_MINUTE)
    watcher.start()
    try:
        pace = Pace(minutes=2, minute=QUICK_MINUTE, patience=60.0, pause=1.0, retry=1.0)
        ended = push(Job(way=way, plan=plan, rest=plan, pace=pace))
    finally:
        over.set()
        watcher.join()
        _wake(60.0)
    assert ended.word == "rolled back", str(ended)
    assert answered.count(False) >= 2
    with Console(way) as console:
        assert console.running().partition("interface")[2] == running.partition("interface")[2]


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("YOK-1-1", "10.40.108.9"), "asked for the outlet YOK-1-1"),
        (("mail1", "10.40.108.9"), "where no host of the lab hangs"),
        (("ANA-3-117", "192.0.2.9"), "no declared subnet holds its address 192.0.2.9"),
        (("ANA-3-117",), "give the address of the PC, or --unplug"),
    ],
)
def test_a_pc_is_plugged_in_where_it_can_be(words: tuple[str, ...], told: str) -> None:
    done = estate("lab", "pc", *words)
    assert (done.returncode, told in done.stderr) == (2, True), done.stderr


def test_a_new_switch_is_brought_back_from_its_capture(pcs: None, reach: Reach) -> None:
    """The drill of a dead switch: its successor knows the way in and no more, and gets what was captured."""
    name, here = "sw-ana-kat3", namespace_of(NEIGHBOUR[0])
    kept = estate("switch", "backup", name)
    assert kept.returncode == 0, kept.stdout + kept.stderr
    assert reaches(here, "10.40.108.1")
    with Console(reach(name)) as console:
        before = console.running()
    saved = PLACES.state / "switchgear" / f"{name}.cfg"
    whole = saved.read_text()
    saved.write_text(_bare(before))
    try:
        _wake(60.0)
        assert not reaches(here, "10.40.108.1")
        restored = estate("switch", "restore", name)
        assert restored.returncode == 0, restored.stdout + restored.stderr
        assert until(lambda: reaches(here, "10.40.108.1"), 20)
    except BaseException:
        saved.write_text(whole)
        _wake(60.0)
        raise
    with Console(reach(name)) as console:
        assert _plain(console.running()) == _plain(before)
    looked = deployed(ROOT, "--dry")
    assert "0 different changes on 0 of 4 switches" in looked.stdout + looked.stderr


def _plain(shown: str) -> list[str]:
    """Gives what a switch runs without headings, stored secrets (salted anew) and what says nothing."""
    idle = (";", "!", "password ", "Running", "   no ip address")
    return [line for line in shown.splitlines() if not line.startswith(idle)]


def _bare(running: str) -> str:
    """Gives the lines that a technician types at the console of a new switch: its name, the way in, the login."""
    login = next(line for line in running.splitlines() if line.startswith("password manager"))
    words = ["vlan 10", 'name "MGMT"', "tagged 25", "ip address 10.40.10.13 255.255.255.0", "exit"]
    return "\n".join(['hostname "sw-ana-kat3"', "ip default-gateway 10.40.10.1", *words, login]) + "\n"


def test_a_look_finds_them_in_sync_and_a_change_by_hand(reach: Reach) -> None:
    """The device at its port, nobody elsewhere; a VLAN that somebody typed at the console is drift, and is put back."""
    name = "sw-ana-kat1"
    assert estate("switch", "state").returncode == 0
    console = Console(reach(name))
    try:
        for line in ("configure terminal", "interface Gi1/0/5", "switchport access vlan 102", "end"):
            console.said(line)
    finally:
        console.close()
    seen = json.loads(estate("switch", "state", "--json").stdout)
    assert {one["switch"]: one["drift"] for one in seen} == {
        "sw-ana-omurga": "in_sync",
        "sw-ana-kat1": "corrective",
        "sw-ana-kat3": "in_sync",
        "sw-fkm-omurga": "in_sync",
    }
    mended = deployed(ROOT, "--limit", name)
    assert mended.returncode == 0, mended.stdout + mended.stderr
    again = json.loads(estate("switch", "state", name, "--json").stdout)
    assert [(one["drift"], one["startup_differs"]) for one in again] == [("in_sync", False)]
