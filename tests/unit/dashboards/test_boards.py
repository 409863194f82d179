"""The dashboards ask only for what is measured, say everything in both languages, and turn red where an alert does."""

import hashlib
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from estate.dashboards.boards import boards
from estate.dashboards.boards.overview import PARTS
from estate.dashboards.building import SOURCE, built, number
from estate.dashboards.rendering import rendered
from estate.dashboards.rules import alerts
from estate.dashboards.shapes import WIDTH, Board, Panel
from estate.dashboards.wording import LANGUAGES, DashboardError, Wording, texts

ROOT = Path(__file__).parents[3]
RULES = alerts()
BOARDS = boards(RULES)
FILES = {path: json.loads(text) for path, text in rendered().items()}
CATALOGUE = yaml.safe_load((ROOT / "exporters/catalogue.yml").read_text("utf-8"))
SNMP = yaml.safe_load((ROOT / "roles/monitoring/vars/main.yml").read_text("utf-8"))["monitoring_snmp_objects"]
# Of exporters that come from Debian, and of Prometheus itself; each was seen in the lab.
FROM_DEBIAN = {
    "ALERTS",
    "up",
    "alertmanager_notifications_failed_total",
    "alertmanager_notifications_total",
    "node_boot_time_seconds",
    "node_cpu_seconds_total",
    "node_filesystem_avail_bytes",
    "node_filesystem_size_bytes",
    "node_memory_MemAvailable_bytes",
    "node_memory_MemTotal_bytes",
    "node_network_receive_bytes_total",
    "node_network_transmit_bytes_total",
    "node_systemd_unit_state",
    "node_textfile_mtime_seconds",
    "probe_duration_seconds",
    "probe_success",
    "prometheus_rule_group_last_evaluation_timestamp_seconds",
}
# Neither `vector` nor `absent` is here: no question makes a zero of what was not measured.
PROMQL = {"by", "on", "group_left", "or", "and", "bool", "sum", "min", "max", "avg", "count", "abs", "rate"}
PROMQL |= {"increase", "time", "topk"}


def _asked(query: str) -> tuple[set[str], set[tuple[str, str]]]:
    """Gives the metrics of a query, and the values its selectors name, as (metric, label=value)."""
    chosen = {
        (metric, f"{label}={value}")
        for metric, inner in re.findall(r"(\w+)\{([^}]*)\}", query)
        for label, value in re.findall(r'(\w+)="([^"]*)"', inner)
    }
    bare = re.sub(r"\{[^}]*\}|\[[^]]*\]", "", query)
    bare = re.sub(r"\b(by|on|group_left) \([^)]*\)", "", bare)
    return {word for word in re.findall(r"[A-Za-z_]\w*", bare) if word not in PROMQL}, chosen


def _panels() -> Iterator[tuple[Board, Panel]]:
    for board in BOARDS:
        for panel in board.panels:
            yield board, panel


def _drawn(file: dict[str, Any]) -> list[dict[str, Any]]:
    return [panel for panel in file["panels"] if panel["type"] != "row"]


def test_only_what_is_measured_is_asked_for_with_labels_that_exist() -> None:
    known = {name for name, entry in CATALOGUE.items() if entry.get("writer")} | FROM_DEBIAN
    known |= {name for name, *_ in SNMP}
    wrong = []
    for board, panel in _panels():
        names, chosen = _asked(panel.query)
        wrong += [f"{board.name}.{panel.name}: {name}" for name in names - known]
        for name, (label, _, value) in [(name, each.partition("=")) for name, each in chosen]:
            entry = CATALOGUE.get(name, {})
            values = entry.get("values", {}).get(label, [value])
            if entry and (label not in entry["labels"] or value not in values):
                wrong.append(f"{board.name}.{panel.name}: {name}{{{label}={value}}}")
    assert wrong == []


def test_every_word_stands_in_both_languages_and_none_is_left_over() -> None:
    def keys(place: Any, path: str = "") -> Iterator[str]:
        for key, below in place.items():
            if key in LANGUAGES:
                parts = below if isinstance(below, list) else [below]
                assert set(place) == set(LANGUAGES) and all(map(str.strip, parts)), path
                assert isinstance(below, str) or len(below) == 2, path
            else:
                yield from keys(below, f"{path}.{key}") if isinstance(below, dict) else ()
        yield path

    written = {path.removeprefix(".") for path in keys(texts())}
    used = {"words.boards", "words.unmeasured", "words.never"}
    used |= {f"words.{state.word}" for _, panel in _panels() for state in panel.states}
    for board in BOARDS:
        here = f"boards.{board.name}"
        used |= {f"{here}.title", f"{here}.description"} | {f"{here}.rows.{row.name}" for row in board.rows}
        used |= {f"{here}.panels.{panel.name}" for panel in board.panels}
    parents = {each.rsplit(".", n)[0] for each in used for n in range(1, each.count(".") + 1)} | {""}
    assert (written - used - parents, used - written) == (set(), set())


