"""Proves plan, apply, verify and runs on the real lab: predictions, refusals, kills, absent hosts, secrets."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from estate.lab.secrets import make_authority
from estate.records import Change, RunDirectory, runs_below
from estate.runs.environment import Environment
from estate.runs.lock import held

pytestmark = pytest.mark.lab
LAB = Environment("lab")
ESTATE = [sys.executable, "-m", "estate"]
DRIFT = "/etc/systemd/journald.conf.d/estate.conf"
MARK = "M4RKED"


def estate(*words: str, **variables: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*ESTATE, *words],
        cwd=LAB.root,
        env={**os.environ, **variables},
        capture_output=True,
        text=True,
        check=False,
    )


def on(host: str, command: str) -> str:
    argv = ["ssh", "-F", str(LAB.ssh_config), host, command]
    return subprocess.run(argv, capture_output=True, text=True, check=True, timeout=60).stdout


def planned(limit: str, **variables: str) -> tuple[dict[str, Any], int]:
    done = estate("plan", "--limit", limit, "--json", **variables)
    assert done.stdout, done.stderr[-3000:]
    plan: dict[str, Any] = json.loads(done.stdout)
    return plan, done.returncode


def last(kind: str) -> RunDirectory:
    return [folder for folder in runs_below(LAB.var) if f"-{kind}-" in folder.path.name][-1]


def facts(changes: list[Change]) -> list[tuple[str, str, str, str | None, str | None]]:
    return sorted((c.host, c.action, c.key, c.before, c.after) for c in changes)


@pytest.fixture(autouse=True)
def _up() -> None:
    LAB.refuse_when_down()


@pytest.fixture
def drifted() -> Iterator[Callable[[str], None]]:
    """Lets a harmless declared file of a host drift; whatever happens, the host is converged again in the end."""
    touched: list[str] = []

    def drift(host: str) -> None:
        touched.append(host)
        on(host, f"echo '# elle' >> {DRIFT}")

    yield drift
    for host in touched:
        plan, _ = planned(host)
        if plan["changes"]:
            assert estate("apply", plan["run"], "--reason", "repair after a test").returncode == 0


def test_a_converged_estate_plans_no_change_and_sees_every_task() -> None:
    done = estate("plan", "--json")
    assert done.returncode == 0, done.stderr[-3000:]
    plan = json.loads(done.stdout)
    assert (plan["changes"], plan["incomplete"], plan["unverifiable"]) == ([], [], {})


def test_what_is_predicted_is_what_is_done(drifted: Callable[[str], None]) -> None:
    drifted("outside1")
    plan, code = planned("outside1")
    assert code == 0
    assert [(c["action"], c["key"]) for c in plan["changes"] if c["key"] == DRIFT] == [("update", DRIFT)]
    done = estate("apply", plan["run"], "--reason", "put the drift back", "--json")
    assert done.returncode == 0, done.stderr[-3000:]
    made = last("apply")
    assert facts(made.changes()) == facts([Change(**change) for change in plan["changes"]])
    assert made.head().reason == "put the drift back"
    assert planned("outside1")[0]["changes"] == []


def test_a_plan_that_moved_is_refused_and_says_what_moved(drifted: Callable[[str], None]) -> None:
    plan, _ = planned("outside1")
    drifted("outside1")
    done = estate("apply", plan["run"])
    assert done.returncode == 2
    assert f"new since the plan: outside1 ansible/operating_system: update {DRIFT}" in done.stderr
    assert "# elle" in on("outside1", f"cat {DRIFT}")


def _waited(begun: float, seen: Callable[[RunDirectory], bool]) -> None:
    deadline = time.monotonic() + 240
    while time.monotonic() < deadline:
        for folder in runs_below(LAB.var):
            if "-apply-" in folder.path.name and folder.head().started.timestamp() >= begun and seen(folder):
                return
        time.sleep(0.1)
    pytest.fail("the apply never came to the moment at which it was to be killed")


def _replanning(folder: RunDirectory) -> bool:
    return last("plan").path.name > folder.path.name and last("plan").outcomes_file.exists()


def _applying(folder: RunDirectory) -> bool:
    return any(outcome.status == "changed" for outcome in folder.outcomes())


def _in_pyinfra(folder: RunDirectory) -> bool:
    log = folder.path / "output.log"
    return log.exists() and "pyinfra_deploys/mailboxes.py" in log.read_text(errors="replace")


@pytest.mark.parametrize(
    ("host", "moment"),
    [("outside1", _replanning), ("outside1", _applying), ("mail1", _in_pyinfra)],
    ids=["planning", "ansible", "pyinfra"],
)
def test_an_apply_killed_at_any_moment_is_seen_and_repeated_cleanly(
    drifted: Callable[[str], None], host: str, moment: Callable[[RunDirectory], bool]
) -> None:
    drifted(host)
    plan, _ = planned(host)
    begun = time.time() - 1
    process = subprocess.Popen([*ESTATE, "apply", plan["run"]], cwd=LAB.root, stderr=subprocess.DEVNULL)
    _waited(begun, moment)
    process.send_signal(signal.SIGKILL)
    process.wait()
    killed = last("apply")
    assert killed.head().result == "interrupted"
    assert f"{killed.path.name}  interrupted" in estate("runs", "list").stdout

    deadline = time.monotonic() + 120
    while True:
        plan, _ = planned(host)
        done = estate("apply", plan["run"])
        if done.returncode != 5:
            break
        assert "commands it started still work" in done.stderr
        assert time.monotonic() < deadline, "commands of the killed run never ended"
    assert done.returncode == 0, done.stderr[-3000:]
    assert f"taking over the lock of run {killed.path.name}" in done.stderr
    assert planned(host)[0]["changes"] == []


def test_a_held_lock_names_its_owner_and_refuses() -> None:
    plan, _ = planned("outside1")
    with held(LAB.var / "lock", who="ayse@orada", run="20261126T000000Z-apply-abcdef"):
        done = estate("apply", plan["run"])
    assert done.returncode == 5
    assert done.stderr.startswith("refused: ayse@orada on ")
    assert "run 20261126T000000Z-apply-abcdef" in done.stderr


def test_a_host_that_does_not_answer_is_named_and_the_others_are_planned(tmp_path: Path) -> None:
    overlay = tmp_path / "absent.yml"
    overlay.write_text("managed: {hosts: {absent1: {ansible_host: 10.40.20.99}}}\n")
    plan, code = planned("absent1,outside1", ESTATE_EXTRA_INVENTORY=str(overlay))
    assert (code, plan["incomplete"]) == (4, ["absent1"])
    outcomes = last("plan").outcomes()
    assert [o.status for o in outcomes if o.host == "absent1"][-1] == "unreachable"
    assert len([o for o in outcomes if o.host == "outside1"]) > 10


DEPLOY = """
from pyinfra.facts.files import File
from pyinfra.operations import files, server
from pyinfra import host

