"""Every alert has a runbook, and three proofs by promtool: it fires, it stays quiet, silence is noticed."""

import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parents[3]
RULES = sorted((ROOT / "roles/monitoring/files/rules").glob("*.yml"))
GOLDEN = ROOT / "tests/golden/alerts"
CATALOGUE = yaml.safe_load((ROOT / "exporters/catalogue.yml").read_text("utf-8"))
NEVER_QUIET = {"Watchdog"}


def _alerts(path: Path) -> dict[str, dict[str, Any]]:
    groups = yaml.safe_load(path.read_text("utf-8"))["groups"]
    return {rule["alert"]: rule for group in groups for rule in group["rules"]}


ALERTS = {name: rule for path in RULES for name, rule in _alerts(path).items()}
CASES = {
    case["name"]: case
    for path in GOLDEN.glob("*.yml")
    for case in yaml.safe_load(path.read_text("utf-8"))["tests"]
}


@pytest.mark.slow
@pytest.mark.parametrize("path", RULES, ids=lambda path: path.stem)
def test_promtool_accepts_the_rules_and_their_proofs(path: Path, promtool: str) -> None:
    done = subprocess.run(
        [promtool, "test", "rules", str(GOLDEN / path.name)], capture_output=True, text=True, check=False
    )
    assert (done.returncode, "SUCCESS" in done.stdout) == (0, True), done.stdout + done.stderr


def test_a_wrong_proof_is_refused(tmp_path: Path, promtool: str) -> None:
    text = (GOLDEN / "proxy.yml").read_text("utf-8").replace("../../..", str(ROOT))
    wrong = tmp_path / "wrong.yml"
    wrong.write_text(text.replace("severity: critical", "severity: warning"), "utf-8")
    done = subprocess.run(
        [promtool, "test", "rules", str(wrong)], capture_output=True, text=True, check=False
    )
    assert done.returncode != 0


@pytest.mark.parametrize("alert", ALERTS)
def test_the_alert_fires(alert: str) -> None:
    (proof,) = CASES[f"{alert} fires"]["alert_rule_test"]
    assert (proof["alertname"], bool(proof["exp_alerts"])) == (alert, True)


@pytest.mark.parametrize("alert", sorted(set(ALERTS) - NEVER_QUIET))
def test_the_alert_stays_quiet(alert: str) -> None:
    case = CASES[f"{alert} stays quiet"]
    (proof,) = case["alert_rule_test"]
    own = {name for name in re.findall(r"\w+", ALERTS[alert]["expr"]) if name in CATALOGUE}
    measured = {re.split(r"[{ ]", row["series"])[0] for row in case["input_series"]}
    assert (proof["alertname"], proof["exp_alerts"]) == (alert, [])
    assert measured & own or not own, "a quiet case without measurements proves nothing"


@pytest.mark.parametrize("alert", ALERTS)
def test_silence_is_noticed(alert: str) -> None:
    (proof,) = CASES[f"{alert} on silence"]["promql_expr_test"]
    assert 'alertstate="firing"' in proof["expr"] and len(proof["exp_samples"]) == 1


@pytest.mark.parametrize("alert", ALERTS)
def test_the_alert_says_what_to_do(alert: str) -> None:
    rule = ALERTS[alert]
    runbook = (ROOT / rule["annotations"]["runbook_url"]).read_text("utf-8")
    sections = re.findall(r"(?m)^## (.+)$", runbook)
    assert rule["annotations"]["runbook_url"] == f"docs/runbooks/{alert}.md"
    assert runbook.startswith(f"# {alert}\n")
    assert sections == ["Symptom", "First look", "Repair", "Who"]
    assert set(rule["annotations"]) == {"summary", "description", "runbook_url"}
    assert rule["labels"]["severity"] in {"critical", "warning", "none"}


def test_no_runbook_without_an_alert() -> None:
    runbooks = {path.stem for path in (ROOT / "docs/runbooks").glob("*.md")} - {"README"}
    assert runbooks == set(ALERTS)


def test_rules_use_catalogued_names_only() -> None:
    used = {name for rule in ALERTS.values() for name in re.findall(r"\bbim_\w+", rule["expr"])}
    assert used - set(CATALOGUE) == set()
    assert {name for name in used if not CATALOGUE[name].get("writer")} == set()


def test_every_file_of_rules_is_laid_on_the_host() -> None:
    tasks = (ROOT / "roles/monitoring/tasks/main.yml").read_text("utf-8")
    laid = set(re.findall(r"(?m)^ +rules/(\S+): /etc/prometheus/rules/\1$", tasks))
    assert laid == {path.name for path in RULES}
