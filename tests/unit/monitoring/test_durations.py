"""How long opening and closing an account took is read from what runs wrote down, and reaches the report in hours."""

import json
import subprocess
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from prometheus_client.parser import text_string_to_metric_families

from estate.declared.estate import Estate
from estate.declared.identities import Identity
from estate.plan.directory import plan
from estate.plan.directory_held import HeldDirectory
from estate.plan.directory_wanted import wanted
from estate.report.catalogue import catalogue
from estate.review.history import Entry
from exporters import recorded_durations
from exporters.textfile import Textfile
from tests.unit.directory.conftest import declares as declares
from tests.unit.directory.conftest import lab as lab
from tests.unit.directory.conftest import person as person
from tests.unit.directory.memory import carried_out

Makes = Callable[..., Any]
MONDAY = date(2026, 11, 30)
MIDNIGHT = datetime(2026, 11, 29, 21, tzinfo=UTC)
"""The beginning of that Monday in Istanbul."""
OPENING, CLOSING = recorded_durations.OPENING, recorded_durations.CLOSING


class House:
    """A directory whose changes are planned and applied, and what the runs wrote down of them."""

    def __init__(self, declares: Makes) -> None:
        self.declares = declares
        self.held = HeldDirectory()
        self.entries: list[Entry] = []

    def applied(self, *people: Any, day: date = MONDAY, hours: float = 0.0, certain: bool = True) -> None:
        """Applies what is declared on a day, done so many hours after the Monday began."""
        made = plan(wanted(self.declares(*people), day), self.held, "dizin1")
        self.held = carried_out(self.held, made.steps)
        at = MIDNIGHT + timedelta(hours=hours)
        self.entries += [
            Entry(at, "run", "ugur@y1", "", change, certain, at)
            for change in made.changes
            if "(" in change.key
        ]

    def measured(self, estate: Estate, since: date | None = None) -> dict[str, list[float]]:
        """Gives every duration in hours, by name and type; the ledger says `since` when the name was given."""
        rows = () if since is None else (Identity.model_validate({**ROW, "since": str(since)}),)
        out = Textfile()
        recorded_durations.write(out, replace(estate, identities=rows), {"100136": self.entries})
        return {
            f"{name} {labels[0]}": [seconds / 3600 for seconds in values]
            for name, groups in out.observed.items()
            for labels, values in groups.items()
            if values
        }


ROW = {"personnel_number": "100136", "user": "selin.aydin", "sam_account_name": "selin.aydin"}


@pytest.fixture
def house(declares: Makes) -> House:
    return House(declares)


@pytest.mark.parametrize(
    ("start", "since", "hours"),
    [("2026-11-30", None, 9.5), ("2026-11-28", "2026-11-30", 9.5), ("2026-11-28", "2026-11-01", 57.5)],
)
def test_an_opening_counts_from_the_first_day_or_the_day_the_name_was_given(
    house: House, person: Makes, lab: Estate, start: str, since: str | None, hours: float
) -> None:
    house.applied(person(start=start), hours=9.5)
    given = date.fromisoformat(since) if since else None
    assert house.measured(lab, given) == {f"{OPENING} staff": [hours]}


def test_who_waits_is_counted_when_the_account_opens(house: House, person: Makes, lab: Estate) -> None:
    waiting = person(start="2026-11-30")
    house.applied(waiting, day=date(2026, 11, 20), hours=-200)
    assert house.measured(lab) == {}
    house.applied(waiting, hours=7)
    assert house.measured(lab) == {f"{OPENING} staff": [7.0]}


def test_who_comes_back_is_counted_again_and_a_lock_taken_off_is_not(
    house: House, person: Makes, lab: Estate
) -> None:
    house.applied(person(start="2026-11-30"), hours=1)
    house.applied(person(start="2026-11-30", end="2026-12-01"), day=date(2026, 12, 3), hours=80)
    house.applied(person(start="2026-12-10"), day=date(2026, 12, 10), hours=242)
    both = {f"{OPENING} staff": [1.0, 2.0], f"{CLOSING} staff": [32.0]}
    assert house.measured(lab) == both
    [user] = house.held.users
    locked = {**user.attributes, "userAccountControl": ("514",), "pwdLastSet": ("1",)}
    house.held = replace(house.held, users=(replace(user, attributes=locked),))
    house.applied(person(start="2026-12-10"), day=date(2026, 12, 20), hours=500)
    assert "open" in str(house.entries[-1].change.after)
    assert house.measured(lab) == both


