"""`estate switch backup` and `restore`, as people type them: pyinfra, netmiko and SSH to switches on this machine."""

import json
import os
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from estate.cli.switch import app
from estate.lab.switches import Fleet, Machine
from estate.records import write_text
from estate.runs import switch_keeping
from estate.runs.environment import Environment
from estate.runs.session import Deploy
from estate.switches.pushed import same
from tests.unit.switches.keeping.conftest import NAMES, ROOT, bench, shown, standing

pytestmark = pytest.mark.slow
IOS, PROCURVE = NAMES
SECRETS = {
    "vault_switches_first_password": "netops",
    "vault_switches_first_enable": "enable",
    "vault_switches_local_password": "Gizli-local_password",
    "vault_switches_enable_secret": "Gizli-enable_secret",
    "vault_switches_snmp_auth": "Gizli-snmp_auth",
    "vault_switches_snmp_privacy": "Gizli-snmp_privacy",
}
INVENTORY = """
from pathlib import Path
from estate.runs.environment import Environment
from pyinfra_deploys.connectors.returning import Pace
from pyinfra_deploys.facts import vault
vault._opened = lambda environment: {secrets!r}
vault.password = lambda environment: Path({key!r}).read_bytes()
Environment.var = property(lambda self: Path({var!r}))
pace = Pace(minutes=5, minute=12.0, patience=5.0, pause=0.2, retry=0.2)
switches = [
    ("@netmiko/" + name, {{"switch_platform": platform, "switch_address": "127.0.0.1", "switch_port": port,
                           "switch_pace": pace}})
    for name, platform, port in {hosts!r}
]
"""


