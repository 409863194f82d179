"""Holds the reading of Ansible's results against ones recorded from ansible-playbook."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from estate.plan.ansible_results import TaskResult, changes, outcome

RECORDED = Path(__file__).with_name("recorded") / "results.jsonl"


def recorded() -> dict[str, TaskResult]:
    told: list[dict[str, Any]] = [json.loads(line) for line in RECORDED.read_text().splitlines()]
    results = [
        TaskResult(t["host"], t["task"], t["event"], t["result"], 0.5, t.get("ignored", False)) for t in told
    ]
    return {f"{result.host} {result.step}": result for result in results}


@pytest.mark.parametrize(
    ("which", "subject", "key", "status", "detail"),
    [
        (
            "gone Lay a file",
            "thing",
            "Lay a file",
            "unreachable",
            "Task failed: Failed to connect to the host via ssh: "
            "ssh: connect to host 127.0.0.1 port 9: Connection refused",
        ),
        ("here Lay a file", "thing", "Lay a file", "changed", ""),
        ("here A secret", "thing", "A secret", "changed", ""),
        ("here A loop", "thing", "one", "changed", ""),
        (
            "here Skipped by condition",
            "thing",
            "Skipped by condition",
            "skipped",
            "Conditional result was False",
        ),
        (
            "here Blind in check mode",
            "thing",
            "Blind in check mode",
            "unverifiable",
            "Command would have run if not in check mode",
        ),
        (
            "here Ignored failure",
            "thing",
            "Ignored failure",
            "ok",
            "ignored: The command exited with a non-zero return code.",
        ),
        (
            "here Fails",
            "thing",
            "Fails",
            "failed",
            "The command exited with a non-zero return code.\nbroken",
        ),
        ("mon1 Install a package", "playbook", "Install a package", "changed", ""),
        ("mon1 Nothing to do", "thing", "Nothing to do", "ok", ""),
    ],
)
def test_an_outcome_says_what_became_of_the_task(
    which: str, subject: str, key: str, status: str, detail: str
) -> None:
    told = outcome(recorded()[which])
    assert (told.subject, told.key, told.status, told.detail) == (subject, key, status, detail)
    assert told.seconds == 0.5


def test_a_task_that_its_own_condition_keeps_from_check_mode_is_unverifiable() -> None:
    skipped = TaskResult("h", "thing : Restart", "skipped", {"false_condition": "not ansible_check_mode"})
    assert outcome(skipped).status == "unverifiable"


@pytest.mark.parametrize(
    ("which", "expected"),
    [
        ("here Lay a file", [("create", "/srv/thing/a.txt", None, "hello\nworld\n")]),
        ("here A secret", [("run", "A secret", None, None)]),
        ("here A loop", [("create", "/srv/thing/one", None, "x one")]),
        (
            "here Mode only",
            [
                (
                    "update",
                    "/srv/thing/a.txt",
                    '{\n "mode": "0644",\n "path": "/srv/thing/a.txt"\n}',
                    '{\n "mode": "0600",\n "path": "/srv/thing/a.txt"\n}',
                )
            ],
        ),
        (
            "here Absent",
            [
                (
                    "delete",
                    "/srv/thing/old",
                    '{\n "path": "/srv/thing/old",\n "state": "file"\n}',
                    '{\n "path": "/srv/thing/old",\n "state": "absent"\n}',
                )
            ],
        ),
        ("mon1 Run a command", [("run", "Run a command", None, None)]),
        ("here Blind in check mode", []),
        ("here Skipped by condition", []),
        ("here Fails", []),
        ("mon1 Nothing to do", []),
    ],
)
def test_changes_are_told_by_path_with_what_was_and_what_comes(
    which: str, expected: list[tuple[str, str, str | None, str | None]]
) -> None:
    assert [(c.action, c.key, c.before, c.after) for c in changes(recorded()[which])] == expected


def test_a_package_that_comes_is_told_by_its_task_with_apts_own_words() -> None:
    (change,) = changes(recorded()["mon1 Install a package"])
    assert (change.action, change.key) == ("create", "Install a package")
    assert change.after is not None
    assert "restic" in change.after


def test_several_files_of_one_task_are_several_changes() -> None:
    diff = [
        {"before_header": path, "after_header": path, "before": "a", "after": "b"}
        for path in ("/etc/postfix/main.cf", "/etc/postfix/master.cf")
    ]
    told = TaskResult("mail1", "mail_server : Lay the files", "ok", {"changed": True, "diff": diff})
    assert [change.key for change in changes(told)] == ["/etc/postfix/main.cf", "/etc/postfix/master.cf"]


def test_a_service_is_told_by_its_own_name() -> None:
    header = "service cron"
    diff = [{"before_header": header, "after_header": header, "before": "behind\n", "after": "restart\n"}]
    told = TaskResult("mon1", "r : Run what is laid down", "ok", {"changed": True, "diff": diff})
    assert [change.key for change in changes(told)] == ["service cron"]


def test_a_note_beside_a_path_is_no_part_of_the_key() -> None:
    header = "/etc/hosts (content)"
    diff = {"before_header": header, "after_header": header, "before": "a", "after": "b"}
    told = TaskResult("mon1", "r : Name", "ok", {"changed": True, "diff": diff})
    assert [change.key for change in changes(told)] == ["/etc/hosts"]


def test_a_failure_that_handles_secrets_tells_no_reason() -> None:
    told = TaskResult("mail1", "r : Set", "failed", {"censored": "hidden", "msg": "M4RKED-secret"})
    assert outcome(told).detail == "hidden: the task handles secrets (no_log)"
