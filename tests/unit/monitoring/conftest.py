"""Gives the tests the checkers of Prometheus and Alertmanager, unpacked once into the cache of the house."""

import importlib.util
import os
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import Any

import pytest

PACKAGES = {"promtool": "prometheus", "amtool": "prometheus-alertmanager"}


def _cache() -> Path:
    home = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache"))
    return Path(os.environ.get("ESTATE_CACHE", home / "municipal-estate")) / "tools"


def _unpacked(tool: str) -> Path:
    """Fetches the tool's Debian package from the machine's own package source and keeps the one program."""
    place = _cache() / tool
    if place.exists():
        return place
    place.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=place.parent) as aside:
        fetched = subprocess.run(
            ["apt-get", "download", PACKAGES[tool]], cwd=aside, capture_output=True, text=True, check=False
        )
        packages = list(Path(aside).glob("*.deb"))
        if fetched.returncode or not packages:
            pytest.fail(
                f"{tool} is not on this machine and `apt-get download {PACKAGES[tool]}` did not bring it:\n"
                f"{fetched.stderr}\nInstall it, or name it in the environment variable {tool.upper()}."
            )
        subprocess.run(["dpkg-deb", "-x", packages[0], "unpacked"], cwd=aside, check=True)
        (Path(aside) / "unpacked/usr/bin" / tool).replace(place)
    return place


def _tool(name: str) -> str:
    return os.environ.get(name.upper()) or shutil.which(name) or str(_unpacked(name))


@pytest.fixture(scope="session")
def promtool() -> str:
    """Names a promtool that runs on this machine."""
    return _tool("promtool")


@pytest.fixture(scope="session")
def amtool() -> str:
    """Names an amtool that runs on this machine."""
    return _tool("amtool")


@pytest.fixture(scope="session")
def samples() -> Any:
    """Gives the module that makes records, and samples of what every program writes."""
    spec = importlib.util.spec_from_file_location("samples", Path(__file__).with_name("samples.py"))
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
