"""The plugins work through Ansible itself, on this machine, in a folder of their own."""

from __future__ import annotations

import grp
import os
import pwd
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow
Playbook = Callable[..., "subprocess.CompletedProcess[str]"]
ME, MINE = pwd.getpwuid(os.getuid()).pw_name, grp.getgrgid(os.getgid()).gr_name


@pytest.fixture
def role(tmp_path: Path) -> Path:
    """A role with a template, a plain file and an exporter beside it."""
    root = tmp_path / "roles/web/templates/root"
    target = root / str(tmp_path)[1:] / "out/etc"
    target.mkdir(parents=True)
    (target / "web.conf.j2").write_text("name = {{ web_name }}\nşehir = Gümüşçağıl\n", encoding="utf-8")
    (target / "plain").write_text("{{ not a template }}\n")
    (tmp_path / "roles/web/files").mkdir()
    (tmp_path / "roles/web/files/tool.py").write_text("print('hi')\n")
    (tmp_path / "roles/web/tasks").mkdir()
    (tmp_path / "roles/web/tasks/main.yml").write_text(
        f"""
- file_tree:
    owner: {ME}
    group: {MINE}
    contents: {{{tmp_path}/out/secret: "{{{{ web_secret }}}}"}}
    extra_files: {{tool.py: {tmp_path}/out/tool.py}}
    modes: {{{tmp_path}/out/secret: {{mode: "0600"}}}}
    sensitive: [{tmp_path}/out/secret]
- service_state:
    services:
      - name: thing-of-a-test
        run: touch {tmp_path}/ran
        creates: {tmp_path}/ran
"""
    )
    return tmp_path


TASKS = "- include_role: {name: web}\n"
VALUES = ("-e", "web_name=a", "-e", "web_secret=marked-password-7", "--diff", "-vvv")


def test_a_role_lands_in_one_round_trip_and_prediction_equals_the_run(playbook: Playbook, role: Path) -> None:
    predicted = playbook(TASKS, "--check", *VALUES)
    assert "changed=2" in predicted.stdout, predicted.stdout
    assert not (role / "out").exists()
    real = playbook(TASKS, *VALUES)
    assert "changed=2" in real.stdout, real.stdout
    assert (role / "out/etc/web.conf").read_text(encoding="utf-8") == "name = a\nşehir = Gümüşçağıl\n"
    assert (role / "out/etc/plain").read_text() == "{{ not a template }}\n"
    assert (role / "out/secret").read_text() == "marked-password-7"
    assert real.stdout.count("modules/file_tree.py") == 1, "one call of the module"
    for options in ((), ("--check",)):
        assert "changed=0" in playbook(TASKS, *VALUES, *options).stdout
    said = predicted.stdout + real.stdout + real.stderr
    assert "marked-password-7" not in said
    assert sorted(line for line in predicted.stdout.splitlines() if line.startswith(("+", "-"))) == sorted(
        line for line in real.stdout.splitlines() if line.startswith(("+", "-"))
    )


MISTAKES = {
    "file_tree: {modes: {/etc/x: {mode: '0600'}}, contents: {/etc/y: z}}": "modes names /etc/x",
    "file_tree: {contents: {/etc/y: z}, sensitive: [/etc/z]}": "sensitive names /etc/z",
    "file_tree: {contents: {/etc/y: z}, absent: [/etc/y]}": "/etc/y is wanted in two ways",
    "file_tree: {root: other}": "there is no folder",
    "file_tree: {}": "there is no folder",
    "file_tree: {extra_files: {no/such.py: /etc/y}}": "there is no no/such.py; looked for",
    "file_tree: {contents: {/etc/y: z}, mdoes: {}}": "mdoes",
    "service_state: {name: a/b}": "has the name 'a/b'. Give the name of a unit",
    "service_state: {services: [{name: a, wach: [/etc/x]}]}": "wach",
    "service_state: {services: [{name: a, on_change: kick}]}": "kick",
}


def test_each_mistake_in_a_task_is_named(playbook: Playbook) -> None:
    done = playbook("".join(f"- {task}\n  ignore_errors: true\n" for task in MISTAKES))
    _, *answers = done.stdout.split("TASK [")
    assert len(answers) == len(MISTAKES)
    for answer, says in zip(answers, MISTAKES.values(), strict=True):
        assert "fatal:" in answer and says in answer
    assert "Traceback" not in done.stdout + done.stderr


def test_a_template_with_an_unknown_name_is_named_and_nothing_lands(playbook: Playbook, role: Path) -> None:
    done = playbook(TASKS, "-e", "web_secret=x")
    assert done.returncode == 2
    assert (
        "web.conf.j2 does not render" in done.stdout + done.stderr and "web_name" in done.stdout + done.stderr
    )
    assert not (role / "out").exists()
