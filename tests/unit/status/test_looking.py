"""Answers and records are read as they are; another shape, a damaged file or silence costs what it would have told."""

import json
import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from estate.cli import status as verb
from estate.declared import load
from estate.records import RunDirectory
from estate.runs import watching
from estate.runs.environment import ROOT, Environment
from estate.runs.lock import held, look
from estate.status.measured import AnswerError, measured, query
from estate.status.recorded import recorded
from estate.status.shapes import ORDER, Fact, Light, Noted, Row, Status
from tests.unit.status.answering import answering

NOW = datetime(2026, 11, 26, 12, 0, tzinfo=UTC)
RULES: dict[str, Any] = {
    "groups": [
        {
            "name": "mail",
            "rules": [
                {
                    "type": "alerting",
                    "name": "CanaryStale",
                    "health": "ok",
                    "lastEvaluation": "2026-11-27T00:26:22.20286986+03:00",
                    "alerts": [
                        {
                            "labels": {
                                "alertname": "CanaryStale",
                                "service": "eposta",
                                "severity": "critical",
                            },
                            "annotations": {"summary": "Kanarya eski."},
                            "state": "firing",
                            "activeAt": "2026-11-26T21:24:37.200906832Z",
                        }
                    ],
                },
                {
                    "type": "alerting",
                    "name": "Never",
                    "health": "unknown",
                    "lastEvaluation": "0001-01-01T00:00:00Z",
                    "alerts": [],
                },
            ],
        }
    ]
}
MATRIX: dict[str, Any] = {
    "result": [
        {"metric": {"__name__": "bim_pbx_up", "instance": "pbx1"}, "values": [[1, "0"], [1795728383.8, "1"]]},
        {"metric": {"__name__": "bim_nan"}, "values": [[1, "NaN"]]},
    ]
}
ALERTS = [{"status": {"state": "active", "mutedBy": ["mesai"]}}, {"status": {"state": "active"}}]


def test_answers_are_read_with_their_own_times() -> None:
    told = measured(RULES, MATRIX, ALERTS)
    (alert,) = told.alerts
    assert (alert.name, alert.firing, alert.severity) == ("CanaryStale", True, "critical")
    assert alert.since == datetime(2026, 11, 26, 21, 24, 37, 200906, UTC)
    assert told.rules["CanaryStale"].evaluated == datetime(2026, 11, 26, 21, 26, 22, 202869, UTC)
    assert (told.rules["Never"].healthy, told.rules["Never"].evaluated) == (False, None)
    (sample,) = told.samples["bim_pbx_up"]
    assert (sample.value, sample.at.timestamp()) == (1.0, 1795728383.8)
    assert "bim_nan" not in told.samples and told.held_back == 1
    assert measured(RULES, MATRIX, None).held_back is None
    assert "bim_pbx_up|node_textfile_mtime_seconds" in query({"bim_pbx_up"})


@pytest.mark.parametrize(
    "answers", [([], MATRIX, ALERTS), (RULES, {"result": [{}]}, []), (RULES, MATRIX, [3])]
)
def test_another_shape_is_refused(answers: tuple[Any, Any, Any]) -> None:
    with pytest.raises(AnswerError):
        measured(*answers)


def _write(path: Path, record: object) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(record if isinstance(record, str) else json.dumps(record), "utf-8")


def test_records_are_read_and_a_damaged_one_is_named(tmp_path: Path) -> None:
    assert recorded(tmp_path, None).unread == () and recorded(tmp_path, None).pipeline is None
    at = NOW.isoformat()
    _write(
        tmp_path / "escrow/dizin.check.json",
        {"job": "dizin", "result": "passed", "checked": at, "reason": ""},
    )
    _write(
        tmp_path / "switches/state/sw.json", {"switch": "sw", "failure": "no", "drift": "x", "looked_at": at}
    )
    _write(tmp_path / "drift.json", {"at": at, "hosts": {"mail1": {"state": "corrective", "since": at}}})
    _write(tmp_path / "pipelines/1.json", {"id": "1", "result": "failed", "started": at, "ended": None})
    _write(tmp_path / "pipelines/0.json", {"id": "0", "result": "passed", "started": "2026-01-01"})
    for kind in ("apply", "plan"):
        run = RunDirectory.start(tmp_path, kind, environment="lab", commit="c", who="w", reason="")  # type: ignore[arg-type]
        run.finish("failed")
    _write(run.path / "run.json", "{")
    _write(tmp_path / "applied.json", "")
    told = recorded(tmp_path, None)
    assert told.envelopes[0].word == "passed" and told.switches[0].word == "unreachable"
    assert told.drift[0].word == "corrective" and told.pipeline and told.pipeline.word == "failed"
    assert len(told.unread) == 3 and {"pipelines/0.json", "applied.json"} < set(told.unread), "half a run too"
    look: dict[str, Any] = {"at": at, "hosts": [{"host": "mail1", "state": "in_sync", "unverifiable": 3}]}
    for proof, word in ((None, "in_sync"), ({"contradicted": ["mail1 mail_server: /etc/x"]}, "contradicted")):
        _write(tmp_path / "drift.json", {**look, "proof": proof})
        assert recorded(tmp_path, None).drift == (Noted("mail1", word, NOW, "3"),)


