"""Offers `estate drift`: whether hosts still hold what the last apply promised, in one round trip each."""

from __future__ import annotations

from typing import Annotated

import typer

from estate.receipts import plain
from estate.runs.refused import told


def command(
    environment: Annotated[str | None, typer.Option(help="Which environment (default: lab).")] = None,
    limit: Annotated[
        str | None, typer.Option(help="Hosts or groups, comma between; all when left out.")
    ] = None,
    prove: Annotated[
        bool,
        typer.Option(
            "--prove", help="Ask Ansible too, in check mode, and say whether the look told the truth."
        ),
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the look as one JSON object.")] = False,
) -> None:
    """Compares every host with the signed receipt of its last apply, and keeps what was found; changes nothing.

    Exit: 0 all in sync, 1 a host moved away from its receipt (corrective), 2 refused, 4 a host did not answer,
    7 --prove found a change on a host the look called in sync, 8 something declared is not applied yet (pending), 9 a
    host has no receipt. The first of 7, 1, 4, 9, 8 that holds is given. --prove also ends with 3, 4 or 6 as `plan` does
    when the check itself did not come to its end. 130 interrupted.
    """
    with told(reads=True):
        chosen, hosts, seen, code = plain.look(environment, limit)
        from estate.receipts import (  # after the hosts were asked, as all that takes time to read
            proving,
            shown,
        )

        if prove:
            seen, code = proving.prove(chosen, hosts, limit, seen)
    typer.echo(shown.text(seen, hosts, as_json))
    raise typer.Exit(code)
