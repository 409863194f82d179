"""What is due is held one after another inside its window, beside no other run; who could not be told is said."""

import json
import socket
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from estate.cli import drill as cli
from estate.cli import drill_times
from estate.declared import load
from estate.drill import holding, telling
from estate.drill.attempts import BEGUN, Begun, attempts
from estate.escrow import envelope_path
from estate.records import RecordError, append, write
from estate.records.damaged import Damaged
from estate.runs.environment import ROOT, Environment
from estate.runs.lock import Holder, held
from estate.runs.refused import RefusedError

SATURDAY = datetime(2026, 11, 28, 7, 0, tzinfo=UTC)
"""Ten o'clock in Istanbul: the windows of `mail` and `directory` are open, those of the others are not."""
ESTATE = load(ROOT / "inventories/lab")


class _Held(list[str]):
    """Writes evidence in place of holding a drill; a result can be chosen by drill."""

    def __init__(self, var: Path) -> None:
        super().__init__()
        self.var, self.results = var, {"directory": "passed"}

    def __call__(self, where: Environment, name: str, reason: str) -> holding.Holding:
        if name not in self.results:
            raise RefusedError(f"{name} has no escrowed key")
        self.append(f"{name}: {reason}")
        moment = (SATURDAY + timedelta(minutes=len(self))).isoformat()
        folder = self.var / "evidence" / f"2026112{len(self)}T070000Z-drill-abcdef"
        folder.mkdir(parents=True)
        if self.results[name] == "broken":
            write(folder / BEGUN, Begun(name, SATURDAY))
            raise OSError(28, "No space left on device")
        record = {"scenario": name, "started": moment, "ended": moment, "result": self.results[name]}
        (folder / "record.json").write_text(json.dumps(record), "utf-8")
        return holding.Holding(name, self.results[name], str(folder / "record.json"))


@pytest.fixture
def held_here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> _Held:
    replaced = _Held(tmp_path)
    monkeypatch.setattr(Environment, "var", property(lambda self: tmp_path))
    monkeypatch.setattr(holding, "hold", replaced)
    monkeypatch.setattr(drill_times, "_now", lambda: SATURDAY + timedelta(hours=1))
    return replaced


def _due(*words: str) -> Any:
    return CliRunner().invoke(cli.app, ["due", *words])


def test_what_is_inside_its_window_is_held_once_and_the_rest_is_listed(held_here: _Held) -> None:
    held_here.results["mail"] = "passed"
    assert _due("--hold").exit_code == 0
    assert held_here == ["mail: timer: never", "directory: timer: never"]
    assert _due("--hold").exit_code == 0 and len(held_here) == 2
    states = {row["drill"]: row["state"] for row in json.loads(_due("--json").stdout)}
    assert states == {"mail": "held", "directory": "held", "switch": "never", "telephony": "never"}


@pytest.mark.parametrize(("result", "code"), [("failed", 1), ("error", 3)])
def test_the_worst_result_decides_the_exit_code(held_here: _Held, result: str, code: int) -> None:
    held_here.results["mail"] = result
    assert _due("--hold").exit_code == code and len(held_here) == 2


def test_one_that_cannot_begin_does_not_keep_the_next_from_it(held_here: _Held) -> None:
    done = _due("--hold")
    assert (done.exit_code, list(held_here)) == (2, ["directory: timer: never"])
    assert "mail has no escrowed key" in done.stdout


@pytest.mark.parametrize("name", ["lock", holding.LOCK])
def test_nothing_is_held_beside_another_run(held_here: _Held, name: str) -> None:
    with held(held_here.var / name, who="veli@yonetim1", run="20261128T070000Z-apply-abcdef"):
        done = _due("--hold")
    assert (done.exit_code, list(held_here)) == (5, [])
    assert "20261128T070000Z-apply-abcdef" in done.stderr


def test_a_try_that_left_no_record_counts_and_keeps_no_other_from_being_held(held_here: _Held) -> None:
    held_here.results["mail"] = "broken"
    done = _due("--hold")
    assert (done.exit_code, len(held_here)) == (3, 2)
    assert "mail: error: OSError: [Errno 28] No space left on device" in done.stdout
    for _ in range(2):
        _due("--hold")
    assert [one.partition(":")[0] for one in held_here] == ["mail", "directory", "mail"]


def test_a_drill_is_known_to_have_begun_before_its_first_step(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*words: Any, **named: Any) -> None:
        raise OSError("no space")

    monkeypatch.setattr(Environment, "var", property(lambda self: tmp_path))
    monkeypatch.setattr(holding.session, "hold", broken)
    with pytest.raises(OSError, match="no space"):
        holding.hold(Environment(), "switch", "r", quiet=True)
    ((name, (one,)),) = attempts(tmp_path / "evidence").items()
    assert (name, one.result, one.counts) == ("switch", "error", False)


def test_damaged_evidence_keeps_no_drill_from_being_held_and_makes_none_held(held_here: _Held) -> None:
    """Beside `begun.json` its drill has begun and counts as tried; alone nothing is known of it."""
    held_here.results["mail"] = "passed"
    for number, begun in ((8, "mail"), (9, "")):
        damaged = held_here.var / f"evidence/2026112{number}T070000Z-drill-abcdef/record.json"
        write(damaged, {})
        damaged.write_text("", "utf-8")
        if begun:
            write(damaged.with_name(BEGUN), Begun(begun, SATURDAY))
    done = _due("--hold")
    assert (done.exit_code, list(held_here)) == (3, ["mail: timer: never", "directory: timer: never"])
    assert f"evidence: {damaged}: not a valid record" in done.stderr and "move it aside" in done.stderr
    listed = _due("--json")
    assert (listed.exit_code, json.loads(listed.stdout)[0]["state"]) == (3, "held")
    rows = CliRunner().invoke(cli.app, ["list"])
    assert rows.exit_code == 3 and str(damaged) in rows.stderr, "and this writes records without an id"
    assert [one.counts for one in attempts(held_here.var / "evidence", Damaged())["mail"]] == [True, False]
    with pytest.raises(RecordError):
        attempts(held_here.var / "evidence")


