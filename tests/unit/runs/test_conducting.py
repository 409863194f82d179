"""Holds plan and apply with the real ansible-playbook, on a small checkout whose hosts are folders of this machine."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from estate.plan import plan_hash
from estate.plan.removals import Share
from estate.receipts import keeping
from estate.records import Change, Plan, RunDirectory, read, runs_below
from estate.runs import applying, planning
from estate.runs.environment import Environment
from estate.runs.lock import held
from estate.runs.refused import Exit, RefusedError
from estate.runs.revision import commit, note_applied, refuse_older
from estate.runs.session import session

APPLY = """
import pathlib, sys
from estate.records import Plan, read
from estate.runs.applying import Wish, apply
from estate.runs.environment import Environment
apply(Environment("lab", pathlib.Path(sys.argv[1])), read(pathlib.Path(sys.argv[2]), Plan), Wish("to be killed"))
"""
Set = Callable[[str, object], None]
pytestmark = pytest.mark.slow
EMPTY = Plan("r", "lab", "unknown", "", "", "", (), (), {})


def facts(changes: object) -> list[tuple[str, str, str, str]]:
    assert isinstance(changes, (list, tuple))
    return sorted((c.host, c.action, c.key, c.after or "") for c in changes)


def last(environment: Environment, kind: str) -> RunDirectory:
    return [folder for folder in runs_below(environment.var) if f"-{kind}-" in folder.path.name][-1]


def files_below(folder: Path) -> str:
    return "".join(p.read_text(errors="replace") for p in folder.rglob("*") if p.is_file())


def test_an_apply_makes_what_was_planned_and_then_nothing_is_left(
    environment: Environment, capfd: pytest.CaptureFixture[str]
) -> None:
    made, path, code = planning.plan(environment, "", "ilk")
    told = "".join(capfd.readouterr())
    assert code == Exit.OK
    assert "changed: [one]" in told and "+merhaba" not in told  # diffs are shown by the plan, each once
    assert not (environment.root / "hosts" / "one" / "greeting").exists()
    assert made.unverifiable == {"one": 1, "two": 1}
    assert read(path, Plan) == made

    report = applying.apply(environment, made, applying.Wish("ilk kurulum"))
    assert report.code == Exit.OK
    assert report.hosts == {host: {"changed": 2, "ok": 1} for host in ("one", "two")}
    assert facts(last(environment, "apply").changes()) == facts(made.changes)
    assert (environment.root / "hosts" / "two" / "greeting").read_text() == "merhaba\n"
    assert last(environment, "apply").head().reason == "ilk kurulum"

    again, _, code = planning.plan(environment, "", "ikinci")
    assert (again.changes, code) == ((), Exit.OK)
    assert "M4RKED-secret" not in files_below(environment.var) + told + "".join(capfd.readouterr())


def test_a_plan_whose_world_moved_is_refused_and_nothing_changes(
    environment: Environment, set_variable: Set
) -> None:
    made, _, _ = planning.plan(environment, "one", "")
    set_variable("greeting", "günaydın")
    with pytest.raises(RefusedError) as refused:
        applying.apply(environment, made, applying.Wish())
    told = str(refused.value)
    greeting = environment.root / "hosts" / "one" / "greeting"
    assert told.startswith("the plan has moved; nothing was changed:\n")
    assert "what is declared (inventories/) was edited after the plan was made" in told
    assert f"new since the plan: one ansible/greeter: create {greeting}" in told
    assert not greeting.exists()
    assert last(environment, "apply").head().result == "error"


def test_a_host_that_does_not_answer_stops_no_other_and_the_exit_code_says_so(
    with_gone_host: Environment,
) -> None:
    made, _, code = planning.plan(with_gone_host, "", "")
    assert (made.incomplete, code) == (("gone",), Exit.UNREACHABLE)
    assert made.notices[-1].startswith("inventories/lab/group_vars/all/vault.yml is missing")
    report = applying.apply(with_gone_host, made, applying.Wish())
    assert report.code == Exit.UNREACHABLE
    assert report.run.result == "failed"
    assert report.hosts["gone"] == {"unreachable": 1}
    assert report.hosts["two"] == {"changed": 2, "ok": 1}


def test_a_failed_host_tells_what_was_not_done(environment: Environment, set_variable: Set) -> None:
    made, _, _ = planning.plan(environment, "", "")
    set_variable("pause", "kötü")
    declared = planning.digest(environment)
    digest = plan_hash(made.changes, environment="lab", limit="", declared=declared, incomplete=())
    report = applying.apply(environment, replace(made, declared=declared, hash=digest), applying.Wish())
    assert report.code == Exit.FAILED
    assert [(change.host, change.key) for change in report.not_done] == [
        ("one", "Lay the secret"),
        ("two", "Lay the secret"),
    ]
    (failed,) = [o for o in last(environment, "apply").outcomes() if o.host == "one" and o.status == "failed"]
    assert "invalid time interval" in failed.detail


def test_a_host_whose_deploy_failed_stands_open_though_ansible_ended_well(environment: Environment) -> None:
    """Also where Ansible was left out; the hosts without a deploy have ended."""
    made, _, _ = planning.plan(environment, "", "")
    assert applying.apply(environment, made, applying.Wish()).code == Exit.OK
    assert [keeping.begun(environment.var, host) for host in ("one", "two")] == ["", ""]
    hosts = environment.inventory / "hosts.yml"
    hosts.write_text(
        hosts.read_text().replace("mail_servers: {hosts: {}}", "mail_servers: {hosts: {one: {}}}")
    )
    again = Environment("lab", environment.root)
    with session(again, "apply", "") as opened:  # pyinfra fails for real: this checkout has no such deploy
        applying._bring(opened, EMPTY, applying.Wish(), {"one": "r"})
    assert opened.codes["ansible"] == 0 and opened.fallen() == {"one": "failed"}
    assert [keeping.begun(again.var, host) for host in ("one", "two")] == [opened.run.path.name, ""]


def test_what_nobody_came_to_is_told_as_not_done(environment: Environment, set_variable: Set) -> None:
    """A playbook ends when the only host of a play fails; the hosts of later plays did not, nor are they done."""
    play = "- hosts: {}\n  gather_facts: false\n  roles: [greeter]\n"
    (environment.root / "playbooks/site.yml").write_text(play.format("one") + play.format("two"))
    made, _, _ = planning.plan(environment, "", "")
    set_variable("pause", "kötü")
    declared = planning.digest(environment)
    digest = plan_hash(made.changes, environment="lab", limit="", declared=declared, incomplete=())
    report = applying.apply(environment, replace(made, declared=declared, hash=digest), applying.Wish())
    greeting = str(environment.root / "hosts" / "two" / "greeting")
    assert [(change.host, change.key) for change in report.not_done] == [
        ("one", "Lay the secret"),
        ("two", greeting),
        ("two", "Lay the secret"),
    ]


def test_a_killed_apply_is_visible_and_the_next_one_finishes_its_work(
    environment: Environment, set_variable: Set
) -> None:
    set_variable("pause", 10)
    _, path, _ = planning.plan(environment, "", "")
    argv = [sys.executable, "-c", APPLY, str(environment.root), str(path)]
    process = subprocess.Popen(argv, stderr=subprocess.DEVNULL)
    deadline = time.monotonic() + 120
    while len(list((environment.root / "hosts").glob("*/greeting"))) < 2:
        assert time.monotonic() < deadline, "the apply did not get to its first task"
        time.sleep(0.1)
    time.sleep(1)
    process.send_signal(signal.SIGKILL)
    process.wait()
    killed = last(environment, "apply")
    assert killed.head().result == "interrupted"
    assert {(o.host, o.key, o.status) for o in killed.outcomes()} == {
        (host, "Lay the greeting", "changed") for host in ("one", "two")
    }

    set_variable("pause", 0)
    made, _, _ = planning.plan(environment, "", "")
    assert [change.key for change in made.changes] == ["Lay the secret", "Lay the secret"]
    _await_the_last_command(environment.var / "lock")
    report = applying.apply(environment, made, applying.Wish())
    assert (report.code, report.hosts["one"]["changed"]) == (Exit.OK, 1)


def _await_the_last_command(lock: Path) -> None:
    """Waits for what the killed one started: it holds the lock for as long as it works."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        try:
            with held(lock, who="deneme", run="deneme"):
                return
        except RefusedError:
            time.sleep(0.2)


