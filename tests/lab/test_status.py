"""The status tells what Prometheus tells, and of a Prometheus that hangs it says so: nothing is green by silence.

Freezes Prometheus of the monitoring host for a few seconds and lets it go on.
"""

import json
import urllib.request
from typing import Any

import pytest

from estate.declared import load
from tests.lab.reaching import LAB, estate, sure, undone_by

pytestmark = pytest.mark.lab
ESTATE = load(LAB.inventory)
(WATCH,) = ESTATE.hosts["monitoring_servers"]
RUNNING = {service.id for service in ESTATE.services if service.state == "running"}


def _status() -> tuple[dict[str, Any], dict[str, dict[str, Any]]]:
    done = estate("status", "--json")
    told = json.loads(done.stdout)
    assert (done.returncode, done.stderr) == (told["exit"], "")
    return told, {row["id"]: row for row in told["services"]}


def _firing() -> set[str]:
    address = f"http://{ESTATE.networks.hosts[WATCH].address}:9090/api/v1/alerts"
    with urllib.request.urlopen(address, timeout=10) as answer:
        alerts = json.load(answer)["data"]["alerts"]
    return {one["labels"]["alertname"] for one in alerts if one["state"] == "firing"} - {"Watchdog"}


def test_it_tells_what_prometheus_tells() -> None:
    before = _firing()
    told, services = _status()
    stayed = before & _firing()
    named = {
        fact["values"]["alert"]
        for row in (*told["services"], *told["estate"])
        for fact in row["facts"]
        if fact["what"] == "alert"
    }
    assert told["unasked"] == "" and stayed <= named
    for service in RUNNING:
        facts = services[service]["facts"]
        assert [one for one in facts if one["source"] == "prometheus" and one["age_seconds"] is not None], (
            service
        )


def test_a_server_that_hangs_makes_nothing_green() -> None:
    with undone_by(WATCH, "systemctl kill --signal=CONT prometheus"):
        sure(WATCH, "systemctl kill --signal=STOP prometheus")
        told, services = _status()
    assert "no answer" in told["unasked"] or "timed out" in told["unasked"], told["unasked"]
    assert {services[name]["light"] for name in RUNNING} <= {"unknown", "red"}
    assert told["exit"] in (1, 3)
