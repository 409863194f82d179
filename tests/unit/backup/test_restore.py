"""A restore takes the right snapshot, into the right machine, and is judged by what came back."""

import json
import os
import subprocess
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from pydantic import TypeAdapter

from estate import escrow
from estate.drill.judgement import Restored
from estate.records import RecordError
from exporters import backup_content as content
from exporters import backup_restore as restore
from exporters.backup_restic import Answer
from pyinfra_deploys.facts.backup import Place
from pyinfra_deploys.facts.vault import Whispered
from pyinfra_deploys.operations import backup

RUN = Path(os.environ.get("XDG_RUNTIME_DIR", "/run"))
SNAPSHOTS = [
    {"id": "eski", "time": "2026-11-26T08:00:00.123456789+03:00"},
    {"id": "yeni", "time": "2026-11-26T05:30:00Z"},
]


@pytest.mark.parametrize(
    ("not_after", "expected"),
    [
        ("2026-11-26T05:29:59Z", "eski"),
        ("2026-11-26T08:30:00+03:00", "yeni"),
        ("2027-01-01T00:00:00Z", "yeni"),
    ],
)
def test_the_newest_snapshot_not_newer_than_the_loss_is_taken(not_after: str, expected: str) -> None:
    assert restore.newest(SNAPSHOTS, restore.moment(not_after))["id"] == expected


def test_a_time_before_every_snapshot_is_refused_with_what_there_is() -> None:
    with pytest.raises(restore.VerdictError) as refused:
        restore.newest(SNAPSHOTS, restore.moment("2026-11-26T05:00:00Z"))
    assert refused.value.reason == "no_snapshot"
    assert (
        "the earliest is of 2026-11-26T08:00:00.123456789+03:00, the latest of 2026-11-26T05:30:00Z"
        in str(refused.value)
    )


def test_times_keep_their_nanoseconds_and_need_their_zone() -> None:
    assert restore.nanoseconds("2026-11-26T08:00:00.123456789+03:00") == 1795669200_123456789
    assert restore.nanoseconds("2026-11-26T05:00:00Z") == 1795669200_000000000
    with pytest.raises(ValueError, match="no time zone"):
        restore.moment("2026-11-26T05:00:00")


@pytest.mark.parametrize("told", ["error", "words"])
def test_a_full_disk_is_no_verdict_on_the_backup(told: str) -> None:
    full = "write /srv/mail/1: no space left on device"
    messages = ({"message_type": "error", "error": {"message": full}, "item": "/srv/mail/1"},)
    answer = Answer(1, messages if told == "error" else (), full if told == "words" else "")
    with pytest.raises(restore.VerdictError, match="no room") as refused:
        restore.refuse_full(answer, "/")
    assert (refused.value.result, refused.value.reason) == ("error", "no_room")
    restore.refuse_full(Answer(1, (), "pack 1a2b is damaged"), "/")


def _entry(kind: str) -> content.Entry:
    return content.Entry("/srv/mail/1", kind, 1, 0o600, 0, 0, 1, 1, 1, "h")


FULL = content.Content("eposta", 1, {"/srv/mail/1": _entry("file")})


@pytest.mark.parametrize(
    ("found", "expected", "verdict"),
    [
        (content.Comparison(listed=1, files=1), FULL, ("passed", "equal")),
        (content.Comparison(), content.Content("eposta", 1, {}), ("failed", "empty")),
        (content.Comparison(listed=1, missing=["/srv/mail/1"]), FULL, ("failed", "missing")),
        (content.Comparison(listed=1, mismatches=[{"path": "x", "why": "y"}]), FULL, ("failed", "differs")),
        (content.Comparison(listed=9, changed=["1", "2"]), FULL, ("failed", "moving")),
    ],
)
def test_a_restore_is_judged_by_content(
    found: content.Comparison, expected: content.Content, verdict: tuple[str, str]
) -> None:
    assert restore.judge(found, expected) == verdict


TARGET = Place("tatbikat", "20261126T050000Z-drill-abcdef", 0)


