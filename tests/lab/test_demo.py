"""The demo may be killed at any moment; a repeat finds its way, and a run with nothing to do changes nothing."""

import json
import os
import signal
import subprocess
from collections.abc import Iterator

import pytest

from tests.lab.reaching import ROOT, ran, sure

pytestmark = pytest.mark.lab
RECEIPT = "/var/lib/estate/receipt.json"


def _kill_when(marker: str, stage: str, *options: str) -> None:
    """Starts the demo, kills it with all it started when the stage shows the marker."""
    process = subprocess.Popen(
        [ROOT / "scripts/demo", "--yes", *options],
        cwd=ROOT,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
    )
    assert process.stdout is not None
    reached = False
    for line in process.stdout:
        reached = reached or f"/12 {stage}: " in line
        if reached and marker in line:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            return
    process.wait()
    pytest.fail(f"the stage {stage} of the demo never showed {marker!r}")


def _started() -> str:
    """Tells since when every daemon of the estate runs."""
    units = "postfix dovecot restic-rest-server prometheus prometheus-alertmanager nftables ssh"
    show = f"systemctl show -p Id,ActiveEnterTimestamp {units}"
    return "".join(f"{host}\n{sure(host, show)}\n" for host in ("mail1", "backup1", "mon1", "outside1"))


@pytest.fixture(scope="module")
def started() -> str:
    """Tells since when the daemons ran before any of these tests."""
    return _started()


@pytest.fixture
def unreceipted() -> Iterator[None]:
    """Takes the receipt of the mail host away for a while: Ansible is asked about a host without one."""
    sure("mail1", f"mv {RECEIPT} {RECEIPT}.away")
    yield
    sure("mail1", f"mv {RECEIPT}.away {RECEIPT}")


@pytest.mark.usefixtures("started", "unreceipted")
def test_the_demo_can_be_killed_while_ansible_plans() -> None:
    _kill_when("TASK [mail_server", "plan")


@pytest.mark.usefixtures("started")
def test_the_demo_can_be_killed_while_mail_is_used() -> None:
    _kill_when("observe_mail", "verify")


@pytest.mark.usefixtures("started")
def test_the_demo_can_be_killed_while_a_drill_rebuilds_a_host() -> None:
    _kill_when("playbooks/site.yml", "drill", "--drill")


def test_after_three_kills_a_repeat_finishes_and_changes_nothing(started: str) -> None:
    done = ran([ROOT / "scripts/demo", "--yes"])
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    plan = json.loads((ROOT / "var/lab/demo-plan.json").read_text(encoding="utf-8"))
    assert plan["changes"] == []
    assert done.stdout.count("in place") >= 3
    assert _started() == started
