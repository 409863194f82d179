"""The lab's hosts are what is declared, and the machine room stands interruption, death and a second tenant.

Everything that loses a host is done to drill1, which exists only while a test or a drill needs it.
"""

import dataclasses
import json
import os
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from estate.lab.observe import look
from estate.lab.packages import wanted_lists
from estate.lab.places import locate
from estate.lab.room import default_hosts, read_topology, release_roles
from estate.lab.topology import Attachment
from tests.lab.reaching import ESTATE, Answer, estate, on, sure, until

pytestmark = pytest.mark.lab
PLACES = locate()
TOPOLOGY = read_topology(PLACES)
HOSTS = default_hosts(PLACES)


def _lab(*words: str, checkout: Path = PLACES.checkout) -> Answer:
    return estate("lab", *words, cwd=checkout)


def _status() -> dict[str, Any]:
    return dataclasses.asdict(look(PLACES))


def _state_of(host: str) -> dict[str, Any]:
    return next(one for one in _status()["hosts"] if one["name"] == host)


@pytest.fixture
def drill1() -> Iterator[Attachment]:
    done = _lab("down", "drill1")
    assert done.returncode == 0, done.stderr
    done = _lab("up", "drill1")
    assert done.returncode == 0, done.stderr
    yield TOPOLOGY.hosts["drill1"]
    _lab("down", "drill1")


def _processes_of(host: str) -> list[int]:
    shown = ["podman", "inspect", "-f", "{{.State.ConmonPid}} {{.State.Pid}}", f"estate-{host}"]
    return [int(pid) for pid in subprocess.run(shown, capture_output=True, text=True).stdout.split()]


def _kill_with_monitor(host: str) -> None:
    for pid in _processes_of(host):
        os.kill(pid, signal.SIGKILL)
    time.sleep(0.5)


@pytest.mark.parametrize("host", HOSTS)
def test_a_host_has_its_declared_name_release_addresses_and_routes(host: str) -> None:
    cable = TOPOLOGY.hosts[host]
    assert sure(host, "hostname -f") == f"{host}.{TOPOLOGY.domain}"
    assert sure(host, '. /etc/os-release; echo "$VERSION_CODENAME"') == cable.release
    shown = json.loads(sure(host, "ip -j addr show dev eth0"))[0]["addr_info"]
    held = {f"{one['local']}/{one['prefixlen']}" for one in shown if one["scope"] == "global"}
    assert held == {str(address) for address in cable.addresses}
    routes = json.loads(sure(host, "ip -4 -j route")) + json.loads(sure(host, "ip -6 -j route"))
    led = {(one["dst"], one["gateway"]) for one in routes if "gateway" in one}
    versions = {address.version for address in cable.addresses}
    assert led == {
        (one.to, one.via) for one in cable.segment.routes if (6 if ":" in one.via else 4) in versions
    }


def test_the_backup_repository_cannot_reach_the_world_and_the_mail_server_can() -> None:
    outside = TOPOLOGY.hosts["outside1"].address
    assert "Network is unreachable" in on("backup1", f"ping -c 1 -W 2 {outside} 2>&1").stdout
    assert " 0% packet loss" in sure("mail1", f"ping -c 1 -W 2 {outside}")


def test_no_lab_host_can_reach_beyond_the_lab() -> None:
    routes = subprocess.run(
        ["ip", "-n", "estate-core", "-j", "route"], capture_output=True, text=True, check=True
    )
    assert {one["dst"] for one in json.loads(routes.stdout)} == {
        str(one.network) for one in TOPOLOGY.segments
    }


def test_another_host_key_is_refused(tmp_path: Path) -> None:
    pinned = (PLACES.ssh / "known_hosts").read_text().splitlines()
    keys = {line.split(",")[0]: line.split()[1:] for line in pinned}
    tampered = tmp_path / "known_hosts"
    tampered.write_text(f"mail1,{TOPOLOGY.hosts['mail1'].address} {' '.join(keys['mon1'])}\n")
    options = ("-o", f"UserKnownHostsFile={tampered}", "-o", "ControlPath=none")
    refused = on("mail1", "true", options=options)
    assert refused.returncode == 255
    assert "Host key verification failed" in refused.stderr


