"""The machine room refuses what it cannot do, and purges only what is its own."""

import os
from typing import Any

import pytest

from estate.lab.errors import LabError
from estate.lab.places import Places
from estate.lab.room import chosen, down, purge_cache, read_topology, release_roles, up
from estate.lab.topology import Topology, derive

HOSTS = """
all:
  children:
    managed: {children: {mail_servers: , backup_repositories: }}
    mail_servers: {hosts: {mail1: }}
    backup_repositories: {hosts: {backup1: }}
"""


def test_only_what_the_lab_made_is_purged(places: Places) -> None:
    for folder in ("packages-trixie", "packages-forky", "apt-forky/state", "tmp", "tools"):
        (places.cache / folder).mkdir(parents=True)
    for name in (
        "rootfs-x.tar",
        "rootfs-x.list",
        "packages-trixie.json",
        "packages.lock",
        "apt-ftparchive-trixie.db",
        "note",
    ):
        (places.cache / name).touch()
    purge_cache(places)
    assert sorted(path.name for path in places.cache.iterdir()) == ["note", "tools"]


def test_a_release_is_given_the_roles_of_the_groups_in_which_its_hosts_stand(
    places: Places, networks: dict[str, Any]
) -> None:
    networks["hosts"]["backup1"]["release"] = "forky"
    topology = derive(networks)
    (places.inventory / "hosts.yml").write_text(HOSTS)
    for name, hosts, roles in (
        ("ground", "managed", "[ground]"),
        ("mail", "mail_servers:!drill_targets", "[{role: mail}]"),
        ("backup", "backup_repositories", "[keeper]"),
    ):
        path = places.checkout / "playbooks" / f"{name}.yml"
        path.parent.mkdir(exist_ok=True)
        path.write_text(f"- {{hosts: '{hosts}', roles: {roles}}}\n")
    (places.checkout / "playbooks" / "site.yml").write_text("- import_playbook: ground.yml\n")
    assert release_roles(places, topology, "trixie") == {"ground", "mail"}
    assert release_roles(places, topology, "forky") == {"ground", "keeper"}


def test_hosts_are_taken_once_and_only_declared_ones(topology: Topology) -> None:
    assert chosen(topology, ["backup1", "mail1", "backup1"]) == ["backup1", "mail1"]
    with pytest.raises(LabError, match="declared hosts are mail1, backup1, outside1"):
        chosen(topology, ["mail1", "mali1"])


@pytest.mark.parametrize("verb", [up, down])
def test_the_lab_is_for_root_alone(places: Places, monkeypatch: pytest.MonkeyPatch, verb: object) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    assert callable(verb)
    with pytest.raises(LabError, match="Repeat it with sudo"):
        verb(places)


@pytest.mark.parametrize("text", ["", "[", "- a\n", "estate_other: {}\n"])
def test_networks_that_cannot_be_read_are_refused(places: Places, text: str) -> None:
    (places.subjects / "networks.yml").write_text(text)
    with pytest.raises(LabError, match=r"Run `\./scripts/estate validate`"):
        read_topology(places)
