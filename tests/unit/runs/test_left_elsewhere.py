"""Whatever takes a lock believes what another machine left for as long as is declared, and then takes it over."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from estate.cli import drill_times
from estate.declared import Estate, load
from estate.drill import holding, injecting
from estate.drill.faults import Fault
from estate.records import append
from estate.records.damaged import Damaged
from estate.runs import switch_keeping
from estate.runs.environment import ROOT, Environment
from estate.runs.lock import Holder
from estate.runs.refused import Exit, RefusedError
from estate.runs.session import Session

SWITCH = "sw-ana-kat1"
SATURDAY = datetime(2026, 11, 28, 8, 0, tzinfo=UTC)
ESTATE = load(ROOT / "inventories/lab")
LAB = Environment()
HOLD = holding.hold
FAULT = Fault("f", "switch", "", "error", because=("x",), never=("restore",), breaks="true")
TAKES: dict[str, tuple[str, Callable[[Estate], object]]] = {
    "switch look": ("lock", lambda _: switch_keeping.look(LAB, [SWITCH])),
    "switch backup": ("lock", lambda _: switch_keeping.backup(LAB, [SWITCH])),
    "switch restore": ("lock", lambda _: switch_keeping.restore(LAB, SWITCH, {}, dry=False)),
    "drill run": (holding.LOCK, lambda _: HOLD(LAB, "switch", "", quiet=True)),
    "drill mutations": (holding.LOCK, lambda _: injecting.injected(LAB, FAULT)),
    "drill due, its own": (holding.LOCK, lambda estate: drill_times._held(LAB, estate, Damaged())),
    "drill due": ("lock", lambda estate: drill_times._held(LAB, estate, Damaged())),
}


class Reached(BaseException):
    """Ends a call that went past the lock."""


@pytest.mark.parametrize("limit", [9, 2])
@pytest.mark.parametrize("verb", TAKES)
def test_a_lock_of_another_machine_is_believed_as_long_as_is_declared(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, verb: str, limit: int
) -> None:
    def reached(*_: Any, **__: Any) -> None:
        raise Reached

    pipeline = ESTATE.pipeline.model_copy(update={"lock_limit_hours": limit})
    estate = replace(ESTATE, pipeline=pipeline)
    for reads in ("estate.declared.estate.load", "estate.drill.holding.load"):
        monkeypatch.setattr(reads, lambda *_: estate)
    monkeypatch.setattr(Environment, "var", property(lambda self: tmp_path))
    monkeypatch.setattr(drill_times, "_now", lambda: SATURDAY)
    monkeypatch.setattr(Session, "pyinfra", reached)
    monkeypatch.setattr(holding.session, "refuse_unfit", reached)
    monkeypatch.setattr(holding, "hold", reached)
    monkeypatch.setattr(injecting, "bent", reached)
    hours = 5 if limit > 4 else 3  # what is believed where nothing is declared, 4, lies between in both
    name, take = TAKES[verb]
    append(tmp_path / name, Holder("veli", "yonetim9", 1, 1, datetime.now(UTC) - timedelta(hours=hours), "R"))
    if limit == 2:
        with pytest.raises(Reached):
            take(estate)
        return
    with pytest.raises(RefusedError, match=r"veli on yonetim9 .* After 9:00:00 it is taken over") as refused:
        take(estate)
    assert refused.value.code == Exit.LOCKED
