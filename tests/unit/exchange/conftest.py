"""Programs of the role telephone_exchange as modules, and stand-ins for the commands they run."""

import importlib.util
import os
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest

ROLE = Path(__file__).parents[3] / "roles/telephone_exchange"


def program(name: str) -> ModuleType:
    """Loads a program that lies among the files of the role."""
    spec = importlib.util.spec_from_file_location(f"exchange_{name}", ROLE / f"files/{name}.py")
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str, str], Path]:
    """Puts a shell script in front of PATH; each call appends its arguments to the file that is given back."""
    folder = tmp_path / "commands"
    folder.mkdir()
    monkeypatch.setenv("PATH", f"{folder}:{os.environ['PATH']}")

    def made(name: str, body: str = "") -> Path:
        told = folder / f"{name}.told"
        told.touch()
        script = folder / name
        script.write_text(f'#!/bin/sh\necho "$*" >> {told}\n{body}\n')
        script.chmod(0o755)
        return told

    return made
