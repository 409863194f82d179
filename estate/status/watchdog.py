"""Judges whether the monitoring server still watches, and which letter is due when it does not, or does again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta, tzinfo
from typing import Literal

from pydantic import AwareDatetime

from estate.status import wording
from estate.status.judging import EVALUATED_WITHIN, believed, evaluates, unwatched
from estate.status.measured import ALWAYS_FIRES
from estate.status.shapes import Beat, Fact, Rule, Unanswered

AGAIN = timedelta(days=1)
RUNBOOK = "docs/runbooks/Watchdog.md"
Letter = Literal["begins", "lasts", "over"]
SUBJECTS: dict[Letter, str] = {
    "begins": "İzleme sustu: {server}",
    "lasts": "İzleme hâlâ suskun: {server}",
    "over": "İzleme yeniden çalışıyor: {server}",
}


@dataclass(frozen=True)
class Watch:
    """Is what is remembered between two looks: the newest good one, the first bad one, the newest letter of that.

    `by_webhook`: the silence was told by the second way, which therefore has to learn that it is over.
    """

    answered: AwareDatetime | None = None
    silent: AwareDatetime | None = None
    told: AwareDatetime | None = None
    by_webhook: bool = False


def heard(rule: Rule | Unanswered | None, beats: Sequence[Beat] | Unanswered, now: datetime) -> list[Fact]:
    """Judges what the two servers told of the alert that always fires: one fact each, good when both are green."""
    return believed([_prometheus(rule, now), _alertmanager(beats, now)], now)


def good(facts: Sequence[Fact]) -> bool:
    """Tells whether the monitoring server watches."""
    return all(fact.light == "green" for fact in facts)


def _prometheus(rule: Rule | Unanswered | None, now: datetime) -> Fact:
    if isinstance(rule, Unanswered):
        return Fact("unanswered", "red", "prometheus", None, {"server": "Prometheus", "why": rule.why})
    if rule is None or not evaluates(rule, now):
        return unwatched(ALWAYS_FIRES, rule)
    return Fact("evaluates", "green", "prometheus", rule.evaluated, {"alert": ALWAYS_FIRES})


def _alertmanager(beats: Sequence[Beat] | Unanswered, now: datetime) -> Fact:
    if isinstance(beats, Unanswered):
        return Fact("unanswered", "red", "alertmanager", None, {"server": "Alertmanager", "why": beats.why})
    values = {"alert": ALWAYS_FIRES}
    at = max((one.at for one in beats if one.at), default=None)
    young = [one for one in beats if one.at and now - one.at < EVALUATED_WITHIN]
    if not young:
        return Fact("beat_lost", "red", "alertmanager", at, values)
    if not any(one.active for one in young):
        return Fact("beat_muted", "red", "alertmanager", at, values)
    return Fact("beat", "green", "alertmanager", at, values)


def looked(before: Watch, well: bool, now: datetime) -> Watch:
    """Remembers one more look. A silence of which people know is kept until they know that it is over.

    A time that is still to come is of a wrong clock, and is taken for now: else nobody would be told until then.
    """
    silent, told = before.silent and min(before.silent, now), before.told and min(before.told, now)
    if well:
        return Watch(now, silent if told else None, told, before.by_webhook)
    return Watch(before.answered, silent or now, told, before.by_webhook)


def due(watch: Watch, well: bool, now: datetime, patience: timedelta) -> Letter | None:
    """Tells which letter is to be written after a look, if any."""
    if well or watch.silent is None:
        return "over" if watch.told else None
    if watch.told is None:
        return "begins" if now - watch.silent >= patience else None
    return "lasts" if now - watch.told >= AGAIN else None


def sent(watch: Watch, letter: Letter, now: datetime, by_webhook: bool = False) -> Watch:
    """Remembers that a letter was taken, or what it says `by_webhook`."""
    if letter == "over":
        return Watch(watch.answered)
    return replace(watch, told=now, by_webhook=watch.by_webhook or by_webhook)


def text(
    letter: Letter, watch: Watch, facts: Sequence[Fact], server: str, now: datetime, zone: tzinfo
) -> tuple[str, list[str]]:
    """Gives subject and lines of a letter, in Turkish: what stopped, since when, what to do."""

    def at(moment: datetime | None) -> str:
        return f"{moment.astimezone(zone):%d.%m.%Y %H:%M}" if moment else "bilinmiyor"

    stopped = [fact for fact in facts if fact.light != "green"]
    since = f"Ne zamandan beri: {at(watch.silent)}"
    subject = SUBJECTS[letter].format(server=server)
    if letter == "over":
        return subject, [f"İzleme sunucusu {server} yeniden izliyor ({at(now)}).", "", since]
    return subject, [
        f"İzleme sunucusu {server} izlemiyor. Bu sürdükçe başka hiçbir arıza bildirilmeyebilir.",
        "",
        "Ne durdu:",
        *(f"- {wording.fact(one, 'tr')}{f' (en son {at(one.at)})' if one.at else ''}" for one in stopped),
        f"{since} (son iyi yanıt: {at(watch.answered)})",
        f"Ne yapılmalı: {RUNBOOK}",
        "",
        "Bu mektubu izleme sunucusu değil, yönetim sunucusu yazdı; sürdükçe günde bir, bitince bir kez daha yazar.",
    ]
