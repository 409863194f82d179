"""The real `estate pipeline run` is killed by its process number in a stage; the next call goes on as the same run."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from estate.records.pipelines import PipelineRun, recorded
from estate.runs.environment import ROOT, Environment
from estate.runs.refused import Exit
from tests.unit.pipeline.conftest import Desk

pytestmark = pytest.mark.slow
SECONDS = 60
GIT = """#!/bin/sh
# Stands before git: in the stage that the test names it tells its process number and waits to be killed.
at=$(cat {control}/hold 2>/dev/null)
if [ -n "$at" ] && grep -hA3 "\\"name\\": \\"$at\\"" {records}/*.json 2>/dev/null | grep -q '"running"'; then
  echo $$ > {control}/held.new && mv {control}/held.new {control}/held
  exec sleep 60
fi
exec {git} "$@"
"""
PYINFRA = """#!/bin/sh
# Plans one mailbox and nothing else.
for word; do
  case "$word" in changes_file=*)
    file=${word#changes_file=}
    change='{"host":"posta1","tool":"pyinfra","subject":"mailboxes","action":"create","key":"ayse"}'
    case "$file" in *changes-mailboxes-*) echo "[$change]" ;; *) echo '[]' ;; esac > "$file"
    echo '{}' > "${file%/*}/said-${file##*/}" ;;
  esac
done
"""


@dataclass
class Control:
    """A control host: a checkout with program and tools of its own, and a `git` that waits where it is told to."""

    desk: Desk
    environment: Environment
    held: list[int] = field(default_factory=list)

    def begin(self, verb: str, *words: str) -> subprocess.Popen[str]:
        root = self.desk.root
        path = f"{self.desk.keys / 'bin'}:{os.environ['PATH']}"
        argv = [str(root / ".venv/bin/python"), "-m", "estate", "pipeline", verb, "--environment", "example"]
        return subprocess.Popen(
            [*argv, *words],
            cwd=root,
            env=os.environ
            | {"PYTHONPATH": str(root), "PATH": path, "ESTATE_SIGNERS": str(self.desk.signers)},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def said(self, verb: str, *words: str) -> tuple[int, str]:
        with self.begin(verb, *words) as process:
            try:
                told, _ = process.communicate(timeout=SECONDS)
            finally:
                process.kill()
            return process.returncode, told

    def kill(self, stage: str) -> None:
        """Begins a run, waits until it is in this stage, and kills it; what it had started goes on until the end."""
        (held := self.desk.keys / "held").unlink(missing_ok=True)
        (self.desk.keys / "hold").write_text(stage)
        end = time.monotonic() + SECONDS
        with self.begin("run") as process:
            while not held.exists() and process.poll() is None and time.monotonic() < end:
                time.sleep(0.02)
            process.send_signal(signal.SIGKILL)
            told = process.communicate()[0]
        assert held.exists(), f"it never came to {stage}: {told}"
        assert process.returncode == -signal.SIGKILL
        self.held.append(int(held.read_text()))
        (self.desk.keys / "hold").unlink()

    def record(self) -> PipelineRun:
        (found,) = recorded(self.environment.var)
        return found


@pytest.fixture
def control(desk: Desk, example: Environment) -> Iterator[Control]:
    """Lays the program beside the commits, where git does not look, with a Python that finds stand-ins beside it."""
    root, own = desk.root, Path(sys.prefix)
    (root / ".gitignore").write_text("var/\n.venv/\n/estate/\n/playbooks/\n/plugins/\n/roles/\n")
    for part in ("estate", "playbooks", "plugins", "roles"):
        shutil.copytree(ROOT / part, root / part)
    (root / ".venv/bin").mkdir(parents=True)
    (root / ".venv/bin/python").symlink_to(own / "bin/python")
    (root / ".venv/lib").symlink_to(own / "lib")
    shutil.copy(own / "pyvenv.cfg", root / ".venv")
    (desk.keys / "bin").mkdir()
    git = GIT.format(control=desk.keys, records=example.var / "pipelines", git=shutil.which("git"))
    for path, text in (
        (desk.keys / "bin/git", git),
        (desk.keys / "bin/ssh", "#!/bin/sh\nexit 255\n"),  # no host answers, and none is asked
        (root / ".venv/bin/pyinfra", PYINFRA),
        (root / ".venv/bin/ansible-playbook", "#!/bin/sh\n"),
    ):
        path.write_text(text)
        path.chmod(0o755)
    (example.var / "ssh").mkdir()
    (example.var / "ssh/config").touch()
    desk.commit("iş")
    made = Control(desk, example)
    yield made
    for pid in made.held:
        os.kill(pid, signal.SIGKILL)


def test_a_killed_run_is_told_and_the_next_one_goes_on_as_the_same(control: Control) -> None:
    """In each stage before the first host, one after the other; and once more when somebody has agreed."""
    runs, var = set(), control.environment.var
    for stage in ("trust", "validate", "plan", "approve"):
        control.kill(stage)
        record = control.record()
        runs.add(record.id)
        assert record.result == "interrupted"
        assert [each.name for each in record.stages if each.state == "running"] == [stage]
        assert not list((var / "pipelines").rglob(".*")), "a half-written record"
        code, told = control.said("status")
        assert code == 0 and "pipeline.lock: left by " in told and f"{record.id}  interrupted" in told, told
    code, told = control.said("run")
    assert (code, control.record().result) == (Exit.WAITING, "waiting"), told
    assert "taking over from pipeline HEAD of " in told and "1 of 1 signatures missing" in told
    assert control.said("approve", "--key", str(control.desk.keys / "ayse.ornek"))[0] == 0
    control.kill("approve")
    assert {*runs, control.record().id} == {record.id} and control.record().result == "interrupted"
    code, told = control.said("run")
    stages = {each.name: each for each in control.record().stages if each.ring in ("", "pilot")}
    assert (stages["approve"].state, stages["approve"].told) == ("passed", "agreed by ayse.ornek"), told
    assert control.record().id == record.id and "pipeline.lock: free" in control.said("status")[1]
