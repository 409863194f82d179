"""Gives a whole small checkout on this machine: three declared hosts, two of them this machine, one that is gone."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from estate.runs.environment import ROOT, Environment

TASKS = """\
- name: Lay the greeting
  ansible.builtin.copy:
    content: "{{ greeting }}\\n"
    dest: "{{ place }}/greeting"
    mode: "0644"
- name: Wait
  ansible.builtin.command: sleep {{ pause }}
  changed_when: false
- name: Lay the secret
  ansible.builtin.copy:
    content: "{{ password }}\\n"
    dest: "{{ place }}/password"
    mode: "0600"
  no_log: true
"""
SITE = """\
- name: Small estate
  hosts: managed
  gather_facts: false
  roles: [greeter]
"""
HOSTS = "managed: {hosts: {one: {}, two: {}}}\nmail_servers: {hosts: {}}\n"
VARS = """\
ansible_connection: local
ansible_python_interpreter: "PYTHON"
place: "ROOT/hosts/{{ inventory_hostname }}"
greeting: merhaba
pause: 0
password: M4RKED-secret
"""
CONFIG = f"""\
[defaults]
roles_path = roles
callback_plugins = {ROOT}/plugins/callback
callbacks_enabled = records
localhost_warning = false
"""


@pytest.fixture
def environment(tmp_path: Path) -> Environment:
    """A checkout with a lab that is up, whose hosts `one` and `two` are folders of this machine."""
    files = {
        "ansible.cfg": CONFIG,
        "inventories/lab/hosts.yml": HOSTS,
        "inventories/lab/group_vars/all.yml": VARS.replace("PYTHON", sys.executable).replace(
            "ROOT", str(tmp_path)
        ),
        "playbooks/site.yml": SITE,
        "roles/greeter/tasks/main.yml": TASKS,
        "var/lab/ssh/config": "",
    }
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    for host in ("one", "two"):
        (tmp_path / "hosts" / host).mkdir(parents=True)
    return Environment("lab", tmp_path)


@pytest.fixture
def with_gone_host(environment: Environment, tmp_path: Path) -> Environment:
    """The same, with a third host laid over that nobody answers for: a closed port of this machine."""
    overlay = tmp_path / "gone.yml"
    overlay.write_text(
        "managed: {hosts: {gone: {ansible_connection: ssh, ansible_host: 127.0.0.1, ansible_port: 9}}}\n"
    )
    return Environment("lab", tmp_path, (overlay,))


@pytest.fixture
def set_variable(environment: Environment) -> Callable[[str, object], None]:
    """Edits one variable of the small checkout's inventory."""
    path = environment.inventory / "group_vars" / "all.yml"

    def edit(name: str, value: object) -> None:
        lines = [line for line in path.read_text().splitlines() if not line.startswith(f"{name}:")]
        path.write_text("\n".join([*lines, f"{name}: {value}"]) + "\n")

    return edit


@pytest.fixture
def git(environment: Environment) -> Callable[..., str]:
    """Runs git in the small checkout as nobody in particular."""
    names = {f"GIT_{role}_{part}": "deneme" for role in ("AUTHOR", "COMMITTER") for part in ("NAME", "EMAIL")}

    def run(*arguments: str) -> str:
        argv = ["git", "-C", str(environment.root), *arguments]
        done = subprocess.run(argv, env={**os.environ, **names}, check=True, capture_output=True, text=True)
        return done.stdout.strip()

    return run
