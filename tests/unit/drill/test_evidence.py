"""Evidence is believed only while signature, attachments and chain all hold."""

import json
from pathlib import Path

import pytest

from estate.drill import evidence
from estate.signatures import ensure_signer


def _hold(store: Path, run: str) -> Path:
    folder = store / run
    folder.mkdir(parents=True)
    (folder / "transcript.log").write_text("T0 kararı verildi\n", encoding="utf-8")
    key = ensure_signer(store, "drill@gumuscagil.bel.example", evidence.NAMESPACE)
    evidence.seal(folder, {"id": run, "result": "passed"}, ["transcript.log"], key)
    return folder


def _broken(folder: Path) -> list[str]:
    return [finding.check for finding in evidence.verify(folder) if not finding.holds]


@pytest.fixture
def store(tmp_path: Path) -> Path:
    _hold(tmp_path / "evidence", "20261101T080000Z-drill-aaaaaa")
    _hold(tmp_path / "evidence", "20261102T080000Z-drill-bbbbbb")
    return tmp_path / "evidence"


def test_untouched_evidence_holds(store: Path) -> None:
    assert [_broken(path.parent) for path in sorted(store.glob("*/record.json"))] == [[], []]


def test_altered_record_is_found(store: Path) -> None:
    path = store / "20261102T080000Z-drill-bbbbbb" / "record.json"
    record = json.loads(path.read_text(encoding="utf-8")) | {"result": "failed"}
    path.write_text(json.dumps(record), encoding="utf-8")
    assert _broken(path.parent) == ["signature"]


def test_altered_attachment_is_found(store: Path) -> None:
    folder = store / "20261101T080000Z-drill-aaaaaa"
    (folder / "transcript.log").write_text("T0 karari verildi\n", encoding="utf-8")
    assert _broken(folder) == ["attachment transcript.log"]


def test_removed_record_breaks_the_chain(store: Path) -> None:
    _hold(store, "20261103T080000Z-drill-cccccc")
    (store / "20261102T080000Z-drill-bbbbbb" / "record.json").unlink()
    assert _broken(store / "20261103T080000Z-drill-cccccc") == ["chain"]


def test_slipped_in_record_breaks_the_chain(store: Path) -> None:
    _hold(store, "20261103T080000Z-drill-cccccc")
    _hold(store, "20261102T090000Z-drill-dddddd")
    assert _broken(store / "20261103T080000Z-drill-cccccc") == ["chain"]


def test_foreign_signer_is_refused(store: Path, tmp_path: Path) -> None:
    other = _hold(tmp_path / "other", "20261102T080000Z-drill-bbbbbb")
    folder = store / "20261102T080000Z-drill-bbbbbb"
    (other / "record.json.sig").replace(folder / "record.json.sig")
    assert "signature" in _broken(folder)


def test_no_record_is_an_error_not_a_finding(tmp_path: Path) -> None:
    with pytest.raises(evidence.EvidenceError, match="no readable record"):
        evidence.verify(tmp_path)


def test_a_record_is_never_seen_unsigned(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    key = ensure_signer(tmp_path / "evidence", "drill@gumuscagil.bel.example", evidence.NAMESPACE)
    folder = tmp_path / "evidence" / "20261101T080000Z-drill-aaaaaa"
    folder.mkdir()
    with pytest.raises(evidence.EvidenceError, match="signing"):
        evidence.seal(folder, {"result": "passed"}, [], key.with_name("no_such_key"))
    assert not (folder / "record.json").exists()


def test_the_newest_drill_of_a_target_is_found_whatever_was_held_elsewhere_since(tmp_path: Path) -> None:
    for run, target in (("1", "drill1"), ("2", "drill2"), ("3", "drill1")):
        (tmp_path / run).mkdir()
        text = json.dumps({"id": run, "systems": {"target": target}})
        (tmp_path / run / "record.json").write_text(text, encoding="utf-8")
    found = [evidence.newest_on(tmp_path, target) for target in ("drill1", "drill2", "drill3")]
    assert [record and record["id"] for record in found] == ["3", "2", None]
