"""Shares the lab among runners that know only their number: one is killed, and an older commit comes too late."""

from __future__ import annotations

import json
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from estate.records import RunDirectory, runs_below
from estate.runs.environment import ROOT
from tests.lab.reaching import ESTATE, LAB, Answer, on, ran, sure, until

pytestmark = pytest.mark.lab
DRIFT = "/etc/systemd/journald.conf.d/estate.conf"
REVISION = "/etc/estate/revision"
HOSTS = ("backup1", "outside1")
OWN = ("runs", "pipeline", "pipelines", "applied.json", "lock", "pipeline.lock")
"""What a runner keeps for itself of `var/lab`; keys and addresses of the lab are everybody's."""


@dataclass(frozen=True)
class Runner:
    """One runner of a CI: a checkout and records of its own, and the lab that all of them reach."""

    root: Path

    def estate(self, *words: str, **variables: str) -> Answer:
        return ran([*ESTATE, *words], cwd=self.root, PYTHONPATH=str(self.root), **variables)

    def begin(self, *words: str, **variables: str) -> subprocess.Popen[bytes]:
        names = {"PYTHONPATH": str(self.root), **variables}
        call = ["env", *(f"{name}={value}" for name, value in names.items()), *ESTATE, *words]
        with self.told.open("a") as told:
            return subprocess.Popen(call, cwd=self.root, stdout=told, stderr=told)

    @property
    def told(self) -> Path:
        """Names the file with what a call that was begun printed."""
        return self.root.with_name(f"{self.root.name}.log")

    def last(self) -> RunDirectory:
        return [run for run in runs_below(self.root / "var/lab") if "-apply-" in run.path.name][-1]


def git(*words: str, cwd: Path = ROOT) -> str:
    done = ran(["git", "-c", "user.name=d", "-c", "user.email=d@d.example", *words], cwd=cwd)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def runner(root: Path, repository: Path, commit: str) -> Runner:
    """Makes a checkout as a runner has it, with what is secret in this one and the way to the lab."""
    git("clone", "-q", "--no-checkout", str(repository), str(root))
    git("fetch", "-q", "origin", commit, cwd=root)
    git("checkout", "-q", "--detach", commit, cwd=root)
    (root / ".venv").symlink_to(Path(sys.executable).parents[1])
    vault = LAB.inventory / "group_vars/all/vault.yml"
    shutil.copy2(vault, root / vault.relative_to(ROOT))
    (root / "var/lab").mkdir(parents=True)
    for path in [*LAB.var.iterdir(), *LAB.var.parent.iterdir()]:
        place = root / "var" / path.relative_to(LAB.var.parent)
        if path.name not in OWN and not place.exists():
            place.symlink_to(path)
    return Runner(root)


@pytest.fixture(scope="module")
def runners(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Runner]]:
    """Two runners on the commit at hand, edits included, and a slow one on the commit before it."""
    folder = tmp_path_factory.mktemp("runners")
    now = git("stash", "create") or git("rev-parse", "HEAD")
    newer = git("commit-tree", f"{now}^{{tree}}", "-p", now, "-m", "newer")
    yield {
        name: runner(folder / name, ROOT, commit)
        for name, commit in (("one", newer), ("two", newer), ("slow", now))
    }


@pytest.fixture
def drifted() -> Iterator[None]:
    """Lets a harmless declared file drift on both hosts; afterwards they are as they were, their revision included."""
    before = {host: (sure(host, f"cat {DRIFT}"), on(host, f"cat {REVISION}").stdout) for host in HOSTS}
    for host in HOSTS:
        sure(host, f"rm -f {REVISION}; echo '# elle' >> {DRIFT}")
    yield
    for host, (content, revision) in before.items():
        sure(host, f"cat > {DRIFT}", content + "\n")
        sure(host, f"cat > {REVISION}" if revision else f"rm -f {REVISION}", revision)


