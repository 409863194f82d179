"""The questions that dashboards share answer rightly, by Prometheus itself: red, never, and nothing when unmeasured."""

import subprocess
from pathlib import Path

import pytest
import yaml

from estate.dashboards.questions import coded, lamp, share_of_limit

LAMP = lamp(["HostDown", "ClockSkew"], ["hosts"])
RULES = 'prometheus_rule_group_last_evaluation_timestamp_seconds{rule_group="/etc/prometheus/rules/hosts.yml;hosts"}'
CALLS = RULES.replace("hosts", "calls")
DOWN = 'ALERTS{alertname="HostDown",alertstate="firing",severity="critical",instance="a"}'
SKEW = 'ALERTS{alertname="ClockSkew",alertstate="firing",severity="warning",instance="b"}'
OTHER = 'ALERTS{alertname="DrillOverdue",alertstate="firing",severity="warning",scenario="mail"}'
BOTH = lamp(["HostDown", "ClockSkew"], ["hosts", "calls"])
AGE, RESULT = share_of_limit("moment", "limit", "job"), coded("result", "state", ("good", "bad"), "job")
GOOD, BAD = 'result{job="a",state="good"}', 'result{job="a",state="bad"}'
# Every series stands for ten minutes; the question is asked at the end, 600 s after the beginning of time.
CASES: dict[str, tuple[str, dict[str, str], list[tuple[str, float]]]] = {
    "all is well": (LAMP, {RULES: "590"}, [("{}", 0)]),
    "a warning": (LAMP, {RULES: "590", SKEW: "1"}, [("{}", 1)]),
    "both, and one of elsewhere": (LAMP, {RULES: "590", SKEW: "1", DOWN: "1", OTHER: "1"}, [("{}", 2)]),
    "pending is not firing": (LAMP, {RULES: "590", DOWN.replace("firing", "pending"): "1"}, [("{}", 0)]),
    "rules not evaluated any more": (LAMP, {RULES: "200"}, []),
    "one group of two not any more": (BOTH, {RULES: "590", CALLS: "200"}, []),
    "one group of two is gone": (BOTH, {RULES: "590"}, []),
    "two groups": (BOTH, {RULES: "590", CALLS: "590"}, [("{}", 0)]),
    "a fault beside a dead group": (BOTH, {RULES: "590", CALLS: "200", DOWN: "1"}, [("{}", 2)]),
    "nobody watches": (LAMP, {OTHER: "1"}, []),
    "half of the time is over": (AGE, {'moment{job="a"}': "500", 'limit{job="a"}': "200"}, [('{job="a"}', 0.5)]),
    "it never happened": (AGE, {'moment{job="a"}': "0", 'limit{job="a"}': "200"}, [('{job="a"}', -1)]),
    "no limit is declared": (AGE, {'moment{job="a"}': "500", 'limit{job="b"}': "200"}, []),
    "the second of two": (RESULT, {GOOD: "0", BAD: "1"}, [('{job="a"}', 2)]),
    "neither of two": (RESULT, {GOOD: "0", BAD: "0"}, [('{job="a"}', 0)]),
}  # fmt: skip


@pytest.mark.parametrize("case", [*CASES, "all of them, wrongly"])
def test_prometheus_answers(case: str, promtool: str, tmp_path: Path) -> None:
    """The last case expects the opposite of each, so that a checker that checks nothing is noticed."""
    wrongly = case not in CASES
    tests = [
        {
            "interval": "1m",
            "input_series": [{"series": name, "values": f"{value}x10"} for name, value in series.items()],
            "promql_expr_test": [
                {
                    "expr": query,
                    "eval_time": "10m",
                    "exp_samples": [{"labels": key, "value": value + wrongly} for key, value in expected],
                }
            ],
        }
        for query, series, expected in (CASES.values() if wrongly else [CASES[case]])
    ]
    (tmp_path / "test.yml").write_text(yaml.safe_dump({"rule_files": [], "tests": tests}), "utf-8")
    said = subprocess.run(
        [promtool, "test", "rules", "test.yml"], cwd=tmp_path, capture_output=True, text=True
    )
    failures = said.stderr.count("exp:") + said.stdout.count("exp:")
    assert failures == (sum(bool(want) for _, _, want in CASES.values()) if wrongly else 0), said.stderr
    assert bool(said.returncode) is wrongly
