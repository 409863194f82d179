"""A damaged answer of a step is told by name and taken for no verdict."""

import json
from pathlib import Path

import pytest

from estate.drill import answers


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("restore.json", "{"),
        ("restore.json", '{"result": "splendid", "reason": "x"}'),
        ("mailboxes.json", '{"messages": []}'),
        ("mailboxes.json", '{"messages": [], "canaries": ["gestern"], "refused": []}'),
        ("mail.json", "nothing"),
    ],
)
def test_damage_is_named(tmp_path: Path, name: str, text: str) -> None:
    (tmp_path / name).write_text(text, encoding="utf-8")
    read = {
        "restore.json": answers.restored,
        "mailboxes.json": answers.mailboxes,
        "mail.json": answers.observed,
    }
    with pytest.raises(answers.AnswerError, match=name):
        read[name](tmp_path)


def test_no_answer_is_none(tmp_path: Path) -> None:
    assert (answers.restored(tmp_path), answers.mailboxes(tmp_path), answers.observed(tmp_path)) == (
        None,
    ) * 3


def test_only_the_accounts_of_the_drill_count(tmp_path: Path) -> None:
    path = tmp_path / "known.json"
    rows = [{"mailbox": box, "message_id": "1", "sha256": f"of {box}"} for box in "ab"]
    path.write_text(json.dumps(rows), encoding="utf-8")
    assert answers.known(path, frozenset({"a"})) == {("a", "1"): "of a"}
