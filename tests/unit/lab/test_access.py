"""The controller reaches the hosts by pinned keys, and no address at all while the lab is down."""

import subprocess
from pathlib import Path

import pytest
from pyinfra.connectors.sshuserclient.config import SSHConfig

from estate.lab.access import IS_DOWN_SCRIPT, ensure_access, host_files, is_up_script, known_host, ssh_config
from estate.lab.commands import Runner
from estate.lab.namespaces import LINK
from estate.lab.places import Places
from estate.lab.topology import Topology


def _configure(folder: Path, topology: Topology, up: bool) -> Path:
    (folder / "is-up").write_text(f"#!/bin/sh\nexit {0 if up else 1}\n")
    (folder / "is-down").write_text(IS_DOWN_SCRIPT)
    (folder / "is-up").chmod(0o755)
    (folder / "is-down").chmod(0o755)
    (folder / "config").write_text(ssh_config(folder, topology.hosts))
    return folder / "config"


def _effective(config: Path, host: str) -> dict[str, str]:
    shown = subprocess.run(
        ["ssh", "-G", "-F", str(config), host], capture_output=True, text=True, check=True
    ).stdout
    return dict(line.split(" ", 1) for line in shown.splitlines() if " " in line)


def test_ssh_reaches_a_host_by_name_with_pinned_keys_only(tmp_path: Path, topology: Topology) -> None:
    found = _effective(_configure(tmp_path, topology, up=True), "mail1")
    assert (found["hostname"], found["user"], found["stricthostkeychecking"]) == (
        "10.40.20.10",
        "root",
        "true",
    )
    assert found["userknownhostsfile"] == f"{tmp_path}/known_hosts"
    assert found["globalknownhostsfile"] == "/dev/null"
    assert "proxycommand" not in found


def test_ssh_contacts_nobody_while_the_lab_is_down(tmp_path: Path, topology: Topology) -> None:
    config = _configure(tmp_path, topology, up=False)
    assert _effective(config, "mail1")["proxycommand"] == f"{tmp_path}/is-down"
    tried = subprocess.run(
        ["ssh", "-F", str(config), "mail1", "true"], capture_output=True, text=True, check=False
    )
    assert tried.returncode == 255
    assert tried.stderr == "the lab of this checkout is down: run `./scripts/estate lab up`\n"


@pytest.mark.parametrize("up", [True, False])
def test_pyinfra_reads_the_same_from_it(
    tmp_path: Path, topology: Topology, monkeypatch: pytest.MonkeyPatch, up: bool
) -> None:
    monkeypatch.setenv("SHELL", "/bin/sh")
    config = SSHConfig()
    with _configure(tmp_path, topology, up).open() as text:
        config.parse(text)  # type: ignore[no-untyped-call]
    read = config.lookup("mail1")
    assert (read["hostname"], read["user"]) == ("10.40.20.10", "root")
    assert ("proxycommand" in read) is not up


def test_the_test_of_the_lab_is_the_owner_on_its_cable(tmp_path: Path) -> None:
    script = is_up_script(Path("/a checkout/it's"))
    assert f"/sys/class/net/{LINK}/ifalias" in script
    alias = tmp_path / "ifalias"
    alias.write_text("/a checkout/it's\n")
    there = script.replace(f"/sys/class/net/{LINK}/ifalias", str(alias))
    assert subprocess.run(["sh", "-c", there], check=False).returncode == 0
    alias.write_text("/a checkout/it's another\n")
    assert subprocess.run(["sh", "-c", there], check=False).returncode == 1


def test_a_host_knows_its_own_name_and_the_declared_name_servers(topology: Topology) -> None:
    files = host_files(topology.hosts["mail1"], topology)
    assert files["hostname"] == "mail1.town.example\n"
    assert "10.40.20.10\tmail1.town.example mail1\n" in files["hosts"]
    assert files["resolv.conf"] == "search town.example\nnameserver 198.51.100.53\n"


def test_keys_are_made_once_and_pinned(places: Places, topology: Topology) -> None:
    runner = Runner(show=lambda _: None)
    ensure_access(runner, places, topology)
    made = runner.count
    key = (places.ssh / "id_ed25519").read_bytes()
    own = (places.host("mail1") / "ssh_host_ed25519_key.pub").read_text()
    assert known_host(topology.hosts["mail1"], own) in (places.ssh / "known_hosts").read_text()
    assert (places.ssh / "id_ed25519").stat().st_mode & 0o777 == 0o600
    ensure_access(runner, places, topology)
    assert (runner.count, (places.ssh / "id_ed25519").read_bytes()) == (made, key)


def test_a_half_made_key_is_made_anew(places: Places, topology: Topology) -> None:
    places.ssh.mkdir(parents=True)
    (places.ssh / "id_ed25519.new").write_text("half")
    (places.ssh / "id_ed25519.pub").write_text("of a killed run")
    ensure_access(Runner(show=lambda _: None), places, topology)
    assert (places.ssh / "id_ed25519.pub").read_text().startswith("ssh-ed25519 ")
