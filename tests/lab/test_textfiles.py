"""A textfile directory that was made anew does not silence a host: its figures return, or an alert names what is gone.

Made anew as a careless hand would, on the file server; the directory and every file in it are put back.
"""

import json
import urllib.parse
import urllib.request
from collections.abc import Iterator
from typing import Any

import pytest

from estate.declared import load
from tests.lab.reaching import LAB, sure, undone_by, until

pytestmark = pytest.mark.lab
ESTATE = load(LAB.inventory)
(WATCH,) = ESTATE.hosts["monitoring_servers"]
(FILES,) = ESTATE.hosts["file_servers"]
PLACE, KEPT = "/var/lib/prometheus/node-exporter", "/var/tmp/estate-test-textfiles"


def _ask(query: str) -> list[dict[str, Any]]:
    server = f"http://{ESTATE.networks.hosts[WATCH].address}:9090"
    url = f"{server}/api/v1/query?{urllib.parse.urlencode({'query': query})}"
    with urllib.request.urlopen(url, timeout=10) as answer:
        found: list[dict[str, Any]] = json.load(answer)["data"]["result"]
    return found


def _files() -> set[str]:
    rows = _ask(f'node_textfile_mtime_seconds{{instance="{FILES}"}}')
    return {row["metric"]["file"].rpartition("/")[2] for row in rows}


def _told() -> set[str]:
    """Gives the files of the host that an alert names, also before it is told to people."""
    rows = _ask(f'ALERTS{{alertname="TextfileMissing",instance="{FILES}"}}')
    return {row["metric"].get("file", "").rpartition("/")[2] for row in rows}


@pytest.fixture
def made_anew() -> Iterator[set[str]]:
    """Replaces the directory by an empty one of root alone, and gives the names of what was in it."""
    before = _files()
    back = f"[ ! -d {KEPT} ] || {{ rm -rf {PLACE}; mv {KEPT} {PLACE}; }}"
    back += "; systemctl reset-failed 'estate-*'; systemctl start estate-journal estate-clock"
    with undone_by(FILES, back):
        sure(FILES, f"rm -rf {KEPT}; mv {PLACE} {KEPT}; mkdir -m 0755 {PLACE}")
        yield before


def test_a_directory_made_anew_brings_its_figures_back_or_an_alert(made_anew: set[str]) -> None:
    """The alert is told after ten minutes; that it is on its way is seen at once, that it arrives promtool proves."""
    assert len(made_anew) > 2
    sure(FILES, "systemctl start estate-journal || true; systemctl start estate-clock || true")
    assert until(lambda: bool(_told()), 120), "no backup was due, so at least its file is missed"
    assert until(lambda: made_anew <= _files() | _told(), 120), (made_anew, _files(), _told())