def test_up_again_changes_nothing() -> None:
    assert _lab("up").returncode == 0
    before = {host: sure(host, "cat /proc/sys/kernel/random/boot_id; stat -c %Y /proc/1") for host in HOSTS}
    again = _lab("up")
    assert "nothing to start; 0 commands" in again.stdout
    assert {
        host: sure(host, "cat /proc/sys/kernel/random/boot_id; stat -c %Y /proc/1") for host in HOSTS
    } == before


def test_a_new_host_is_a_sound_system(drill1: Attachment) -> None:
    assert on("drill1", "systemctl is-system-running --wait").stdout.strip() == "running"
    assert sure("drill1", "systemctl --failed --no-legend") == ""
    assert sure("drill1", "stat -fc %T /sys/fs/cgroup") == "cgroup2fs"
    assert sure("drill1", "ls -A /lab") == ""
    assert sure("drill1", "grep ^nameserver /etc/resolv.conf").split()[1::2] == list(TOPOLOGY.name_servers)
    for name in ("hostname", "hosts", "resolv.conf"):
        sure("drill1", f"cp /etc/{name} /etc/{name}.new && mv /etc/{name}.new /etc/{name}")
    assert "Operation not permitted" in on("drill1", "date -s @0 2>&1").stdout


def _finds_the_packages_of_its_release(host: str) -> None:
    roles = release_roles(PLACES, TOPOLOGY, TOPOLOGY.release(host))
    lists = wanted_lists(PLACES.checkout / "roles", roles)
    assert lists
    for names in lists.values():
        offered = sure(host, f"apt-get install --simulate --no-install-recommends -qq {' '.join(names)}")
        assert "Err" not in offered


def test_a_new_host_finds_the_packages_of_every_role_of_its_release(drill1: Attachment) -> None:
    _finds_the_packages_of_its_release(drill1.host)


@pytest.mark.parametrize("release", sorted({TOPOLOGY.release(host) for host in HOSTS}))
def test_a_host_of_each_release_finds_its_packages(release: str) -> None:
    _finds_the_packages_of_its_release(next(host for host in HOSTS if TOPOLOGY.release(host) == release))


def test_a_lost_host_leaves_nothing_and_comes_back_empty(drill1: Attachment) -> None:
    sure("drill1", "touch /root/mark")
    assert "container estate-drill1" in _status()["leftovers"]
    assert _lab("down", "drill1").returncode == 0
    left = _status()
    assert [one for one in left["leftovers"] if "drill1" in one] == []
    links = subprocess.run(["ip", "-n", "estate-core", "link"], capture_output=True, text=True, check=True)
    assert "p-drill1" not in links.stdout
    assert _state_of("drill1")["state"] == "absent"
    assert _state_of("mail1")["sshd"]
    assert _lab("up", "drill1").returncode == 0
    assert on("drill1", "test -e /root/mark").returncode == 1


def _comes_to(host: str, state: str) -> bool:
    """Waits up to 20 seconds for a state: Podman learns late of a monitor that was killed."""
    return until(lambda: _state_of(host)["state"] == state, 20, pause=0.5)


def test_a_host_killed_with_its_monitor_is_woken_with_its_data(drill1: Attachment) -> None:
    sure("drill1", "touch /root/mark; sync")
    _kill_with_monitor("drill1")
    assert _comes_to("drill1", "dead")
    woken = _lab("up", "drill1")
    assert "started drill1" in woken.stdout, woken.stderr
    assert on("drill1", "test -e /root/mark").returncode == 0


def test_a_dead_host_is_removed_with_its_control_groups(drill1: Attachment) -> None:
    shown = ["podman", "inspect", "-f", "{{.Id}}", "estate-drill1"]
    identity = subprocess.run(shown, capture_output=True, text=True, check=True).stdout.strip()
    _kill_with_monitor("drill1")
    assert _lab("down", "drill1").returncode == 0
    assert list(Path("/sys/fs/cgroup").glob(f"*/*/*{identity}*")) == []
    assert [one for one in _status()["leftovers"] if "drill1" in one] == []


