"""A fault is seen when the drill is red for the reason that the matrix names, and for no other."""

import json
import subprocess
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML
from typer.testing import CliRunner

from estate.cli import drill as cli
from estate.declared import load
from estate.drill import injecting
from estate.drill.faults import MATRIX, Fault, holdable, matrix, outcome, wanted, whole
from estate.records.mutations import Mutation, keep, kept
from estate.runs.environment import ROOT, Environment
from estate.runs.lock import held
from estate.runs.refused import RefusedError

FAULTS = matrix()
KEY = Fault(
    "key", "mail", "another key", "failed", because=("wrong_key|bad_envelope",), envelope={"key": "x"}
)
MESSAGE = Fault("message", "telephony", "", "failed", red=("voicemail",), green=("echo",), breaks="true")
FENCE = Fault("fence", "telephony", "", "error", because=("fence",), never=("restore",), breaks="true")


def _record(result: str, problems: str = "", failed: tuple[str, ...] = (), ran: str = "") -> dict[str, Any]:
    checks = [{"check": name, "result": "failed"} for name in failed]
    return {"result": result, "problems": [problems], "checks": checks, "commands": [ran]}


@pytest.mark.parametrize(
    ("fault", "record", "seen"),
    [
        (KEY, _record("failed", "found wrong_key: no"), "caught"),
        (KEY, _record("failed", "data loss"), "wrong_reason"),
        (KEY, _record("error", "found wrong_key: no"), "wrong_reason"),
        (KEY, _record("passed"), "missed"),
        (MESSAGE, _record("failed", failed=("voicemail",)), "caught"),
        (MESSAGE, _record("failed", failed=("voicemail", "echo")), "wrong_reason"),
        (MESSAGE, _record("failed", failed=("echo",)), "wrong_reason"),
        (MESSAGE, _record("failed", failed=("register",)), "wrong_reason"),
        (FENCE, _record("error", "fence: reached"), "error_as_expected"),
        (FENCE, _record("error", "fence: reached", ran="call_records restore"), "wrong_reason"),
    ],
)
def test_only_the_named_reason_counts(fault: Fault, record: dict[str, Any], seen: str) -> None:
    assert outcome(fault, record) == seen


def test_the_matrix_is_wide_enough_and_every_fault_names_a_declared_drill() -> None:
    drills = {drill.id: drill for drill in load(ROOT / "inventories/lab").drills}
    assert len(FAULTS) >= 20 and {fault.drill for fault in FAULTS} == set(drills)
    for fault in FAULTS:
        of_a_switch = drills[fault.drill].of_a_switch
        assert not (of_a_switch and (fault.breaks or fault.envelope or fault.damages)), fault.id
        assert of_a_switch or not fault.captures, fault.id
    assert {fault.expects for fault in FAULTS} == {"failed", "error"}


CLASSES = {
    "wrong_key",
    "wrong_repository",
    "no_repository",
    "dead_repository",
    "expired_authority",
    "clock_behind",
    "cut_network",
    "wrong_instance",
    "missing_role",
    "full_disk",
    "truncated_pack",
    "missing_pack",
    "empty_source",
    "stale_backup",
}
"""What can go wrong with any host that comes back from a backup; a switch has captures of its own kind."""
_OPENED = "the envelope is opened by the same program, before anything of the service is known: mail"
_STEP = "a step that does not end well ends each drill in the same way, with its name: telephony"
_PACKS = "what came back is compared by the same program, as with the truncated one"
LEFT_OUT = {
    ("mail", "missing_role"): _STEP,
    ("directory", "missing_role"): _STEP,
    ("directory", "expired_authority"): _OPENED,
    ("directory", "no_repository"): _OPENED,
    ("directory", "dead_repository"): _OPENED,
    ("directory", "missing_pack"): _PACKS,
    ("telephony", "wrong_repository"): _OPENED,
    ("telephony", "expired_authority"): _OPENED,
    ("telephony", "cut_network"): _OPENED,
    ("telephony", "no_repository"): _OPENED,
    ("telephony", "dead_repository"): _OPENED,
    ("telephony", "missing_pack"): _PACKS,
}
"""Why a drill is spared a fault that others have."""


