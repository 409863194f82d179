"""Offers the `estate` command: one verb per module of this package."""

from __future__ import annotations

import importlib
import pkgutil
import sys

import typer

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)


@app.callback()
def _estate() -> None:
    """Declares, plans, applies, proves, measures and reports a municipal IT estate."""


def _collect(verb: str | None = None) -> None:
    """Reads the modules of all verbs, or of one alone: whoever types it does not wait for the others."""
    names = [found.name for found in pkgutil.iter_modules(__path__)]
    for name in [verb] if verb in names else names:
        module = importlib.import_module(f"{__name__}.{name}")
        if isinstance(getattr(module, "app", None), typer.Typer):
            app.add_typer(module.app, name=name)
        elif hasattr(module, "command"):
            app.command(name=name)(module.command)


def main() -> None:
    """Runs the command line."""
    _collect(sys.argv[1] if len(sys.argv) > 1 else None)
    app(prog_name="estate")
