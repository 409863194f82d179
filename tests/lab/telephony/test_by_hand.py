"""A telephone that fetches nothing registers with what it was given by hand, and calls."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.lab.reaching import estate
from tests.lab.telephony.calling import ESTATE, called_with

pytestmark = pytest.mark.lab
LIFT = next(one.number for one in ESTATE.telephony.extensions if one.kind == "analog")


def test_an_adapter_registers_with_the_secret_that_was_written_for_it(tmp_path: Path) -> None:
    written = estate("phone", "secret", LIFT, "--out", str(tmp_path))
    assert written.returncode == 0, written.stdout + written.stderr
    told = dict(line.split(": ", 1) for line in (tmp_path / f"{LIFT}.txt").read_text("utf-8").splitlines())
    echo = [{"call": {"who": "T", "to": "*43"}}, {"up": "T"}, {"hangup": "T"}]
    verdict = called_with(told["login"], told["password"], echo=echo)["echo"]
    assert verdict["result"] == "passed", verdict
