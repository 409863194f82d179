"""Shows what looks at switches found as one table, what is wrong below it; pure text."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, tzinfo

from estate.switches.state import SwitchState

HEAD = ("switch", "last contact", "up", "down", "off", "err", "errors", "saved", "drift", "since")


def lines(states: Sequence[SwitchState], zone: tzinfo) -> Iterator[str]:
    """Yields the table, then reasons, differences, ports the switch itself shut, and addresses out of place."""
    rows = [HEAD, *(_row(state, zone) for state in states)]
    widths = [max(len(row[at]) for row in rows) for at in range(len(HEAD))]
    for row in rows:
        yield "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
    for state in states:
        yield from (f"{state.switch}: {line}" for line in _below(state))


def _row(state: SwitchState, zone: tzinfo) -> tuple[str, ...]:
    counted = [str(sum(port.state == word for port in state.ports)) for word in _STATES]
    errors = sum((port.errors_in or 0) + (port.errors_out or 0) for port in state.ports)
    saved = {None: "?", False: "yes", True: "NO"}[state.startup_differs]
    known = (*counted, str(errors), saved) if state.failure is None else ("?",) * 6
    contact = _moment(state.last_contact, zone) if state.last_contact else "never"
    return (state.switch, contact, *known, state.drift, _moment(state.drift_since, zone))


_STATES = ("up", "down", "disabled", "err_disabled")


def _below(state: SwitchState) -> Iterable[str]:
    if state.failure is not None:
        yield f"DID NOT ANSWER: {state.failure}"
        return
    if state.drift != "in_sync":
        yield f"{state.drift}: {state.why}"
    yield from (f"    {line}" for line in state.differences)
    yield from (
        f"{port.name} was shut by the switch itself" for port in state.ports if port.state == _STATES[3]
    )
    yield from map(str, state.misplaced)


def _moment(at: datetime, zone: tzinfo) -> str:
    return f"{at.astimezone(zone):%Y-%m-%d %H:%M}"
