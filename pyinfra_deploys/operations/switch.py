"""Brings a switch to what is intended, by a push that proves the way back; a refused one fails with the reason."""

from __future__ import annotations

from collections.abc import Callable, Generator

from pyinfra import logger
from pyinfra.api.command import FunctionCommand
from pyinfra.api.host import Host
from pyinfra.api.operation import operation
from pyinfra.api.state import State

from estate.switches.pushed import Pushed

Carry = Callable[[Host], Pushed]


@operation()
def bring(carry: Carry) -> Generator[FunctionCommand, None, None]:
    """Carries out the push of this switch and tells how it ended; only a good end is no failure.

    One command for the whole, for between its steps nothing else may happen to the switch.
    """
    yield FunctionCommand(_carried, (carry,), {})


def _carried(state: State, host: Host, carry: Carry) -> bool:
    ended = carry(host)
    log = logger.info if ended.good else logger.error
    host.log_styled(f"switches: {ended}", fg="green" if ended.good else "red", log_func=log)
    return ended.good