def test_commands_die_with_the_apply_that_started_them(environment: Environment) -> None:
    code = (
        "import pathlib, sys\nfrom estate.runs import commands\n"
        "commands.run(['sleep', '321'], root=pathlib.Path('/'), log=pathlib.Path(sys.argv[1]), variables={})"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", code, str(environment.root / "log")], stderr=subprocess.DEVNULL
    )
    deadline = time.monotonic() + 20
    while not (
        children := subprocess.run(["pgrep", "-P", str(process.pid)], capture_output=True).stdout.split()
    ):
        assert time.monotonic() < deadline
        time.sleep(0.05)
    process.kill()
    process.wait()
    while Path(f"/proc/{int(children[0])}").exists():
        assert time.monotonic() < deadline, "the command outlived its run"
        time.sleep(0.05)


def test_a_held_lock_refuses_before_anything_runs(environment: Environment) -> None:
    with (
        held(environment.var / "lock", who="ayse@orada", run="birinci"),
        pytest.raises(RefusedError, match=r"ayse@orada on .* holds .*, run birinci") as refused,
    ):
        applying.apply(environment, EMPTY, applying.Wish())
    assert refused.value.code == Exit.LOCKED
    assert not last(environment, "apply").path.joinpath("output.log").exists()


def test_a_plan_of_another_environment_is_refused(environment: Environment) -> None:
    with pytest.raises(RefusedError, match="the plan is for 'sahne', asked to apply to 'lab'"):
        applying.apply(environment, replace(EMPTY, environment="sahne"), applying.Wish())


