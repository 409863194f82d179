"""Proves plan, apply, verify and runs on the real lab: predictions, refusals, kills, absent hosts."""

from __future__ import annotations

import fcntl
import json
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from estate.records import Change, RunDirectory, runs_below
from estate.runs.lock import held
from tests.lab.reaching import ESTATE, LAB, Answer, estate, pyinfra, sure
from tests.lab.runs.watched import REASON, Mended, last

pytestmark = pytest.mark.lab
DRIFT = "/etc/systemd/journald.conf.d/estate.conf"
Drifted = Callable[[str], str]
Planned = Callable[..., tuple[dict[str, Any], int]]


def facts(changes: list[Change]) -> list[tuple[str, str, str, str | None, str | None]]:
    return sorted((c.host, c.action, c.key, c.before, c.after) for c in changes)


def test_a_converged_estate_plans_no_change_and_sees_every_task() -> None:
    done = estate("plan", "--json")
    assert done.returncode == 0, done.stderr[-3000:]
    plan = json.loads(done.stdout)
    assert (plan["changes"], plan["incomplete"], plan["unverifiable"]) == ([], [], {})


def test_what_is_predicted_is_what_is_done(mending: Mended) -> None:
    planned = [Change(**change) for change in mending.plan["changes"]]
    assert [(c.action, c.key) for c in planned if c.key == DRIFT] == [("update", DRIFT)]
    assert facts(mending.apply.changes()) == facts(planned)
    assert mending.apply.head().reason == REASON


def test_verify_says_check_by_check_what_using_mail_proved(mending: Mended) -> None:
    verdicts = json.loads(mending.verified.stdout)
    assert len(verdicts) >= 9
    assert {verdict["result"] for verdict in verdicts} == {"passed"}
    assert mending.verify.head().result == "ok"


def test_a_plan_that_moved_is_refused_and_says_what_moved(drifted: Drifted, planned: Planned) -> None:
    plan, _ = planned("outside1")
    drifted("outside1")
    done = estate("apply", plan["run"])
    assert done.returncode == 2
    assert f"new since the plan: outside1 ansible/operating_system: update {DRIFT}" in done.stderr
    assert "# elle" in sure("outside1", f"cat {DRIFT}")


def _replanning(folder: RunDirectory) -> bool:
    return last("plan").path.name > folder.path.name and last("plan").outcomes_file.exists()


def _applying(folder: RunDirectory) -> bool:
    return any(outcome.status == "changed" for outcome in folder.outcomes())


def _in_pyinfra(folder: RunDirectory) -> bool:
    log = folder.path / "output.log"
    return log.exists() and "pyinfra_deploys/mailboxes.py" in log.read_text(errors="replace")


def _freed() -> None:
    """Waits until nothing that a killed run started works any more."""
    with (LAB.var / "lock").open() as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)


def _killed(run: str, moment: Callable[[RunDirectory], bool]) -> RunDirectory:
    """Applies a plan, kills the apply at a moment, and gives its run."""
    deadline, begun = time.monotonic() + 240, time.time() - 1
    process = subprocess.Popen([*ESTATE, "apply", run], cwd=LAB.root, stderr=subprocess.DEVNULL)
    while time.monotonic() < deadline and process.poll() is None:
        applies = [last("apply")] if any("-apply-" in each.path.name for each in runs_below(LAB.var)) else []
        if applies and applies[0].head().started.timestamp() >= begun and moment(applies[0]):
            process.send_signal(signal.SIGKILL)
            process.wait()
            return last("apply")
        time.sleep(0.1)
    pytest.fail("the apply never came to the moment at which it was to be killed")


def test_an_apply_killed_at_any_moment_is_seen_and_repeated_cleanly(
    drifted: Drifted, planned: Planned
) -> None:
    """Killed while it plans again, while Ansible changes, and while pyinfra works; each next one takes over."""
    drifted("mail1")
    run = planned("mail1")[0]["run"]
    for moment in (_replanning, _applying, _in_pyinfra):
        if moment is _in_pyinfra:  # what Ansible put right before it was killed drifts again
            drifted("mail1")
            run = planned("mail1")[0]["run"]
        killed = _killed(run, moment)
        assert killed.head().result == "interrupted"
        assert f"{killed.path.name}  interrupted" in estate("runs", "list").stdout
        _freed()
    done = estate("apply", planned("mail1")[0]["run"])
    assert done.returncode == 0, done.stderr[-3000:]
    assert f"taking over the lock of run {killed.path.name}" in done.stderr
    assert planned("mail1")[0]["changes"] == []


def test_a_held_lock_names_its_owner_and_refuses(planned: Planned) -> None:
    plan, _ = planned("outside1")
    with held(LAB.var / "lock", who="ayse@orada", run="20261126T000000Z-apply-abcdef"):
        done = estate("apply", plan["run"])
    assert done.returncode == 5
    assert done.stderr.startswith("refused: ayse@orada on ")
    assert "run 20261126T000000Z-apply-abcdef" in done.stderr


def test_a_host_that_does_not_answer_is_named_and_the_others_are_planned(
    tmp_path: Path, planned: Planned
) -> None:
    overlay = tmp_path / "absent.yml"
    overlay.write_text("managed: {hosts: {absent1: {ansible_host: 10.40.20.99}}}\n")
    plan, code = planned("absent1,outside1", ESTATE_EXTRA_INVENTORY=str(overlay))
    assert (code, plan["incomplete"]) == (4, ["absent1"])
    outcomes = last("plan").outcomes()
    assert [o.status for o in outcomes if o.host == "absent1"][-1] == "unreachable"
    assert len([o for o in outcomes if o.host == "outside1"]) > 10


DEPLOY = """
from pyinfra.facts.files import File
from pyinfra.operations import files, server
from pyinfra import host

folder = host.data.folder
files.directory(name="Make the folder", path=folder)
files.put(name="Put the list", src=host.data.source, dest=f"{folder}/list")
server.shell(
    name="Count what step two put",
    commands=[f"wc -l < {folder}/list > {folder}/count"],
    _if=lambda: host.get_fact(File, path=f"{folder}/count") is None,
)
"""


def test_a_later_step_that_needs_an_earlier_one_converges_in_one_run(tmp_path: Path) -> None:
    deploy, source, recorded = tmp_path / "steps.py", tmp_path / "list.txt", tmp_path / "outcomes.jsonl"
    deploy.write_text(DEPLOY)
    source.write_text("bir\niki\n")
    folder = f"/var/tmp/estate-test-{tmp_path.name}"

    def run(*options: str) -> Answer:
        told = ["pyinfra_deploys/outcomes.py", str(deploy), "--limit", "mon1"]
        told += ["--data", f"folder={folder}", "--data", f"source={source}"]
        return pyinfra(*options, *told, ESTATE_OUTCOMES=str(recorded))

    def statuses() -> list[str]:
        told = [json.loads(line)["status"] for line in recorded.read_text().splitlines()]
        recorded.unlink()
        return told

    try:
        dry = run("--dry")
        assert dry.returncode == 0, dry.stderr[-3000:]
        assert not recorded.exists()
        first = run()
        assert first.returncode == 0, first.stderr[-3000:]
        assert sure("mon1", f"cat {folder}/count") == "2"
        assert statuses() == ["changed", "changed", "changed"]
        assert run().returncode == 0
        assert statuses() == ["ok", "ok", "ok"]
    finally:
        sure("mon1", f"rm -rf {folder}")