def test_a_drill_stands_where_its_timer_sees_it(tmp_path: Path) -> None:
    estate = load(Path(__file__).parents[3] / "inventories/lab")
    for day, result in (("01", "passed"), ("02", "error"), ("29", "failed")):
        at = f"2026-11-{day}T09:00:00Z"
        drill = {"scenario": "mail", "result": result, "started": at, "ended": at}
        _write(tmp_path / f"evidence/202611{day}T090000Z-drill-abcdef/record.json", drill)
    told = {one.name: one for one in verb._drills(estate, tmp_path / "evidence", NOW)}
    assert told["mail"] == Noted("mail", "held", datetime(2026, 11, 2, 9, tzinfo=UTC), "error")
    assert {told[name].word for name in told.keys() - {"mail"}} == {"never"}, "of the 29th nobody knows yet"
    _write(tmp_path / "evidence/20261103T090000Z-drill-abcdef/record.json", "{")
    seen = recorded(tmp_path, None, lambda: verb._drills(estate, tmp_path / "evidence", NOW))
    assert (seen.drills, seen.unread) == ((), ("evidence/20261103T090000Z-drill-abcdef/record.json",))


def test_the_newest_run_of_a_kind_is_found_below_many_others(tmp_path: Path) -> None:
    old = RunDirectory.start(tmp_path, "verify", environment="lab", commit="c", who="w", reason="")
    old.finish("ok")
    old.path.rename(tmp_path / "runs/20260101T000000Z-verify-abcdef")
    head = (tmp_path / "runs/20260101T000000Z-verify-abcdef/run.json").read_text("utf-8")
    for number in range(61):
        run = tmp_path / f"runs/20260102T0000{number:02}Z-plan-abcdef/run.json"
        _write(run, head.replace('"verify"', '"plan"'))
    assert {note.name for note in recorded(tmp_path, None).runs} == {"plan", "verify"}


def test_a_pipeline_whose_process_is_gone_was_interrupted(tmp_path: Path) -> None:
    here = {"host": os.uname().nodename, "pid": 2**22 + 1, "process_started": 7}
    run = {"id": "1", "result": "running", "started": NOW.isoformat(), "ended": None, "commit": "c" * 40}
    for where, word in ((here, "interrupted"), ({**here, "host": "elsewhere"}, "running"), ({}, "running")):
        _write(tmp_path / "pipelines/1.json", {**run, **where})
        assert recorded(tmp_path, None).pipeline == Noted("1", word, NOW, "c" * 12)


def test_who_holds_the_lock_is_seen_without_touching_it(tmp_path: Path) -> None:
    lock = tmp_path / "lock"
    assert look(lock).state == "free"
    with held(lock, who="ayse", run="r1"):
        seen = look(lock)
        assert seen.state == "held" and seen.holder and (seen.holder.who, seen.holder.run) == ("ayse", "r1")
    assert look(lock).state == "free"
    killed = "import os; from pathlib import Path; from estate.runs.lock import held; import sys\n"
    killed += "with held(Path(sys.argv[1]), who='w', run='r2'): os._exit(9)"
    subprocess.run([sys.executable, "-c", killed, str(lock)], check=False)
    seen = look(lock)
    assert seen.state == "left" and seen.holder and seen.holder.run == "r2"


def _answer(path: str) -> Any:
    if "/api/v1/" in path:
        return {"status": "success", "data": RULES if "rules" in path else MATRIX}
    return ALERTS


@pytest.fixture
def server() -> Iterator[str]:
    with answering(_answer) as address:
        yield address


@pytest.fixture
def mute() -> Iterator[str]:
    """Gives the address of a server that takes the question and never answers."""
    with socket.create_server(("127.0.0.1", 0)) as door:
        yield f"http://127.0.0.1:{door.getsockname()[1]}"


