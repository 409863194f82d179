"""Packs a single-file program with the modules of the house that it imports, to be sent to a host in one text."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

LOADER = """
import sys, types
for name, text in {modules!r}.items():
    package, _, last = name.rpartition(".")
    module = sys.modules[name] = types.ModuleType(name)
    setattr(sys.modules.setdefault(package, types.ModuleType(package)), last, module)
    exec(compile(text, name, "exec"), module.__dict__)
exec(compile({program!r}, {name!r}, "exec"), {{"__name__": "__main__"}})
"""


def packed(program: Path, modules: Mapping[str, Path]) -> str:
    """Gives the text that runs a program; `modules` leads from the dotted name it imports a module by to its file."""
    texts = {name: path.read_text(encoding="utf-8") for name, path in modules.items()}
    return LOADER.format(modules=texts, program=program.read_text(encoding="utf-8"), name=program.stem)
