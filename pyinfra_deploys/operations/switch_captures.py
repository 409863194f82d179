"""Reads what every switch runs and starts from, keeps what is good, and tells of each switch how it ended."""

from __future__ import annotations

from collections.abc import Generator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from threading import Lock
from typing import Any

from pyinfra import logger
from pyinfra.api.command import FunctionCommand
from pyinfra.api.exceptions import PyinfraError
from pyinfra.api.host import Host
from pyinfra.api.operation import operation
from pyinfra.api.state import State

from estate.declared.estate import Estate
from estate.records import RecordError
from estate.records.captures import Capture
from estate.runs.environment import Environment
from estate.switches import captured, redacted
from estate.switches.captured import Expected
from estate.switches.pushed import same
from pyinfra_deploys.connectors.console import Console, read_well
from pyinfra_deploys.connectors.way import SwitchError
from pyinfra_deploys.facts.declaration import declared
from pyinfra_deploys.operations import capture_history
from pyinfra_deploys.operations.capture_store import Kept, Store, digest

_OPENING = Lock()


@dataclass(frozen=True)
class Reading:
    """Is what a switch showed in one session; `startup` is None when it has nothing to start from."""

    running: bytes
    startup: bytes | None
    refused: tuple[str, ...]
    startup_is_running: bool


def expected(estate: Estate, name: str, platform: str, before: bytes | None = None) -> Expected:
    """Gives what a capture of a switch has to fit; raises PyinfraError when it is not declared."""
    switch = estate.switches.switch(name)
    if switch is None:
        raise PyinfraError(f"no switch {name!r} is declared")
    return Expected(name, platform, estate.switches.ports(switch), before)


def read(console: Console, wanted: Expected) -> Reading:
    """Reads both configurations, and what runs once more unless both are the same; a bad reading is done again.

    Raises:
        SwitchError: the switch stopped to answer.
    """
    return read_well(lambda: _once(console, wanted), lambda found: not found.refused)


def _once(console: Console, wanted: Expected) -> Reading:
    running = _taken(console.ask("show running-config"), wanted.platform)
    startup: bytes | None = _taken(console.ask(console.dialect.startup), wanted.platform)
    assert startup is not None
    refused = captured.refusals(running, wanted)
    if captured.absent(startup, wanted.platform):
        startup = None
    elif wrong := captured.startup_refusals(startup, wanted):
        refused += tuple(f"startup: {why}" for why in wrong)
    if refused:
        return Reading(running, startup, refused, False)
    saved = startup is not None and same(captured.decoded(running), captured.decoded(startup))
    if not saved:  # otherwise each of the two proves the other
        again = _taken(console.ask("show running-config"), wanted.platform)
        start = _taken(console.ask(console.dialect.startup), wanted.platform) if startup else None
        if not (_alike(running, again) and _alike(startup, start)):
            refused = ("two readings differ: a part was lost, or somebody is changing it",)
    return Reading(running, startup, refused, saved)


def _taken(text: str, platform: str) -> bytes:
    return captured.trimmed(text, platform).encode("utf-8", "surrogateescape")


