"""Turns refusals of the lab into words and an exit code."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import typer

from estate.lab.errors import LabError

T = TypeVar("T")
REFUSED = 2


def guarded(work: Callable[[], T]) -> T:
    """Does the work; a refusal is told and ends with 2, an interruption with 130."""
    try:
        return work()
    except LabError as refused:
        typer.echo(
            f"estate: {refused.asked}\n  found:  {refused.found}\n  do:     {refused.remedy}", err=True
        )
        raise typer.Exit(REFUSED) from None
    except KeyboardInterrupt:
        again = "`./scripts/estate lab up` goes on, `./scripts/estate lab down` cleans up"
        typer.echo(f"estate: interrupted; {again}", err=True)
        raise typer.Exit(130) from None
