"""Runs a single-file program on a host in one round trip, with modules of the house that it imports."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from pyinfra.api.command import QuoteString, StringCommand

LOADER = """
import sys, types
for name, text in {modules!r}.items():
    package, _, last = name.rpartition(".")
    module = sys.modules[name] = types.ModuleType(name)
    setattr(sys.modules.setdefault(package, types.ModuleType(package)), last, module)
    exec(compile(text, name, "exec"), module.__dict__)
exec(compile({program!r}, {name!r}, "exec"), {{"__name__": "__main__"}})
"""


def on_host(program: Path, modules: Mapping[str, Path] | None = None) -> StringCommand:
    """Gives the command that runs a program on the host; its question goes to standard input.

    `modules` leads from the dotted name under which the program imports a module to its file.
    """
    text = program.read_text(encoding="utf-8")
    if modules:
        texts = {name: path.read_text(encoding="utf-8") for name, path in modules.items()}
        text = LOADER.format(modules=texts, program=text, name=program.stem)
    return StringCommand("python3", "-c", QuoteString(text))
