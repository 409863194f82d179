"""Judges the files of groups and hosts by the repository around them, where there is one."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from estate.declared import Refusal, load

ROOT = Path(__file__).parents[3]


@pytest.fixture
def environment(tmp_path: Path) -> Path:
    """Gives a copy of the example in a repository with the playbooks of this one, and its roles by name."""
    shutil.copytree(ROOT / "inventories" / "example", tmp_path / "inventories" / "example")
    shutil.copytree(ROOT / "playbooks", tmp_path / "playbooks")
    for role in (ROOT / "roles").iterdir():
        write(tmp_path / "roles" / role.name / "tasks" / "main.yml", "[]\n")
    return tmp_path / "inventories" / "example"


def refused(environment: Path) -> list[str]:
    with pytest.raises(Refusal) as refusal:
        load(environment)
    return [mistake.sentence("") for mistake in refusal.value.mistakes]


def write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def test_files_of_roles_and_connections_are_accepted(environment: Path) -> None:
    write(environment / "group_vars/mail_servers/mail_server.yml", "mail_server_tls: strict\n")
    write(environment / "host_vars/posta1/mail_server.yml", "mail_server_tls: strict\n")
    write(environment / "host_vars/posta1/connection.yml", "ansible_port: 2222\n")
    write(environment / "group_vars/mail_servers/README.md", "Ansible does not read this.\n")
    write(environment / "group_vars/mail_servers/.mail_server.yml.swp", "\0")
    assert load(environment).environment == "example"


def test_a_file_of_no_role_is_refused_only_where_roles_are_known(environment: Path, tmp_path: Path) -> None:
    write(environment / "group_vars/mail_servers/mail_sever.yml", "mail_sever_tls: strict\n")
    assert refused(environment) == [
        "group_vars/mail_servers/mail_sever.yml:1: no role is named mail_sever; did you mean mail_server?"
    ]
    elsewhere = shutil.copytree(environment, tmp_path / "elsewhere")
    assert load(elsewhere).environment == "elsewhere"


def test_a_group_that_no_playbook_builds_is_refused(environment: Path) -> None:
    hosts = environment / "hosts.yml"
    text = hosts.read_text(encoding="utf-8")
    text = text.replace("    monitoring_servers:\n      hosts", "    monitoring_server:\n      hosts")
    write(hosts, text)
    (line,) = (n for n, each in enumerate(text.splitlines(), 1) if each == "    monitoring_server:")
    assert (
        f"hosts.yml:{line}: all.children.monitoring_server: no playbook builds this group; "
        "did you mean monitoring_servers?"
    ) in refused(environment)
