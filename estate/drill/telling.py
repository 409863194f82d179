"""Tells by mail that a drill begins and how it ended, through the estate's own mail server.

What cannot be told keeps no drill from being held: the reason is written down in its place.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from email.message import EmailMessage
from typing import Any

from estate.declared import Estate
from estate.declared.drills import Drill
from estate.drill.events import RESULT_TR
from estate.runs import letters
from estate.runs.environment import Environment


def begins(estate: Estate, drill: Drill, run: str, reason: str, now: datetime) -> EmailMessage:
    """Writes the letter that announces a drill."""
    lines = [
        f"{drill.title_tr}: tatbikat şimdi başlıyor.",
        "",
        f"Kaybedilmiş sayılan: {drill.lost_host}",
        f"Yeniden kurulacağı yer: {drill.target}",
        f"Hedef: en çok {drill.rto_seconds} saniyede çalışır durumda, en çok {drill.rpo_seconds} saniyelik kayıp",
        f"Neden: {reason}",
        f"Çalıştırma: {run}",
        "",
        "Hizmet veren sistemlere dokunulmaz; bir aksama görürseniz bu tatbikattan değildir, bildirin.",
    ]
    return _letter(estate, drill, f"Tatbikat başlıyor: {drill.title_tr}", lines, now)


def ended(estate: Estate, drill: Drill, record: Mapping[str, Any], where: str, now: datetime) -> EmailMessage:
    """Writes the letter that tells the result, from the sealed record that lies at `where`."""
    result = RESULT_TR[str(record["result"])]
    problems = [f"- {one}" for one in record["problems"]]
    lines = [
        f"{drill.title_tr}: {result}.",
        "",
        f"Yeniden çalışır duruma gelme: {_seconds(record['rto_seconds'])} (hedef {drill.rto_seconds} s)",
        f"Kayıp: {_seconds(record['rpo_seconds'])} (hedef {drill.rpo_seconds} s)",
        *(["Sorunlar:", *problems] if problems else []),
        f"Kanıt: {where}",
    ]
    return _letter(estate, drill, f"Tatbikat sonucu: {drill.title_tr} - {result}", lines, now)


def _seconds(measured: float | None) -> str:
    return "ölçülmedi" if measured is None else f"{measured:.0f} s"


def _letter(estate: Estate, drill: Drill, subject: str, lines: Sequence[str], now: datetime) -> EmailMessage:
    return letters.letter(estate, drill.notify, subject, lines, now)


def told(environment: Environment, letter: EmailMessage) -> str:
    """Hands a letter to the mail server and says in words whether it was taken; never raises."""
    try:
        return f"told {', '.join(letters.hand_over(environment, letter))}"
    except letters.UntoldError as reason:
        return f"nobody was told: {reason}"
