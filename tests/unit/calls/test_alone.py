"""Two rounds of calls from one host wait for each other, and a round that died is waited for by nobody."""

import subprocess
import sys
import time

import pytest

from exporters import call_check
from exporters.call_phone import PhoneError

HOLD = "import sys; from exporters.call_check import alone\nwith alone(): print('held', flush=True); sys.stdin.read()"


def test_a_second_round_waits_and_a_dead_one_holds_nobody_up(monkeypatch: pytest.MonkeyPatch) -> None:
    mark = f"\0estate-calls-of-a-test-{time.monotonic_ns()}"
    monkeypatch.setattr(call_check, "MARK", mark)
    code = f"from exporters import call_check; call_check.MARK = {mark!r}\n{HOLD}"
    with subprocess.Popen(
        [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as other:
        assert other.stdout is not None and other.stdout.readline() == b"held\n"
        with pytest.raises(PhoneError, match="other proving calls are under way"), call_check.alone(0.0):
            pass
        other.kill()
        other.wait()
        with call_check.alone(5.0):
            pass
