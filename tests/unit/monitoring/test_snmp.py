"""What is asked of switches by SNMP is what alerts look at, each object by its own number."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from jinja2 import Environment, FileSystemLoader, StrictUndefined

ROLE = Path(__file__).parents[3] / "roles/monitoring"
OBJECTS = yaml.safe_load((ROLE / "vars/main.yml").read_text("utf-8"))["monitoring_snmp_objects"]
SECRET = 'a"b: #\\'


def _rendered(switches: list[dict[str, str]]) -> Any:
    templates = Environment(
        loader=FileSystemLoader(ROLE / "templates/root/etc/prometheus"), undefined=StrictUndefined
    )
    templates.filters["to_json"] = json.dumps
    text = templates.get_template("snmp.yml.j2").render(
        monitoring_switches=switches,
        monitoring_declared={"estate_switches": {"base": {"snmp_user": "izleme"}}},
        monitoring_snmp_objects=OBJECTS,
        monitoring_snmp_auth=SECRET,
        monitoring_snmp_privacy="gizli-2",
    )
    return yaml.safe_load(text)


def test_alerts_look_at_what_is_asked() -> None:
    rules = (ROLE / "files/rules/switches.yml").read_text("utf-8")
    used = set(re.findall(r"\bif[A-Z]\w+(?={)", rules))
    assert used and used <= {name for name, *_ in OBJECTS}


def test_every_object_is_walked_and_named_after_its_port() -> None:
    module = _rendered([{"name": "sw-1"}])["modules"]["interfaces"]
    measured = {row["name"]: row for row in module["metrics"] if "indexes" in row}
    assert set(measured) == {name for name, *_ in OBJECTS}
    assert {row["oid"] for row in measured.values()} <= set(module["walk"])
    for row in measured.values():
        looked_up = {each.get("oid") for each in row["lookups"]} - {None}
        assert looked_up == set(module["walk"]) - {one["oid"] for one in measured.values()}


@pytest.mark.parametrize(("switches", "asked"), [([{"name": "sw-1"}], ["switches"]), ([], [])])
def test_secrets_are_there_only_for_declared_switches(
    switches: list[dict[str, str]], asked: list[str]
) -> None:
    auths = _rendered(switches).get("auths", {})
    assert list(auths) == asked
    for auth in auths.values():
        level = (auth["version"], auth["security_level"], auth["auth_protocol"], auth["priv_protocol"])
        assert (*level, auth["password"]) == (3, "authPriv", "SHA", "AES", SECRET)