@pytest.mark.parametrize(("hours", "took"), [(8, 8.0), (0, 0.0), (-3, 0.0)])
def test_a_closing_counts_from_the_first_day_without_access_and_is_never_below_nothing(
    house: House, person: Makes, lab: Estate, hours: float, took: float
) -> None:
    house.applied(person(start="2026-11-29"), day=date(2026, 11, 29), hours=-24)
    house.applied(person(start="2026-11-29", end="2026-11-29"), hours=hours)
    assert house.measured(lab)[f"{CLOSING} staff"] == [took]


def test_people_of_vendors_are_counted_apart(house: House, person: Makes, lab: Estate) -> None:
    vendor = {"user": "f.veli.firma", "status": "firma", "unit": None, "mail": None, "extension": None}
    house.applied(person(**vendor, start="2026-11-30", end="2026-12-31"), hours=2)
    house.applied(person(**vendor, start="2026-11-30", end="2026-12-01"), day=date(2026, 12, 2), hours=49)
    assert house.measured(lab) == {f"{OPENING} contractor": [2.0], f"{CLOSING} contractor": [1.0]}


def test_what_a_dead_run_may_not_have_done_counts_for_nothing(
    house: House, person: Makes, lab: Estate
) -> None:
    house.applied(person(), hours=2, certain=False)
    assert house.measured(lab) == {}


def buckets(out: Textfile, name: str) -> dict[str, float]:
    """Gives the series of a histogram of staff, as they are written: series to value."""
    found = {}
    for family in text_string_to_metric_families(out.render()):
        for sample in family.samples if family.name == name else []:
            if sample.labels["type"] == "staff":
                labels = ",".join(f'{key}="{value}"' for key, value in sorted(sample.labels.items()))
                found[f"{sample.name}{{{labels}}}"] = sample.value
    return found


@pytest.mark.parametrize(("name", "code"), [(OPENING, "C04"), (CLOSING, "C05")])
def test_the_report_reads_hours_from_what_is_written(
    house: House, person: Makes, lab: Estate, promtool: str, tmp_path: Path, name: str, code: str
) -> None:
    """Every bucket stands there empty before anything happened, so that the first one counts."""
    before, after = Textfile(), Textfile()
    recorded_durations.write(before, lab, {})
    after.observe(name, 5 * 3600, 6 * 3600, 7 * 3600, type="staff")
    empty, full = buckets(before, name), buckets(after, name)
    assert set(empty) == set(full) and set(empty.values()) == {0.0}
    assert [full[f'{name}_bucket{{le="{le}",type="staff"}}'] for le in ("14400.0", "28800.0", "+Inf")] == [
        0,
        3,
        3,
    ]
    [indicator] = [row for row in catalogue().indicators if row.id == code]
    seconds = {"C04": 4 * 3600 + 0.5 * 4 * 3600, "C05": 4 * 3600 + 0.95 * 4 * 3600}[code]
    rules = {
        "tests": [
            {
                "interval": "1m",
                "input_series": [
                    {"series": one, "values": f"0x30 {full[one]:.0f}x60"} for one in sorted(full)
                ],
                "promql_expr_test": [
                    {
                        "expr": f"round({str(indicator.formula).replace('$P', '3600s')})",
                        "eval_time": "60m",
                        "exp_samples": [{"labels": "{}", "value": seconds}],
                    }
                ],
            }
        ]
    }
    path = tmp_path / "durations.yml"
    path.write_text(json.dumps(rules), encoding="utf-8")
    done = subprocess.run([promtool, "test", "rules", str(path)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert (indicator.unit, seconds / indicator.divide) == ("hours", {"C04": 6.0, "C05": 7.8}[code])
