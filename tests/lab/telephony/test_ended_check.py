"""A round of proving calls that is ended, however, leaves no telephone, no secret and no lock behind."""

import signal
import subprocess

import pytest

from estate.declared import load
from tests.lab.reaching import ESTATE, LAB, estate, sure, undone_by, until

pytestmark = pytest.mark.lab
TELEPHONY = load(LAB.inventory).telephony
PROBE = TELEPHONY.probe.host
TIMER, UNIT = "estate-call-probe.timer", "estate-call-probe.service"
LEFT = "pgrep -af '[e]state-calls-' || true; ls -d /tmp/estate-[c]alls-* 2>/dev/null || true"


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT, signal.SIGKILL], ids=lambda how: how.name)
def test_nothing_stays_of_a_round_that_is_ended_while_telephones_talk(how: signal.Signals) -> None:
    with undone_by(PROBE, f"systemctl start {TIMER}"):
        sure(PROBE, f"systemctl stop {TIMER} {UNIT}")
        command = ["env", "--default-signal=INT", *ESTATE, "call", "check"]
        process = subprocess.Popen(
            command, cwd=LAB.root, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        assert until(lambda: "baresip" in sure(PROBE, LEFT), 60)
        process.send_signal(how)
        assert process.wait(30) != 0
        assert until(lambda: sure(PROBE, LEFT) == "", 30), sure(PROBE, LEFT)
        done = estate("call", "check", "--only", "internal")
        assert done.returncode == 0, done.stdout + done.stderr


def test_a_telephone_that_an_ended_round_left_forwarded_is_given_back_by_the_next() -> None:
    family = "database {do} forward-always 5991"
    show = "asterisk -rx 'database show forward-always'"
    with undone_by(TELEPHONY.exchange, f"asterisk -rx '{family.format(do='del')}'"):
        sure(TELEPHONY.exchange, f"asterisk -rx '{family.format(do='put')} 5992'")
        done = estate("call", "check", "--only", "internal")
        assert done.returncode == 0, done.stdout + done.stderr
        assert "5991" not in sure(TELEPHONY.exchange, show)