@pytest.mark.parametrize(
    ("groups", "limited", "place", "words"),
    [
        (["drill_targets"], False, TARGET, "no --limit was given"),
        (["mail_servers"], True, TARGET, "not in the group drill_targets"),
        (["drill_targets"], True, None, "did not say who it is"),
        (["drill_targets"], True, Place("posta", "m", 0), "the machine that answers is posta"),
        (["drill_targets"], True, Place("tatbikat", "m", 3), "has made 3 good backups itself"),
        (["drill_targets"], True, Place("tatbikat", "", 0), "bears no mark"),
    ],
)
def test_a_machine_that_is_not_the_marked_target_is_refused(
    groups: list[str], limited: bool, place: Place | None, words: str
) -> None:
    assert words in backup.refusal("tatbikat", groups, limited, place)


def test_the_marked_target_is_accepted() -> None:
    assert backup.refusal("tatbikat", ["drill_targets", "mail_servers"], True, TARGET) == ""


def test_the_result_names_what_is_wrong_in_words_a_drill_reads() -> None:
    answer: dict[str, Any] = {"result": "failed", "reason": "differs", "snapshot": "s", "snapshot_time": "t"}
    answer |= {"mismatches": [{"path": "/a", "why": "content differs"}], "missing": ["/b"]}
    found = TypeAdapter(Restored).validate_python(backup.answered(answer))
    assert (found.mismatches, found.missing, found.snapshot) == (("/a: content differs",), ("/b",), "s")


def test_a_wrong_key_is_a_verdict_that_a_drill_reads() -> None:
    answer = {"result": "failed", "reason": "wrong_key", "words": "the key does not open the repository"}
    found = TypeAdapter(Restored).validate_python(backup.answered(answer))
    assert (found.result, found.reason, found.words) == ("failed", "wrong_key", answer["words"])
    assert (found.snapshot, found.files) == ("", 0)


ENVELOPE = escrow.Envelope(
    job="eposta",
    repository_url="https://h:1/posta/eposta",
    repository_id="depo-1-uzun-kimlik",
    username="posta",
    password="KANARYA-1",
    key="KANARYA-2",
    ca_certificate="KANARYA-3",
    created=datetime(2026, 11, 26, tzinfo=UTC),
)


def test_an_envelope_is_its_owners_alone_and_shows_no_secret(tmp_path: Path) -> None:
    path = escrow.envelope_path(tmp_path, "eposta")
    escrow.write_envelope(path, ENVELOPE)
    assert path.stat().st_mode & 0o777 == 0o600
    assert escrow.load_envelope(path) == ENVELOPE
    assert "KANARYA" not in repr(ENVELOPE) + repr(Whispered(path.read_text(encoding="utf-8")))


def test_a_damaged_envelope_is_refused_without_showing_what_it_holds(tmp_path: Path) -> None:
    path = tmp_path / "eposta.json"
    path.write_text('{"job": "eposta", "key": ["KANARYA-2"]}', encoding="utf-8")
    with pytest.raises(RecordError, match="repository_id") as refused:
        escrow.load_envelope(path)
    assert "KANARYA" not in str(refused.value)


def test_a_missing_envelope_says_how_to_make_it(tmp_path: Path) -> None:
    with pytest.raises(RecordError, match=r"\./scripts/estate escrow seal --job eposta"):
        escrow.load_envelope(tmp_path / "eposta.json")


def test_an_envelope_of_another_repository_is_set_aside_not_overwritten(tmp_path: Path) -> None:
    path = escrow.envelope_path(tmp_path, "eposta")
    escrow.write_envelope(path, ENVELOPE)
    escrow.write_envelope(path, escrow.Envelope(**{**vars(ENVELOPE), "repository_id": "depo-2"}))
    assert sorted(each.name for each in path.parent.iterdir()) == ["eposta.depo-1-uzu.json", "eposta.json"]


def test_the_restore_program_travels_alone_and_leaves_nothing(tmp_path: Path) -> None:
    """On the day of loss there is a bare host, restic and the envelope."""
    command = escrow.restore_command(["check"])
    before = set(RUN.glob("estate-*"))
    done = subprocess.run(["sh", "-c", command], input="{}", capture_output=True, text=True, cwd=tmp_path)
    answer = json.loads(done.stdout)
    assert (done.returncode, answer["result"], answer["reason"]) == (1, "failed", "bad_envelope")
    assert set(RUN.glob("estate-*")) == before