def carries(host: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(sure(host, f"cat {REVISION}"))
    return found


def _killed(begun: subprocess.Popen[bytes], runner: Runner, reason: str = "") -> RunDirectory:
    """Kills a runner as soon as its hosts are claimed and the plan has held, before Ansible reaches the first."""

    def applies() -> list[RunDirectory]:
        found = [run for run in runs_below(runner.root / "var/lab") if "-apply-" in run.path.name]
        return [each for each in found if each.head().reason.endswith(reason)]

    def at_work() -> bool:
        return begun.poll() is not None or any((run.path / "plan.json").exists() for run in applies())

    assert until(at_work, 120, pause=0.05) and begun.poll() is None, runner.told.read_text()[-3000:]
    begun.send_signal(signal.SIGKILL)
    begun.wait()
    return applies()[-1]


def test_runners_share_the_hosts_and_a_killed_one_is_repeated(
    runners: dict[str, Runner], drifted: None, tmp_path: Path
) -> None:
    one, two, plan = runners["one"], runners["two"], str(tmp_path / "plan.json")
    done = one.estate("plan", "--limit", ",".join(HOSTS), "--out", plan)
    assert done.returncode == 0, done.stderr[-3000:]

    first, second = (each.begin("apply", plan, "--slice", f"{at}/2") for at, each in ((1, one), (2, two)))
    killed = _killed(second, two)
    assert first.wait() == 0, one.told.read_text()[-3000:]
    (theirs,) = [host for host in HOSTS if carries(host)["state"] == "applying"]
    (ours,) = set(HOSTS) - {theirs}
    assert carries(ours)["state"] == "applied" and "# elle" not in sure(ours, f"cat {DRIFT}")

    done_by_one = str(one.last().path)
    merged = one.estate("runs", "merge", done_by_one, str(killed.path))
    assert merged.returncode == 3, merged.stdout + merged.stderr
    assert f"NOT done: {theirs} ansible/operating_system: update {DRIFT}" in merged.stdout
    alone = one.estate("runs", "merge", str(killed.path))
    assert alone.returncode == 2 and "slice 1 of 2 is missing" in alone.stderr

    again = two.estate("apply", plan, "--slice", "2/2")
    assert again.returncode == 0, again.stderr[-3000:]
    assert f"{theirs}: taking over from an earlier run of this machine" in again.stderr
    whole = one.estate("runs", "merge", done_by_one, str(two.last().path), "--json")
    assert whole.returncode == 0, whole.stdout + whole.stderr
    assert sorted(host for each in json.loads(whole.stdout) for host in each["hosts"]) == sorted(HOSTS)

    before = {host: sure(host, f"cat {DRIFT} {REVISION}") for host in HOSTS}
    late = runners["slow"].estate("apply", plan)
    assert late.returncode == 7, late.stderr[-3000:]
    assert f"{ours} carries {carries(ours)['commit'][:12]}, newer than " in late.stderr
    assert {host: sure(host, f"cat {DRIFT} {REVISION}") for host in HOSTS} == before


def test_runners_of_a_pipeline_apply_a_ring_in_slices_and_one_is_killed(
    runners: dict[str, Runner], drifted: None, tmp_path: Path
) -> None:
    """Two jobs of one CI pipeline on a control host: they share its checkout, and their slice is what the CI tells."""
    one, signers = runners["one"], tmp_path / "allowed_signers"
    public = (LAB.var / "signing/id_ed25519.pub").read_text(encoding="utf-8").split()
    signers.write_text(f'ugur.sahin namespaces="git,estate-plan" {public[0]} {public[1]}\n')
    keys = {"ESTATE_SIGNERS": str(signers)}
    apply = ("pipeline", "apply", "--ring", "pilot", "--wait", "60")
    slices = [keys | {"CI_NODE_INDEX": str(index), "CI_NODE_TOTAL": "2"} for index in (1, 2)]
    assert one.estate("pipeline", "adopt", git("rev-parse", "HEAD", cwd=one.root), **keys).returncode == 0
    early = one.estate(*apply, **slices[0])
    assert early.returncode == 2 and "first: ./scripts/estate pipeline approved" in early.stderr
    planned = one.estate("pipeline", "approved", **keys)
    assert planned.returncode == 0, planned.stdout[-3000:] + planned.stderr[-3000:]

    first, second = (one.begin(*apply, **own) for own in slices)
    _killed(second, one, "slice 2/2")
    assert first.wait() == 0, one.told.read_text()[-3000:]
    shown = one.estate("pipeline", "status").stdout
    assert "passed      slice 1/2 of pilot" in shown and "interrupted slice 2/2 of pilot" in shown, shown
    (theirs,) = [host for host in HOSTS if carries(host)["state"] == "applying"]

    again = one.estate(*apply, **slices[1])
    assert again.returncode == 0, again.stdout + again.stderr[-3000:]
    assert ", slice 2/2 of " in again.stderr and f"{theirs}: taking over from an earlier run" in again.stderr
    done = one.estate("pipeline", "verify", "--ring", "pilot", "--json", **keys)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    stages = {(each["name"], each["ring"]): each for each in json.loads(done.stdout)["stages"]}
    assert stages["apply", "pilot"]["told"].endswith(", 2 slices") and "== plan" not in done.stderr
    assert stages["verify", "pilot"]["state"] == "passed"
    assert [(carries(host)["state"], "# elle" in sure(host, f"cat {DRIFT}")) for host in HOSTS] == [
        ("applied", False)
    ] * 2
