"""Gives switches that stand as declared, what they show, and rounds that keep it below a folder of the test."""

import re
from collections.abc import Callable
from datetime import date
from functools import cache
from pathlib import Path
from types import SimpleNamespace

import pytest

from estate.declared.estate import load
from estate.lab.switches import Machine
from estate.lab.switches.installed import hardware
from estate.runs.environment import Environment
from estate.switches import comparing
from estate.switches.guards import GUARDS, NEVER_WAIVED, Limits, Waiver
from pyinfra_deploys.connectors.dialects import DIALECTS
from pyinfra_deploys.facts import vault
from pyinfra_deploys.operations import switch_captures
from pyinfra_deploys.operations.switch_captures import Captures

ROOT = Path(__file__).parents[4]
NAMES = ("sw-ana-kat1", "sw-ana-kat3")
ODD = {
    "cisco_ios": "interface Gi1/0/40\ndescription \xddmar Odas\xfd",
    "hp_procurve": 'interface 20\nname "\xddmar"',
}
"""A description in Windows-1254, as somebody typed it at the console."""
STATE = load(ROOT / "inventories" / "lab")
WAIVERS = [Waiver(guard, "first push") for guard in GUARDS.keys() - NEVER_WAIVED]


def bench(name: str, called: str = "", **settings: object) -> Machine:
    """Gives a declared switch as it leaves the bench."""
    return Machine(called or name, *hardware(STATE, STATE.switches.switch(name)), **settings)


@cache
def lines(name: str) -> str:
    """Gives what is typed at a bench switch to make it the declared one, with secrets that all begin with Gizli."""
    machine, switch = bench(name), STATE.switches.switch(name)
    shown = "\n".join(machine.text(machine.running)) + "\n"
    plan = comparing.planned(STATE, switch, shown, date(2026, 11, 26), Limits(ports=100), WAIVERS)
    assert not plan.refusals and len(plan.lines) > 200
    text = re.sub(r"<vault:vault_switches_([a-z_]+)>", r"Gizli-\1", "\n".join(plan.lines))
    platform = machine.vendor.data["platform"]
    secret = "enable secret Gizli-enable_secret\n" if platform == "cisco_ios" else ""
    return f"{text}\n{secret}{ODD[platform]}"


def standing(name: str, **settings: object) -> Machine:
    """Gives a switch that runs what is declared, saved."""
    machine = bench(name, **settings)
    machine.configure(lines(name))
    machine.changed_at, machine.changed_by = "08:14:02.113 TRT Thu Nov 26 2026", "netyonetici"
    machine.save()
    return machine


def shown(machine: Machine, heading: str = "before") -> bytes:
    """Gives the bytes of its running configuration, as a session reads them."""
    rows = [row.format(bytes=9000) for row in machine.vendor.data["running"][heading]]
    return "\n".join([*rows, *machine.text(machine.running), ""]).encode("latin-1").lstrip(b"\n")


@pytest.fixture(scope="session")
def good() -> dict[str, bytes]:
    return {name: shown(standing(name)) for name in NAMES}


Take = Callable[..., Captures]


class Fed:
    """Stands where a session stands, and shows these bytes; any other question fails the test."""

    def __init__(self, platform: str, running: bytes, startup: bytes | None = None) -> None:
        self.dialect = DIALECTS[platform]
        heading = {"cisco_ios": b"", "hp_procurve": b"Startup configuration: 1\n\n"}[platform]
        body = re.sub(rb"^(?:Running|Building|Current).*\s+", b"", running, flags=re.M)
        self.shows = {
            "show running-config": running,
            self.dialect.startup: heading + body if startup is None else startup,
        }

    def ask(self, command: str) -> str:
        return self.shows[command].decode("utf-8", "surrogateescape")


def rounds(var: Path, patch: pytest.MonkeyPatch) -> Take:
    """Gives what lets one round take what a switch shows, to its end; what is made lies in `var`."""
    patch.setattr(Environment, "var", property(lambda self: var))
    patch.setattr(vault, "password", lambda environment: b"Kasa-1")
    patch.setattr(switch_captures, "declared", lambda environment: STATE)

    def run(name: str, console: object, **data: str) -> Captures:
        captures = Captures(data)
        platform = STATE.switches.model_of(STATE.switches.switch(name)).platform
        connector = SimpleNamespace(console=lambda: console, disconnect=lambda: None)
        host = SimpleNamespace(
            name=name, connector=connector, print_prefix="", data=SimpleNamespace(switch_platform=platform)
        )
        captures.capture(host)
        captures.good = captures.end(host)
        return captures

    return run


@pytest.fixture
def take(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Take:
    return rounds(tmp_path / "var", monkeypatch)
