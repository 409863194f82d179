"""What a service runs is compared with what its files say; nothing is remembered from run to run but the record."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from ansible.module_utils import services as parts
from ansible.module_utils.landing import RefusedError, remember_paths

Plugin = Callable[[str], ModuleType]


class Systemd:
    """A sealed stand-in: answers what it was told about and fails the test on any other question."""

    def __init__(self, **units: str) -> None:
        self.units = units
        self.calls: list[list[str]] = []
        self.failing: dict[str, str] = {}
        self.fallen: set[str] = set()

    def __call__(self, argv: list[str]) -> subprocess.CompletedProcess[str]:
        self.calls.append(argv)
        text = " ".join(argv)
        if text in self.failing:
            return subprocess.CompletedProcess(argv, 1, "", self.failing[text])
        if argv[:2] == ["systemctl", "show"]:
            return subprocess.CompletedProcess(argv, 0, "\n".join(self._block(name) for name in argv[3:]), "")
        if argv[0] == "systemctl":
            self._do(argv[1], argv[2])
        else:
            assert argv[0] in ("true", "checker", "newaliases", "journalctl"), f"undeclared question: {text}"
        return subprocess.CompletedProcess(argv, 0, "the last words\n" if argv[0] == "journalctl" else "", "")

    def _block(self, name: str) -> str:
        load, active, enabled = self.units.get(name, "not-found inactive -").split()
        lines = f"LoadState={load}\nActiveState={active}\nUnitFileState={enabled.strip('-')}\n"
        return lines + "NeedDaemonReload=no\n"

    def _do(self, verb: str, name: str) -> None:
        load, active, enabled = self.units[name].split()
        active = {"start": "active", "restart": "active", "stop": "inactive"}.get(verb, active)
        enabled = {"enable": "enabled", "disable": "disabled"}.get(verb, enabled)
        self.units[name] = f"{load} {'failed' if name in self.fallen else active} {enabled}"

    @property
    def done(self) -> list[str]:
        quiet = ("show", "journalctl")
        return [" ".join(argv) for argv in self.calls if argv[0] not in quiet and argv[1:2] != ["show"]]


@pytest.fixture
def module(plugin: Plugin, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    module = plugin("modules/service_state")
    monkeypatch.setattr(module, "SETTLE_SECONDS", 0)
    return module


def run(module: ModuleType, tmp_path: Path, systemd: Systemd, *entries: dict[str, Any]) -> dict[str, Any]:
    services = parts.declared({"services": list(entries)})
    found = parts.observe(services, systemd, str(tmp_path / "applied"))
    result: dict[str, Any] = module.converge(services, found, systemd, str(tmp_path / "applied"))
    return result


def predict(
    tmp_path: Path, module: ModuleType, systemd: Systemd, predicted: Any, *entries: Any
) -> dict[str, Any]:
    services = parts.declared({"services": list(entries)})
    found = parts.observe(services, systemd, str(tmp_path / "applied"))
    result: dict[str, Any] = module.predict(services, found, predicted)
    return result


def test_a_change_is_taken_up_once(module: ModuleType, tmp_path: Path) -> None:
    conf = tmp_path / "conf"
    conf.write_text("1")
    systemd = Systemd(web="loaded active enabled")
    entry = {"name": "web", "watch": [str(conf)]}
    assert run(module, tmp_path, systemd, entry)["services"] == [{"name": "web", "steps": ["restart"]}]
    assert run(module, tmp_path, systemd, entry) == {"changed": False, "services": []}
    conf.write_text("2")
    assert run(module, tmp_path, systemd, {**entry, "on_change": "reload"})["changed"]
    assert systemd.done == ["systemctl restart web", "systemctl reload-or-restart web"]


def test_a_restart_lost_with_a_failed_run_is_made_good_by_the_next(
    module: ModuleType, tmp_path: Path
) -> None:
    """The run wrote the file and died before this module: the record still holds the old digest."""
    conf = tmp_path / "conf"
    conf.write_text("1")
    systemd = Systemd(web="loaded active enabled")
    entry = {"name": "web", "watch": [str(conf)]}
    run(module, tmp_path, systemd, entry)
    conf.write_text("written by the run that died")
    assert predict(tmp_path, module, systemd, {}, entry)["changed"], "drift shows in between"
    assert run(module, tmp_path, systemd, entry)["services"] == [{"name": "web", "steps": ["restart"]}]


def test_a_file_altered_by_hand_and_put_right_is_taken_up_again(module: ModuleType, tmp_path: Path) -> None:
    """The service was restarted with the altered file: the old content is back, but nothing runs it."""
    conf = tmp_path / "conf"
    conf.write_text("declared")
    systemd, entry = Systemd(web="loaded active enabled"), {"name": "web", "watch": [str(conf)]}
    run(module, tmp_path, systemd, entry)
    conf.rename(tmp_path / "kept")
    (tmp_path / "kept").rename(conf)
    assert run(module, tmp_path, systemd, entry)["services"] == [{"name": "web", "steps": ["restart"]}]


def test_a_service_whose_probe_fails_is_made_to_take_its_files_up(module: ModuleType, tmp_path: Path) -> None:
    systemd = Systemd(nft="loaded active enabled")
    entry = {"name": "nft", "watch": ["/etc/x"], "on_change": "reload", "probe": "checker running"}
    run(module, tmp_path, systemd, entry)
    assert not run(module, tmp_path, systemd, entry)["changed"]
    systemd.failing["checker running"] = "no such table"
    assert predict(tmp_path, module, systemd, {}, entry)["changed"]
    assert run(module, tmp_path, systemd, entry)["services"] == [{"name": "nft", "steps": ["reload"]}]


def test_a_service_may_be_restarted_for_one_file_and_reloaded_for_another(
    module: ModuleType, tmp_path: Path
) -> None:
    for name in ("options", "rules"):
        (tmp_path / name).write_text(name)
    entries = [{"name": "web", "watch": [str(tmp_path / "options")]}]
    entries += [{"name": "web", "watch": [str(tmp_path / "rules")], "on_change": "reload"}]
    systemd = Systemd(web="loaded active enabled")
    assert run(module, tmp_path, systemd, *entries)["services"] == [{"name": "web", "steps": ["restart"]}]
    assert not run(module, tmp_path, systemd, *entries)["changed"]
    for name, step in (("rules", "reload"), ("options", "restart")):
        (tmp_path / name).write_text("new")
        expected = [{"name": "web", "steps": [step]}]
        assert predict(tmp_path, module, systemd, {}, *entries)["services"] == expected
        assert run(module, tmp_path, systemd, *entries)["services"] == expected
    assert not run(module, tmp_path, systemd, *entries)["changed"]


def test_a_failed_restart_is_tried_again(module: ModuleType, tmp_path: Path) -> None:
    systemd = Systemd(web="loaded active enabled")
    systemd.failing["systemctl restart web"] = "Job for web.service failed"
    entry = {"name": "web", "watch": [str(tmp_path / "conf")]}
    first = run(module, tmp_path, systemd, entry)
    assert (
        first["failed"] and "Job for web.service failed" in first["msg"] and "the last words" in first["msg"]
    )
    systemd.failing.clear()
    assert run(module, tmp_path, systemd, entry)["services"] == [{"name": "web", "steps": ["restart"]}]


def test_a_failed_check_leaves_the_service_alone_and_the_others_go_on(
    module: ModuleType, tmp_path: Path
) -> None:
    systemd = Systemd(web="loaded active enabled", mail="loaded inactive enabled")
    systemd.failing["checker -t"] = "web.conf:3: unknown word"
    result = run(
        module,
        tmp_path,
        systemd,
        {"name": "web", "watch": ["/etc/x"], "check": "checker -t"},
        {"name": "mail"},
    )
    assert (
        result["failed"] and "web.conf:3: unknown word" in result["msg"] and "left as it was" in result["msg"]
    )
    assert result["services"] == [{"name": "mail", "steps": ["start"]}]
    assert systemd.done == ["checker -t", "systemctl start mail"]
    assert not (tmp_path / "applied" / "web").exists()


def test_a_service_that_falls_over_after_its_start_is_a_failure(module: ModuleType, tmp_path: Path) -> None:
    systemd = Systemd(web="loaded inactive enabled")
    systemd.fallen.add("web")
    result = run(module, tmp_path, systemd, {"name": "web", "watch": ["/etc/x"]})
    assert result["failed"] and "is failed" in result["msg"] and "the last words" in result["msg"]
    assert not (tmp_path / "applied" / "web").exists()


@pytest.mark.parametrize(
    ("unit", "entry", "steps"),
    [
        ("loaded inactive disabled", {}, ["enable", "start"]),
        ("loaded active enabled", {"state": "stopped"}, ["disable", "stop"]),
        ("loaded active enabled", {"state": "stopped", "enabled": True}, ["stop"]),
        ("loaded active static", {}, []),
        ("loaded inactive static", {"state": "stopped"}, []),
        ("loaded inactive disabled", {"state": "unmanaged"}, []),
        ("loaded active masked", {}, ["enable"]),
    ],
)
def test_state_and_boot_follow_what_is_declared(unit: str, entry: dict[str, Any], steps: list[str]) -> None:
    service = parts.declared({"name": "web", **entry})[0]
    found = parts.observe([service], Systemd(web=unit), "/nonexistent")[service]
    assert parts.steps(service, found, {}) == steps


def test_a_unit_that_does_not_exist_is_predicted_to_start_and_refused_in_a_run(
    module: ModuleType, tmp_path: Path
) -> None:
    systemd = Systemd()
    assert predict(tmp_path, module, systemd, {}, {"name": "new"})["services"] == [
        {"name": "new", "steps": ["start"]}
    ]
    result = run(module, tmp_path, systemd, {"name": "new"})
    assert result["failed"] and "no such unit" in result["msg"]
    assert systemd.done == []


def test_two_roles_may_watch_for_one_service(module: ModuleType, tmp_path: Path) -> None:
    systemd = Systemd(nft="loaded active enabled")
    for name in ("a", "b"):
        (tmp_path / name).write_text(name)
        assert run(module, tmp_path, systemd, {"name": "nft", "watch": [str(tmp_path / name)]})["changed"]
    for name in ("a", "b"):
        assert not run(module, tmp_path, systemd, {"name": "nft", "watch": [str(tmp_path / name)]})["changed"]


def test_check_mode_takes_up_what_earlier_tasks_predicted_and_only_once(
    module: ModuleType, tmp_path: Path
) -> None:
    systemd = Systemd(web="loaded active enabled")
    entry = {"name": "web", "watch": [str(tmp_path / "d")]}
    run(module, tmp_path, systemd, entry)
    assert not predict(tmp_path, module, systemd, remember_paths({}, ["/etc/other"]), entry)["changed"]
    first = predict(tmp_path, module, systemd, remember_paths({}, [str(tmp_path / "d/new")]), entry)
    assert first["services"] == [{"name": "web", "steps": ["restart"]}]
    facts = first["ansible_facts"]["estate_predicted"]
    assert not predict(tmp_path, module, systemd, facts, entry)["changed"]


def test_a_command_runs_on_change_and_while_its_result_is_missing(module: ModuleType, tmp_path: Path) -> None:
    (tmp_path / "aliases").write_text("a: b\n")
    entry = {"name": "aliases", "run": "newaliases", "watch": [str(tmp_path / "aliases")]}
    entry["creates"] = str(tmp_path / "aliases.db")
    systemd = Systemd()
    assert run(module, tmp_path, systemd, entry)["changed"]
    assert run(module, tmp_path, systemd, entry)["changed"], "its result is still missing"
    (tmp_path / "aliases.db").write_text("")
    assert not run(module, tmp_path, systemd, entry)["changed"]
    assert systemd.done == ["newaliases", "newaliases"]


def test_a_damaged_record_means_unknown_and_the_change_is_taken_up_again(
    module: ModuleType, tmp_path: Path
) -> None:
    systemd, entry = Systemd(web="loaded active enabled"), {"name": "web", "watch": ["/etc/x"]}
    run(module, tmp_path, systemd, entry)
    (tmp_path / "applied" / "web").write_text("{half")
    assert run(module, tmp_path, systemd, entry)["changed"]


def test_an_answer_that_is_not_complete_is_an_error_not_an_empty_answer() -> None:
    service = parts.declared({"name": "web"})
    with pytest.raises(RefusedError, match="systemd does not answer"):
        parts.observe(service, lambda argv: subprocess.CompletedProcess(argv, 0, "", ""), "/nonexistent")
