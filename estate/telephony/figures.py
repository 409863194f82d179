"""Gives the program that measures the exchange what is declared of it: denominators, and what is nobody's call."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable
from datetime import date
from typing import Any

from estate.declared.estate import Estate
from estate.declared.numbering import holders
from estate.declared.people import Person
from estate.declared.telephony import Telephony
from estate.telephony.lines import Line, lines

FILE = "declared.json"
"""The name of the file in /etc/asterisk/estate."""
NO_UNIT = "vendors"
NO_SITE = "unknown"


def text(estate: Estate, today: date) -> str:
    """Gives the whole file."""
    return json.dumps(figures(estate, today), indent=1, sort_keys=True) + "\n"


def figures(estate: Estate, today: date) -> dict[str, Any]:
    """Gives the declared extensions with unit, site, type and day of their secret; trunks, blocks, probes, hours.

    `reserved` counts, by unit and site, numbers of people who wait or have left. `blocks` has used and all numbers of
    each block. `day` are the spans outside of which it is night, `probes` the numbers of the call probe, inside and
    outside.
    """
    told = estate.telephony
    working = {line.number: line for line in lines(estate, today)}
    everyone = list(holders(told, estate.people))
    away = [each.person for each in everyone if each.person is not None and each.number not in working]
    blocks = {unit.slug: unit.extensions for unit in estate.organisation.directorates}
    ranges = {name: (block.first, block.last) for name, block in blocks.items()}
    ranges |= {block.name: (block.first, block.last) for block in told.plan.blocks}
    numbers = [each.number for each in everyone]
    return {
        "time_zone": estate.organisation.time_zone,
        "secret_days": told.secret_days,
        "records_days": told.records_days,
        "trunks": sorted(trunk.name for trunk in told.trunks),
        "probes": sorted(prefix + each for each in _probes(told) for prefix in ("", told.plan.did_prefix)),
        "extensions": _extensions(told, working.values()),
        "reserved": _reserved(away),
        "blocks": {
            name: [sum(first <= number <= last for number in numbers), int(last) - int(first) + 1]
            for name, (first, last) in ranges.items()
        },
        "day": [
            span.model_dump()
            for hours in told.hours
            if hours.name == told.limits.night
            for span in hours.spans
        ],
    }


def _reserved(away: Iterable[Person]) -> dict[str, dict[str, int]]:
    found: dict[str, dict[str, int]] = {}
    for (unit, site), number in Counter(
        (person.unit or NO_UNIT, person.site or NO_SITE) for person in away
    ).items():
        found.setdefault(unit, {})[site] = number
    return found


def _extensions(told: Telephony, working: Iterable[Line]) -> dict[str, dict[str, str | None]]:
    found: dict[str, dict[str, str | None]] = {
        line.number: {
            "unit": line.unit or NO_UNIT,
            "site": line.site or NO_SITE,
            "type": line.kind,
            "issued": line.secret_issued.isoformat(),
        }
        for line in working
        if line.number not in told.probe.extensions
    }
    return found | {
        line.number: {"unit": line.unit, "site": line.site, "type": "fax", "issued": None}
        for line in told.fax_lines
        if line.number != told.probe.fax_line
    }


def _probes(told: Telephony) -> tuple[str, ...]:
    return (*told.probe.extensions, *((told.probe.fax_line,) if told.probe.fax_line is not None else ()))
