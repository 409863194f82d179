"""The demo may be killed at any moment; a repeat finds its way, and a run with nothing to do changes nothing."""

import json
import os
import signal
import subprocess

import pytest

from tests.lab.reaching import ROOT, ran, sure

pytestmark = pytest.mark.lab
MOMENTS = [
    (" plan:", "TASK [mail_server", ()),
    (" verify:", "observe_mail", ()),
    (" drill:", "playbooks/site.yml", ("--drill",)),
]


def _kill_when(marker: str, stage: str, options: tuple[str, ...]) -> bool:
    """Starts the demo, kills it with all it started when the stage shows the marker; tells whether it came to that."""
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
        reached = reached or stage in line
        if reached and marker in line:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            return True
    process.wait()
    return False


def _started() -> str:
    """Tells since when every daemon of the estate runs."""
    units = "postfix dovecot restic-rest-server prometheus prometheus-alertmanager nftables ssh"
    show = f"systemctl show -p Id,ActiveEnterTimestamp {units}"
    return "".join(f"{host}\n{sure(host, show)}\n" for host in ("mail1", "backup1", "mon1", "outside1"))


@pytest.fixture(scope="module")
def started() -> str:
    """Tells since when the daemons ran before any of these tests."""
    return _started()


@pytest.mark.parametrize(
    ("stage", "marker", "options"), MOMENTS, ids=[moment[0].strip() for moment in MOMENTS]
)
def test_the_demo_can_be_killed(started: str, stage: str, marker: str, options: tuple[str, ...]) -> None:
    assert started
    assert _kill_when(marker, stage, options), f"the demo never showed {marker!r}"


def test_after_three_kills_a_repeat_finishes_and_changes_nothing(started: str) -> None:
    done = ran([ROOT / "scripts/demo", "--yes"])
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    plan = json.loads((ROOT / "var/lab/demo-plan.json").read_text(encoding="utf-8"))
    assert plan["changes"] == []
    assert done.stdout.count("in place") >= 3
    assert _started() == started
