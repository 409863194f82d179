"""Plugins are loaded as Ansible loads them: the module utilities of this repository stand beside Ansible's own."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import ansible.module_utils
import pytest

REPOSITORY = Path(__file__).parents[3]
UTILITIES = str(REPOSITORY / "plugins" / "module_utils")
if UTILITIES not in ansible.module_utils.__path__:
    ansible.module_utils.__path__.append(UTILITIES)

Playbook = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture(scope="session")
def plugin() -> Callable[[str], ModuleType]:
    """Loads a plugin by its path below plugins/."""

    def load(name: str) -> ModuleType:
        path = REPOSITORY / "plugins" / f"{name}.py"
        spec = importlib.util.spec_from_file_location("estate_plugin_" + name.replace("/", "_"), path)
        assert spec and spec.loader
        module = importlib.util.module_from_spec(spec)
        sys.modules[spec.name] = module
        spec.loader.exec_module(module)
        return module

    return load


@pytest.fixture(autouse=True)
def key_of_receipts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Keeps the key that a host makes for its receipts inside the folder of the test."""
    from ansible.module_utils import digests

    key = tmp_path / "estate" / "receipt.key"
    monkeypatch.setattr(digests, "KEY", str(key))
    return key


@pytest.fixture
def playbook(tmp_path: Path) -> Playbook:
    """Runs tasks on this machine, in a folder of its own, with this repository's plugins."""

    def run(tasks: str, *options: str) -> subprocess.CompletedProcess[str]:
        head = f"- hosts: localhost\n  connection: local\n  vars: {{ansible_python_interpreter: {sys.executable}}}\n"
        body = "\n".join("    " + line for line in tasks.strip("\n").splitlines())
        (tmp_path / "play.yml").write_text(f"{head}  tasks:\n{body}\n", encoding="utf-8")
        (tmp_path / "ansible.cfg").write_text("")
        plugins = REPOSITORY / "plugins"
        environment = {
            **os.environ,
            "ANSIBLE_CONFIG": str(tmp_path / "ansible.cfg"),
            "ANSIBLE_ACTION_PLUGINS": str(plugins / "action"),
            "ANSIBLE_LIBRARY": str(plugins / "modules"),
            "ANSIBLE_MODULE_UTILS": UTILITIES,
            "ANSIBLE_FILTER_PLUGINS": str(plugins / "filter"),
            "ANSIBLE_GATHERING": "explicit",
            "ANSIBLE_CALLBACK_RESULT_FORMAT": "yaml",
            "ANSIBLE_HOME": str(tmp_path / ".ansible"),
            "ANSIBLE_LOCALHOST_WARNING": "false",
            "ANSIBLE_NOCOLOR": "1",
        }
        program = str(Path(sys.executable).parent / "ansible-playbook")
        command = [program, "-i", "localhost,", "play.yml", *options]
        return subprocess.run(
            command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False
        )

    return run