@pytest.mark.parametrize(("host", "code"), [("", 0), ("yonetim9", 5)])
def test_what_a_killed_run_left_is_looked_at_and_not_taken(held_here: _Held, host: str, code: int) -> None:
    held_here.results["mail"] = "passed"
    left = Holder("veli", host or socket.gethostname(), 1, 1, datetime.now(UTC), "RUN")
    append(held_here.var / "lock", left)
    before = (held_here.var / "lock").read_text("utf-8")
    assert _due("--hold").exit_code == code
    assert (held_here.var / "lock").read_text("utf-8") == before


def test_the_letters_say_in_turkish_what_begins_and_how_it_ended() -> None:
    drill = ESTATE.drills[0]
    before = telling.begins(ESTATE, drill, "RUN", "timer: due", SATURDAY)
    record = {
        "result": "failed",
        "rto_seconds": None,
        "rpo_seconds": 61.2,
        "problems": ["drill1, log in: no"],
    }
    after = telling.ended(ESTATE, drill, record, "var/lab/evidence/RUN/record.json", SATURDAY)
    assert before["To"] == "ugur.sahin@gumuscagil.bel.example, yigit.cicek@gumuscagil.bel.example"
    assert "tatbikat şimdi başlıyor" in before.get_content() and "mail1" in before.get_content()
    assert after["Subject"].endswith("- başarısız") and "(hedef 14400 s)" in after.get_content()
    assert "ölçülmedi" in after.get_content() and "drill1, log in: no" in after.get_content()


def test_who_could_not_be_told_is_said_and_nothing_is_raised(tmp_path: Path) -> None:
    letter = telling.begins(ESTATE, ESTATE.drills[0], "RUN", "timer: due", SATURDAY)
    nowhere = Environment("lab", tmp_path)
    (tmp_path / "inventories/lab").mkdir(parents=True)
    (tmp_path / "inventories/lab/hosts.yml").write_text("mail_servers: {hosts: {posta1: }}\n", "utf-8")
    assert telling.told(nowhere, letter).startswith("nobody was told: posta1 did not take the letter: ")
    (tmp_path / "inventories/lab/hosts.yml").write_text("proxies: {hosts: {vekil1: }}\n", "utf-8")
    assert telling.told(nowhere, letter) == "nobody was told: no host is in the group mail_servers"


def test_a_drill_is_announced_once_it_may_begin_and_its_end_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who was told before stands in the evidence; a drill that may not begin is announced to nobody."""
    letters: list[str] = []
    declared: list[Any] = []

    def run(ready: Any, opened: Any, begin: str) -> tuple[str, Path]:
        declared.append((begin, ready.declared.get("told", "")))
        path = tmp_path / "record.json"
        found = {"result": "passed", "rto_seconds": 60.0, "rpo_seconds": 60.0, "problems": []}
        path.write_text(json.dumps(found), "utf-8")
        return "passed", path

    def told(where: Environment, letter: Any) -> str:
        letters.append(letter["Subject"].partition(":")[0])
        return "nobody was told: the mail server is away"

    monkeypatch.setattr(Environment, "var", property(lambda self: tmp_path))
    monkeypatch.setattr(telling, "told", told)
    monkeypatch.setattr(holding.session, "run", run)
    where = Environment()
    done = holding.hold(where, "switch", "timer: due")
    assert (done.result, done.after) == ("passed", "nobody was told: the mail server is away")
    assert declared == [("host_up", done.before)] and letters == ["Tatbikat başlıyor", "Tatbikat sonucu"]
    holding.hold(where, "switch", "r", begin="configured")
    holding.hold(where, "switch", "r", quiet=True)
    assert declared[1:] == [("configured", ""), ("host_up", "")] and len(letters) == 2
    with pytest.raises(RefusedError, match="rehearsed from"):
        holding.hold(where, "switch", "r", begin="accepted")
    assert len(letters) == 2 and len(declared) == 3


@pytest.mark.parametrize(
    ("answer", "words"),
    [(None, "drill1 does not answer"), ("OLD\n", "drill1 bears the mark of the drill OLD"), ("", "")],
)
def test_outside_the_lab_nobody_is_told_of_a_drill_without_a_new_host(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, answer: str | None, words: str
) -> None:
    (tmp_path / "inventories").mkdir()
    (tmp_path / "inventories/belediye").symlink_to(ROOT / "inventories/lab")
    where = Environment("belediye", tmp_path)
    for path in (envelope_path(where.var, ESTATE.drills[0].backup_job), where.known_messages):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("{}", "utf-8")
    letters: list[str] = []

    def told(environment: Environment, letter: Any) -> str:
        letters.append(letter["Subject"])
        raise OSError("far enough")

    monkeypatch.setattr(telling, "told", told)
    monkeypatch.setattr(Environment, "refuse_when_down", lambda self: None)
    monkeypatch.setattr(holding.session.Reach, "ask", lambda self, host, command: answer)
    with pytest.raises(RefusedError if words else OSError, match=words or "far enough"):
        holding.hold(where, "mail", "timer: never")
    assert len(letters) == (0 if words else 1)
