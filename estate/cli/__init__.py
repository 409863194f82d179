"""Offers the `estate` command: one verb per module of this package."""

from __future__ import annotations

import importlib
import pkgutil

import typer

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)


@app.callback()
def _estate() -> None:
    """Declares, plans, applies, proves, measures and reports a municipal IT estate."""


def _collect() -> None:
    for found in pkgutil.iter_modules(__path__):
        module = importlib.import_module(f"{__name__}.{found.name}")
        if isinstance(getattr(module, "app", None), typer.Typer):
            app.add_typer(module.app, name=found.name)
        elif hasattr(module, "command"):
            app.command(name=found.name)(module.command)


def main() -> None:
    """Runs the command line."""
    _collect()
    app(prog_name="estate")
