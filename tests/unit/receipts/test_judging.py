"""A look tells its five states apart, says what is wrong with a receipt, and since when."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from estate.receipts import proving, shown
from estate.receipts.judging import Found, Known, judge, lasting
from estate.records.drift import Difference, Drift, Proof
from tests.unit.receipts.conftest import INPUTS, NOON, receipt

BROKEN = Difference("file", "/etc/a", "mode 0644", "mode 0600")
KEPT = receipt()
OTHERS = receipt(host="mail1")
OLDER = receipt(run="r0", at=NOON - timedelta(days=1))
NEWER = receipt(run="r2", at=NOON + timedelta(days=1))


@pytest.mark.parametrize(
    ("found", "known", "state", "told"),
    [
        (Found(KEPT), {}, "in_sync", []),
        (Found(KEPT), {"inputs": {**INPUTS, "ansible.cfg": "3333"}}, "pending", []),
        (Found(KEPT, (BROKEN,)), {}, "corrective", ["mode 0600"]),
        (Found(KEPT, (BROKEN,)), {"inputs": {}}, "corrective", ["mode 0600"]),
        (Found(), {"kept": None}, "unverifiable", []),
        (Found(), {}, "corrective", ["none"]),
        (Found(failure="timed out"), {}, "unreachable", []),
        (Found(forged="not signed"), {}, "corrective", ["not signed"]),
        (Found(forged="not signed"), {"kept": None}, "corrective", ["not signed"]),
        (Found(OTHERS), {}, "corrective", ["that of mail1 in lab"]),
        (Found(OLDER), {}, "corrective", ["an older one, of run r0"]),
        (Found(NEWER), {}, "in_sync", []),
        (Found(receipt(promised=())), {"kept": None}, "unverifiable", []),
        (Found(KEPT), {"begun": "r2"}, "corrective", ["it failed, was stopped, or still works"]),
        (Found(KEPT), {"begun": "r1"}, "corrective", ["it failed, was stopped, or still works"]),
    ],
)
def test_each_kind_of_drift_is_told(found: Found, known: dict[str, Any], state: str, told: list[str]) -> None:
    given: dict[str, Any] = {"inputs": INPUTS, "kept": KEPT} | known
    drift = judge("web1", "lab", found, Known(**given), NOON)
    assert (drift.state, [each.found for each in drift.differences]) == (state, told)


def test_what_moved_is_named_also_beside_a_broken_promise() -> None:
    now = {"roles/web/tasks/main.yml": "9999", "plugins/new.py": "1"}
    drift = judge("web1", "lab", Found(KEPT, (BROKEN,)), Known(now, KEPT), NOON)
    assert drift.moved == ("ansible.cfg (gone)", "plugins/new.py (new)", "roles/web/tasks/main.yml")
    assert (drift.promised, drift.broken, drift.unverifiable, drift.run) == (1, 1, 1, "r1")


def test_a_state_keeps_its_beginning_and_another_begins_anew() -> None:
    first = judge("web1", "lab", Found(KEPT), Known(INPUTS, KEPT), NOON)
    later = judge("web1", "lab", Found(KEPT), Known(INPUTS, KEPT), NOON + timedelta(hours=1))
    moved = judge("web1", "lab", Found(KEPT, (BROKEN,)), Known(INPUTS, KEPT), NOON + timedelta(hours=2))
    assert lasting(later, first).since == NOON
    assert lasting(moved, first).since == NOON + timedelta(hours=2)


def test_a_beginning_that_is_still_to_come_begins_anew() -> None:
    now = judge("web1", "lab", Found(KEPT), Known(INPUTS, KEPT), NOON)
    assert lasting(now, replace(now, since=NOON + timedelta(days=1800))).since == NOON


def test_the_exit_code_is_that_of_the_worst_state_and_all_of_it_is_shown() -> None:
    good = judge("web1", "lab", Found(KEPT), Known(INPUTS, KEPT), NOON)
    codes = {"in_sync": 0, "pending": 8, "unverifiable": 9, "unreachable": 4, "corrective": 1}
    hosts = []
    for state, code in codes.items():
        hosts.append(replace(good, host=state, state=state, differences=(BROKEN,) if code == 1 else ()))
        assert proving.code_of(hosts) == code
    proof = Proof(NOON, "p1", ("in_sync",), ("in_sync web: update /etc/a",))
    lines = shown.lines(Drift("lab", NOON, 1.5, tuple(hosts), (), "r9", proof), set(codes))
    assert lines[0].startswith("corrective: corrective since 2026-11-26 12:00:00 UTC; 1 promises of ")
    assert lines[1] == "  file /etc/a: promised mode 0644; found mode 0600"
    assert "  in_sync web: update /etc/a" in lines
    assert "run r9 works meanwhile: hosts may be between two states" in lines
    assert lines[-1].startswith(
        "5 hosts in 1.50 s: corrective 1, unreachable 1, unverifiable 1, pending 1, in_sync 1;"
    )
