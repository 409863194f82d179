"""What the role grafana lays down is what Grafana reads: the fixed source, whole dashboards, no secret in settings."""

import configparser
import json
import re
import runpy
import stat
from pathlib import Path
from typing import Any

import jinja2
import pytest
import yaml

from estate.dashboards.building import SOURCE
from estate.lab.packages import wanted_lists

ROOT = Path(__file__).parents[3]
ROLE = ROOT / "roles/grafana"
dashboard_files = runpy.run_path(str(ROOT / "plugins/filter/dashboards.py"))["dashboard_files"]
LAID = ROLE / "templates/root"
VARS = yaml.safe_load((ROLE / "vars/main.yml").read_text("utf-8"))
GIVEN = {
    **yaml.safe_load((ROLE / "defaults/main.yml").read_text("utf-8")),
    **VARS,
    "grafana_fqdn": "izleme.example",
    "grafana_address": "192.0.2.7",
    "grafana_admin_password": "parola-1",
    "grafana_secret_key": "anahtar-1",
}
JINJA = jinja2.Environment(undefined=jinja2.StrictUndefined, trim_blocks=True)
JINJA.tests["search"] = lambda text, pattern: bool(re.search(pattern, text))


def _laid(path: str) -> str:
    return JINJA.from_string((LAID / f"{path}.j2").read_text("utf-8")).render(GIVEN)


def _settings() -> configparser.ConfigParser:
    settings = configparser.ConfigParser(interpolation=None, strict=True)
    settings.read_string(_laid("etc/grafana/grafana.ini"))
    return settings


def test_the_data_source_is_the_one_that_every_panel_asks() -> None:
    (source,) = yaml.safe_load(_laid("etc/grafana/provisioning/datasources/estate.yaml"))["datasources"]
    assert (source["uid"], source["type"], source["editable"]) == (SOURCE, "prometheus", False)


def test_every_dashboard_lies_where_its_provider_looks() -> None:
    rows = yaml.safe_load(_laid("etc/grafana/provisioning/dashboards/estate.yaml"))["providers"]
    looked = {row["options"]["path"]: row["folderUid"] for row in rows}
    files = dashboard_files(["tr", "en"], "/etc/grafana/dashboards")
    assert {str(Path(path).parent) for path in files} == set(looked)
    assert all(
        f"estate-{json.loads(text)['uid'][-2:]}" == looked[str(Path(path).parent)]
        for path, text in files.items()
    )
    assert _settings()["dashboards"]["default_home_dashboard_path"] in files


def test_nobody_looks_without_a_login_and_nobody_outside_is_asked() -> None:
    settings = _settings()
    assert settings["server"]["protocol"] == "https" and settings["server"]["http_addr"] == "192.0.2.7"
    off = [("auth.anonymous", "enabled"), ("users", "allow_sign_up"), ("analytics", "reporting_enabled")]
    off += [("analytics", "check_for_updates"), ("snapshots", "external_enabled")]
    assert [settings[part][key] for part, key in off] == ["false"] * len(off)


def test_secrets_stand_in_files_of_their_own_that_others_cannot_read() -> None:
    text = _laid("etc/grafana/grafana.ini")
    named = set(re.findall(r"\$__file\{([^}]+)\}", text))
    assert "parola-1" not in text and "anahtar-1" not in text
    assert {_laid(path.removeprefix("/")).strip() for path in named} == {"parola-1", "anahtar-1"}
    (task,) = [
        each
        for each in yaml.safe_load((ROLE / "tasks/main.yml").read_text("utf-8"))[-1]["block"]
        if "file_tree" in each
    ]
    assert set(task["file_tree"]["sensitive"]) == named
    assert all(not int(VARS["grafana_modes"][path]["mode"], 8) & stat.S_IRWXO for path in named)


@pytest.mark.parametrize(
    ("source", "answer", "offered"),
    [
        ({}, "", False),
        ({}, "grafana:\n  Installed: (none)\n  Candidate: (none)\n", False),
        ({}, "grafana:\n  Installed: (none)\n  Candidate: 12.1.0\n", True),
        ({"uris": "https://paket.example/"}, None, True),
    ],
)
def test_grafana_is_installed_where_a_source_offers_it(
    source: Any, answer: str | None, offered: bool
) -> None:
    asked = {"stdout": answer} if answer is not None else {"skipped": True}
    said = JINJA.from_string(VARS["grafana_offered"]).render(
        grafana_package_source=source, grafana_candidate=asked
    )
    assert said == str(offered)


def test_the_lab_does_not_look_for_it_in_debian() -> None:
    assert wanted_lists(ROOT / "roles", ["grafana"]) == {}
