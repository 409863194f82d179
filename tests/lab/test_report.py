"""The report of the lab: measured from its Prometheus, counted from its records, written again byte for byte."""

import json
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from estate.report.inputs import read
from estate.report.period import turkish_zone
from tests.lab.reaching import LAB, Answer, estate

pytestmark = pytest.mark.lab
MONTH = f"{datetime.now(turkish_zone()):%Y-%m}"


def _report(*arguments: str) -> Answer:
    return estate("report", "--period", MONTH, "--json", *arguments)


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Collects and writes the running month of the lab once."""
    done = _report("--out", str(tmp_path_factory.mktemp("report")))
    assert done.returncode == 0, done.stderr
    told: dict[str, Any] = json.loads(done.stdout)
    return told


def test_the_lab_was_measured(written: dict[str, Any]) -> None:
    inputs, digest = read(Path(written["inputs"]))
    assert (written["how"], written["sha256"], written["unmeasured"]) == ("collected", digest, None)
    answered = {row.id for row in inputs.measurements if row.samples and not row.error}
    assert {"D04", "D10", "D12", "I02", "I03", "I04", "I13"} <= answered


def test_drills_are_counted_from_their_records(written: dict[str, Any]) -> None:
    inputs, _ = read(Path(written["inputs"]))
    records = sorted((LAB.var / "evidence").glob("*/record.json"))
    begun = [json.loads(path.read_text("utf-8"))["started"] for path in records]
    cut = inputs.period.evaluated_at
    assert len(inputs.drills) == sum(datetime.fromisoformat(started) <= cut for started in begun)
    assert [row.file for row in inputs.unread] == []


def test_the_same_inputs_write_the_same_bytes(written: dict[str, Any], tmp_path: Path) -> None:
    done = _report("--inputs", written["inputs"], "--out", str(tmp_path))
    assert done.returncode == 0, done.stderr
    again = json.loads(done.stdout)
    assert [Path(path).suffix for path in again["written"]] == [".html", ".pdf", ".csv"]
    pairs = zip(written["written"], again["written"], strict=True)
    assert all(Path(first).read_bytes() == Path(second).read_bytes() for first, second in pairs)


def test_no_person_of_the_lab_is_named(written: dict[str, Any]) -> None:
    declared = YAML(typ="safe").load((LAB.inventory / "estate/people.yml").read_text("utf-8"))
    people = [row["user"] for row in declared["estate_people"]]
    html = next(Path(path).read_text("utf-8") for path in written["written"] if path.endswith(".html"))
    frozen = Path(written["inputs"]).read_text("utf-8")
    assert len(people) >= 60
    assert [user for user in people if user in html or user in frozen] == []