def test_each_drill_of_a_host_meets_each_kind_of_fault_or_says_why_not() -> None:
    hosts = [drill.id for drill in load(ROOT / "inventories/lab").drills if not drill.of_a_switch]
    wanted_of_all = {(drill, kind) for drill in hosts for kind in CLASSES}
    there = {(fault.drill, fault.id.removeprefix(f"{fault.drill}_")) for fault in FAULTS}
    assert wanted_of_all - there == set(LEFT_OUT)


def test_the_page_of_drills_counts_the_faults() -> None:
    counted = Counter(fault.drill for fault in FAULTS).most_common()
    told = f"The matrix has {len(FAULTS)}: {', '.join(f'{drill} {count}' for drill, count in counted)}."
    assert told in (ROOT / "docs/drills.md").read_text("utf-8")


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"envelop": {}}, "`0.envelop` is not one of its keys"),
        ({"because": []}, "names no reason"),
        ({"envelope": {}}, "changes nothing"),
        ({"expects": "passed"}, "`0.expects` is none of"),
    ],
)
def test_a_fault_that_proves_nothing_is_refused(tmp_path: Path, changed: dict[str, Any], words: str) -> None:
    row = {
        "id": "a",
        "drill": "mail",
        "does": "x",
        "expects": "failed",
        "because": ["y"],
        "envelope": {"key": "z"},
    }
    YAML().dump([{**row, **changed}], tmp_path / "matrix.yml")
    with pytest.raises(RefusedError, match=words):
        matrix(tmp_path / "matrix.yml")


def test_the_matrix_counts_as_far_as_its_drills_can_be_held() -> None:
    drills = load(ROOT / "inventories/lab").drills
    spareless = [drill.model_copy(update={"spare": None}) for drill in drills if drill.id != "directory"]
    assert {fault.drill for fault in holdable(FAULTS, drills)} == {drill.id for drill in drills}
    assert {fault.drill for fault in holdable(FAULTS, spareless)} == {"mail", "telephony"}


def test_a_result_for_another_verdict_is_none() -> None:
    now = datetime(2026, 11, 26, tzinfo=UTC)
    good = Mutation("key", "mail", wanted(KEY), "caught", "", now, "c")
    old = Mutation("fence", "telephony", "failed: fence", "caught", "", now, "c")
    rows = whole((KEY, FENCE), [good, old])
    assert [row.outcome for row in rows] == ["caught", "not_run"]


def _injected(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, *names: str) -> list[str]:
    """Lets every fault but those named be caught, without a drill; gives what was asked for."""
    asked: list[str] = []

    def one(where: Environment, fault: Fault) -> Mutation:
        asked.append(fault.id)
        if fault.id in names:
            raise injecting.NotInjectedError("drill1 does not stand for mail")
        row = Mutation(fault.id, fault.drill, wanted(fault), "caught", "", datetime.now(UTC), "c")
        keep(tmp_path, [*kept(tmp_path), row])
        return row

    monkeypatch.setattr(Environment, "var", property(lambda self: tmp_path))
    monkeypatch.setattr(injecting, "injected", one)
    return asked


def test_what_did_not_run_is_told_apart_from_what_was_seen(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    asked = _injected(monkeypatch, tmp_path, "mail_no_repository")
    for name in ("mail_wrong_key", "mail_clock_behind"):
        assert CliRunner().invoke(cli.app, ["mutations", "--only", name]).exit_code == 0
    told = CliRunner().invoke(cli.app, ["mutations", "--only", "mail_no_repository"])
    assert (told.exit_code, "drill1 does not stand" in told.stdout) == (3, True)
    assert asked == ["mail_wrong_key", "mail_clock_behind", "mail_no_repository"]
    assert {row.id: row.outcome for row in kept(tmp_path)} == dict.fromkeys(asked[:2], "caught")
    assert f"score 100% of 2 run, of {len(FAULTS)} in the matrix: caught 2" in told.stdout
    asked_again = CliRunner().invoke(cli.app, ["mutations", "--only", "mail_no_repository", "--json"])
    (now,) = json.loads(asked_again.stdout)["now"]
    assert (now["outcome"], "drill1 does not stand" in now["found"]) == ("not_run", True)
    strange = CliRunner().invoke(cli.app, ["mutations", "--only", "mail_wrong_kye"])
    assert strange.exit_code == 2 and "no fault 'mail_wrong_kye'" in strange.stderr


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--only", "mail_wrong_key", "--drill", "switch"], "mail_wrong_key is no fault of drill 'switch'"),
        (["--list", "--only", "nosuch"], "no fault 'nosuch'"),
        (["--list", "--drill", "nosuch"], "no fault of a drill 'nosuch'"),
        (["--drill", ""], "no fault of a drill ''"),
    ],
)
def test_words_that_choose_no_fault_are_refused(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, words: list[str], told: str
) -> None:
    asked = _injected(monkeypatch, tmp_path)
    done = CliRunner().invoke(cli.app, ["mutations", *words])
    assert (done.exit_code, asked) == (2, []) and told in done.stderr


