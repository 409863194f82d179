"""A director's telephone with a secretary: she rings first, and who gets through to it are those declared, and hers."""

from __future__ import annotations

from typing import Any

import pytest

from estate.telephony.lines import SHARED, lines
from tests.lab.telephony.calling import ESTATE, TODAY, played

pytestmark = pytest.mark.lab
LINES = {line.number: line for line in lines(ESTATE, TODAY)}
DIRECTOR = next(line for line in LINES.values() if line.secretary is not None and line.passes)
SECRETARY, PASSES = LINES[str(DIRECTOR.secretary)], LINES[DIRECTOR.passes[0]]
STRANGER = next(
    line
    for line in LINES.values()
    if line.holder == SHARED and line.number not in ESTATE.telephony.probe.extensions
)
NUMBER = DIRECTOR.number
Steps = list[dict[str, Any]]


def talks(one: str, other: str) -> Steps:
    """Gives the steps of two who talk and part."""
    return [{"talk": {"between": [one, other], "seconds": 1.2}}, {"part": {"who": one, "other": other}}]


def rings(caller: str, shown: str) -> Steps:
    """Gives the steps of a call that gets through to the director at once, and rings nobody else."""
    return [
        {"call": {"who": caller, "to": NUMBER}},
        {"rings": {"who": "director", "shown": shown}},
        *([] if caller == "secretary" else [{"quiet": {"who": "secretary", "seconds": 0.3}}]),
    ]


SCENARIOS: dict[str, Steps] = {
    "a stranger rings the secretary, whose blind transfer gets through": [
        {"call": {"who": "stranger", "to": NUMBER}},
        {"rings": {"who": "secretary", "shown": STRANGER.number}},
        {"quiet": {"who": "director", "seconds": 1}},
        {"answer": "secretary"},
        {"up": "stranger"},
        {"transfer": {"who": "secretary", "to": NUMBER}},
        {"rings": {"who": "director", "shown": STRANGER.number}},
        {"answer": "director"},
        *talks("director", "stranger"),
    ],
    "the blind transfer of a stranger rings the secretary": [
        {"call": {"who": "passes", "to": STRANGER.number}},
        {"rings": "stranger"},
        {"answer": "stranger"},
        {"up": "passes"},
        {"transfer": {"who": "stranger", "to": NUMBER}},
        {"rings": "secretary"},
        {"quiet": {"who": "director", "seconds": 0.5}},
        {"hangup": "passes"},
    ],
    "the secretary gets through": [
        *rings("secretary", SECRETARY.number),
        {"answer": "director"},
        *talks("secretary", "director"),
    ],
    "who is named gets through, and the secretary alone takes that call, by the director's number": [
        *rings("passes", PASSES.number),
        {"call": {"who": "stranger", "to": f"*8{NUMBER}"}},
        {"call": {"who": "secretary", "to": "*8"}},
        {"ends": {"who": "secretary", "code": 0}},
        {"call": {"who": "secretary", "to": f"*8{NUMBER}"}},
        {"up": "secretary"},
        {"stops": "director"},
        *talks("secretary", "passes"),
        {"ends": {"who": "stranger", "code": 403, "within": 8}},
    ],
}


def test_who_gets_through_to_a_telephone_with_a_secretary() -> None:
    """On the telephones of these people, which nobody else has in the lab; the secretary is of the director's group."""
    assert {*SECRETARY.groups} & {*DIRECTOR.groups}
    telephones = {"director": DIRECTOR, "secretary": SECRETARY, "passes": PASSES, "stranger": STRANGER}
    verdicts = played(telephones, **SCENARIOS)
    assert {name: each["result"] for name, each in verdicts.items()} == dict.fromkeys(SCENARIOS, "passed"), (
        verdicts
    )
