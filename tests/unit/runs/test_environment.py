"""Holds the reading of inventories, and that an environment which is down is never contacted."""

from __future__ import annotations

from pathlib import Path

import pytest

from estate.runs.environment import ROOT, Environment
from estate.runs.refused import RefusedError

HOSTS = """\
all:
  children:
    managed:
      children:
        mail_servers:
        backup_repositories:
    mail_servers:
      hosts:
        mail1:
    backup_repositories:
      hosts:
        backup1:
    drill_targets:
      hosts:
        drill1:
"""


@pytest.fixture
def checkout(tmp_path: Path) -> Environment:
    (tmp_path / "inventories" / "lab").mkdir(parents=True)
    (tmp_path / "inventories" / "lab" / "hosts.yml").write_text(HOSTS)
    return Environment("lab", tmp_path)


def test_children_are_resolved_also_when_they_are_declared_later(checkout: Environment) -> None:
    assert checkout.groups()["managed"] == ["mail1", "backup1"]


def test_a_drill_target_exists_only_when_an_overlay_names_it(checkout: Environment, tmp_path: Path) -> None:
    assert "drill1" not in checkout.groups()["all"]
    overlay = tmp_path / "drill.yml"
    overlay.write_text("mail_servers: {hosts: {drill1: }}\n")
    groups = Environment("lab", tmp_path, (overlay,)).groups()
    assert groups["managed"] == ["mail1", "drill1", "backup1"]
    assert groups["drill_targets"] == ["drill1"]


def test_the_environment_comes_from_the_argument_then_the_variable_then_the_lab(
    checkout: Environment, monkeypatch: pytest.MonkeyPatch
) -> None:
    (checkout.root / "inventories" / "sahne").mkdir()
    (checkout.root / "inventories" / "sahne" / "hosts.yml").write_text(HOSTS)
    assert Environment.chosen(root=checkout.root).name == "lab"
    monkeypatch.setenv("ESTATE_ENVIRONMENT", "sahne")
    assert Environment.chosen(root=checkout.root).name == "sahne"
    assert Environment.chosen("lab", root=checkout.root).name == "lab"


def test_an_unknown_environment_is_refused_with_the_known_ones(checkout: Environment) -> None:
    with pytest.raises(RefusedError) as refused:
        Environment.chosen("üretim", root=checkout.root)
    assert str(refused.value) == (
        "environment 'üretim' has no inventories/üretim/hosts.yml; known environments: lab"
    )


@pytest.mark.parametrize(
    ("typed", "told"),
    [("", "--environment is empty"), (" ", "--environment is empty"), (None, "ESTATE_ENVIRONMENT is empty")],
)
def test_an_empty_name_is_not_taken_for_the_lab(
    checkout: Environment, monkeypatch: pytest.MonkeyPatch, typed: str | None, told: str
) -> None:
    monkeypatch.setenv("ESTATE_ENVIRONMENT", "")
    with pytest.raises(RefusedError, match=f"{told}, which names no environment; name one, or ") as refused:
        Environment.chosen(typed, root=checkout.root)
    assert refused.value.code == 2


def test_overlays_come_from_the_variable(
    checkout: Environment, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ESTATE_EXTRA_INVENTORY", f"{tmp_path}/a.yml:{tmp_path}/b.yml")
    assert Environment.chosen(root=checkout.root).extra == (tmp_path / "a.yml", tmp_path / "b.yml")


@pytest.mark.parametrize(
    ("text", "told"),
    [("- mail1\n", "expected groups (a mapping), found list"), ("a: [\n", "not valid YAML")],
)
def test_a_broken_inventory_is_refused_by_file(checkout: Environment, text: str, told: str) -> None:
    path = checkout.inventory / "hosts.yml"
    path.write_text(text)
    with pytest.raises(RefusedError) as refused:
        checkout.groups()
    assert str(refused.value).startswith(f"{path}: {told}")


def test_an_environment_without_ssh_configuration_is_down(checkout: Environment) -> None:
    with pytest.raises(RefusedError) as refused:
        checkout.refuse_when_down()
    assert str(refused.value) == (
        "environment 'lab' is not up: var/lab/ssh/config is missing. Needed: ./scripts/estate lab up"
    )


def test_a_vault_that_is_missing_is_told_with_where_it_comes_from(checkout: Environment) -> None:
    (told,) = checkout.without_vault()
    assert told.startswith("inventories/lab/group_vars/all/vault.yml is missing") and "estate lab up" in told
    (checkout.inventory / "group_vars/all").mkdir(parents=True)
    (checkout.inventory / "group_vars/all/vault.yml").touch()
    assert checkout.without_vault() == []


@pytest.mark.parametrize(("answer", "up"), [(0, True), (1, False)])
def test_the_environments_own_program_says_whether_it_is_up(
    checkout: Environment, answer: int, up: bool
) -> None:
    checkout.ssh_config.parent.mkdir(parents=True)
    checkout.ssh_config.touch()
    program = checkout.ssh_config.with_name("is-up")
    program.write_text(f"#!/bin/sh\nexit {answer}\n")
    program.chmod(0o755)
    if up:
        checkout.refuse_when_down()
    else:
        with pytest.raises(RefusedError, match="is down; no host is contacted"):
            checkout.refuse_when_down()


def test_the_declared_lab_has_its_groups() -> None:
    groups = Environment("lab", ROOT).groups()
    assert " ".join(groups["managed"]) == "dir1 files1 proxy1 mail1 pbx1 mon1 backup1 ctl1 outside1 operator1"
    assert groups["drill_targets"] == []
