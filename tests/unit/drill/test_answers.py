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
        (
            "exchange.json",
            '{"exchange": "pbx1", "canaries": ["dün"], "messages": 1, "calls": 2, "reached": []}',
        ),
        ("mail.json", "nothing"),
    ],
)
def test_damage_is_named(tmp_path: Path, name: str, text: str) -> None:
    (tmp_path / name).write_text(text, encoding="utf-8")
    read = {
        "restore.json": answers.restored,
        "mailboxes.json": answers.mailboxes,
        "exchange.json": answers.exchange,
        "mail.json": lambda folder: answers.observed(folder, "mail"),
    }
    with pytest.raises(answers.AnswerError, match=name):
        read[name](tmp_path)


def test_no_answer_is_none(tmp_path: Path) -> None:
    assert (answers.restored(tmp_path), answers.mailboxes(tmp_path), answers.domain(tmp_path)) == (None,) * 3
    assert answers.exchange(tmp_path) is None
    assert answers.observed(tmp_path, "mail") is None


HELD = {
    "accounts": ["CN=su.er,OU=Birimler"],
    "members": {"CN=tum-personel": ["CN=su.er,OU=Birimler"], "CN=bos": []},
    "policies": [
        {"id": "{31B2}", "name": "Şifre Politikası – Yazı İşleri Müdürlüğü", "linked": ["OU=Belediye"]}
    ],
    "rights": {".": "O:LAG:BAD:P"},
}


def test_a_domain_is_read_as_lines_that_a_person_understands(tmp_path: Path) -> None:
    answer = {
        "before": HELD,
        "after": HELD,
        "canaries": ["2026-11-26T08:50:00.000000Z"],
        "controllers": ["DRILL1"],
    }
    (tmp_path / "domain.json").write_text(json.dumps(answer), encoding="utf-8")
    domain = answers.domain(tmp_path)
    assert domain and domain.before == domain.after
    assert domain.before["members"] == {"CN=su.er,OU=Birimler in CN=tum-personel"}
    assert domain.before["policies"] == {"Şifre Politikası – Yazı İşleri Müdürlüğü {31B2} at OU=Belediye"}
    assert [at.isoformat() for at in domain.canaries] == ["2026-11-26T08:50:00+00:00"]


@pytest.mark.parametrize("damage", [{"before": {}}, {"canaries": ["dün"]}, {"after": {**HELD, "members": 1}}])
def test_a_damaged_domain_is_no_verdict(tmp_path: Path, damage: dict[str, object]) -> None:
    answer = {"before": HELD, "after": HELD, "canaries": [], **damage}
    (tmp_path / "domain.json").write_text(json.dumps(answer), encoding="utf-8")
    with pytest.raises(answers.AnswerError, match=r"^domain\.json: not the answer that was expected"):
        answers.domain(tmp_path)


def test_only_the_accounts_of_the_drill_count(tmp_path: Path) -> None:
    path = tmp_path / "known.json"
    rows = [{"mailbox": box, "message_id": "1", "sha256": f"of {box}"} for box in "ab"]
    path.write_text(json.dumps(rows), encoding="utf-8")
    assert answers.known(path, frozenset({"a"})) == {("a", "1"): "of a"}