def test_too_many_removals_are_refused_before_anything_runs(environment: Environment) -> None:
    changes = tuple(Change("one", "pyinfra", "mailboxes", "delete", f"account k{i}") for i in range(3))
    wish = applying.Wish(shares={"mailboxes": (Share(0.1, 3),)})
    with pytest.raises(RefusedError, match="one: mailboxes would lose 3 of 6"):
        applying.apply(environment, replace(EMPTY, changes=changes), wish)
    assert not (environment.var / "applied.json").exists()


def test_an_older_commit_is_refused_once_a_newer_one_was_applied(
    environment: Environment, git: Callable[..., str]
) -> None:
    git("init", "-q")
    git("add", ".")
    git("commit", "-qm", "A")
    older = git("rev-parse", "HEAD")
    git("commit", "-qm", "B", "--allow-empty")
    newer = git("rev-parse", "HEAD")
    note_applied(environment.var, commit(environment.root), "20261126T000000Z-apply-abcdef", "ayse@orada")

    git("checkout", "-q", older)
    with pytest.raises(RefusedError) as refused:
        applying.apply(environment, EMPTY, applying.Wish())
    told = f"this work tree stands on {older[:12]}, which does not contain {newer[:12]}, applied at "
    assert str(refused.value).startswith(told)
    assert f"To go back on purpose: --over-revision {newer[:12]}" in str(refused.value)
    refuse_older(environment.root, environment.var, older, newer[:12])
    with pytest.raises(RefusedError):
        refuse_older(environment.root, environment.var, older, older[:12])

    git("checkout", "-q", newer)
    git("commit", "-qm", "C", "--allow-empty")
    refuse_older(environment.root, environment.var, commit(environment.root), None)


def test_a_work_tree_with_edits_says_so_in_its_commit(
    environment: Environment, git: Callable[..., str]
) -> None:
    assert commit(environment.root) == "unknown"
    git("init", "-q")
    git("add", ".")
    git("commit", "-qm", "A")
    assert commit(environment.root) == git("rev-parse", "HEAD")
    (environment.root / "ansible.cfg").write_text("")
    assert commit(environment.root) == git("rev-parse", "HEAD") + "+edits"


def test_a_limit_that_names_a_stranger_or_nothing_is_refused(environment: Environment) -> None:
    with pytest.raises(
        RefusedError, match=r"--limit 'mail9': 'mail9' is neither a host nor a group; known: one, two"
    ):
        planning.plan(environment, "mail9", "")
    with pytest.raises(RefusedError, match="--limit is empty, which names no host"):
        planning.normal(" , ")
    assert planning.normal("two, one") == "one,two"


def test_a_command_that_ends_before_it_reaches_a_host_is_an_error(environment: Environment) -> None:
    (environment.root / "playbooks" / "site.yml").write_text("- hosts: [\n")
    with pytest.raises(RefusedError, match="before it reached a host") as refused:
        planning.plan(environment, "", "")
    assert refused.value.code == Exit.ERROR
    assert last(environment, "plan").head().result == "error"
