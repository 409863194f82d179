"""`estate switch` shows what is declared for a switch, and plans what was read of it, as people type it."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from estate.cli.switch import app
from estate.records import runs_below, write
from estate.records.captures import Capture, note
from estate.runs.environment import Environment
from estate.runs.lock import held
from estate.switches.state import Drift, state_of

KAT = "sw-ana-kat1"
OLD = datetime(2026, 1, 1, tzinfo=UTC)


def run(*words: str | Path) -> Result:
    return CliRunner().invoke(app, [str(word) for word in words])


@pytest.fixture
def read(tmp_path: Path) -> Path:
    """Gives a folder in which every switch of the lab runs what it shall."""
    for name in ("sw-ana-omurga", KAT, "sw-ana-kat3"):
        shown = run("intended", name)
        assert shown.exit_code == 0, shown.output
        (tmp_path / f"{name}.cfg").write_text(shown.stdout, "utf-8")
    return tmp_path


def edit(folder: Path, before: str, after: str, name: str = KAT) -> None:
    path = folder / f"{name}.cfg"
    text = path.read_text("utf-8")
    assert before in text
    path.write_text(text.replace(before, after, 1), "utf-8")


def test_switches_that_run_what_they_shall_have_nothing_planned(read: Path) -> None:
    told = run("plan", read)
    assert (told.exit_code, told.stdout) == (
        0,
        "0 different changes on 0 of 3 switches, 0 refused\n",
    )


def test_a_port_in_another_vlan_is_brought_back_and_nothing_else_is_said(read: Path) -> None:
    edit(read, " switchport access vlan 105", " switchport access vlan 102")
    told = run("plan", read, "--json")
    plans = json.loads(told.stdout)
    assert told.exit_code == 0
    assert plans[KAT]["lines"] == ["interface GigabitEthernet1/0/1", " switchport access vlan 105"]
    assert [name for name, plan in plans.items() if plan["lines"]] == [KAT]


def test_what_touches_the_way_in_is_refused_until_somebody_says_why(read: Path) -> None:
    edit(read, "username netyonetici", "username eski")
    told = run("plan", read)
    assert told.exit_code == 2
    assert "REFUSED own-user: netyonetici" in told.stdout
    assert "<vault:" not in told.stdout
    waived = run("plan", read, "--waive", "own-user=hesap yeniden açılıyor")
    assert waived.exit_code == 0
    assert "waived own-user" in waived.stdout


def test_a_vlan_that_the_switch_lacks_is_made(read: Path) -> None:
    edit(read, "vlan 105\n name BRM05\n", "")
    told = run("plan", read)
    assert (told.exit_code, "vlan 105" in told.stdout) == (0, True)


def test_more_at_once_than_allowed_is_refused(read: Path) -> None:
    edit(read, " switchport access vlan 105", " switchport access vlan 102")
    assert "REFUSED ports" in run("plan", read, "--ports", "0").stdout
    told = run("plan", read, "--switches", "0")
    assert (told.exit_code, "1 switches change, 0 may at once" in told.stdout) == (2, True)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("intended", "yok"), "no switch 'yok' is declared; known: sw-ana-omurga"),
        (("plan", "{empty}"), "holds no file that ends with .cfg"),
        (("plan", "{empty}/yok"), "is no folder"),
        (("plan", "{read}", "--waive", "yok=neden"), "no guard 'yok' can be waived"),
        (("plan", "{read}", "--waive", "own-user"), "needs a reason"),
        (("plan", "{read}", "--waive", "own-user=yeni; eski"), "`;` parts waivers"),
    ],
)
def test_wrong_inputs_are_told_with_what_would_be_right(
    words: tuple[str, ...], said: str, read: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    empty = tmp_path_factory.mktemp("empty")
    told = run(*(word.format(empty=empty, read=read) for word in words))
    assert (told.exit_code, said in told.stderr) == (2, True), told.output


def test_a_file_of_a_switch_that_nobody_declared_is_refused(read: Path) -> None:
    (read / "sw-yabanci.cfg").write_text("hostname sw-yabanci\n", "utf-8")
    told = run("plan", read)
    assert (told.exit_code, "no switch 'sw-yabanci' is declared" in told.stderr) == (2, True)


def test_a_reading_that_broke_off_is_no_ground_for_a_plan(read: Path) -> None:
    path = read / f"{KAT}.cfg"
    path.write_text(path.read_text("utf-8")[:900], "utf-8")
    told = run("plan", read)
    assert (told.exit_code, "REFUSED running-damaged" in told.stdout) == (2, True)


def looked(monkeypatch: pytest.MonkeyPatch, var: Path, *silent: str, skipped: str = "") -> list[str]:
    """Lets the deploy of a look write its records, and gives the words of its command."""
    said: list[str] = []

    def deploy(argv: list[str], **_: object) -> int:
        said.extend(argv)
        for name in set(argv[argv.index("--limit") :]) - {"--limit", skipped}:
            failure = "nobody answers there" if name in silent else None
            drift = (
                Drift("unverifiable", "it did not answer")
                if failure
                else Drift("corrective", "moved", ("vlan 9",))
            )
            write(
                var / f"switches/state/{name}.json",
                state_of(name, datetime.now(UTC), None, drift, failure=failure),
            )
        return 0

    monkeypatch.setattr("estate.runs.commands.run", deploy)
    monkeypatch.setattr(Environment, "var", property(lambda self: var))
    return said


def test_a_look_runs_the_deploy_and_shows_what_it_found(monkeypatch, tmp_path: Path) -> None:
    said = looked(monkeypatch, tmp_path, "sw-ana-omurga")
    told = run("state", KAT, "sw-ana-omurga")
    assert told.exit_code == 4, told.output
    assert said[1:] == [
        *(
            "-y",
            "pyinfra_deploys/switch_inventory.py",
            "pyinfra_deploys/outcomes.py",
            "pyinfra_deploys/switch_state.py",
        ),
        *("--limit", KAT, "--limit", "sw-ana-omurga", "--data", "switch_login=later"),
    ]
    [run_] = runs_below(tmp_path)
    assert (run_.head().kind, run_.head().result) == ("measure", "ok")
    rows = [line.split() for line in told.stdout.splitlines()]
    assert [(row[0], row[-3]) for row in rows[1:3]] == [
        (KAT, "corrective"),
        ("sw-ana-omurga", "unverifiable"),
    ]
    assert rows[2][1] == "never"
    assert told.stdout.endswith(
        f"{KAT}: corrective: moved\n{KAT}:     vlan 9\nsw-ana-omurga: DID NOT ANSWER: nobody answers there\n"
    )
    assert run("state", KAT).exit_code == 0


def test_a_look_is_refused_for_a_stranger_and_fails_when_a_record_is_old(monkeypatch, tmp_path: Path) -> None:
    said = looked(monkeypatch, tmp_path, skipped=KAT)
    assert (run("state", "sw-yok").exit_code, said) == (2, [])
    write(tmp_path / f"switches/state/{KAT}.json", state_of(KAT, OLD, None, Drift("in_sync", "")))
    for _ in range(2):
        told = run("state")
        assert (told.exit_code, f"nobody looked at {KAT};" in told.stderr) == (3, True), told.output
        (tmp_path / f"switches/state/{KAT}.json").write_text('{"switch": "sw-')
    assert {each.head().result for each in runs_below(tmp_path)} == {"failed"}


@pytest.mark.parametrize("what", ["state", "backup"])
def test_while_somebody_pushes_nobody_looks_or_keeps(what: str, monkeypatch, tmp_path: Path) -> None:
    said = looked(monkeypatch, tmp_path)
    with held(tmp_path / "lock", who="ayse@mon1", run="a push"):
        told = run(what, KAT)
    assert (told.exit_code, "ayse@mon1" in told.stderr, said) == (5, True, []), told.output


def test_a_damaged_record_costs_no_other_switch_its_backup(monkeypatch, tmp_path: Path) -> None:
    """The deploy keeps what is good of all; here it keeps one, comes to no second and cannot mend a third."""
    folder, now = tmp_path / "switches/captures", datetime(2099, 1, 1, tzinfo=UTC)
    looked(monkeypatch, tmp_path)
    note(folder, Capture(KAT, now, now, True, "0" * 64, 9, None))
    (folder / "sw-ana-kat3.json").write_text('{"switch": "sw-', "utf-8")
    told = run("backup", KAT, "sw-ana-kat3", "sw-ana-omurga")
    assert told.exit_code == 3, told.output
    kept, damaged, silent = told.stdout.splitlines()
    assert "kept, 9 bytes" in kept and "not a valid record" in damaged and "did not answer" in silent
