"""Makes a file server hold the declared folders, in one round trip."""

from __future__ import annotations

from collections.abc import Generator

from pyinfra.api.command import QuoteString, StringCommand
from pyinfra.api.operation import operation

from estate.plan.shares_wanted import WantedShares
from pyinfra_deploys.facts.shares import question, with_lists


@operation()
def hold(
    wanted: WantedShares, needed: bool, refusal: str | None = None
) -> Generator[StringCommand, None, None]:
    """Makes the host hold exactly what the plan wants: one command, which may be repeated after any kill.

    With a refusal nothing is changed and the host fails with it; a dry run shows the plan all the same.
    """
    if refusal:
        yield StringCommand("echo", QuoteString(refusal), ">&2;", "false")
    elif needed:
        command = with_lists()
        command.connector_arguments["_stdin"] = question("apply", wanted)
        yield command
