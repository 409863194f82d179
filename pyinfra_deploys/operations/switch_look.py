"""Looks at switches without a change, many at once, and keeps what was seen of each: answered or not."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

from gevent.pool import Pool
from pyinfra import logger
from pyinfra.api.host import Host

from estate import records
from estate.declared import Estate
from estate.declared.switches import Switch
from estate.records import RecordError
from estate.switches import drift, shown
from estate.switches.intended import Configuration
from estate.switches.pushed import same
from estate.switches.reading import ConfigurationError
from estate.switches.state import Drift, Settled, SwitchState, state_of
from pyinfra_deploys.connectors.console import Console, read_well
from pyinfra_deploys.connectors.netmiko import ways
from pyinfra_deploys.connectors.way import SwitchError

AT_ONCE = 16
"""How many switches are read at once: more bring nothing on two cores."""
PATIENCE = 90.0
"""Seconds for a long table: a stack of eight shows half a megabyte."""


def settle(var: Path, estate: Estate, name: str, today: date, wanted: Configuration | None = None) -> None:
    """Keeps that a switch was proven to run what is intended on this day."""
    switch = estate.switches.switch(name)
    assert switch is not None, name  # nobody proves anything of others
    records.write(
        _file(var, "settled", name), drift.settled(estate, switch, today, datetime.now(UTC), wanted)
    )


def unsettle(var: Path, name: str) -> None:
    """Forgets what a switch was last proven to run, because something else was brought to it on purpose."""
    _file(var, "settled", name).unlink(missing_ok=True)


@dataclass(frozen=True)
class Look:
    """Is one round over switches: what is declared, on which day, and where the records lie."""

    estate: Estate
    today: date
    var: Path

    def all(self, hosts: Sequence[Host]) -> None:
        """Looks at every switch and writes its record as soon as it is known; raises nothing a switch does."""
        for host in hosts:
            ways(host)  # what we lack ourselves ends the round before it begins
        Pool(AT_ONCE).map(self._one, hosts)

    def _one(self, host: Host) -> None:
        found = self._seen(host)
        records.write(_file(self.var, "state", host.name), found)
        logger.info(f"{host.print_prefix}{found.failure or f'{found.drift}: {found.why}'}")

    def _seen(self, host: Host) -> SwitchState:
        switch, now = self.estate.switches.switch(host.name), datetime.now(UTC)
        old = _kept(self.var, host.name)
        if switch is None:
            return state_of(
                host.name, now, old, _unknown("no such switch is declared"), failure="not declared"
            )
        try:
            return self.answered(switch, host.connector.console(), now, old)  # type: ignore[attr-defined]
        except SwitchError as error:
            return state_of(host.name, now, old, _unknown("it did not answer"), failure=str(error))
        finally:
            host.connector.disconnect()  # lines for logins are few on a switch

    def answered(
        self, switch: Switch, console: Console, now: datetime, old: SwitchState | None
    ) -> SwitchState:
        """Gives what a switch tells in one session, and keeps that it is in sync; raises SwitchError when it stops."""
        model = self.estate.switches.model_of(switch)
        assert model is not None, switch.model  # a loaded estate has the model of every switch
        running, judged = self._judged(switch, console)
        tables = [console.ask(command, PATIENCE) for command in shown.PORTS[model.platform]]
        learned = shown.addresses(model.platform, console.ask(shown.ADDRESSES[model.platform], PATIENCE))
        if judged.kind == "in_sync":
            settle(self.var, self.estate, switch.name, self.today)
        return state_of(
            switch.name,
            now,
            old,
            judged,
            startup_differs=_differs(running, console.startup()),
            ports=shown.ports(model.platform, "\n".join(tables), self.estate.switches.ports(switch)),
            misplaced=drift.misplaced(self.estate, switch, learned),
        )

    def _judged(self, switch: Switch, console: Console) -> tuple[str, Drift]:
        """Reads and judges; when nobody knows any more what it ran last, nobody can tell who moved."""
        path, damaged = _file(self.var, "settled", switch.name), ""
        try:
            last = records.read(path, Settled) if path.exists() else None
        except RecordError as error:
            last, damaged = None, str(error)

        def read() -> tuple[str, Drift]:
            shows = console.running()
            return shows, drift.drift(self.estate, switch, shows, self.today, last)

        running, found = read_well(read, lambda judged: judged[1].kind != "unverifiable")
        return running, _unknown(damaged) if damaged and found.kind == "pending" else found


def _kept(var: Path, switch: str) -> SwitchState | None:
    """Gives what the last look found; None when nobody ever looked, or what was kept is damaged."""
    path = _file(var, "state", switch)
    try:
        return records.read(path, SwitchState) if path.exists() else None
    except RecordError as error:
        logger.warning(f"{error} It begins anew.")
        return None


def _unknown(why: str) -> Drift:
    return Drift("unverifiable", why)


def _differs(running: str, startup: str) -> bool | None:
    """Tells whether two readings differ; None when one cannot be read."""
    try:
        return not same(running, startup)
    except ConfigurationError:
        return None


def _file(var: Path, what: str, switch: str) -> Path:
    return var / "switches" / what / f"{switch}.json"
