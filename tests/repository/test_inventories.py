"""Every environment declares the same subjects, one per file, nothing twice, and each service whole."""

from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from estate.declared import load
from estate.declared.chain import chain, missing
from estate.declared.repository import repository_facts

ROOT = Path(__file__).parents[2] / "inventories"
ENVIRONMENTS = sorted(path.name for path in ROOT.iterdir() if path.is_dir())
NOT_SUBJECTS = {"connection", "vault"}


def _subjects(environment: str) -> dict[str, Any]:
    files = [
        *(ROOT / environment / "group_vars/all").glob("*.yml"),
        *(ROOT / environment / "estate").glob("*.yml"),
    ]
    return {path.stem: YAML(typ="safe").load(path) for path in files if path.stem not in NOT_SUBJECTS}


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_one_subject_one_file_one_key(environment: str) -> None:
    assert {stem: list(content) for stem, content in _subjects(environment).items()} == {
        stem: [f"estate_{stem}"] for stem in _subjects(environment)
    }


def test_every_environment_declares_the_same_subjects() -> None:
    assert {environment: set(_subjects(environment)) for environment in ENVIRONMENTS} == {
        environment: set(_subjects("lab")) for environment in ENVIRONMENTS
    }


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_what_runs_lacks_nothing_but_some_drills(environment: str) -> None:
    """Every role of a machine that people use is a service that runs, from what builds it to the report."""
    estate = load(ROOT / environment)
    chains = [each for each in chain(estate, repository_facts(ROOT.parent)) if each.state == "running"]
    built = {means for service in estate.services for means in service.provisioned_by}
    groups = {path.stem for path in (ROOT.parent / "playbooks").glob("*_servers.yml")} | {"web_proxies"}
    assert {gap.link for gap in missing(chains)} <= {"drill"}
    assert {f"playbook:{group}" for group in groups} <= built and groups <= set(estate.hosts)


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_settings_of_a_role_lie_in_a_file_named_after_it(environment: str) -> None:
    wrong = [
        f"{path.relative_to(ROOT)}: {key}"
        for path in (ROOT / environment / "group_vars").glob("*/*.yml")
        if path.parent.name != "all"
        for key in YAML(typ="safe").load(path) or {}
        if not key.startswith(f"{path.stem}_")
    ]
    assert wrong == []


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_hosts_carry_no_variables(environment: str) -> None:
    def variables(name: str, body: Any) -> list[str]:
        body = body or {}
        found = [f"{name}.vars"] if "vars" in body else []
        found += [f"{name}.{host}" for host, own in (body.get("hosts") or {}).items() if own]
        return found + [
            each for child, below in (body.get("children") or {}).items() for each in variables(child, below)
        ]

    hosts = YAML(typ="safe").load(ROOT / environment / "hosts.yml")
    assert [each for name, body in hosts.items() for each in variables(name, body)] == []
