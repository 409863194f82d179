"""A host is given to one run at a time and never goes back from a newer commit to an older one (C79)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from estate.cli import apply as cli
from estate.records import RunDirectory, append, read
from estate.runs.environment import Environment
from estate.runs.lock import Holder, held, look
from estate.runs.refused import Exit, RefusedError
from estate.runs.revision import commit, is_ancestor
from estate.runs.revisions import claimed, settled
from pyinfra_deploys.facts import revision_on_host as on_host
from tests.unit.pipeline.conftest import Desk

HOSTS = ("posta1", "yedek1")


@dataclass
class Opened:
    """Stands for a run; the program of the hosts answers in its place, from files of this machine."""

    environment: Environment
    places: Path
    silent: frozenset[str] = frozenset()
    down: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        at = commit(self.environment.root)
        self.run = RunDirectory.start(
            self.environment.var, "apply", environment="example", commit=at, who="d", reason=""
        )

    def pyinfra(self, deploy: object, hosts: object, data: Mapping[str, str], *, recorded: bool) -> bool:
        assert recorded is False, "book-keeping is no outcome"
        for host, asked in json.loads(Path(data["asked_file"]).read_text()).items():
            if host not in self.silent:
                does = {"claim": on_host.claim, "settle": on_host.settle}[asked["do"]]
                answer = does(self.places / host, asked, datetime.now(UTC).timestamp())
                Path(data["answers"]).mkdir(exist_ok=True)
                (Path(data["answers"]) / f"{host}.json").write_text(json.dumps(answer))
        return True

    def fallen(self) -> dict[str, str]:
        return self.down


@pytest.fixture
def places(tmp_path: Path) -> Path:
    (tmp_path / "hosts").mkdir()
    return tmp_path / "hosts"


def carries(places: Path, host: str = "posta1") -> tuple[str, str]:
    found = read(places / host, dict[str, Any])
    return found["commit"], found["state"]


def apply(environment: Environment, places: Path, **how: Any) -> None:
    opened = Opened(environment, places, **how)
    settled(claimed(opened, HOSTS, None))  # type: ignore[arg-type]


def elsewhere(desk: Desk, tmp_path: Path, commit: str) -> Environment:
    """Another machine's checkout of the same repository, standing on a commit."""
    root = tmp_path / "elsewhere"
    desk.git("clone", "-q", str(desk.root), str(root))
    desk.git("checkout", "-q", commit, place=root)
    return Environment("example", root)


def test_the_slow_run_of_an_older_commit_changes_nothing(
    desk: Desk, example: Environment, places: Path, tmp_path: Path
) -> None:
    old, new = desk.commit("A"), desk.commit("B")
    apply(example, places)
    assert carries(places) == (new, "applied")
    before = (places / "posta1").read_text()
    with pytest.raises(RefusedError, match=f"posta1 carries {new[:12]}, newer than {old[:12]}") as refused:
        apply(elsewhere(desk, tmp_path, old), places)
    assert refused.value.code == Exit.SUPERSEDED
    assert (places / "posta1").read_text() == before


def test_a_newer_commit_of_a_shallow_copy_is_refused_and_not_called_older(
    desk: Desk, example: Environment, places: Path, tmp_path: Path
) -> None:
    desk.commit("A")
    apply(example, places)
    desk.commit("B")
    desk.git("clone", "-q", "--depth", "1", f"file://{desk.root}", str(tmp_path / "sig"))
    with pytest.raises(RefusedError, match="This is a shallow copy") as refused:
        apply(Environment("example", tmp_path / "sig"), places)
    assert refused.value.code == Exit.REFUSED


def test_a_replaced_commit_contains_nothing_more_than_it_did(desk: Desk) -> None:
    first, newer = desk.git("rev-parse", "HEAD"), desk.commit("A")
    orphan = desk.git("commit-tree", "-m", "öksüz", "HEAD^{tree}")
    desk.git("replace", orphan, newer)
    assert (is_ancestor(desk.root, first, newer), is_ancestor(desk.root, first, orphan)) == (True, False)


def test_a_run_at_work_elsewhere_is_waited_for_until_its_limit(
    desk: Desk, example: Environment, places: Path, tmp_path: Path
) -> None:
    old = desk.git("rev-parse", "HEAD")
    other = Opened(elsewhere(desk, tmp_path, old), places)
    claimed(other, ["yedek1"], None)  # type: ignore[arg-type]
    new = desk.commit("B")
    with pytest.raises(RefusedError, match="is at work on yedek1") as refused:
        apply(example, places)
    assert refused.value.code == Exit.LOCKED
    assert not (places / "posta1").exists(), "what was claimed beside it is given back"
    left = read(places / "yedek1", dict[str, Any])
    (places / "yedek1").write_text(json.dumps(left | {"since": left["since"] - 5 * 3600}))
    apply(example, places)
    assert carries(places, "yedek1") == (new, "applied")
    settled_late = on_host.settle(places / "yedek1", {"run": other.run.head().id, "state": "applied"}, 0)
    assert settled_late == {"answer": "lost"}, "who was taken over does not sign for what came after"