def test_a_server_that_answers_is_believed_and_one_that_does_not_is_named(
    server: str, mute: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    told, why = watching.watched(server, server, {"bim_pbx_up"})
    assert told and why == "" and told.held_back == 1
    monkeypatch.setattr(watching, "WITHIN", 1.0)
    told, why = watching.watched(server, mute, {"bim_pbx_up"})
    assert told and told.held_back is None, "the other half still counts"
    told, why = watching.watched(mute, server, {"bim_pbx_up"})
    assert told is None and why
    told, why = watching.watched("http://127.0.0.1:1", server, {"bim_pbx_up"})
    assert told is None and "refused" in why


@pytest.mark.parametrize(
    ("light", "code"), [("green", 0), ("red", 1), ("unknown", 3), ("yellow", 4), ("none", 0)]
)
def test_the_command_ends_by_the_worst_light(
    light: Light, code: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = tuple(
        Row.of(one, one, [Fact("planned", one, "records", NOW)]) for one in ORDER[ORDER.index(light) :]
    )
    monkeypatch.setattr(verb, "_status", lambda _: Status("lab", NOW, "no answer", rows, ()))
    app = verb.typer.Typer()
    app.command()(verb.command)
    as_json = CliRunner().invoke(app, ["--json"])
    told = json.loads(as_json.stdout)
    assert (as_json.exit_code, told["exit"], told["light"]) == (code, code, light)
    assert set(told) == {"environment", "at", "light", "exit", "unasked", "refused", "services", "estate"}
    fact = {"what", "light", "source", "at", "age_seconds", "values", "text", "text_tr"}
    assert set(told["services"][0]["facts"][0]) == fact
    shown = CliRunner().invoke(app, ["--lang", "tr"])
    assert shown.exit_code == code and "planlandı" in shown.stdout and "no answer" in shown.stdout
    assert CliRunner().invoke(app, ["--lang", "de"]).exit_code == 2


@pytest.mark.parametrize(
    ("file", "text", "told", "lacking"),
    [
        ("estate/shares.yml", "estate_shares: []\n", "estate/shares.yml:1: estate_shares", ["shares"]),
        (
            "group_vars/all/services.yml",
            "estate_services: [\n",
            "services.yml:2: this is not YAML",
            ["services"],
        ),
        ("estate/drills.yml", "estate_drills: 3\n", "estate/drills.yml:1: estate_drills", ["drills"]),
        ("hosts.yml", "", "hosts.yml:1: the file is empty", ["hosts"]),
        ("group_vars/all/nosuch.yml", "x: 1\n", "no subject has this file name", []),
    ],
)
def test_a_mistake_in_a_declared_file_hides_nothing_that_is_measured(
    file: str,
    text: str,
    told: str,
    lacking: list[str],
    server: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    inventory = tmp_path / "inventories/lab"
    shutil.copytree(ROOT / "inventories/lab", inventory)
    (inventory / file).write_text(text, encoding="utf-8")
    chosen = Environment("lab", tmp_path)
    _write(chosen.var / "pipelines/1.json", {"id": "1", "result": "failed", "started": NOW.isoformat()})
    monkeypatch.setattr(Environment, "chosen", lambda *_: chosen)
    monkeypatch.setattr(Environment, "refuse_when_down", lambda _: None)
    if file != "hosts.yml":
        monkeypatch.setattr(watching, "doors", lambda _: (server, server))
    app = verb.typer.Typer()
    app.command()(verb.command)
    done = CliRunner().invoke(app, ["--json"])
    seen = json.loads(done.stdout)
    assert (done.exit_code, seen["exit"]) == (2, 2) and told in seen["refused"]
    rows = {row["id"]: row for row in (*seen["services"], *seen["estate"])}
    assert rows["pipeline"]["light"] == "red", "records are shown"
    known = [one["values"]["subject"] for one in rows["declared"]["facts"] if one["what"] == "undeclared"]
    assert known == lacking
    alerts = [one["text"] for row in rows.values() for one in row["facts"] if one["what"] == "alert"]
    assert alerts == ([] if file == "hosts.yml" else ["CanaryStale: Kanarya eski."])
    assert ("eposta" in rows) is (file != "group_vars/all/services.yml")
    for side, subject in (("drills", "drills"), ("drift", "hosts")):
        assert {one["what"] for one in rows[side]["facts"]} != {"none_declared"}
        assert (rows[side]["facts"][0]["what"] == "undeclared") is (subject in lacking)
    shown = CliRunner().invoke(app, [])
    assert shown.exit_code == 2 and told in shown.stderr and len(shown.stderr.splitlines()) == 1
