"""A drill turns red for the right reason, and an error is never taken for a failure."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from estate.drill import judgement
from estate.drill.judgement import Domain, Exchange, Mailboxes, Promise, Restored
from estate.records import Verdict

LOST = datetime(2026, 11, 26, 9, 0, tzinfo=UTC)
PROMISE = Promise(rto_seconds=14400, rpo_seconds=3600, lost_at=LOST, minimum_messages=2)
RESTORED = Restored(
    "passed",
    "equal",
    snapshot="a1b2c3d4e5",
    snapshot_time="2026-11-26T11:50:00.123456789+03:00",
    files=3,
    expected_files=3,
)
KNOWN = {("ayse.yilmaz", "<1@x>"): "aa", ("mehmet.yilmaz", "<2@x>"): "bb"}
READ = Mailboxes(dict(KNOWN), (LOST - timedelta(minutes=12), LOST + timedelta(minutes=1)))


def _failed(verdicts: list[Verdict]) -> dict[str, str]:
    return {verdict.check: verdict.found for verdict in verdicts if verdict.result == "failed"}


def test_a_whole_restore_and_all_mail_pass() -> None:
    verdicts = judgement.of_restore("drill1", PROMISE, RESTORED)
    verdicts += judgement.of_mailboxes("drill1", PROMISE, KNOWN, READ)
    verdicts += judgement.of_time("drill1", PROMISE, {"decided": 0, "host_up": 9, "accepted": 99})
    assert (_failed(verdicts), judgement.result(verdicts)) == ({}, "passed")


RESTORE = "restore with the escrowed key, compared by content"


@pytest.mark.parametrize(
    ("restored", "check", "found"),
    [
        (
            Restored("failed", "wrong_key", "wrong password"),
            RESTORE,
            "wrong_key: wrong password, 0 of 0 files",
        ),
        (replace(RESTORED, result="failed", reason="empty", files=0), RESTORE, "empty, 0 of 3 files"),
        (
            replace(
                RESTORED,
                result="failed",
                reason="missing",
                mismatches=("/srv/mail/a",),
                missing=("/srv/mail/b",),
            ),
            RESTORE,
            "missing, /srv/mail/a, /srv/mail/b",
        ),
        (
            replace(RESTORED, snapshot_time="2026-11-26T12:00:01+03:00"),
            "snapshot before the loss",
            "a1b2c3d4 of 2026-11-26T12:00:01+03:00",
        ),
    ],
)
def test_a_bad_restore_fails_by_name(restored: Restored, check: str, found: str) -> None:
    assert _failed(judgement.of_restore("drill1", PROMISE, restored)) == {check: found}


def test_an_unreachable_repository_is_an_error_and_decides() -> None:
    restored = Restored("error", "unreachable", "no route to host")
    assert judgement.result(judgement.of_restore("drill1", PROMISE, restored)) == "error"
    assert (restored.decides, RESTORED.decides) == (True, False)


@pytest.mark.parametrize(
    ("read", "check", "found"),
    [
        (
            replace(READ, messages={**KNOWN, ("ayse.yilmaz", "<1@x>"): "zz"}),
            "known messages by content hash",
            "1 missing or changed: ayse.yilmaz <1@x>",
        ),
        (replace(READ, canaries=(LOST - timedelta(hours=2),)), "data loss (RPO)", "7200 s"),
        (replace(READ, canaries=(LOST + timedelta(seconds=1),)), "data loss (RPO)", "no canary found"),
        (replace(READ, refused=("ayse.yilmaz",)), "log in", "ayse.yilmaz"),
    ],
)
def test_lost_mail_fails_by_name(read: Mailboxes, check: str, found: str) -> None:
    assert _failed(judgement.of_mailboxes("drill1", PROMISE, KNOWN, read)) == {check: found}


def test_nothing_known_proves_nothing() -> None:
    assert "enough known messages to prove anything" in _failed(
        judgement.of_mailboxes("drill1", PROMISE, {}, READ)
    )


def test_a_clock_that_stands_still_or_runs_back_is_seen() -> None:
    assert "phases are positive and in order" in _failed(
        judgement.of_time("drill1", PROMISE, {"decided": 0, "accepted": 0})
    )
    assert "phases are positive and in order" in _failed(
        judgement.of_time("drill1", PROMISE, {"decided": 0, "host_up": 9, "accepted": 5})
    )


def test_too_slow_is_failed() -> None:
    assert "time to recover (RTO)" in _failed(judgement.of_time("drill1", PROMISE, {"accepted": 14401}))


def test_error_is_not_failed_and_failed_wins() -> None:
    error = Verdict("mail", "send", "drill1", "error", "accepted", "no route")
    failed = Verdict("mail", "read", "drill1", "failed", "1", "0")
    passed = Verdict("mail", "bind", "drill1", "passed", "1", "1")
    assert judgement.result([passed, error]) == "error"
    assert judgement.result([passed, error, failed]) == "failed"
    assert judgement.result([]) == "error"


POLICY = "Şifre Politikası – Yazı İşleri Müdürlüğü {31B2} at OU=Belediye"
BEFORE = {"accounts": frozenset({"su.er", "sonda"}), "policies": frozenset({POLICY})}
DOMAIN = Domain(BEFORE, BEFORE, (LOST - timedelta(minutes=4), LOST + timedelta(minutes=1)))


def test_a_domain_that_came_back_whole_passes() -> None:
    verdicts = judgement.of_domain("drill1", PROMISE, DOMAIN)
    assert (_failed(verdicts), len(verdicts), verdicts[-1].found) == ({}, 3, "240 s")


@pytest.mark.parametrize(
    ("domain", "check", "found"),
    [
        (
            replace(DOMAIN, after={**BEFORE, "policies": frozenset()}),
            "policies of the domain",
            f"missing {POLICY}",
        ),
        (
            replace(DOMAIN, after={**BEFORE, "accounts": frozenset({"su.er", "sonda", "yabanci"})}),
            "accounts of the domain",
            "new yabanci",
        ),
        (
            replace(DOMAIN, before={"accounts": frozenset()}, after={"accounts": frozenset()}),
            "accounts of the domain",
            "0 as before the loss",
        ),
        (replace(DOMAIN, canaries=(LOST - timedelta(hours=2),)), "data loss (RPO)", "7200 s"),
        (replace(DOMAIN, canaries=(LOST + timedelta(minutes=1),)), "data loss (RPO)", "no canary found"),
    ],
)
def test_a_domain_fails_for_its_own_reason(domain: Domain, check: str, found: str) -> None:
    assert _failed(judgement.of_domain("drill1", PROMISE, domain)) == {check: found}


EXCHANGE = Exchange("pbx1", (LOST - timedelta(minutes=4), LOST + timedelta(minutes=1)), 12, 400, ())


def test_an_exchange_that_came_back_passes() -> None:
    verdicts = judgement.of_exchange("drill2", "pbx1", PROMISE, EXCHANGE)
    assert (_failed(verdicts), judgement.result(verdicts), verdicts[-1].found) == ({}, "passed", "240 s")
    assert not EXCHANGE.decides("pbx1")


@pytest.mark.parametrize(
    ("exchange", "check", "found"),
    [
        (replace(EXCHANGE, exchange="pbx9"), "exchange that came back", "pbx9"),
        (replace(EXCHANGE, exchange=""), "exchange that came back", "none"),
        (
            replace(EXCHANGE, messages=0),
            "voice messages and records of calls",
            "0 voice messages, 400 records of calls",
        ),
        (
            replace(EXCHANGE, calls=None),
            "voice messages and records of calls",
            "12 voice messages, no readable records of calls",
        ),
        (replace(EXCHANGE, canaries=(LOST - timedelta(hours=2),)), "data loss (RPO)", "7200 s"),
    ],
)
def test_an_exchange_fails_for_its_own_reason(exchange: Exchange, check: str, found: str) -> None:
    assert _failed(judgement.of_exchange("drill2", "pbx1", PROMISE, exchange)) == {check: found}


def test_another_exchange_or_one_that_reaches_an_operator_takes_up_nothing() -> None:
    assert replace(EXCHANGE, exchange="pbx9").decides("pbx1")
    reaching = replace(EXCHANGE, reached=("198.51.100.60:5060",))
    assert reaching.decides("pbx1")
    verdicts = judgement.of_exchange("drill2", "pbx1", PROMISE, reaching)
    assert (judgement.result(verdicts), verdicts[0].found) == ("error", "198.51.100.60:5060")
