"""Holds the records to their shape and the files of a run to what a kill may leave behind."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from estate.records import (
    Change,
    Outcome,
    RecordError,
    Run,
    RunDirectory,
    Verdict,
    append,
    read,
    read_lines,
    runs_below,
    to_json,
    write,
    write_text,
)
from estate.records.files import MEND
from estate.records.runs import process_started

OUTCOME = Outcome("mail1", "ansible", "mail_server", "Lay down the files", "failed", "İğneada: yok", 1.5)


def started(var: Path) -> RunDirectory:
    return RunDirectory.start(
        var, "apply", environment="lab", commit="0" * 40, who="deneme@burada", reason="why"
    )


@pytest.mark.parametrize(
    "record",
    [
        OUTCOME,
        Change("mail1", "pyinfra", "mailboxes", "delete", "account işıl@x", "exists", None),
        Verdict("mail", "inward", "outside1", "error", "read", "not observed", 0.1),
    ],
)
def test_a_record_comes_back_as_it_was_written(tmp_path: Path, record: Outcome | Change | Verdict) -> None:
    write(tmp_path / "r.json", record)
    assert read(tmp_path / "r.json", type(record)) == record


@pytest.mark.parametrize(
    ("key", "value", "told"),
    [
        ("colour", "red", "`colour` is not one of its keys"),
        ("status", "fine", "`status` is none of 'ok', 'changed'"),
        ("seconds", "1.5", "`seconds` is not a number"),
        ("host", None, "`host` is not a text"),
    ],
)
def test_a_record_of_another_shape_is_refused_by_file_and_key(
    tmp_path: Path, key: str, value: object, told: str
) -> None:
    write_text(tmp_path / "r.json", json.dumps({**json.loads(to_json(OUTCOME)), key: value}))
    with pytest.raises(RecordError) as refused:
        read(tmp_path / "r.json", Outcome)
    assert str(refused.value).startswith(f"{tmp_path}/r.json: not a valid record: {told}")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('{"host": "mail1", "sta', "it is not whole JSON (EOF while parsing a string at line 1 column 22)"),
        ("[]", "the whole is not a set of keys"),
        ('"kasa-anahtari"', "the whole is not a set of keys"),
    ],
)
def test_a_damaged_record_is_told_in_words_and_never_shown(tmp_path: Path, text: str, told: str) -> None:
    write_text(tmp_path / "r.json", text)
    with pytest.raises(RecordError) as refused:
        read(tmp_path / "r.json", Outcome)
    assert str(refused.value) == f"{tmp_path}/r.json: not a valid record: {told}. {MEND}"


def test_json_is_one_text_per_record_whatever_the_order_of_its_making() -> None:
    assert to_json({"b": 1, "a": OUTCOME}) == to_json({"a": OUTCOME, "b": 1})
    assert "İğneada" in to_json(OUTCOME)


def test_a_failed_write_leaves_the_old_file_and_nothing_beside_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_text(tmp_path / "r.json", "old")

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        write_text(tmp_path / "r.json", "new")
    assert [p.name for p in tmp_path.iterdir()] == ["r.json"]
    assert (tmp_path / "r.json").read_text() == "old"


def test_a_line_torn_by_a_kill_is_left_out_and_the_others_are_read(tmp_path: Path) -> None:
    path = tmp_path / "outcomes.jsonl"
    append(path, OUTCOME)
    with path.open("a") as stream:
        stream.write(to_json(replace(OUTCOME, host="mon1"))[:40])
    assert read_lines(path, Outcome) == [OUTCOME]


def test_a_whole_line_of_another_shape_is_refused_with_its_number(tmp_path: Path) -> None:
    path = tmp_path / "outcomes.jsonl"
    append(path, OUTCOME)
    with path.open("a") as stream:
        stream.write("{}\n")
    with pytest.raises(RecordError, match=r"outcomes\.jsonl:2: not a valid record: `host` is missing"):
        read_lines(path, Outcome)


def test_a_run_can_be_read_while_it_goes_on_and_after_it_ended(tmp_path: Path) -> None:
    folder = started(tmp_path)
    folder.record(OUTCOME)
    assert folder.head().result == "running"
    assert folder.outcomes() == [OUTCOME]
    folder.finish("failed")
    assert folder.head().result == "failed"
    assert folder.head().ended is not None
    assert folder.outcomes() == [OUTCOME]
    assert sorted(p.name for p in folder.path.iterdir()) == ["outcomes.json", "run.json"]


def test_a_run_whose_process_is_gone_is_interrupted_and_keeps_its_outcomes(tmp_path: Path) -> None:
    code = (
        "import os, pathlib, signal, sys\n"
        "from estate.records import Outcome, RunDirectory\n"
        "folder = RunDirectory.start(pathlib.Path(sys.argv[1]), 'apply', environment='lab', commit='c',"
        " who='w', reason='')\n"
        "folder.record(Outcome('mail1', 'ansible', 'mail_server', 'first', 'changed'))\n"
        "os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    done = subprocess.run([sys.executable, "-c", code, str(tmp_path)], check=False)
    assert done.returncode == -9
    (folder,) = runs_below(tmp_path)
    assert folder.head().result == "interrupted"
    assert [outcome.key for outcome in folder.outcomes()] == ["first"]


def test_another_process_that_got_the_same_number_does_not_keep_a_run_alive(tmp_path: Path) -> None:
    folder = started(tmp_path)
    head = read(folder.path / "run.json", Run)
    write(folder.path / "run.json", replace(head, process_started=head.process_started - 1))
    assert folder.head().result == "interrupted"


def test_the_start_of_a_process_is_known_until_it_is_gone() -> None:
    child = subprocess.Popen(["sleep", "60"])
    assert process_started(child.pid) is not None
    child.kill()
    os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)
    assert process_started(child.pid) is None, "a zombie runs nothing"
    child.wait()
    assert process_started(child.pid) is None


def test_runs_are_listed_oldest_first_and_a_folder_without_a_head_is_none(tmp_path: Path) -> None:
    for name in ("20261126T020000Z-plan-bbbbbb", "20261126T010000Z-apply-aaaaaa"):
        head = Run(
            id=name,
            kind="plan",
            environment="lab",
            commit="c",
            who="w",
            reason="",
            started=datetime(2026, 11, 26, tzinfo=UTC),
            ended=datetime(2026, 11, 26, 1, tzinfo=UTC),
            result="ok",
            pid=1,
            process_started=1,
        )
        write(tmp_path / "runs" / name / "run.json", head)
    (tmp_path / "runs" / "20261126T030000Z-plan-cccccc").mkdir()
    assert [folder.path.name[9:11] for folder in runs_below(tmp_path)] == ["01", "02"]
