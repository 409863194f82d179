"""Makes a telephone exchange hold what is declared, in one round trip with one reload."""

from __future__ import annotations

from collections.abc import Generator

from pyinfra.api.command import FunctionCommand, PyinfraCommand, QuoteString, StringCommand
from pyinfra.api.operation import operation

from pyinfra_deploys.facts.telephony import Texts, program, question
from pyinfra_deploys.operations.mail_tables import Purging


@operation()
def hold(
    texts: Texts, purging: Purging, needed: bool, refusal: str | None = None
) -> Generator[PyinfraCommand, None, None]:
    """Makes the host hold exactly these texts: one command, which may be repeated after any kill.

    With a refusal nothing is changed and the host fails with it; a dry run shows the plan all the same.
    """
    if refusal:
        yield StringCommand("echo", QuoteString(refusal), ">&2;", "false")
    elif needed:
        command = program()
        command.connector_arguments["_stdin"] = question("hold", texts)
        yield FunctionCommand(purging.lay_aside, [], {})
        yield command
        yield FunctionCommand(purging.settle, [], {})
