"""What a look finds is handed over before the next one, and every piece of work has an hour."""

import re

from ruamel.yaml import YAML

from estate.runs.environment import ROOT

ROLE = ROOT / "roles/gitops_controller"
HALF_HOURLY = r"\*:(\d\d)/30"


def test_each_half_hours_look_is_handed_over_before_the_next() -> None:
    """Otherwise alerts on drift, a red pipeline or an overdue lock begin a day late."""
    yaml = YAML(typ="safe")
    hours = yaml.load(ROLE / "vars/main.yml")["gitops_controller_hours"]
    when = yaml.load(ROLE / "defaults/main.yml")["gitops_controller_calendars"]
    assert set(when) == set(hours)
    assert hours["recorded"]["lines"] == ["measure --recorded"]
    minutes = {name: re.fullmatch(HALF_HOURLY, when[name]) for name in ("drift", "recorded")}
    found = {name: int(match[1]) for name, match in minutes.items() if match}
    assert 0 < found["recorded"] - found["drift"] < 30
