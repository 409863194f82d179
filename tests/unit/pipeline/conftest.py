"""Gives a municipality with a real repository and real keys; its hosts are a list of what was done to them."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from estate.pipeline import conducting, order, stages
from estate.pipeline.conducting import Asked
from estate.plan import plan_hash
from estate.records import Change, Outcome, Plan, RunDirectory, Verdict, write
from estate.records.pipelines import PipelineRun
from estate.runs import applying
from estate.runs.environment import ROOT, Environment
from estate.runs.refused import Exit, RefusedError

PEOPLE = ("veli.ornek", "ayse.ornek", "yabanci")
NAMES = {f"GIT_{role}_{part}": "deneme" for role in ("AUTHOR", "COMMITTER") for part in ("NAME", "EMAIL")}


@dataclass
class Desk:
    """The repository of a municipality and the keys of three people, of whom the list on the control host names two."""

    root: Path
    keys: Path

    @property
    def signers(self) -> Path:
        return self.keys / "allowed_signers"

    def git(self, *arguments: str, place: Path | None = None) -> str:
        argv = ["git", "-C", str(place or self.root), "-c", "gpg.format=ssh", *arguments]
        variables = {**os.environ, **NAMES, "GIT_CONFIG_GLOBAL": "/dev/null"}
        done = subprocess.run(argv, env=variables, check=True, capture_output=True, text=True)
        return done.stdout.strip()

    def commit(self, text: str, key: str | None = "veli.ornek", **files: str) -> str:
        """Commits a line, and files by their path (`__` for `/`, `_yml` for `.yml`); signed when a key is named."""
        for name, content in ({"note": text} | files).items():
            path = self.root / name.replace("__", "/").replace("_yml", ".yml")
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(content, encoding="utf-8")
        self.git("add", "-A")
        signed = ["-c", f"user.signingkey={self.keys / key}"] if key else []
        self.git(*signed, "commit", "-q", "-m", text, *(["-S"] if key else []))
        return self.git("rev-parse", "HEAD")

    def declared(self) -> str:
        return (self.root / "inventories/example/estate/pipeline.yml").read_text("utf-8")

    def list_keys(self, *people: str, uses: str = "git,estate-plan") -> None:
        lines = [
            f'{each} namespaces="{uses}" {" ".join((self.keys / f"{each}.pub").read_text().split()[:2])}\n'
            for each in people
        ]
        self.signers.write_text("".join(lines))


@dataclass
class World:
    """Stands for the hosts: what is planned for each ring, what was applied, what is red, where a run is killed."""

    todo: dict[str, list[Change]] = field(default_factory=dict)
    applied: list[tuple[str, str]] = field(default_factory=list)
    verified: list[str] = field(default_factory=list)
    planned: list[str] = field(default_factory=list)
    measured: int = 0
    red: set[str] = field(default_factory=set)
    stale: bool = False
    kill: str = ""

    def reached(self, stage: str) -> None:
        if self.kill == stage:
            self.kill = ""
            raise Killed


class Killed(BaseException):
    """Ends a process in the middle of a stage, as a kill does: nothing after it runs."""


@pytest.fixture(scope="session")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("keys")
    for person in PEOPLE:
        argv = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", person, "-f", str(folder / person)]
        subprocess.run(argv, check=True)
    return folder


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory, keys: Path) -> Path:
    """A checkout with one commit, which is accepted; each test has a copy."""
    root = tmp_path_factory.mktemp("municipality") / "checkout"
    shutil.copytree(ROOT / "inventories/example", root / "inventories/example")
    (root / ".gitignore").write_text("var/\n")
    made = Desk(root, keys)
    made.git("init", "-q", "-b", "main", "--template=")
    order.accept(Environment("example", root), root, made.commit("ilk", key=None), "", "deneme")
    return root


@pytest.fixture
def desk(tmp_path: Path, keys: Path, template: Path) -> Desk:
    """A checkout whose first commit is accepted; the list of keys lies outside of it."""
    shutil.copytree(template, tmp_path / "checkout")
    shutil.copytree(keys, tmp_path / "control")
    (tmp_path / "control").chmod(0o755)
    made = Desk(tmp_path / "checkout", tmp_path / "control")
    made.list_keys("veli.ornek", "ayse.ornek")
    return made


@pytest.fixture
def example(desk: Desk) -> Environment:
    return Environment("example", desk.root)


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch, example: Environment) -> Iterator[World]:
    """Puts a list in the place of the hosts, for every stage that would reach one."""
    made = World()

    def plan(environment: Environment, limit: str, reason: str) -> tuple[Plan, Path, Exit]:
        made.reached("plan")
        made.planned += [reason] if reason else []
        changes = tuple(each for host in limit.split(",") for each in made.todo.get(host, []))
        digest = plan_hash(changes, environment=environment.name, limit=limit, declared="", incomplete=())
        planned = Plan("r", environment.name, "c", limit, "", digest, changes, (), {})
        return planned, environment.var / "plan.json", Exit.OK

    def apply(environment: Environment, planned: Plan, wish: applying.Wish) -> applying.Report:
        if plan(environment, planned.limit, "")[0].hash != planned.hash:
            raise RefusedError("the plan has moved; nothing was changed")
        for host in planned.limit.split(","):
            while left := made.todo.get(host):
                each = left.pop(0)
                made.applied.append((host, each.key))
                made.reached("apply")
        kept = RunDirectory.start(
            environment.var, "apply", environment="example", commit="c", who="w", reason=wish.reason
        )
        write(kept.path / "plan.json", planned)
        for each in planned.changes:
            kept.record(Outcome(each.host, each.tool, each.subject, each.key, "changed"))
        failed = (Outcome("h", "ansible", "s", "k", "failed"),) if "apply" in made.red else ()
        head = kept.finish("failed" if failed else "changed")
        return applying.Report(head, Exit.FAILED if failed else Exit.OK, {}, failed, ())

    def verify(
        environment: Environment, estate: object, subject: str, reason: str
    ) -> tuple[list[Verdict], Path, Exit]:
        made.reached("verify")
        made.verified.append(subject)
        red = subject in made.red
        verdict = Verdict(subject, "c", "h", "failed" if red else "passed", "", "")
        return [verdict], environment.var, Exit.VERDICT_FAILED if red else Exit.OK

    def measure(argv: list[str], **_: object) -> int:
        made.reached("report")
        assert argv[1:4] == ["-m", "estate", "measure"]
        made.measured += 1
        return 0

    monkeypatch.setattr(stages.planning, "plan", plan)
    monkeypatch.setattr(stages.applying, "apply", apply)
    monkeypatch.setattr(stages.applying.fast, "stale", lambda *_: made.stale)
    monkeypatch.setattr(stages.verifying, "verify", verify)
    monkeypatch.setattr(stages.commands, "run", measure)
    yield made


def run(desk: Desk, example: Environment, **wish: object) -> tuple[PipelineRun, Exit]:
    """Runs the pipeline over the checkout's commit with the list of keys of its control host."""
    return conducting.run(example, Asked(**({"signers": desk.signers} | wish)))  # type: ignore[arg-type]


def change(host: str, key: str = "/etc/motd", subject: str = "s", action: str = "update") -> Change:
    return Change(host, "ansible", subject, action, key)  # type: ignore[arg-type]