folder = host.data.folder
files.directory(name="Make the folder", path=folder)
files.put(name="Put the list", src=host.data.source, dest=f"{folder}/list")
server.shell(
    name="Count what step two put",
    commands=[f"wc -l < {folder}/list > {folder}/count"],
    _if=lambda: host.get_fact(File, path=f"{folder}/count") is None,
)
"""


def test_a_later_step_that_needs_an_earlier_one_converges_in_one_run(tmp_path: Path) -> None:
    deploy, source, recorded = tmp_path / "steps.py", tmp_path / "list.txt", tmp_path / "outcomes.jsonl"
    deploy.write_text(DEPLOY)
    source.write_text("bir\niki\n")
    folder = f"/var/tmp/estate-test-{tmp_path.name}"

    def run(*options: str) -> subprocess.CompletedProcess[str]:
        argv = [
            str(Path(sys.executable).with_name("pyinfra")),
            "-y",
            *options,
            "pyinfra_deploys/inventory.py",
        ]
        argv += ["pyinfra_deploys/outcomes.py", str(deploy), "--limit", "mon1"]
        argv += ["--data", f"folder={folder}", "--data", f"source={source}"]
        variables = {**os.environ, "ESTATE_OUTCOMES": str(recorded)}
        return subprocess.run(argv, cwd=LAB.root, env=variables, capture_output=True, text=True, check=False)

    def statuses() -> list[str]:
        told = [json.loads(line)["status"] for line in recorded.read_text().splitlines()]
        recorded.unlink()
        return told

    try:
        dry = run("--dry")
        assert dry.returncode == 0, dry.stderr[-3000:]
        assert not recorded.exists()
        first = run()
        assert first.returncode == 0, first.stderr[-3000:]
        assert on("mon1", f"cat {folder}/count").strip() == "2"
        assert statuses() == ["changed", "changed", "changed"]
        assert run().returncode == 0
        assert statuses() == ["ok", "ok", "ok"]
    finally:
        on("mon1", f"rm -rf {folder}")


def test_verify_says_check_by_check_what_using_mail_proved() -> None:
    done = estate("verify", "mail", "--json")
    assert done.returncode == 0, done.stderr[-3000:]
    verdicts = json.loads(done.stdout)
    assert len(verdicts) >= 9
    assert {verdict["result"] for verdict in verdicts} == {"passed"}
    assert last("verify").head().result == "ok"


class ProcessList(threading.Thread):
    """Gathers every command line seen on this machine, hosts of the lab included, until told to stop."""

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self.seen: set[bytes] = set()
        self.stopped = threading.Event()

    def run(self) -> None:
        while not self.stopped.wait(0.05):
            for path in Path("/proc").glob("[0-9]*/cmdline"):
                try:
                    self.seen.add(path.read_bytes())
                except OSError:
                    continue

    def __enter__(self) -> ProcessList:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stopped.set()
        self.join()


def vault() -> dict[str, Any]:
    """Reads the lab's secrets through the ordinary client."""
    argv = [str(Path(sys.executable).with_name("ansible-vault")), "view"]
    argv += [str(LAB.inventory / "group_vars" / "all" / "vault.yml")]
    shown = subprocess.run(argv, cwd=LAB.root, capture_output=True, text=True, check=True).stdout
    secrets: dict[str, Any] = yaml.safe_load(shown)
    return secrets