class Captures:
    """Is one round over switches; made by the first host that asks for it, the same for all others."""

    def __init__(self, data: Mapping[str, object]) -> None:
        """Takes the options of the deploy; asks no switch anything."""
        self.environment = Environment.chosen()
        self.estate = declared(self.environment)
        self.store = Store(self.environment)
        self.anew = str(data.get("anew") or "")
        self.reasons: dict[str, str] = {}
        self.told: dict[str, str] = {}
        self.texts: dict[str, str] = {}
        self.committed, self.unwritten = False, ""

    @classmethod
    def of(cls, state: State, data: Mapping[str, object]) -> Captures:
        """Gives the round of a run."""
        with _OPENING:
            found: Captures | None = getattr(state, "estate_captures", None)
            if found is None:
                found = cls(data)
                state.estate_captures = found  # type: ignore[attr-defined]
            return found

    def capture(self, host: Host) -> None:
        """Reads one switch and keeps what is good; what is wrong is kept as the reason, and raises nothing."""
        try:
            self._capture(host)
        except (PyinfraError, RecordError, OSError) as error:
            self._refuse(host.name, str(error))

    def _capture(self, host: Host) -> None:
        name = host.name
        before = None if self.anew else self.store.load(name)
        last = before.running if before else None
        wanted = expected(self.estate, name, host.data.switch_platform, last)
        connector: Any = host.connector  # NetmikoConnector, which pyinfra knows by name only
        try:
            reading = read(connector.console(), wanted)
        except SwitchError as error:
            self._refuse(name, str(error))
            return
        finally:
            connector.disconnect()
        if reading.refused:
            self._refuse(name, "; ".join(reading.refused))
        else:
            self._keep(name, reading, before)

    def _keep(self, name: str, reading: Reading, before: Kept | None) -> None:
        now, saved = datetime.now(UTC), reading.startup_is_running
        apart = None if saved else reading.startup
        if before and _alike(before.running, reading.running) and _alike(before.startup, apart):
            running, told = before.running, f"as it was, kept as {before.generation}"
        else:
            running = reading.running
            told = f"kept as {self.store.keep(name, running, apart, now)}"
        self.store.note(Capture(name, now, now, saved, digest(running), len(running), None))
        gone = self.store.forget(name, self.estate.switches.capture_generations)
        told += f"; {len(gone)} old ones removed" if gone else ""
        self.told[name] = told + ("" if saved else "; it would start from something else")
        self.texts[name] = redacted.redacted(reading.running)

    def _refuse(self, name: str, why: str) -> None:
        """Keeps the last good capture and says in the record why there is no newer one."""
        self.reasons[name] = why
        try:
            old = self.store.record(name)
            self.store.note(replace(old, last_contact=datetime.now(UTC), refused=why))
        except (RecordError, OSError) as damaged:
            self.reasons[name] += f"; {damaged}"

    def end(self, host: Host) -> bool:
        """Commits the copies for people once, then tells how this switch ended; only a kept capture is no failure."""
        if self.texts and not self.committed:
            self.committed = True
            self._commit()
        name = host.name
        if why := self.reasons.get(name):
            kept = self.store.generations(name)
            last = f"the last good capture stays: {kept[-1]}" if kept else "there is no good capture yet"
            logger.error(f"{host.print_prefix}NOT kept: {why}; {last}")
            return False
        log = logger.error if self.unwritten else logger.info
        log(f"{host.print_prefix}{self.told[name]}{self.unwritten}")
        return not self.unwritten

    def _commit(self) -> None:
        folder = self.environment.var / "switches" / "history"
        try:
            changed = capture_history.commit(folder, self.texts, self.anew)
        except PyinfraError as error:
            self.unwritten = f"; the copy for people was NOT: {error}"
            return
        if changed:
            logger.info(f"{len(changed)} changed in {folder}: {', '.join(changed)}")


def _alike(one: bytes | None, other: bytes | None) -> bool:
    """Tells whether two captures hold the same but for headings, secrets included."""
    if one is None or other is None:
        return one is other
    return one == other or same(captured.decoded(one), captured.decoded(other))


@operation()
def capture(captures: Captures) -> Generator[FunctionCommand, None, None]:
    """Reads this switch and keeps what is good; how it ended is told when all switches are read."""
    yield FunctionCommand(_capture, (captures,), {})


@operation()
def end(captures: Captures) -> Generator[FunctionCommand, None, None]:
    """Tells how this switch ended; one whose capture is refused fails."""
    yield FunctionCommand(_end, (captures,), {})


def _capture(state: State, host: Host, captures: Captures) -> bool:
    captures.capture(host)
    return True


def _end(state: State, host: Host, captures: Captures) -> bool:
    return captures.end(host)
