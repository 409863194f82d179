"""Restores a capture on the spare switch of a drill, in the hands that restore switches, and writes what came of it."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Generator
from dataclasses import asdict, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from pyinfra import logger
from pyinfra.api.command import FunctionCommand
from pyinfra.api.exceptions import PyinfraError
from pyinfra.api.host import Host
from pyinfra.api.operation import operation
from pyinfra.api.state import State

from estate.declared import Estate
from estate.drill.judgement import Restored
from estate.records import RecordError, write_text
from estate.runs.environment import Environment
from estate.switches import capture, captured, reading, rehearsing, restoring
from estate.switches.pushed import differing, same
from pyinfra_deploys.connectors.console import Console
from pyinfra_deploys.connectors.netmiko import ways
from pyinfra_deploys.connectors.way import SwitchError
from pyinfra_deploys.facts.declaration import declared
from pyinfra_deploys.operations.capture_store import Kept, NotOpenedError, Store
from pyinfra_deploys.operations.switch_captures import expected
from pyinfra_deploys.operations.switch_restore import Restoration

AHEAD_SECONDS = 300
"""A capture may be seen this much later than the loss: the clocks that tell are of one machine."""


class Rehearsal(Restoration):
    """Is a restore that leaves what is on record of the living switch as it is."""

    def _note(self) -> None:
        """Notes nothing: another switch got the secrets."""


class _Decided(Exception):  # noqa: N818  it ends a rehearsal in good order
    def __init__(self, found: Restored) -> None:
        super().__init__(found.reason)
        self.found = found


def confirm(host: Host) -> None:
    """Writes whether the newest capture and the spare switch are fit for a restore; sends nothing."""
    _written(host, _judged(host)[0])


@operation()
def restore() -> Generator[FunctionCommand, None, None]:
    """Judges anew, restores, reads back by a new login and writes what came of it; only a good end is no failure."""
    yield FunctionCommand(_restored, (), {})


def _restored(state: State, host: Host) -> bool:
    begun = time.monotonic()
    found, access = _judged(host)
    if found.result == "passed":
        try:
            found = _brought(host, found)
        except (PyinfraError, SwitchError, reading.ConfigurationError) as wrong:
            found = replace(found, result="error", reason="no_end", words=str(wrong))
    found = replace(found, restore_seconds=time.monotonic() - begun)
    _written(host, found, access)
    return found.result == "passed"


def _judged(host: Host) -> tuple[Restored, dict[str, int]]:
    """Gives passed and the VLAN by port of the capture, or why there is nothing to restore or nowhere to."""
    environment = Environment.chosen()
    estate = declared(environment)
    try:
        kept, found = _capture(environment, estate, host)
        text = captured.decoded(kept.running)
        _spare(host, estate, text, found)
    except _Decided as decided:
        return decided.found, {}
    return found, rehearsing.access(text, str(host.data.switch_platform))


def _capture(environment: Environment, estate: Estate, host: Host) -> tuple[Kept, Restored]:
    """Gives the newest capture; raises _Decided when it is none, cannot be opened, is not whole, foreign or stale."""
    name, platform = host.name, str(host.data.switch_platform)
    elsewhere = os.environ.get("ESTATE_DRILL_CAPTURES")
    store = Store(environment, Path(elsewhere) if elsewhere else None)
    try:
        record, kept = store.record(name), store.load(name)
    except NotOpenedError as wrong:
        raise _Decided(Restored("failed", wrong.reason, str(wrong))) from None
    except (RecordError, PyinfraError, OSError) as wrong:
        raise _Decided(Restored("failed", "damaged", str(wrong))) from None
    if kept is None:
        raise _Decided(Restored("failed", "empty", f"no capture of {name} is kept")) from None
    seen = record.taken_at or datetime.strptime(kept.generation[:25], "%Y-%m-%dT%H%M%S.%fZ").replace(
        tzinfo=UTC
    )
    found = Restored(
        "passed", "whole", "", kept.generation, seen.isoformat(), 1, len(kept.running), expected_files=1
    )
    if why := captured.refusals(kept.running, expected(estate, name, platform)):
        says = _says(kept)
        reason = "foreign" if says and says != name else "not_whole"
        raise _Decided(replace(found, result="failed", reason=reason, words="; ".join(why), files=0))
    age = (datetime.fromisoformat(str(host.data.not_after)) - seen).total_seconds()
    if age < -AHEAD_SECONDS:
        words = f"last seen to run {-age:.0f} s after the loss: a clock is wrong"
        raise _Decided(replace(found, result="error", reason="clock", words=words))
    if age > float(host.data.drill_rpo_seconds):
        words = f"last seen to run {age:.0f} s before the loss, allowed are {host.data.drill_rpo_seconds} s"
        raise _Decided(replace(found, result="failed", reason="stale", words=words))
    return kept, found


def _says(kept: Kept) -> str | None:
    try:
        return capture.hostname(reading.tree(captured.decoded(kept.running)))
    except reading.ConfigurationError:
        return None


def _spare(host: Host, estate: Estate, text: str, found: Restored) -> None:
    """Raises _Decided unless the switch at the console is blank and of the model; says nothing about the capture."""
    wanted = expected(estate, host.name, str(host.data.switch_platform))
    try:
        with Console(ways(host)[0]) as console:
            running = console.running()
    except (PyinfraError, SwitchError) as silent:
        raise _Decided(replace(found, result="error", reason="spare_silent", words=str(silent))) from None
    living = {switch.name for switch in estate.switches.switches}
    if why := rehearsing.unfit(running, text, wanted, living):
        words = f"{host.data.drill_spare}: {why[1]}"
        raise _Decided(replace(found, result="error", reason=why[0], words=words))


def _brought(host: Host, found: Restored) -> Restored:
    rehearsal = Rehearsal(host)
    running = rehearsal.before
    ended = rehearsal.push(host)
    logger.info(f"{host.data.drill_spare}: {ended}")
    if not ended.good:
        return replace(found, result="failed", reason=ended.word.replace(" ", "_"), words=str(ended), files=0)
    with Console(ways(host)[1]) as console:
        now, start = console.running(), console.startup()
    left = rehearsal.rest(now)
    differences = (*left.lines, *(str(one) for one in left.refusals))
    shown = tuple(differing(rehearsal.text, now, most=20).split(", ")) if differences else ()
    return replace(
        found,
        result="failed" if differences or not same(now, start) else "passed",
        reason="differs" if differences else "equal" if same(now, start) else "not_saved",
        words=str(ended),
        mismatches=shown,
        startup_is_running=same(now, start),
        renewed=tuple(f"SNMPv3 user {user}" for user in restoring.users(rehearsal.renewals)),
        left_open=restoring.lacking(running, rehearsal.text, rehearsal.platform, rehearsal.renewals),
    )


def _written(host: Host, found: Restored, access: dict[str, int] | None = None) -> None:
    """Writes the answer that the drill is judged by."""
    log = logger.info if found.result == "passed" else logger.error
    log(f"{host.data.drill_spare}: {found.result}, {found.reason}{': ' * bool(found.words)}{found.words}")
    answer: dict[str, Any] = asdict(found) | {"access": access or {}}
    write_text(
        Path(str(host.data.result_file)), json.dumps(answer, indent=1, ensure_ascii=False) + "\n", 0o600
    )