def test_both_languages_ask_the_same_and_differ_in_words() -> None:
    for board in BOARDS:
        turkish, english = FILES[f"tr/{board.name}.json"], FILES[f"en/{board.name}.json"]
        for one, other in zip(_drawn(turkish), _drawn(english), strict=True):
            assert (one["id"], one["targets"], one["gridPos"]) == (
                other["id"],
                other["targets"],
                other["gridPos"],
            )
            assert one["description"] != other["description"]
        assert {turkish["uid"], english["uid"]} == {f"estate-{board.name}-tr", f"estate-{board.name}-en"}


@pytest.mark.parametrize("path", FILES)
def test_every_panel_can_be_read_by_itself_and_asks_the_fixed_source(path: str) -> None:
    """What Grafana fills in only when a person imports a file stays empty when it is provisioned (C72)."""
    text = json.dumps(FILES[path])
    assert not re.search(r"\$\{|\$\w|__inputs|__requires", text)
    assert FILES[path]["templating"] == {}
    for panel in _drawn(FILES[path]):
        defaults = panel["fieldConfig"]["defaults"]
        assert panel["title"] and panel["description"] and defaults["unit"] and defaults["noValue"], panel[
            "id"
        ]
        (target,) = panel["targets"]
        assert [panel["datasource"], target["datasource"]] == [{"type": "prometheus", "uid": SOURCE}] * 2


@pytest.mark.parametrize("path", FILES)
def test_panels_have_room_and_numbers_of_their_own(path: str) -> None:
    places: set[tuple[int, int]] = set()
    for panel in FILES[path]["panels"]:
        at = panel["gridPos"]
        assert at["x"] + at["w"] <= WIDTH, panel["title"]
        cells = {(at["x"] + x, at["y"] + y) for x in range(at["w"]) for y in range(at["h"])}
        assert not cells & places, panel["title"]
        places |= cells
    numbers = [panel["id"] for panel in FILES[path]["panels"]]
    assert len(set(numbers)) == len(numbers)


def test_links_lead_to_dashboards_that_exist() -> None:
    known = {f"/d/{file['uid']}" for file in FILES.values()}
    led = {
        (path[:2], link["url"])
        for path, file in FILES.items()
        for each in _drawn(file)
        for link in (*each.get("links", ()), *each["fieldConfig"]["defaults"].get("links", ()))
    }
    assert (
        led
        and {url for _, url in led} <= known
        and all(url.endswith(f"-{language}") for language, url in led)
    )


def test_a_panel_changes_its_colour_where_the_alert_fires_and_in_the_colour_of_its_severity() -> None:
    wrong = []
    for board, panel in _panels():
        for limit in panel.limits:
            here = f"{board.name}.{panel.name}: {limit.alert} at {limit.at}"
            if not limit.alert:
                wrong += [] if limit.colour else [here]
                continue
            rule, (names, _) = RULES[limit.alert], _asked(panel.query)
            shared = names & _asked(rule.expression)[0]
            targets = [name for name in shared if re.search(r"_target_|_max_age_", name)]
            right = bool(targets) and limit.at == 1 if limit.share else limit.at in rule.numbers()
            wrong += [] if shared and right else [here]
        for state in (state for state in panel.states if state.alert):
            if not _asked(panel.query)[0] & _asked(RULES[state.alert].expression)[0]:
                wrong.append(f"{board.name}.{panel.name}: {state.word} by {state.alert}")
    assert wrong == []


def test_a_colour_by_an_alert_that_no_rule_knows_is_refused_by_name() -> None:
    with pytest.raises(DashboardError, match=r"servers\.up .*HostDown.*roles/monitoring/files/rules"):
        built(BOARDS[1], {}, Wording("tr"))


def test_every_group_of_alerts_has_its_lamp() -> None:
    groups = [group for named, _ in PARTS.values() for group in named]
    assert {rule.group for rule in RULES.values()} <= set(groups)
    assert len(set(groups)) == len(groups)
    lit = {panel.name: panel.query for panel in BOARDS[0].rows[0].panels}
    missing = {
        rule.name
        for rule in RULES.values()
        if rule.severity != "none" and not any(re.search(rf'[|"]{rule.name}[|"]', q) for q in lit.values())
    }
    assert missing == set()


def test_ids_do_not_depend_on_what_stands_beside() -> None:
    """Somebody keeps a link to a panel: these numbers stand for ever."""
    assert (number("mail", "roundtrip"), number("backup", "age")) == (192845157, 196784108)


def test_another_rendering_in_another_process_is_equal_to_the_byte() -> None:
    code = (
        "import hashlib, estate.dashboards.rendering as r;"
        "print(hashlib.sha256(repr(sorted(r.rendered().items())).encode()).hexdigest())"
    )
    told = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert told.stdout.strip() == hashlib.sha256(repr(sorted(rendered().items())).encode()).hexdigest()
