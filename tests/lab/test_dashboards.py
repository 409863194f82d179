"""Every question of every dashboard is answered by the Prometheus of the lab: no panel is empty after a deploy.

Changes nothing on a host. What measures once an hour is started when its hour has not come yet; what is counted from
records is recorded and delivered: a look at receipts and at the switches with a copy of what they run, and, when this
checkout saw no run of the pipeline, the record of the newest one on the control host. The drill that passed and the
injected faults are those of test_drill.py.
"""

import json
import re
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from estate.dashboards.boards import boards
from estate.dashboards.boards.overview import PARTS
from estate.dashboards.rules import alerts
from estate.declared import load
from estate.runs.refused import Exit
from tests.lab.reaching import LAB, estate, sure, until

pytestmark = pytest.mark.lab
ESTATE = load(LAB.inventory)
(WATCH,) = ESTATE.hosts["monitoring_servers"]
(FILES,) = ESTATE.hosts["file_servers"]
(MAIL,) = ESTATE.hosts["mail_servers"]
(CONTROL,) = ESTATE.hosts["control_hosts"]
PROMETHEUS = f"http://{ESTATE.networks.hosts[WATCH].address}:9090"
PANELS = {f"{board.name}.{panel.name}": panel.query for board in boards(alerts()) for panel in board.panels}
# What measures once an hour, or had nobody to ask while a test had stopped the directory: a metric that it writes,
# where it runs, its unit.
HOURLY = {
    "bim_mail_storage_used_bytes": (MAIL, "estate-mail-server"),
    "bim_shares": (FILES, "estate-shares"),
    "bim_pbx_call_check_success": (WATCH, "estate-call-probe"),
}


def answer(query: str) -> list[dict[str, Any]]:
    """Asks as Grafana does, from the management network; a question that is refused fails with the reason."""
    body = urllib.parse.urlencode({"query": query}).encode()
    try:
        with urllib.request.urlopen(f"{PROMETHEUS}/api/v1/query", data=body, timeout=20) as told:
            found: list[dict[str, Any]] = json.load(told)["data"]["result"]
    except urllib.error.HTTPError as refused:
        pytest.fail(f"{query}\n{json.load(refused)['error']}")
    return found


def _recorded(*words: str) -> None:
    """Runs a command that leaves a record, again while another run holds the lock."""
    codes: list[int] = []

    def ended() -> bool:
        codes.append(estate(*words).returncode)
        return codes[-1] != Exit.LOCKED

    assert until(ended, 300, pause=5), f"{words} never got the lock"


@contextmanager
def _pipeline_seen() -> Iterator[None]:
    """Takes the record of the control host's newest run that ended, when none is kept here, and lays it off again."""
    here, there = LAB.var / "pipelines", "/srv/estate/checkout/var/lab/pipelines"
    if any(here.glob("*.json")):
        yield
        return
    newest = sure(CONTROL, f"grep -L '^ \"ended\": null' {there}/*.json | tail -1")
    copy = here / re.sub(r".*/", "", newest)
    here.mkdir(exist_ok=True)
    copy.write_text(sure(CONTROL, f"cat {newest}"), "utf-8")
    yield
    copy.unlink()


@pytest.fixture(scope="module", autouse=True)
def measured() -> None:
    """Lets every program have measured once, and what is counted from records be recorded."""
    with _pipeline_seen():
        _measured()


def _measured() -> None:
    for words in (("drift",), ("switch", "backup"), ("switch", "state"), ("measure",)):
        _recorded(*words)
    assert until(lambda: bool(answer("bim_drift_host_state and on() bim_pipeline_stage_seconds")), 60)
    for metric, (host, unit) in HOURLY.items():
        if not answer(metric):
            sure(host, f"systemctl start {unit}")
            assert until(lambda metric=metric: bool(answer(metric)), 60), (
                f"{unit} on {host} wrote no {metric}"
            )


@pytest.mark.parametrize("name", PANELS)
def test_the_question_is_answered(name: str) -> None:
    found = answer(PANELS[name])
    assert found, f"{name} is empty: {PANELS[name]}"
    assert [row for row in found if row["value"][1] in ("NaN", "+Inf", "-Inf")] == []


def test_every_part_of_the_estate_has_a_lamp_that_is_lit() -> None:
    """A lamp says 0, 1 or 2; which one is the matter of the alerts, and of their tests."""
    lit = {part: answer(PANELS[f"overview.{part}"])[0]["value"][1] for part in PARTS}
    assert set(lit.values()) <= {"0", "1", "2"}, lit
