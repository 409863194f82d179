"""Who is told when: critical alerts at once, warnings in the municipality's office hours, the heartbeat apart."""

import json
import subprocess
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import yaml
from jinja2 import Environment, FileSystemLoader, StrictUndefined

ROOT = Path(__file__).parents[3]
ROLE = ROOT / "roles/monitoring"
ZONE = "Europe/Istanbul"
VARS = yaml.safe_load((ROLE / "vars/main.yml").read_text("utf-8"))
DEFAULTS = yaml.safe_load((ROLE / "defaults/main.yml").read_text("utf-8"))
DECLARED = yaml.safe_load((ROOT / "inventories/lab/estate/telephony.yml").read_text("utf-8"))[
    "estate_telephony"
]
SPANS = [
    span
    for hours in DECLARED["hours"]
    if hours["name"] == DEFAULTS["monitoring_office_hours"]
    for span in hours["spans"]
]


def _text(spans: list[dict[str, Any]], holidays: list[dict[str, Any]]) -> str:
    templates = Environment(
        loader=FileSystemLoader(ROLE / "templates/root/etc/prometheus"),
        undefined=StrictUndefined,
        trim_blocks=True,
    )
    templates.filters["extract"] = lambda key, whole: whole[key]
    return templates.get_template("alertmanager.yml.j2").render(
        **{
            key: value
            for key, value in DEFAULTS.items()
            if key.startswith("monitoring_") and "{{" not in str(value)
        },
        estate_mail={"service_name": "posta.x.example", "domain": "x.example", "probe": {"account": "sonda"}},
        estate_networks={"domain": "x.example"},
        estate_organisation={"time_zone": ZONE},
        inventory_hostname="mon1",
        monitoring_mail_recipient="bilgiislem@x.example",
        monitoring_watchdog_url="http://127.0.0.1:9097/",
        monitoring_authority_file=str(ROOT / "README.md"),
        monitoring_office_spans=spans,
        monitoring_holidays=holidays,
        monitoring_weekdays=VARS["monitoring_weekdays"],
    )


@pytest.fixture(scope="module")
def routes(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("routes") / "alertmanager.yml"
    text = _text(SPANS, DECLARED["holidays"])
    path.write_text(text.replace("[templates/*.tmpl]", "[]"), "utf-8")
    return path


def _inside(interval: dict[str, Any], at: datetime) -> bool:
    """Tells whether a moment lies in an interval, by the words of Alertmanager's manual."""
    local = at.astimezone(ZoneInfo(interval["location"]))
    minute = f"{local:%H:%M}"
    asked = {
        "weekdays": f"{local:%A}".lower(),
        "years": str(local.year),
        "months": str(local.month),
        "days_of_month": str(local.day),
    }
    times = interval.get("times", [{"start_time": "00:00", "end_time": "24:00"}])
    return all(value in interval[key] for key, value in asked.items() if key in interval) and any(
        one["start_time"] <= minute < one["end_time"] for one in times
    )


def _told(config: dict[str, Any], severity: str, at: datetime) -> bool:
    """Tells whether an alert of this severity is told at a moment."""
    named = {one["name"]: one["time_intervals"] for one in config.get("time_intervals", [])}

    def inside(names: list[str]) -> bool:
        return any(_inside(interval, at) for name in names for interval in named[name])

    for route in config["route"]["routes"]:
        if f'severity="{severity}"' in route["matchers"]:
            active, mute = route.get("active_time_intervals"), route.get("mute_time_intervals", [])
            return (active is None or inside(active)) and not inside(mute)
    return True


def test_the_control_host_may_ask_wherever_it_stands() -> None:
    """It is the one that tells people when this host is silent."""
    for rule in VARS["monitoring_firewall"]:
        for groups, allowed in (({}, ["MGMT"]), ({"control_hosts": ["ctl1"]}, ["MGMT", "ctl1"])):
            asked = Environment().from_string(rule["from"])
            told = asked.render(monitoring_client_networks=["MGMT"], groups=groups)
            assert yaml.safe_load(told) == allowed, rule


@pytest.mark.parametrize(
    ("moment", "told"),
    [
        ("2026-01-05T05:35:00+00:00", True),  # Monday 08:35
        ("2026-07-06T05:35:00+00:00", True),  # Monday 08:35: no summer time in Turkey
        ("2026-01-05T05:25:00+00:00", False),  # Monday 08:25
        ("2026-01-04T21:30:00+00:00", False),  # Sunday in UTC, Monday 00:30 here
        ("2026-01-05T14:30:00+00:00", False),  # the first closed minute
        ("2027-03-10T08:00:00+00:00", False),  # Wednesday, a feast
        ("2027-03-09T08:00:00+00:00", True),  # the morning of its eve
        ("2027-03-09T10:30:00+00:00", False),  # and its afternoon
    ],
)
def test_warnings_are_told_in_office_hours_of_the_municipality(moment: str, told: bool, routes: Path) -> None:
    config, at = yaml.safe_load(routes.read_text("utf-8")), datetime.fromisoformat(moment)
    assert _told(config, "warning", at) == told
    assert _told(config, "critical", at), "what cannot wait does not"
    locations = {row["location"] for one in config["time_intervals"] for row in one["time_intervals"]}
    assert locations == {ZONE}


def test_amtool_accepts_the_configuration_and_sends_each_alert_where_it_belongs(
    routes: Path, amtool: str
) -> None:
    checked = subprocess.run([amtool, "check-config", routes], capture_output=True, text=True, check=False)
    assert checked.returncode == 0, checked.stdout + checked.stderr
    for labels, receiver in (
        (["alertname=Watchdog", "severity=none"], "watchdog"),
        (["alertname=HostDown", "severity=critical"], "people"),
        (["alertname=SwitchDrift", "severity=warning"], "people"),
    ):
        asked = [
            amtool,
            "config",
            "routes",
            "test",
            f"--config.file={routes}",
            f"--verify.receivers={receiver}",
        ]
        done = subprocess.run([*asked, *labels], capture_output=True, text=True, check=False)
        assert (done.returncode, done.stdout.split()) == (0, [receiver]), done.stderr


def test_without_declared_hours_nothing_waits() -> None:
    config = yaml.safe_load(_text([], DECLARED["holidays"]))
    assert [route["receiver"] for route in config["route"]["routes"]] == ["watchdog"]
    assert "time_intervals" not in config


def test_people_are_told_by_mail_and_by_a_second_way() -> None:
    receivers = {one["name"]: one for one in yaml.safe_load(_text(SPANS, []))["receivers"]}
    assert receivers["people"]["email_configs"] and receivers["people"]["webhook_configs"]
    assert json.dumps(receivers["watchdog"]["webhook_configs"])
