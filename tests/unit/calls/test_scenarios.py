"""The catalogue can be put into the numbers of the lab, uses verbs that exist, and is safe where it says so."""

import inspect
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from estate.calls import naming
from estate.calls.catalogue import CatalogueError, Scenario, chosen, scenarios
from estate.calls.question import Question, allowed_by_day, question
from estate.declared.estate import Estate
from exporters.call_steps import VERBS

ROOT = Path(__file__).parents[3]
DAY = date(2026, 11, 26)
WORLD = naming.World("198.51.100.60", "+903125559001", "abone", "s")
NAMES = [scenario.id for scenario in scenarios()]


def asked(
    lab: Estate, world: naming.World | None, names: tuple[str, ...] = (), daily: bool = False
) -> Question:
    """Puts scenarios into the words of the lab."""
    where = naming.Where("10.40.20.70", lab.telephony.service_name)
    lines = naming.telephones(lab, DAY, "key", where, world)
    return question(chosen(names, daily), lines, naming.words(lab, DAY, world), "", by_day=True)


def steps(scenario: Scenario) -> Iterator[Mapping[str, Any]]:
    """Gives every step of a scenario."""
    yield from (*scenario.steps, *scenario.day, *scenario.always)


def test_the_whole_catalogue_is_put_in_the_lab(lab: Estate) -> None:
    """At least sixty proofs; none is left out, and none names what is not declared."""
    found = asked(lab, WORLD)
    assert found.left_out == {}
    assert len(found.asked["scenarios"]) >= 60
    assert "{" not in str([each["steps"] for each in found.asked["scenarios"]]).replace("{'", "").replace(
        "{}", ""
    )


@pytest.mark.parametrize("name", NAMES)
def test_steps_say_what_a_verb_understands(name: str) -> None:
    """A slip in the catalogue is told here, not by a call that fails."""
    (scenario,) = chosen([name])
    for step in steps(scenario):
        verb, told = next(iter(step.items()))
        words = told if isinstance(told, Mapping) else {"who": told}
        inspect.signature(VERBS[verb]).bind(None, **words)
        telephones = {words.get(key) for key in ("who", "answers", "other")} - {None}
        if verb != "wait":
            assert telephones <= {*scenario.lines}, step


@pytest.mark.parametrize("name", [scenario.id for scenario in chosen(daily=True)])
def test_a_daily_scenario_rings_nobody_but_the_probe(lab: Estate, name: str) -> None:
    """Every number it dials is one of the probe, a code, or the declared outside number; no emergency."""
    found = asked(lab, None, (name,))
    own = {*lab.telephony.probe.extensions}
    outside = f"0{'0' + str(lab.telephony.probe.outside_number).removeprefix('+90')}"
    (scenario,) = found.asked["scenarios"]
    told = [each for step in scenario["steps"] + scenario["always"] for each in step.values()]
    numbers = {each["to"] for each in told if isinstance(each, dict) and "to" in each}
    assert {n for n in numbers if not n.startswith("*")} <= own | {outside}


def test_without_an_outside_telephone_what_needs_one_is_left_out_and_told(lab: Estate) -> None:
    """Production has none: a scenario that cannot be put is no failure, and not silence either."""
    found = asked(lab, None, ("out_both_ways", "echo"))
    assert [each["id"] for each in found.asked["scenarios"]] == ["echo"]
    assert "outside" in found.left_out["out_both_ways"]


def test_an_unknown_scenario_is_refused() -> None:
    """A typing error does not turn into nothing to do."""
    with pytest.raises(CatalogueError, match="no scenario is named eko"):
        chosen(["eko"])


def test_secrets_of_telephones_are_those_of_the_exchange(lab: Estate) -> None:
    """The digest that the exchange holds belongs to what the probe registers with."""
    from estate.telephony.rendering import rendered
    from estate.telephony.secrets import Secrets, digest

    where = naming.Where("10.40.20.70", "x")
    found = naming.telephones(lab, DAY, "key", where, None)["A"]
    trunks = {trunk.name: "p" for trunk in lab.telephony.trunks}
    held = rendered(lab, DAY, Secrets("key", trunks))["pjsip.conf"]
    assert digest(str(found["user"]), lab.networks.domain, str(found["secret"])) in held


@pytest.mark.parametrize(
    ("moment", "allowed"),
    [
        (datetime(2026, 11, 26, 12, 0, tzinfo=UTC), True),
        (datetime(2026, 11, 26, 21, 0, tzinfo=UTC), False),
        (datetime(2026, 10, 28, 12, 59, tzinfo=UTC), True),
        (datetime(2026, 10, 28, 13, 0, tzinfo=UTC), False),
    ],
)
def test_calls_that_cost_more_at_night_follow_the_declared_hours(
    lab: Estate, moment: datetime, allowed: bool
) -> None:
    """The eve of a holiday is closed from its hour on."""
    assert allowed_by_day(lab, moment) is allowed
