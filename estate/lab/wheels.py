"""Keeps the Python packages that a control host of the lab installs, fetched once, usable without a network."""

from __future__ import annotations

import hashlib
import platform
import re
import shutil
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path

from packaging.requirements import Requirement

from estate.lab.commands import Runner, say
from estate.lab.places import Places, settle

ROLE = "gitops_controller"
"""Hosts with this role install from the wheelhouse."""
PYTHONS = {"trixie": "3.13"}
"""The Python of each release on which a control host stands."""
PINNED = ("requirements.txt", "scripts/uv.txt")
GLIBC = ("2_17", "2_28", "2_34", "2_39")
"""What the wheels may ask of the C library; trixie has 2.41."""


def wheelhouse(places: Places, release: str) -> Path:
    """Names the folder that hosts of a release see as /srv/packages/wheels."""
    return places.packages(release) / "wheels"


def without_markers(text: str, python: str) -> str:
    """Returns pinned requirements as they are for one Python on Linux: those for others left out, none has a marker.

    pip evaluates markers for the Python it runs under, whatever Python it downloads for.
    """
    target = {"python_version": python, "python_full_version": f"{python}.0", "sys_platform": "linux"}
    kept = [one for one in re.split(r"\n(?=\S)", text) if one.strip() and not one.startswith("#")]
    return "\n".join(_for(one, target) for one in kept if _wanted(one, target)) + "\n"


def _parts(entry: str) -> tuple[str, str]:
    head, _, hashes = entry.partition("\\")
    return head.strip(), hashes


def _wanted(entry: str, target: Mapping[str, str]) -> bool:
    marker = Requirement(_parts(entry)[0]).marker
    return marker is None or marker.evaluate(dict(target))


def _for(entry: str, target: Mapping[str, str]) -> str:
    head, hashes = _parts(entry)
    return f"{head.partition(';')[0].strip()} \\{hashes}"


def ensure_wheels(runner: Runner, places: Places, release: str) -> None:
    """Fetches what the checkout pins unless it is there; pip uses the index this machine is configured for."""
    folder, python = wheelhouse(places, release), PYTHONS[release]
    texts = {name: (places.checkout / name).read_text() for name in PINNED}
    digest = hashlib.sha256(repr((python, texts)).encode()).hexdigest()
    mark = folder / "pinned"
    if mark.exists() and mark.read_text() == f"{digest}\n":
        return
    say(f"lab: Python packages of the control host ({len(list(folder.glob('*.whl')))} there already)")
    aside = places.cache / "tmp" / "wheels"
    shutil.rmtree(aside, ignore_errors=True)
    aside.mkdir(parents=True)
    for name, text in texts.items():
        settle(aside / Path(name).name, without_markers(text, python))
    runner.run([*download(python, aside, folder), *_listed(aside, texts)], outlive=True)
    shutil.rmtree(aside, ignore_errors=True)
    settle(mark, f"{digest}\n")


def download(python: str, aside: Path, folder: Path) -> list[str]:
    """Returns the command that fetches wheels for one Python of Debian on a machine like this one."""
    machine = platform.machine()
    pip = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps"]
    fitting = [f"--platform=manylinux_{version}_{machine}" for version in GLIBC]
    fitting += [f"--platform=manylinux2014_{machine}", f"--python-version={python}", "--only-binary=:all:"]
    return [*pip, "--require-hashes", *fitting, f"--find-links={folder}", f"--dest={folder}"]


def _listed(aside: Path, names: Iterable[str]) -> list[str]:
    return [part for name in names for part in ("-r", str(aside / Path(name).name))]
