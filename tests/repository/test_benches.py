"""The benches run with this checkout's own Python, and put the lab back also when something of that fails."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from contextlib import nullcontext
from datetime import date
from pathlib import Path
from types import ModuleType

import pytest

from estate.declared import load
from pyinfra_deploys.facts import telephony_on_host
from tests.lab import mailing
from tests.lab.calendar_year import put_back

ROOT = Path(__file__).resolve().parents[2]
OURS = [
    path for path in sorted((ROOT / "scripts").glob("bench*")) if "\nfrom estate" in path.read_text("utf-8")
]
STARTED = """
import os, runpy, sys
def told(path, argv):
    print(path)
    raise SystemExit
os.execv = told
runpy.run_path(sys.argv[1], run_name="__main__")
"""
DOWN = """
import runpy, sys
from estate.runs.environment import Environment
from estate.runs.refused import RefusedError
def down(self):
    raise RefusedError("the lab is down")
Environment.refuse_when_down = down
sys.argv = sys.argv[1:]
runpy.run_path(sys.argv[0], run_name="__main__")
"""
NEED_NO_LAB = {"bench-people", "bench-switches"}
CANNOT = {"bench-backup": 2, "bench-telephony": 2}
"""What a bench ends with when it cannot measure, where its first lines say another code than 1."""


def bench(name: str) -> ModuleType:
    """Loads a bench without running it."""
    path = ROOT / "scripts" / name
    loaded = ModuleType(name)
    loaded.__dict__["__file__"] = str(path)
    exec(compile(path.read_text("utf-8"), path, "exec"), loaded.__dict__)
    return loaded


@pytest.mark.parametrize("path", OURS, ids=lambda path: str(path.name))
def test_a_bench_started_by_the_systems_python_goes_on_with_ours(path: Path) -> None:
    bare = [getattr(sys, "_base_executable", sys.executable), "-c", STARTED, str(path)]
    done = subprocess.run(bare, capture_output=True, text=True, timeout=60)
    assert done.stdout.strip() == str(ROOT / ".venv/bin/python"), done.stderr


@pytest.mark.parametrize(
    "path",
    [path for path in sorted((ROOT / "scripts").glob("bench*")) if path.name not in NEED_NO_LAB],
    ids=lambda path: str(path.name),
)
def test_a_bench_without_its_lab_says_so_in_one_line(path: Path) -> None:
    down = [sys.executable, "-c", DOWN, str(path)]
    done = subprocess.run(down, cwd=ROOT, capture_output=True, text=True, timeout=60)
    wanted = (CANNOT.get(path.name, 1), "", "the lab is down\n")
    assert (done.returncode, done.stdout, done.stderr) == wanted


def test_folders_are_put_back_although_the_accounts_stay(monkeypatch: pytest.MonkeyPatch) -> None:
    loaded, done = bench("bench-directory"), list[str]()

    def fails(*_: object) -> None:
        raise SystemExit("clean on dir1 ended with 1")

    monkeypatch.setattr(loaded, "on_host", fails)
    monkeypatch.setattr(loaded, "put_back", done.extend)
    with pytest.raises(SystemExit, match="clean"), loaded.undone("dir1"):
        pass
    assert done == ["shares", "mailboxes"]


def test_mail_tables_are_put_back_although_the_folders_fail(monkeypatch: pytest.MonkeyPatch) -> None:
    done = list[tuple[str, str]]()

    def deploy(name: str, group: str) -> None:
        done.append((name, group))
        assert name != "shares", "a deploy that fails"

    monkeypatch.setattr(mailing, "deploy", deploy)
    with pytest.raises(AssertionError, match="a deploy that fails"):
        put_back(("shares", "mailboxes"))
    assert done == [("shares", "file_servers"), ("mailboxes", "mail_servers")]


@pytest.mark.parametrize(("whole", "ends"), [(6.0, False), (6.1, True)])
def test_accounts_that_take_longer_than_allowed_end_the_bench_with_an_error(whole: float, ends: bool) -> None:
    loaded = bench("bench-directory")
    with pytest.raises(SystemExit, match=r"3\.05 times") if ends else nullcontext():
        loaded.told([("all of it", whole)], whole, bare=2.0)


@pytest.mark.parametrize(("seconds", "ends"), [(10.0, False), (10.1, True)])
def test_a_joiner_who_takes_longer_than_allowed_ends_the_bench_with_an_error(
    seconds: float, ends: bool
) -> None:
    loaded = bench("bench-joiner")
    loaded.taken["all of it"] = seconds
    with pytest.raises(SystemExit, match=r"10\.1 s") if ends else nullcontext():
        loaded.told(floor=1.0)


@pytest.mark.parametrize(("seconds", "ends"), [(3.0, False), (3.1, True)])
def test_a_careful_push_that_takes_longer_than_allowed_ends_the_bench_with_an_error(
    seconds: float, ends: bool
) -> None:
    loaded = bench("bench-switches")
    bare, ours = loaded.Run(1.0, 1.0, 0, ""), loaded.Run(seconds, 2.0, 0, "")
    with pytest.raises(SystemExit, match=r"3\.10 times") if ends else nullcontext():
        loaded.told([("bare", bare, bare, 0.0), ("all of it", ours, bare, 3.0)])


@pytest.mark.parametrize(
    ("ours", "least", "ends"),
    [(1.2, False, False), (1.3, False, True), (0.8, True, False), (0.7, True, True)],
)
def test_an_exchange_slower_than_allowed_beside_plain_asterisk_ends_the_bench_with_an_error(
    ours: float, least: bool, ends: bool
) -> None:
    loaded = bench("bench-telephony")
    bar = loaded.ALLOWED["calls" if least else "reload"]
    row = loaded.Result("all of it", ours, 1.0, bar, least=least)
    with pytest.raises(SystemExit, match=r"all of it: [01]\.[37]0") if ends else nullcontext():
        loaded.told([row], [])


class Folder:
    """Takes what a bench lays into its machine."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def write(self, name: str, text: str) -> None:
        (self.path / name).write_text(text.replace("/run/lock/telephony", "/dev/null"), "utf-8")


