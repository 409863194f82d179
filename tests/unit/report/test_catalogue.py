"""The indicators are whole: known metrics, known labels, known units, known duties."""

import re
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from estate.report.catalogue import catalogue, metrics_in
from estate.report.recorded import COUNTS, FRESH_DUTIES

ROOT = Path(__file__).parents[3]
EXPORTED = ("node_filesystem_avail_bytes", "probe_ssl_earliest_cert_expiry", "probe_success")


def _yaml(path: str) -> Any:
    return YAML(typ="safe").load((ROOT / path).read_text(encoding="utf-8"))


METRICS: dict[str, dict[str, Any]] = _yaml("exporters/catalogue.yml")
TEXTS = _yaml("estate/report/texts.yml")
INDICATORS = catalogue().indicators


def test_all_indicators_of_the_directorate_are_there() -> None:
    own = [row.id for row in INDICATORS if not row.added]
    assert len(own) == len(set(own)) == 146
    assert [row.id for row in INDICATORS if row.added] == [
        "D10",
        "D11",
        "D12",
        "F12",
        "F13",
        "G08",
        "H09",
        "I13",
        "I14",
        "I15",
        "I16",
        "I17",
    ]


@pytest.mark.parametrize(
    "formula", [row.formula for row in (*INDICATORS, *catalogue().series) if row.formula]
)
def test_formulas_ask_for_metrics_and_label_values_that_exist(formula: str) -> None:
    wrong = []
    for name, braces in re.findall(r"\b((?:bim|node|probe)_\w+)(?:\{([^}]*)\})?", formula):
        row = METRICS.get(name) or METRICS.get(re.sub(r"_(bucket|sum|count)$", "", name))
        if row is None:
            wrong += [] if name in EXPORTED else [name]
            continue
        for label, wanted in re.findall(r'(\w+)!?=~?"([^"]*)"', braces):
            known = row.get("values", {}).get(label)
            strange = set(wanted.split("|")) - set(known or wanted.split("|"))
            wrong += [f"{name}.{label}"] if label not in row["labels"] or strange else []
    assert wrong == []


def test_units_have_words_and_records_have_counters() -> None:
    assert {row.unit for row in INDICATORS} <= set(TEXTS["units"])
    assert {row.records for row in INDICATORS if row.records} == {*COUNTS, FRESH_DUTIES}


def test_indicators_serve_duties_that_exist() -> None:
    duties = {row["id"] for row in _yaml("inventories/lab/estate/duties.yml")["estate_duties"]}
    assert {duty for row in INDICATORS for duty in row.duties} <= duties


def test_what_is_wanted_is_no_evidence() -> None:
    assert catalogue().not_evidence <= set(METRICS)
    targets = {name for name in METRICS if "_target_" in name}
    assert targets <= catalogue().not_evidence


def test_every_text_speaks_both_languages() -> None:
    groups = [rows for name, rows in TEXTS.items() if name not in ("months", "sections")]
    odd = [
        key
        for rows in groups
        for key, row in rows.items()
        if {k for k, v in row.items() if v} != {"tr", "en"}
    ]
    assert odd == []


def test_places_to_fill_are_the_same_in_both_languages() -> None:
    odd = [
        key
        for key, row in TEXTS["texts"].items()
        if set(re.findall(r"\{\w+\}", row["tr"])) != set(re.findall(r"\{\w+\}", row["en"]))
    ]
    assert odd == []


def test_a_histogram_is_known_by_its_count() -> None:
    assert metrics_in("rate(bim_x_seconds_bucket[5m]) / rate(bim_x_seconds_sum[5m])") == (
        "bim_x_seconds_count",
    )
