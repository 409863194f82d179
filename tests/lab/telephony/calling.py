"""Plays steps on telephones that a test chooses, from the probe of the lab, over the living exchange."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import yaml

from estate.calls import naming
from estate.calls.question import put
from estate.declared import load
from estate.records import runs_below
from estate.runs import clock
from estate.telephony import secrets as drawn
from estate.telephony.lines import Line
from pyinfra_deploys.facts import call_check
from tests.lab.reaching import LAB, secrets, sure

ESTATE = load(LAB.inventory)
TODAY = clock.today(ESTATE)
WORDS = naming.words(ESTATE, TODAY, None)


def called(line: Line, **scenarios: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """Plays steps on the telephone T of a line, one list after another, and gives the verdicts by name."""
    return played({"T": line}, **scenarios)


def called_with(number: str, secret: str, **scenarios: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """Does the same on a telephone that was given this secret."""
    return _played({"T": {"user": number, "secret": secret}}, scenarios)


def played(lines: Mapping[str, Line], **scenarios: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """Plays steps on telephones of these names, each with a tone of its own, and gives the verdicts by name."""
    key = yaml.safe_load(secrets())["vault_telephone_exchange_secret_key"]
    telephones = {
        name: {
            "user": line.number,
            "secret": drawn.secret(key, line.number, line.holder, line.secret_issued),
            "tone": tone,
        }
        for (name, line), tone in zip(lines.items(), naming.TONES, strict=False)
    }
    return _played(telephones, scenarios)


def observed() -> dict[str, Any]:
    """Gives what was seen by the newest round of calls, whatever other runs began since."""
    seen = [run.path / "observed-calls.json" for run in runs_below(LAB.var)]
    found: dict[str, Any] = json.loads([path for path in seen if path.exists()][-1].read_text("utf-8"))
    return found


def _played(
    telephones: Mapping[str, dict[str, Any]], scenarios: Mapping[str, list[dict[str, Any]]]
) -> dict[str, dict[str, Any]]:
    address = str(ESTATE.networks.hosts[ESTATE.telephony.exchange].address)
    telephones = {name: {**one, "address": address} for name, one in telephones.items()}
    asked = {
        "lines": telephones,
        "scenarios": [
            {"id": name, "lines": [*telephones], "steps": put(steps, WORDS)}
            for name, steps in scenarios.items()
        ],
    }
    told = json.loads(
        sure(ESTATE.telephony.probe.host, str(call_check.check().get_raw_value()), json.dumps(asked))
    )
    return {each["id"]: each for each in told["verdicts"]}