class Stage:
    """Switches that are served, the folder of what is made, and the commands."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.var, self.key = folder, folder / "var", folder / "key"
        self.inventory = folder / "inventory.py"
        self.key.write_bytes(b"Kasa-1")
        self.served = ExitStack()

    def serve(self, *machines: Machine, closed: tuple[str, ...] = ()) -> Fleet:
        """Serves these in place of those before; those that are closed have an address where nobody listens."""
        self.served.close()
        fleet = self.served.enter_context(Fleet(machines))
        ports = {name: 1 if name in closed else fleet.ports[name] for name in fleet.machines}
        hosts = [(name, fleet.machines[name].vendor.data["platform"], ports[name]) for name in ports]
        text = INVENTORY.format(secrets=SECRETS, key=str(self.key), var=str(self.var), hosts=hosts)
        self.inventory.write_text(text, "utf-8")
        return fleet

    def run(self, *words: str) -> Result:
        return CliRunner().invoke(app, list(words))

    def captures(self, name: str) -> list[Path]:
        return sorted((self.var / "switches" / "captures" / name).glob("*.running.vault"))

    @property
    def output(self) -> str:
        """What the last run printed, all commands included."""
        newest = max((self.var / "runs").iterdir(), key=lambda path: path.stat().st_mtime_ns)
        return (newest / "output.log").read_text("utf-8")


@pytest.fixture
def stage(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Stage]:
    known = tmp_path / "site" / "switches_test-0.dist-info"
    known.mkdir(parents=True)
    (known / "METADATA").write_text("Metadata-Version: 2.1\nName: switches-test\nVersion: 0\n")
    line = "netmiko = pyinfra_deploys.connectors.netmiko:NetmikoConnector"
    (known / "entry_points.txt").write_text(f"[pyinfra.connectors]\n{line}\n")
    monkeypatch.setenv("PYTHONPATH", f"{ROOT}:{known.parent}")
    monkeypatch.setenv("SHELL", "/bin/sh")
    monkeypatch.setattr(Environment, "var", property(lambda self: tmp_path / "var"))
    inventory = os.path.relpath(tmp_path / "inventory", ROOT / "pyinfra_deploys")
    for name in ("CAPTURES", "RESTORE"):
        deploy: Deploy = getattr(switch_keeping, name)
        monkeypatch.setattr(switch_keeping, name, Deploy(deploy.name, deploy.groups, inventory))
    made = Stage(tmp_path)
    yield made
    made.served.close()


def test_a_round_keeps_all_and_names_who_is_silent_and_what_is_bad(stage) -> None:
    machines = [standing(name) for name in NAMES]
    stage.serve(*machines)
    first = stage.run("backup", *NAMES)
    assert (first.exit_code, first.stdout.count(": kept, ")) == (0, 2), stage.output
    assert [len(stage.captures(name)) for name in NAMES] == [1, 1]
    assert not [word for word in ("Gizli", "$9$", "Kasa-1") if word in stage.output + first.stdout]
    again = stage.run("backup", *NAMES)
    assert again.exit_code == 0 and [len(stage.captures(name)) for name in NAMES] == [1, 1], stage.output
    history = stage.var / "switches" / "history"
    argv = ["git", "-C", str(history), "log", "--format=%s"]
    told = subprocess.run(argv, capture_output=True, text=True, check=True).stdout
    assert told == f"{IOS}, {PROCURVE}: configuration changed\n"

    silent = stage.serve(*machines, closed=(IOS,))
    silent.call(machines[1].configure, "vlan 77")
    half = stage.run("backup", *NAMES)
    assert (half.exit_code, f"{IOS}: NOT kept: it did not answer" in half.stdout) == (4, True), stage.output
    assert [len(stage.captures(name)) for name in NAMES] == [1, 2]
    assert f"{PROCURVE}: kept" in half.stdout and "it would start from something else" in half.stdout
    busy = stage.serve(*machines)
    busy.call(machines[0].configure, "hostname sw-yabanci")
    bad = stage.run("backup", *NAMES)
    assert (bad.exit_code, "it says it is sw-yabanci" in bad.stdout) == (3, True), stage.output
    assert "the last good capture stays" in stage.output and len(stage.captures(IOS)) == 1


def test_log_messages_around_a_reading_are_cut_off_and_within_one_refused(stage) -> None:
    machine = standing(IOS)
    stage.serve(machine)
    noise = "*Jan  5 08:15:02.001: %LINK-3-UPDOWN: Interface Gi1/0/7, changed state to up"
    machine.faults.log_noise = noise
    for where in ("output", "prompt"):
        machine.faults.log_noise_at = where
        assert stage.run("backup", IOS).exit_code == 0, stage.output
    machine.faults.clear()
    lines = machine.text(machine.running)
    machine.text = lambda configuration: [*lines[:40], noise, *lines[40:]]  # type: ignore[method-assign]
    refused = stage.run("backup", IOS)
    assert (refused.exit_code, "a log message or a command stands inside" in refused.stdout) == (3, True)
    assert len(stage.captures(IOS)) == 1


@pytest.mark.parametrize("name", NAMES)
def test_a_blank_switch_becomes_what_was_captured(stage, name) -> None:
    old = standing(name, minute_seconds=12.0)
    stage.serve(old)
    assert stage.run("backup", name).exit_code == 0, stage.output
    blank = bench(name, called="Yeni-Cihaz", minute_seconds=12.0)
    before = shown(blank)
    blank.name = name  # by which it is asked for, whatever it calls itself
    stage.serve(blank)
    dry = stage.run("restore", name, "--dry", "--user", "netops")
    assert dry.exit_code == 0 and "REFUSED running-foreign" in stage.output, stage.output
    refused = stage.run("restore", name, "--user", "netops")
    assert (refused.exit_code, shown(blank)) == (3, before), stage.output
    assert "waive 'running-foreign' with a reason" in stage.output
    marks = stage.var / "switches" / "secrets.json"
    marks.write_text(json.dumps({name: {"a": "b"}, "sw-x": {"a": "b"}}), "utf-8")
    done = stage.run("restore", name, "--user", "netops", "--waive", "running-foreign=yeni cihaz")
    assert done.exit_code == 0 and f"{name}: confirmed" in stage.output, stage.output
    assert "SNMPv3 user izleme: written anew" in stage.output
    assert ("NOT brought back: SNMPv3 users but izleme" in stage.output) is (name == IOS)
    kept, now = (shown(machine).decode("utf-8", "surrogateescape") for machine in (old, blank))
    assert same(kept, now) and blank.startup == blank.running
    known = json.loads(marks.read_text("utf-8"))
    assert known.pop("sw-x") == {"a": "b"}
    assert list(known[name]) == ["vault_switches_snmp_auth", "vault_switches_snmp_privacy"]
    assert "Gizli" not in stage.output and "$9$" not in stage.output and "netyonetici" in stage.output
    again = stage.run("restore", name)
    assert again.exit_code == 0 and f"{name}: nothing to do" in stage.output, stage.output


def test_an_older_generation_undoes_a_change_and_is_saved(stage) -> None:
    machine = standing(IOS, minute_seconds=12.0)
    fleet = stage.serve(machine)
    assert stage.run("backup", IOS).exit_code == 0
    [first] = (path.name.removesuffix(".running.vault") for path in stage.captures(IOS))
    before = shown(machine).decode("utf-8", "surrogateescape")
    change = "vlan 77\nexit\nusername arka privilege 15 secret Kapi-1\nline vty 0 4\nexec-timeout 0 0"
    fleet.call(machine.configure, change)
    assert stage.run("backup", IOS).exit_code == 0 and len(stage.captures(IOS)) == 2
    settled = [stage.var / "switches" / "settled" / f"{name}.json" for name in NAMES]
    for path in settled:
        write_text(path, "{}")
    done = stage.run("restore", IOS, "--from", first)
    assert done.exit_code == 0, stage.output
    assert [path.exists() for path in settled] == [False, True]  # it no longer runs what it was proven to
    assert same(shown(machine).decode("utf-8", "surrogateescape"), before)
    assert machine.startup == machine.running and not machine.accepts("arka", "Kapi-1")
    fleet.call(machine.configure, "vlan 78\nexit\nno vlan 78")
    machine.startup = {**machine.running, "vlan 79": {}}
    saved = stage.run("restore", IOS, "--from", first)
    assert saved.exit_code == 0 and machine.startup == machine.running, stage.output


def test_what_cannot_be_restored_from_is_told_and_nothing_is_sent(stage) -> None:
    machine = standing(IOS)
    stage.serve(machine)
    none = stage.run("restore", IOS)
    assert none.exit_code == 3 and "no capture is kept; ./scripts/estate switch backup" in stage.output
    assert stage.run("backup", IOS).exit_code == 0
    before, [path] = shown(machine), stage.captures(IOS)
    sealed = path.read_bytes()
    path.write_bytes(sealed[:-2] + (b"0" if sealed[-2:-1] != b"0" else b"1") + b"\n")
    tampered = stage.run("restore", IOS)
    assert tampered.exit_code == 3 and "it was changed since it was written" in stage.output, stage.output
    path.write_bytes(sealed)
    stage.key.write_bytes(b"Kasa-2")
    wrong = stage.run("restore", IOS)
    assert wrong.exit_code == 3 and "another vault password sealed it" in stage.output, stage.output
    assert "Traceback" not in stage.output
    unknown = stage.run("restore", IOS, "--from", "dun")
    assert unknown.exit_code == 3 and "no generation 'dun' is kept; known: " in stage.output
    assert (shown(machine), machine.archive) == (before, [])


def test_wrong_inputs_are_refused(stage) -> None:
    for words in (("backup", "sw-yok"), ("restore", "sw-yok")):
        told = stage.run(*words)
        assert (told.exit_code, "no switch 'sw-yok' is declared" in told.stderr) == (2, True)