def test_a_list_shows_what_it_is_asked_for(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    asked = _injected(monkeypatch, tmp_path)
    done = CliRunner().invoke(cli.app, ["mutations", "--list", "--only", "mail_wrong_key"])
    assert (done.exit_code, asked) == (0, [])
    assert [line.split()[0] for line in done.stdout.splitlines()] == ["mail_wrong_key", "score"]


@pytest.mark.parametrize("name", ["mail_wrong_key", "mail_truncated_pack", "telephony_withheld_message"])
def test_without_the_target_of_a_passed_drill_nothing_is_bent(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, name: str
) -> None:
    monkeypatch.setattr(Environment, "var", property(lambda self: tmp_path))
    monkeypatch.setattr(Environment, "refuse_when_down", lambda self: None)
    fault = next(one for one in FAULTS if one.id == name)
    with pytest.raises(injecting.NotInjectedError, match=r"does not stand for .*: none was held"):
        injecting.injected(Environment(), fault)


def test_nothing_is_injected_beside_a_drill(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(Environment, "var", property(lambda self: tmp_path))
    with held(tmp_path / "drill-lock", who="veli@yonetim1", run="RUN"):
        told = CliRunner().invoke(cli.app, ["mutations", "--drill", "switch"])
    assert told.exit_code == 5 and kept(tmp_path) == []


def test_a_switch_without_a_capture_has_no_fault_injected(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Every drill is red there for another reason, so a fault of time would count as seen wrong."""
    monkeypatch.setattr(Environment, "var", property(lambda self: tmp_path))
    fault = next(one for one in FAULTS if one.id == "switch_clock_behind")
    drill = injecting.holding.prepared(Environment(), "switch")
    refused = pytest.raises(injecting.NotInjectedError, match="estate switch backup sw-ana-kat3")
    with refused, injecting.bent(drill, fault):
        pass


def test_captures_are_damaged_in_a_copy(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(Environment, "var", property(lambda self: tmp_path))
    place = tmp_path / "switches/captures/sw-ana-kat3"
    place.mkdir(parents=True)
    (place / "2026-11-26.running.vault").write_text("$ANSIBLE_VAULT;1.1;AES256\n" + "61" * 400, "utf-8")
    (place.parent / "sw-ana-kat3.json").write_text('{"taken_at": "2026-11-26T16:34:29Z"}', "utf-8")
    before = {path.name: path.read_text("utf-8") for path in tmp_path.rglob("*") if path.is_file()}
    drill = injecting.holding.prepared(Environment(), "switch")
    for name in ("switch_stale_capture", "switch_truncated_capture", "switch_no_capture"):
        fault = next(one for one in FAULTS if one.id == name)
        with injecting.bent(drill, fault) as faulty:
            assert faulty.captures is not None
            copied = {
                path.name: path.read_text("utf-8") for path in faulty.captures.rglob("*") if path.is_file()
            }
            assert copied != before, name
        assert {
            path.name: path.read_text("utf-8") for path in tmp_path.rglob("*") if path.is_file()
        } == before


def test_the_scripts_of_the_matrix_are_shell(tmp_path: Path) -> None:

    assert MATRIX.name == "mutations.yml"
    for fault in FAULTS:
        for script in filter(None, (fault.breaks, fault.mends, fault.damages, fault.captures)):
            done = subprocess.run(
                ["sh", "-n", "-c", script.replace("<<", "a").replace(">>", "b")], check=False
            )
            assert done.returncode == 0 and "TODO" not in script, fault.id