def test_a_namespace_whose_name_was_lost_is_named_again(drill1: Attachment) -> None:
    sure("drill1", "touch /root/mark")
    subprocess.run(["ip", "netns", "del", "estate-drill1"], check=True)
    assert "nothing to start" in _lab("up", "drill1").stdout
    assert on("drill1", "test -e /root/mark").returncode == 0
    assert "namespace estate-drill1" in _status()["leftovers"]


@pytest.mark.parametrize(
    ("marker", "how", "code"),
    [
        ("netns add estate-drill1", signal.SIGKILL, -signal.SIGKILL),
        ("link add p-drill1", signal.SIGTERM, -signal.SIGTERM),
        ("podman --runtime=runc run", signal.SIGKILL, -signal.SIGKILL),
        ("podman --runtime=runc run", signal.SIGINT, 130),
    ],
)
def test_up_ended_at_any_moment_is_simply_repeated(marker: str, how: signal.Signals, code: int) -> None:
    _lab("down", "drill1")
    # A shell lets what it starts in the background ignore SIGINT: these tests may run there, a person's `up` does not.
    command = ["env", "--default-signal=INT", *ESTATE, "lab", "up", "drill1"]
    with subprocess.Popen(command, cwd=PLACES.checkout, stderr=subprocess.PIPE, text=True) as running:
        assert running.stderr is not None
        seen = next((line for line in running.stderr if marker in line), None)
        running.send_signal(how)
        last = running.stderr.read()
    assert seen is not None
    assert running.returncode == code
    assert "Traceback" not in last
    repeated = _lab("up", "drill1")
    assert repeated.returncode == 0, repeated.stderr
    assert sure("drill1", "hostname") == f"drill1.{TOPOLOGY.domain}"
    assert _lab("down", "drill1").returncode == 0
    assert [one for one in _status()["leftovers"] if "drill1" in one] == []


def test_a_second_checkout_is_refused_and_told_whose_the_lab_is(tmp_path: Path) -> None:
    second = tmp_path / "second"
    for name in ("estate", "inventories"):
        shutil.copytree(PLACES.checkout / name, second / name, ignore=shutil.ignore_patterns("vault.yml"))
    for verb in ("up", "down"):
        refused = _lab(verb, checkout=second)
        assert refused.returncode == 2
        assert f"already runs the lab of {PLACES.checkout} since 20" in refused.stderr
    assert _state_of("mail1")["sshd"]
    assert _status()["owner"] == str(PLACES.checkout)


def test_what_a_vanished_checkout_left_is_cleared_away_and_nothing_else() -> None:
    image = subprocess.run(
        ["podman", "inspect", "-f", "{{.ImageName}}", "estate-mail1"],
        capture_output=True,
        text=True,
        check=True,
    ).stdout.strip()
    stray = ["podman", "create", "--name=estate-stray", "--label=estate.checkout=/nowhere", "--network=none"]
    subprocess.run([*stray, image, "/bin/true"], capture_output=True, check=True)
    assert "container estate-stray" in _status()["leftovers"]
    cleared = _lab("up")
    assert "clearing what a lab of another checkout left" in cleared.stderr
    assert "nothing to start" in cleared.stdout
    assert "container estate-stray" not in _status()["leftovers"]


def test_status_is_one_json_object() -> None:
    shown = json.loads(_lab("status", "--json").stdout)
    assert shown["owner"] == str(PLACES.checkout)
    assert {one["name"] for one in shown["hosts"]} == set(TOPOLOGY.hosts)
    assert {"container estate-mail1", "namespace estate-core", "link estate0"} <= set(shown["leftovers"])


def test_what_was_done_is_one_json_object(drill1: Attachment) -> None:
    assert json.loads(_lab("down", "drill1", "--json").stdout) == {"everything": False, "removed": ["drill1"]}
    raised = json.loads(_lab("up", "drill1", "--json").stdout)
    assert (raised["hosts"], raised["started"]) == (["drill1"], ["drill1"])
    assert json.loads(_lab("secrets", "--json").stdout) == {"added": False}


def test_an_unknown_host_is_refused_with_the_declared_ones() -> None:
    for words in (["up", "mali1"], ["down", "mali1"], ["ssh", "mali1"]):
        refused = _lab(*words)
        assert refused.returncode == 2
        assert "mail1" in refused.stderr
        assert "Traceback" not in refused.stderr
