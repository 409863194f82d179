"""Puts scenarios into the question that exporters/call_check.py answers on the probe."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from estate.calls.catalogue import Scenario, scenarios
from estate.calls.naming import MEASURING
from estate.declared.calling import Hours
from estate.declared.estate import Estate

WORD = re.compile(r"\{([A-Za-z0-9_.]+)\}")
DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


@dataclass(frozen=True)
class Question:
    """Holds what is asked, the words it was put in, and by scenario why it is left out, or which fax is sent."""

    asked: Mapping[str, Any]
    words: Mapping[str, str]
    left_out: Mapping[str, str]
    faxes: Mapping[str, Mapping[str, Any]]


def question(
    chosen: Collection[Scenario],
    telephones: Mapping[str, Mapping[str, object]],
    words: Mapping[str, str],
    authority: str,
    by_day: bool,
    faults: Mapping[str, Any] | None = None,
) -> Question:
    """Gives the question for these scenarios; `by_day` tells whether calls that cost more at night are allowed now."""
    asked, left_out, faxes = [], {}, {}
    for scenario in chosen:
        missing = {*scenario.lines} - {*telephones}
        try:
            entry = {
                "id": scenario.id,
                "lines": list(scenario.lines),
                "alone": list(scenario.alone),
                "loose": list(scenario.loose),
                "steps": put(scenario.day if by_day and scenario.day else scenario.steps, words),
                "always": put(scenario.always, words),
            }
            fax = put(scenario.fax, words)
        except KeyError as word:
            missing.add(word.args[0])
        if missing:
            left_out[scenario.id] = f"nothing is declared for {', '.join(sorted(missing))}"
        elif fax is not None:
            faxes[scenario.id] = fax
        else:
            asked.append(entry)
    told = {
        "lines": _lines(asked, telephones),
        "authority": authority,
        "tones": MEASURING,
        "scenarios": asked,
        "undo": undo(words),
        "at_once": 7,
        "faults": dict(faults or {}),
    }
    return Question(told, words, left_out, faxes)


def _lines(
    asked: Iterable[Mapping[str, Any]], telephones: Mapping[str, Mapping[str, object]]
) -> dict[str, Any]:
    """Gives the telephones that scenarios name; of a second line of an extension (`B.tls`) its first one too."""
    names = {name for entry in asked for line in entry["lines"] for name in (line, line.partition(".")[0])}
    return {name: telephones[name] for name in sorted(names)}


def undo(words: Mapping[str, str]) -> list[Any]:
    """Gives each step once by which any scenario takes back what it set: a round that was ended took nothing back."""
    steps = [put(step, words) for scenario in scenarios() for step in scenario.always]
    return [step for number, step in enumerate(steps) if step not in steps[:number]]


def put(thing: Any, words: Mapping[str, str]) -> Any:
    """Puts numbers in the place of words, however deep; raises KeyError for a word nothing stands for."""
    if isinstance(thing, str):
        return WORD.sub(lambda found: words[found[1]], thing)
    if isinstance(thing, Mapping):
        return {key: put(value, words) for key, value in thing.items()}
    if isinstance(thing, list | tuple):
        return [put(value, words) for value in thing]
    return thing


def allowed_by_day(estate: Estate, now: datetime) -> bool:
    """Tells whether calls that cost more at night are allowed at a moment of the municipality's clock."""
    told = estate.telephony
    hours = next(one for one in told.hours if one.name == told.limits.night)
    clock = now.strftime("%H:%M")
    for holiday in told.holidays:
        if holiday.day == now.date() and clock >= (holiday.from_hour or "00:00"):
            return False
    return _open(hours, DAYS[now.weekday()], clock)


def _open(hours: Hours, day: str, clock: str) -> bool:
    return any(day in span.days and span.start <= clock < span.end for span in hours.spans)
