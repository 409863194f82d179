"""Only two good and young answers are good; a silence is told once, again each day, and once when it is over."""

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import typer
from typer.testing import CliRunner

from estate.cli import watchdog as verb
from estate.records import read
from estate.runs.watching import listened
from estate.status import watchdog
from estate.status.measured import AnswerError, always_fires, beats
from estate.status.shapes import Beat, Fact, Rule, Unanswered
from estate.status.watchdog import Watch, due, good, heard, looked, sent
from tests.unit.status.housing import House

NOW = datetime(2026, 11, 26, 12, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
RULE, BEAT = Rule(True, NOW), Beat(True, NOW)


@pytest.mark.parametrize(
    ("rule", "held", "wrong"),
    [
        (RULE, (BEAT,), set()),
        (Rule(True, NOW - 4 * MINUTE), (Beat(True, NOW - 4 * MINUTE),), set()),
        (Unanswered("refused"), (BEAT,), {"unanswered"}),
        (None, (BEAT,), {"unwatched"}),
        (Rule(True, NOW - 6 * MINUTE), (BEAT,), {"unwatched"}),
        (Rule(False, NOW), (BEAT,), {"unwatched"}),
        (Rule(True, NOW + 6 * MINUTE), (BEAT,), {"ahead"}),
        (RULE, Unanswered("refused"), {"unanswered"}),
        (RULE, (), {"beat_lost"}),
        (RULE, (Beat(True, NOW - 6 * MINUTE),), {"beat_lost"}),
        (RULE, (Beat(True, None),), {"beat_lost"}),
        (RULE, (Beat(False, NOW),), {"beat_muted"}),
        (RULE, (Beat(True, NOW - 60 * MINUTE), Beat(False, NOW)), {"beat_muted"}),
        (RULE, (Beat(True, NOW + 6 * MINUTE),), {"ahead"}),
    ],
)
def test_only_two_young_answers_are_good(
    rule: Rule | Unanswered | None, held: tuple[Beat, ...] | Unanswered, wrong: set[str]
) -> None:
    facts = heard(rule, held, NOW)
    assert {fact.what for fact in facts if fact.light != "green"} == wrong
    assert (len(facts), good(facts)) == (2, not wrong)


def _story(looks: list[tuple[float, bool]], mail: bool = True) -> list[tuple[float, str]]:
    """Gives the letters of some looks, each so many minutes after NOW; `mail` tells whether the last one is taken."""
    watch, letters = Watch(), list[tuple[float, str]]()
    for at, well in looks:
        now = NOW + at * MINUTE
        watch = looked(watch, well, now)
        letter = due(watch, well, now, 10 * MINUTE)
        if letter:
            letters.append((at, letter))
            watch = sent(watch, letter, now) if mail else watch
    return letters


def test_a_silence_is_told_once_daily_and_when_it_is_over() -> None:
    day = 24 * 60
    silent = [(float(at), False) for at in range(5, 2 * day + 60, 5)]
    looks = [(0.0, True), *silent, (3 * day, True), (3 * day + 5, True)]
    told = [(15, "begins"), (15 + day, "lasts"), (15 + 2 * day, "lasts"), (3 * day, "over")]
    assert _story(looks) == told
    assert _story([(0, False), (5, False), (9, True), (10, False), (19, False)]) == [], "none lasted"
    again = [(0, False), (10, False), (20, True), (30, False), (40, False)]
    assert _story(again) == [(10, "begins"), (20, "over"), (40, "begins")]


def test_a_letter_that_was_not_taken_is_due_until_it_is() -> None:
    assert _story([(0, False), (10, False), (15, False)], mail=False) == [(10, "begins"), (15, "begins")]
    watch = sent(looked(Watch(), False, NOW), "begins", NOW)
    for at in (1, 2):
        watch = looked(watch, True, NOW + at * MINUTE)
        assert due(watch, True, NOW + at * MINUTE, MINUTE) == "over" and watch.silent == NOW
    back = looked(watch, False, NOW + 3 * MINUTE)
    assert due(back, False, NOW + 3 * MINUTE, MINUTE) is None, "the same silence, of which people know"


def test_a_time_that_is_still_to_come_keeps_nobody_from_being_told() -> None:
    far = NOW + timedelta(days=3650)
    watch = looked(Watch(far, far, far), False, NOW)
    assert (watch.silent, watch.told) == (NOW, NOW)


def test_the_letters_say_in_turkish_what_stopped_since_when_and_what_to_do() -> None:
    watch = Watch(NOW - 5 * MINUTE, NOW, None)
    facts = heard(Unanswered("no route"), (Beat(True, NOW - 7 * MINUTE),), NOW)
    zone = ZoneInfo("Europe/Istanbul")
    subject, lines = watchdog.text("begins", watch, facts, "mon1", NOW + 10 * MINUTE, zone)
    assert subject == "İzleme sustu: mon1"
    assert lines[3:7] == [
        "- Prometheus yanıt vermiyor: no route",
        "- Watchdog uyarısı artık Alertmanager'a ulaşmıyor (en son 26.11.2026 14:53)",
        "Ne zamandan beri: 26.11.2026 15:00 (son iyi yanıt: 26.11.2026 14:55)",
        "Ne yapılmalı: docs/runbooks/Watchdog.md",
    ]
    subject, lines = watchdog.text("over", watch, (), "mon1", NOW + 60 * MINUTE, zone)
    assert subject == "İzleme yeniden çalışıyor: mon1"
    assert lines == [
        "İzleme sunucusu mon1 yeniden izliyor (26.11.2026 16:00).",
        "",
        "Ne zamandan beri: 26.11.2026 15:00",
    ]
    lasts = watchdog.text(
        "lasts",
        Watch(),
        [Fact("unwatched", "unknown", "prometheus", None, {"alert": "x"})],
        "mon1",
        NOW,
        zone,
    )
    assert "bilinmiyor" in "".join(lasts[1])


def test_the_command_mails_the_directorate_past_the_silent_server(house: House) -> None:
    kept = house.place / "var" / verb.KEPT
    assert house.looks() == (0, None) and not kept.exists(), "who only asks leaves nothing"
    assert house.looks("--tell") == (0, None) and read(kept, Watch).answered
    house.alive = False
    assert house.looks("--tell") == (4, None), "it is young"
    (house.place / "refused").touch()
    assert house.looks("--tell", "--after", "0") == (3, None)
    (house.place / "refused").unlink()
    code, begins = house.looks("--tell", "--after", "0")
    assert begins and (code, begins["Subject"]) == (4, "İzleme sustu: mon1")
    assert begins["To"] == "bilgiislem@gumuscagil.bel.example"
    assert "Prometheus yanıt vermiyor" in begins.get_content()
    call = (house.place / "calls").read_text("utf-8")
    assert " mail1 sendmail " in call and call.endswith("-- bilgiislem@gumuscagil.bel.example\n")
    assert house.looks("--tell", "--after", "0") == (4, None), "they know"
    house.alive = True
    code, over = house.looks("--tell")
    assert over and (code, over["Subject"]) == (0, "İzleme yeniden çalışıyor: mon1")
    assert house.looks("--tell") == (0, None)


def test_what_was_remembered_may_be_damaged_and_must_be_writable(house: House) -> None:
    kept = house.place / "var" / verb.KEPT
    kept.parent.mkdir()
    kept.write_text('{"silent": "2026-11-26T12:00:00"}', "utf-8")
    assert house.looks("--tell") == (0, None) and read(kept, Watch).silent is None
    kept.unlink()
    kept.mkdir()
    app = typer.Typer()
    app.command()(verb.command)
    refused = CliRunner().invoke(app, ["--tell"])
    assert refused.exit_code == 2 and f"{verb.KEPT}: " in refused.output


def test_an_alert_that_is_held_back_is_not_active_and_no_answer_says_why() -> None:
    at = NOW.isoformat()
    for status in ({"state": "suppressed"}, {"state": "active", "mutedBy": ["tatil"]}):
        assert beats([{"labels": {"alertname": "Watchdog"}, "status": status, "updatedAt": at}]) == (
            Beat(False, NOW),
        )
    for answer in listened("http://127.0.0.1:1", "http://127.0.0.1:1"):
        assert isinstance(answer, Unanswered) and "refused" in answer.why


@pytest.mark.parametrize("answer", [{"groups": [{}]}, [3], None])
def test_another_shape_is_no_answer(answer: Any) -> None:
    for parse in (always_fires, beats):
        with pytest.raises(AnswerError):
            parse(answer)
