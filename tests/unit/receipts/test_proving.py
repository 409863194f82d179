"""The full check judges the look: a host called in sync that would be changed is told, unless it moved meanwhile."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from estate.receipts import beside, looking, proving
from estate.receipts.judging import Found, Known, judge
from estate.records import Change, Plan, write
from estate.records.drift import Beside, Difference, Drift, HostDrift
from estate.runs import fast, planning
from estate.runs.environment import Environment
from estate.runs.refused import Exit
from tests.unit.receipts.conftest import INPUTS, NOON, receipt

GOOD = judge("web1", "lab", Found(receipt()), Known(INPUTS, receipt()), NOON)
BAD = judge(
    "web1", "lab", Found(receipt(), (Difference("file", "/a", "x", "y"),)), Known(INPUTS, receipt()), NOON
)
CHANGE = Change("web1", "ansible", "web", "update", "/etc/a")


def seen(*hosts: HostDrift) -> Drift:
    return Drift("lab", NOON, 1.0, hosts, (), "", None)


def proven(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    first: HostDrift,
    *changes: Change,
    second: HostDrift = GOOD,
) -> tuple[Drift, int]:
    made = Plan("p1", "lab", "c", "", "", "", changes, (), {})
    monkeypatch.setattr(planning, "plan", lambda *_: (made, tmp_path, Exit.OK))
    monkeypatch.setattr(looking, "look", lambda *_: seen(second))
    return proving.prove(Environment("lab", tmp_path), ["web1"], None, seen(first))


@pytest.mark.parametrize(
    ("first", "changes", "second", "code", "contradicted"),
    [
        (GOOD, (), GOOD, 0, ()),
        (GOOD, (CHANGE,), GOOD, 7, ("web1 web: update /etc/a",)),
        (GOOD, (CHANGE,), BAD, 1, ()),  # it moved while Ansible looked
        (BAD, (CHANGE,), BAD, 1, ()),
        (BAD, (CHANGE,), GOOD, 1, ()),  # it was never called in sync
        (GOOD, (replace(CHANGE, tool="pyinfra"),), GOOD, 0, ()),  # of records no receipt tells anything
    ],
)
def test_a_change_on_a_host_called_in_sync_contradicts_the_look(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    first: HostDrift,
    changes: tuple[Change, ...],
    second: HostDrift,
    code: int,
    contradicted: tuple[str, ...],
) -> None:
    drift, ended = proven(tmp_path, monkeypatch, first, *changes, second=second)
    assert drift.proof is not None
    assert (ended, drift.proof.contradicted, drift.proof.run) == (code, contradicted, "p1")
    kept = looking.last(Environment("lab", tmp_path))
    assert kept == drift


def test_a_look_that_was_kept_while_ansible_checked_stays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    environment = Environment("lab", tmp_path)
    newer = replace(seen(BAD), at=NOON + timedelta(minutes=9))
    looking.keep(environment, newer)
    drift, _ = proven(tmp_path, monkeypatch, GOOD)
    assert drift.hosts == (GOOD,) and drift.proof is not None
    assert looking.last(environment) == replace(newer, proof=drift.proof)


def test_fast_leaves_no_host_out_that_moved_or_of_which_something_is_planned(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hosts = {name: replace(GOOD, host=name) for name in ("a", "b")} | {"c": replace(BAD, host="c")}
    monkeypatch.setattr(looking, "look", lambda *_: seen(*hosts.values()))
    (tmp_path / "inventories/lab").mkdir(parents=True)
    (tmp_path / "inventories/lab/hosts.yml").write_text("web: {hosts: {a: {}, b: {}, c: {}}}\n")
    environment = Environment("lab", tmp_path)
    assert fast.holding(environment, "") == {"a": "r1", "b": "r1"}
    assert fast.holding(environment, "b") == {"b": "r1"}
    assert fast.holding(environment, "", [replace(CHANGE, host="a")]) == {"b": "r1"}
    assert fast.told({"b": "r1"}) == [
        "b: left out of Ansible (--fast): its inputs and the receipt of run r1 still hold"
    ]


def test_switches_and_records_stand_beside_the_hosts(tmp_path: Path) -> None:
    at = "2026-11-26T12:00:00Z"
    state = {"looked_at": at, "differences": [], "ports": []}
    for name, more in (
        ("sw-a", {"drift": "pending", "differences": ["x"]}),
        ("sw-b", {"drift": "in_sync", "startup_differs": True}),
    ):
        write(tmp_path / f"switches/state/{name}.json", {"switch": name, **state, **more})
    (tmp_path / "switches/state/sw-c.json").write_text("{")
    beside.note_deploys(tmp_path, {"people": beside.Records(["a"]), "shares": beside.Records()})
    beside.note_deploys(tmp_path, {"people": beside.Records()})
    told = [(one.name, one.state, one.changes) for one in beside.read_all(tmp_path)]
    assert told == [
        ("sw-a", "pending", 1),
        ("sw-b", "corrective", 1),
        ("people", "in_sync", 0),
        ("shares", "in_sync", 0),
    ]
    assert beside.read_all(tmp_path)[0] == Beside("sw-a", "pending", NOON, 1, ("x",))


def test_of_records_it_is_told_who_moved(tmp_path: Path) -> None:
    """Each look is what a plan found: which changes, and whether what is wanted is still the same."""
    looks = [(["a"], "1"), ([], ""), (["b"], "1"), (["b", "c"], "2"), ([], "2"), (["c"], "2")]
    told = []
    for names, wanted in looks:
        beside.note_deploys(tmp_path, {"people": beside.Records(names, wanted)})
        (one,) = beside.read_all(tmp_path)
        told.append((one.state, one.names))
    assert told == [
        ("differs", ("a",)),
        ("in_sync", ()),
        ("corrective", ("b",)),
        ("pending", ("b", "c")),
        ("in_sync", ()),
        ("corrective", ("c",)),
    ]


def test_a_beginning_of_records_that_is_still_to_come_begins_anew(tmp_path: Path) -> None:
    beside.note_deploys(tmp_path, {"people": beside.Records(["a"], "1")})
    (one,) = beside.read_all(tmp_path)
    assert one.since is not None
    write(tmp_path / "records_drift.json", [replace(one, since=one.since + timedelta(days=1800))])
    beside.note_deploys(tmp_path, {"people": beside.Records(["a"], "1")})
    (again,) = beside.read_all(tmp_path)
    assert again.since is not None and again.since < one.since + timedelta(days=1)
