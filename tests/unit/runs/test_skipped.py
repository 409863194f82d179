"""A task that is skipped is recorded, however it says when it changes something."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from estate.runs.environment import Environment

pytestmark = pytest.mark.slow
TASK = """\
- name: Not today
  ansible.builtin.command: "true"
  changed_when: {}
  when: false
"""


@pytest.mark.parametrize("changed_when", ["true", "false", "[false]", "rc == 1"])
def test_a_skipped_task_is_recorded(environment: Environment, changed_when: str, tmp_path: Path) -> None:
    (environment.root / "roles/greeter/tasks/main.yml").write_text(TASK.format(changed_when))
    told = tmp_path / "outcomes.jsonl"
    play = [Path(sys.executable).with_name("ansible-playbook"), "-i", "inventories/lab", "playbooks/site.yml"]
    known = {**os.environ, "ANSIBLE_CONFIG": "ansible.cfg", "ESTATE_OUTCOMES": str(told)}
    done = subprocess.run(
        play, cwd=environment.root, env=known, capture_output=True, text=True, timeout=120, check=False
    )
    outcomes = [json.loads(line) for line in told.read_text("utf-8").splitlines()]
    assert [(one["key"], one["status"]) for one in outcomes] == [("Not today", "skipped")] * 2
    assert done.returncode == 0 and "failed for plugin" not in done.stdout + done.stderr
