"""A host is started with what it needs and without the disks or the clock of the machine."""

import os
import socket
import threading
from pathlib import Path
from typing import Any

import pytest

from estate.lab import hosts
from estate.lab.hosts import Container, run_line, sshd_answers, sweep
from estate.lab.image import HOOKS, PACKAGES, recipe_digest
from estate.lab.places import Places
from estate.lab.topology import Topology, derive


def test_the_run_line_names_owner_network_and_identity(places: Places, topology: Topology) -> None:
    line = run_line(topology.hosts["mail1"], "town.example", places, "image:1")
    assert f"--label=estate.checkout={places.checkout}" in line
    assert {"--network=ns:/run/netns/estate-mail1", "--hostname=mail1.town.example"} <= set(line)
    assert line[-2:] == ["image:1", "/lab/init"]
    assert "--cap-drop=SYS_TIME" in line
    assert "--privileged" not in line


def test_a_host_sees_the_packages_of_its_own_release(places: Places, networks: dict[str, Any]) -> None:
    networks["hosts"]["backup1"]["release"] = "forky"
    hosts = derive(networks).hosts
    seen = {name: run_line(cable, "town.example", places, "image:1") for name, cable in hosts.items()}
    assert f"--volume={places.cache}/packages-trixie:/srv/packages:ro" in seen["mail1"]
    assert f"--volume={places.cache}/packages-forky:/srv/packages:ro" in seen["backup1"]


def _container(state: str, identity: str, pid: int) -> Container:
    return Container("mail1", identity, "/here", state, "2026-11-26T04:00:00Z", pid)


def test_a_host_lives_only_while_its_own_process_does() -> None:
    groups = Path("/proc/self/cgroup").read_text().splitlines()[-1]
    assert _container("running", groups, os.getpid()).alive
    assert not _container("running", "another", os.getpid()).alive
    assert not _container("running", groups, 0).alive
    assert not _container("exited", groups, os.getpid()).alive


def test_only_empty_groups_of_the_container_that_is_gone_are_swept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hosts, "CGROUPS", tmp_path)
    gone, other = tmp_path / "pids/parent/libpod-abc", tmp_path / "pids/parent/libpod-def"
    for folder in (gone / "system.slice/cron", other, tmp_path / "parent/libpod-conmon-abc"):
        folder.mkdir(parents=True)
    sweep("")
    assert other.is_dir() and gone.is_dir()
    sweep("abc")
    assert [path for path in tmp_path.rglob("*") if "abc" in path.name] == []
    assert other.is_dir()


def test_another_recipe_is_another_image() -> None:
    plain = recipe_digest("trixie")
    assert plain == recipe_digest("trixie", PACKAGES, HOOKS)
    others = [recipe_digest("trixie", (*PACKAGES, "vim")), recipe_digest("trixie", PACKAGES, HOOKS[1:])]
    assert plain not in [*others, recipe_digest("forky")]


@pytest.mark.parametrize(
    ("greeting", "answers"), [(b"SSH-2.0-x\r\n", True), (b"220 smtp\r\n", False), (b"", False)]
)
def test_a_port_that_only_accepts_is_no_ssh_server(greeting: bytes, answers: bool) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]

        def greet() -> None:
            with listener.accept()[0] as guest:
                guest.sendall(greeting)

        threading.Thread(target=greet).start()
        assert sshd_answers("127.0.0.1", port) is answers
    assert not sshd_answers("127.0.0.1", port)
