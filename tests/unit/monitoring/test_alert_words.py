"""What an alert asks is measured by somebody, what it says is Turkish, and nothing in it names a person."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parents[3]
RULES: dict[str, dict[str, Any]] = {
    rule["alert"]: rule
    for path in sorted((ROOT / "roles/monitoring/files/rules").glob("*.yml"))
    for group in yaml.safe_load(path.read_text("utf-8"))["groups"]
    for rule in group["rules"]
}
CATALOGUE = yaml.safe_load((ROOT / "exporters/catalogue.yml").read_text("utf-8"))
ASKED_OF_SWITCHES = yaml.safe_load((ROOT / "roles/monitoring/vars/main.yml").read_text("utf-8"))
FROM_DEBIAN = {
    "up",  # Prometheus itself
    "probe_success",  # prometheus-blackbox-exporter
    "alertmanager_notifications_failed_total",
    "node_filesystem_avail_bytes",
    "node_filesystem_size_bytes",
    "node_systemd_unit_state",
    "node_textfile_mtime_seconds",
    "node_textfile_scrape_error",
}
WORDS = {
    "and",
    "or",
    "unless",
    "offset",
    "bool",
    "by",
    "on",
    "ignoring",
    "without",
    "group_left",
    "group_right",
}
PERSONAL = {"user", "username", "person", "people", "email", "mail", "mailbox", "account", "login", "sender"}
PERSONAL |= {
    "recipient",
    "extension",
    "number",
    "caller",
    "callee",
    "tckn",
    "phone",
    "mac",
    "personnel_number",
}


def asked_names(expression: str) -> set[str]:
    """Gives the metrics an expression asks for."""
    bare = re.sub(r'"(?:[^"\\]|\\.)*"', "", expression)
    bare = re.sub(r"\{[^}]*\}|\[[^\]]*\]", " ", bare)
    bare = re.sub(r"\b(by|on|ignoring|without|group_left|group_right)\s*\([^)]*\)", " ", bare)
    bare = re.sub(r"\boffset\s+\w+", " ", bare)
    return {name for name in re.findall(r"\b[a-zA-Z_:][\w:]*\b(?!\s*\()", bare) if name not in WORDS}


def labels_named(rule: dict[str, Any]) -> set[str]:
    """Gives every label that an alert carries, groups by, asks for or puts into its words."""
    text = rule["expr"] + "".join(rule["annotations"].values())
    grouped = re.findall(r"\b(?:by|on|group_left)\s*\(([^)]*)\)", text)
    braces = re.findall(r"\{([^}]*)\}", rule["expr"])
    named = {word for group in grouped for word in re.findall(r"\w+", group)}
    named |= {word for group in braces for word in re.findall(r"(\w+)\s*(?:=|!=|=~|!~)", group)}
    return named | set(re.findall(r"\$labels\.(\w+)", text)) | set(rule["labels"])


@pytest.mark.parametrize("alert", RULES)
def test_every_metric_an_alert_asks_is_measured_by_somebody(alert: str) -> None:
    known = set(CATALOGUE) | FROM_DEBIAN | {row[0] for row in ASKED_OF_SWITCHES["monitoring_snmp_objects"]}
    asked = asked_names(RULES[alert]["expr"])
    assert asked - known == set()
    assert asked or alert == "Watchdog", "an alert that asks nothing never changes"


@pytest.mark.parametrize("alert", RULES)
def test_no_label_of_an_alert_names_a_person(alert: str) -> None:
    assert labels_named(RULES[alert]) & PERSONAL == set()
    assert set(RULES[alert]["labels"]) == {"severity"}


@pytest.mark.parametrize("alert", RULES)
def test_people_read_it_in_turkish_and_the_runbook_has_something_in_each_section(alert: str) -> None:
    words = RULES[alert]["annotations"]
    summary = re.sub(r"\{\{.*?\}\}", "", words["summary"], flags=re.S)
    assert set(summary) & set("çğıöşüÇĞİÖŞÜ") or re.search(r"(yor|mak üzere|eskidi|durumunda)\b", summary), (
        summary
    )
    assert not re.search(r"(?i)\b(the|is|are|of|and|not|has|was)\b", summary), summary
    assert words["summary"] != words["description"] and words["description"].isascii()
    parts = re.split(r"(?m)^## .+$", (ROOT / words["runbook_url"]).read_text("utf-8"))[1:]
    assert [len(part.split()) >= 5 for part in parts] == [True] * 4


def test_the_silence_of_every_program_that_measures_is_an_alert() -> None:
    """By the absence of what it measures, or of its file on a host."""
    asked = " ".join(rule["expr"] for rule in RULES.values())
    missed = set(re.findall(r"absent\((\w+)", asked))
    heard = {CATALOGUE[name]["writer"] for name in missed if name in CATALOGUE}
    heard |= set(
        re.findall(r"unless on \(instance\) node_textfile_mtime_seconds\{file=~\"\.\*/(\w+)\.prom", asked)
    )
    assert {row["writer"] for row in CATALOGUE.values() if row.get("writer")} - heard == set()


def test_the_rules_of_this_page_can_fail() -> None:
    expression = 'sum by (user) (increase(bim_x_total{a="b"}[10m])) > on (host) bim_y offset 30m unless up'
    assert asked_names(expression) == {"bim_x_total", "bim_y", "up"}
    rule = {"expr": expression, "annotations": {"s": "{{ $labels.mailbox }}"}, "labels": {"severity": "x"}}
    assert labels_named(rule) & PERSONAL == {"user", "mailbox"}
