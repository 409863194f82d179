"""A limit names hosts, groups and switches; switches are planned when somebody names them, and never by Ansible."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from estate.cli import plan
from estate.receipts import asking
from estate.records import RunDirectory
from estate.runs.environment import Environment
from estate.runs.refused import RefusedError
from estate.runs.session import APPLIED, SWITCHES, Deploy, Session, limited


@pytest.fixture
def with_switches(environment: Environment) -> Environment:
    path = environment.inventory / "estate" / "switches.yml"
    path.parent.mkdir()
    path.write_text("estate_switches: {switches: [{name: sw-1}, {name: sw-2}]}\n")
    return environment


def _deploy() -> Deploy:
    (found,) = [deploy for deploy in APPLIED if deploy.name == SWITCHES]
    return found


def test_without_a_limit_all_hosts_are_meant_and_no_switch(
    with_switches: Environment, tmp_path: Path
) -> None:
    assert limited(with_switches, "") == {"one", "two"}
    opened = Session(with_switches, RunDirectory(tmp_path))
    assert opened.hosts(_deploy(), "") == []


def test_switches_are_named_alone_together_and_beside_hosts(
    with_switches: Environment, tmp_path: Path
) -> None:
    opened = Session(with_switches, RunDirectory(tmp_path))
    assert opened.hosts(_deploy(), "switches") == ["sw-1", "sw-2"]
    assert opened.hosts(_deploy(), "sw-2,one") == ["sw-2"]
    assert limited(with_switches, "sw-2,one") == {"sw-2", "one"}


def test_ansible_is_given_the_hosts_of_a_limit_and_is_left_out_for_switches_alone(
    with_switches: Environment, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened, given = Session(with_switches, RunDirectory(tmp_path)), list[list[str]]()
    opened.codes["ansible"] = 0
    monkeypatch.setattr(opened, "_command", lambda _name, argv: given.append(argv))
    opened.ansible("switches")
    opened.ansible("sw-1")
    assert given == []
    opened.ansible("sw-1,two")
    assert given[0][-2:] == ["--limit", "two"]


def test_a_stranger_is_refused_with_the_switches_among_the_known(with_switches: Environment) -> None:
    with pytest.raises(
        RefusedError, match=r"'sw-9' is neither a host nor a group; known: .*switches, sw-1, sw-2"
    ):
        limited(with_switches, "sw-9")


def test_where_no_switch_is_declared_there_is_no_group_of_them(environment: Environment) -> None:
    with pytest.raises(RefusedError, match="'switches' is neither a host nor a group"):
        limited(environment, "switches")


@pytest.mark.parametrize(
    ("limit", "told"),
    [
        ("one,drill1", "drill1 stands only while a drill runs, and no apply leaves a receipt there"),
        ("drill_targets", "drill_targets stands only while a drill runs"),
        (
            "switches",
            "switches keeps no receipt, as no switch does; how they stand: ./scripts/estate switch state",
        ),
        ("sw-2", "sw-2 keeps no receipt"),
        ("mail_servers", "mail_servers is a group without a host"),
        ("oen", "oen is neither a host nor a group"),
    ],
)
def test_a_look_at_receipts_says_why_a_name_has_none(
    with_switches: Environment, limit: str, told: str
) -> None:
    hosts = with_switches.inventory / "hosts.yml"
    hosts.write_text(hosts.read_text() + "drill_targets: {hosts: {drill1: {}}}\n")
    with pytest.raises(RefusedError, match=f"--limit {limit!r}: {told}"):
        asking.asked(with_switches, limit)
    assert asking.asked(with_switches, "two,one") == ["one", "two"]


def test_a_plan_is_not_written_to_a_folder_that_was_mistyped(tmp_path: Path) -> None:
    app = plan.typer.Typer()
    app.command()(plan.command)
    done = CliRunner().invoke(app, ["--out", str(tmp_path / "plna/p.json")])
    assert done.exit_code == 2 and f"there is no folder {tmp_path}/plna. Name one that stands" in done.stderr
    assert not (tmp_path / "plna").exists()
