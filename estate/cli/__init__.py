"""Offers the `estate` command: one verb per module of this package."""

from __future__ import annotations

import importlib
import os
import pkgutil
import signal
import sys
from functools import cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:  # reading it takes a moment, in which an interrupt shall have its line already
    import typer

INTERRUPTED = 130


@cache
def app() -> typer.Typer:
    """Gives the command without its verbs. An interrupt that no verb told more about is told in a line."""
    import typer
    from typer.core import TyperGroup

    class Told(TyperGroup):
        def invoke(self, ctx: Any) -> Any:
            _heed()
            try:
                return super().invoke(ctx)
            except KeyboardInterrupt:
                print("interrupted", file=sys.stderr)
                raise SystemExit(INTERRUPTED) from None

    made = typer.Typer(cls=Told, no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)
    made.callback()(_estate)
    return made


def _estate() -> None:
    """Declares, plans, applies, proves, measures and reports a municipal IT estate."""


def _collect(verb: str | None = None) -> None:
    """Reads the modules of all verbs, or of one alone: whoever types it does not wait for the others."""
    import typer

    names = [found.name for found in pkgutil.iter_modules(__path__)]
    for name in [verb] if verb in names else names:
        module = importlib.import_module(f"{__name__}.{name}")
        if isinstance(getattr(module, "app", None), typer.Typer):
            app().add_typer(module.app, name=name)
        elif hasattr(module, "command"):
            app().command(name=name)(module.command)


def _stop(*_: object) -> None:
    """Ends this process at once: until a verb begins nothing was changed, and there is nothing to put back."""
    os.write(2, b"interrupted; nothing was changed\n")
    os._exit(INTERRUPTED)


def _heed() -> None:
    """Lets an interrupt be told from here on by what it interrupts, which tidies up."""
    if signal.getsignal(signal.SIGINT) is _stop:
        signal.signal(signal.SIGINT, signal.default_int_handler)


def main() -> None:
    """Runs the command line."""
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:  # who starts it may have it ignored
        signal.signal(signal.SIGINT, _stop)
    verb, words = sys.argv[1] if len(sys.argv) > 1 else None, sys.argv[2:]
    if verb == "drift":
        from estate.receipts import plain

        if plain.WORDS.issuperset(words):
            _heed()
            raise SystemExit(plain.tell(words))
    _collect(verb)
    app()(prog_name="estate")
