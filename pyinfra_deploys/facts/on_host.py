"""Runs a single-file program on a host in one round trip, with modules of the house that it imports."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from pyinfra.api.command import QuoteString, StringCommand

from estate.packing import packed


def on_host(program: Path, modules: Mapping[str, Path] | None = None) -> StringCommand:
    """Gives the command that runs a program on the host; its question goes to standard input.

    `modules` leads from the dotted name under which the program imports a module to its file.
    """
    text = packed(program, modules) if modules else program.read_text(encoding="utf-8")
    return StringCommand("python3", "-c", QuoteString(text))