@pytest.mark.parametrize("since", [4e9, float("inf"), "2026-11-26", None])
def test_a_claim_of_no_possible_time_keeps_nobody_out(
    desk: Desk, example: Environment, places: Path, capfd: pytest.CaptureFixture[str], since: object
) -> None:
    """The clock of the host stood in 2096 when a run was killed there."""
    other = {"commit": desk.git("rev-parse", "HEAD"), "sequence": 1, "run": "r", "holder": "orada:/x"}
    (places / "yedek1").write_text(json.dumps(other | {"state": "applying", "since": since}))
    new = desk.commit("B")
    apply(example, places)
    assert carries(places, "yedek1") == (new, "applied")
    assert "yedek1: taking over from orada:/x, run r, which ended without an end" in capfd.readouterr().err


@pytest.mark.parametrize("what", [{"sequence": "1"}, {"commit": None}, {"run": 7}])
def test_a_record_of_the_wrong_kind_counts_as_half_a_one(
    desk: Desk, example: Environment, places: Path, what: dict[str, object]
) -> None:
    whole = {"commit": "c", "sequence": 9, "run": "r", "holder": "orada:/x", "state": "applying", "since": 0}
    (places / "yedek1").write_text(json.dumps(whole | what))
    apply(example, places)
    assert carries(places, "yedek1")[1] == "applied"


def test_a_killed_run_of_this_machine_is_taken_over_at_once(
    desk: Desk, example: Environment, places: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    claimed(Opened(example, places), HOSTS, None)  # type: ignore[arg-type]
    assert carries(places)[1] == "applying"
    apply(example, places, down={"yedek1": "failed"})
    assert (carries(places)[1], carries(places, "yedek1")[1]) == ("applied", "partly")
    assert "posta1: taking over from an earlier run of this machine" in capfd.readouterr().err


def test_a_host_of_another_history_or_without_an_answer_is_refused(
    desk: Desk, example: Environment, places: Path
) -> None:
    desk.git("checkout", "-q", "-b", "yan")
    desk.commit("yan")
    apply(example, places)
    desk.git("checkout", "-q", "main")
    desk.commit("ana")
    kept = (places / "posta1").read_text()
    with pytest.raises(RefusedError, match="does not contain") as refused:
        apply(example, places)
    assert (refused.value.code, (places / "posta1").read_text()) == (Exit.REFUSED, kept)
    (places / "posta1").write_text("yarım {")
    with pytest.raises(RefusedError, match="yedek1 did not say which commit it carries"):
        apply(example, places, silent=frozenset({"yedek1"}))
    assert not (places / "posta1").exists(), "half a record counts as none, and is given back as none"


@pytest.mark.parametrize("typed", ["", "a", "c0ffee", "C0FFEE0", "unknown", "c0ffee0.*"])
def test_a_commit_that_is_typed_back_is_one(capsys: pytest.CaptureFixture[str], typed: str) -> None:
    with pytest.raises(SystemExit) as ended:
        cli.command("plan.json", "example", over_revision=typed)
    assert ended.value.code == Exit.REFUSED
    assert capsys.readouterr().err.startswith(
        f"refused: --over-revision {typed!r} names no commit: type at least 7"
    )


def test_a_lock_of_another_machine_is_believed_until_its_limit(tmp_path: Path) -> None:
    since = datetime.now(UTC) - timedelta(hours=3)
    append(tmp_path / "lock", Holder("ayse", "baska-makine", 1, 1, since, "r1"))
    assert (look(tmp_path / "lock").state, look(tmp_path / "lock").overdue) == ("left", False)
    with (
        pytest.raises(RefusedError, match="ayse on baska-makine") as refused,
        held(tmp_path / "lock", who="d", run="r2"),
    ):
        pass
    assert refused.value.code == Exit.LOCKED
    with held(tmp_path / "lock", who="d", run="r2", limit=timedelta(hours=2)) as (_, dead):
        assert dead is not None and dead.run == "r1"
        assert look(tmp_path / "lock").state == "held"
    assert look(tmp_path / "lock").state == "free"
