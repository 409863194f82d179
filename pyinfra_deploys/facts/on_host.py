"""Runs a single-file program on a host in one round trip."""

from __future__ import annotations

from pathlib import Path

from pyinfra.api.command import QuoteString, StringCommand


def on_host(program: Path) -> StringCommand:
    """Gives the command that runs a single-file program on the host; its question goes to standard input."""
    return StringCommand("python3", "-c", QuoteString(program.read_text(encoding="utf-8")))