def test_the_program_of_the_bench_starts_where_nothing_of_the_repository_is(tmp_path: Path) -> None:
    loaded = bench("bench-telephony")
    loaded.laid_down(Folder(tmp_path))
    bare = tmp_path / "python3"
    bare.write_text(f'#!/bin/sh\nexec {sys.executable} -IS "$@"\n', "utf-8")
    bare.chmod(0o755)
    done = subprocess.run(
        loaded.APPLY,
        input=json.dumps({"do": "observe"}),
        cwd=tmp_path,
        env={**os.environ, "PATH": f"{tmp_path}:{os.environ['PATH']}"},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert "boxes" in json.loads(done.stdout or "{}"), done.stderr


def test_the_bench_gives_the_exchange_every_file_that_the_program_wants() -> None:
    loaded, day = bench("bench-telephony"), date(2026, 11, 26)
    assert set(loaded.told_files(load(loaded.INVENTORY, day), day)) == set(telephony_on_host.FILES)


def test_a_lost_call_ends_the_bench_with_an_error() -> None:
    with pytest.raises(SystemExit, match="1 of 1200 calls"):
        bench("bench-telephony").told([], ["1 of 1200 calls were lost"])


@pytest.mark.slow
def test_the_crowd_of_the_bench_is_a_valid_estate_in_which_some_differ() -> None:
    loaded, day = bench("bench-telephony"), date(2026, 11, 26)
    texts = loaded.declared(1130, day)
    _, held, nothing = loaded.planned(texts, {}, day)
    _, _, some = loaded.planned(loaded.changed(texts), held, day)
    assert nothing == 0
    assert some >= loaded.CHANGED


@pytest.mark.parametrize(
    ("look", "checked", "ends"),
    [
        (2.0, 100.0, ""),
        (2.1, 200.0, r"2\.10 times"),
        (2.0, 99.0, r"49\.5 times faster than the check, wanted"),
    ],
)
def test_a_look_slower_than_allowed_ends_the_bench_with_an_error(
    look: float, checked: float, ends: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit, match=ends) if ends else nullcontext():
        bench("bench-drift").told(9, 1.0, 0.5, look, checked)
    told = capsys.readouterr().out
    assert f"for both, a look takes {look / 0.5:.2f} times the bare round trips" in told, (
        "no bar without its measure"
    )