def leaves(value: object) -> Iterator[str]:
    if isinstance(value, dict):
        for below in value.values():
            yield from leaves(below)
    else:
        yield str(value)


def marked(secrets: dict[str, Any]) -> tuple[dict[str, Any], list[str]]:
    """Replaces every secret by a marked one of its kind; gives the marks to look for."""
    key, certificate = make_authority("Marked Root CA")
    replaced: dict[str, Any] = {}
    for name, value in secrets.items():
        replaced[name] = (
            {k: f"{MARK}-{name}-{k}" for k in value} if isinstance(value, dict) else f"{MARK}-{name}"
        )
    replaced["vault_certificate_authority_key"] = key
    replaced["vault_certificate_authority_certificate"] = certificate
    return replaced, [MARK, *key.splitlines()[1:-1]]


def found_below(folder: Path, marks: list[bytes]) -> list[str]:
    return [
        str(path)
        for path in folder.rglob("*")
        if path.is_file() and any(mark in path.read_bytes() for mark in marks)
    ]


def test_marked_secrets_appear_in_no_output_no_record_and_no_process_list(tmp_path: Path) -> None:
    secrets, marks = marked(vault())
    overlay = tmp_path / "overlay"
    (overlay / "group_vars" / "all").mkdir(parents=True)
    (overlay / "hosts.yml").write_text("all: {hosts: {}}\n")
    (overlay / "group_vars" / "all" / "marked.yml").write_text(yaml.safe_dump(secrets))
    folder = RunDirectory.start(tmp_path, "plan", environment="lab", commit="", who="", reason="").path
    argv = [
        str(Path(sys.executable).with_name("ansible-playbook")),
        "-i",
        "inventories/lab",
        "-i",
        str(overlay),
    ]
    argv += ["playbooks/site.yml", "--check", "--diff", "-vvv"]
    variables = {**os.environ, "ESTATE_OUTCOMES": str(folder / "outcomes.jsonl")}
    with ProcessList() as processes:
        done = subprocess.run(argv, cwd=LAB.root, env=variables, capture_output=True, text=True, check=False)
    changed = {(change.subject, change.key) for change in RunDirectory(folder).changes()}
    assert len(changed) >= 3, "the marked secrets reached no host, so nothing was proven"
    output = done.stdout + done.stderr
    assert [line[:200] for line in output.splitlines() if any(mark in line for mark in marks)] == []
    encoded = [mark.encode() for mark in marks]
    assert found_below(folder, encoded) == []
    assert [line[:200] for line in processes.seen if any(mark in line for mark in encoded)] == []
    assert done.returncode == 0, output[-3000:]


def test_the_real_secrets_stand_in_no_record_and_no_process_list(drifted: Callable[[str], None]) -> None:
    secrets = [value for name, value in vault().items() if name != "vault_certificate_authority_certificate"]
    marks = [line.encode() for value in secrets for leaf in leaves(value) for line in leaf.splitlines()]
    marks = [mark for mark in marks if len(mark) >= 12 and not mark.startswith(b"-----")]
    assert len(marks) > 20
    drifted("mail1")
    with ProcessList() as processes:
        plan, _ = planned("mail1")
        done = estate("apply", plan["run"])
        proven = estate("verify", "mail")
        argv = [
            str(Path(sys.executable).with_name("pyinfra")),
            "-y",
            "-vvv",
            "--debug",
            "pyinfra_deploys/inventory.py",
        ]
        argv += ["pyinfra_deploys/mailboxes.py", "--limit", "mail1"]
        loud = subprocess.run(argv, cwd=LAB.root, capture_output=True, text=True, check=False)
    assert (done.returncode, proven.returncode, loud.returncode) == (0, 0, 0)
    output = "".join(told.stdout + told.stderr for told in (done, proven, loud)).encode()
    assert [mark for mark in marks if mark in output] == []
    assert found_below(LAB.var / "runs", marks) == []
    assert [line[:200] for line in processes.seen if any(mark in line for mark in marks)] == []
