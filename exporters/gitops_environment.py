"""Gives the control host the Python packages that a checkout pins: one environment for each set, never mended.

    python3 -B -m exporters.gitops_environment [FOLDER]   FOLDER holds requirements.txt, pyproject.toml, scripts/uv.txt

Without FOLDER: the checkout. Packages come from the wheelhouse of the settings and no network, or, when none is named,
from the index that this machine is configured for; each has to have the hash that is pinned.
Exit codes: 0 there, 1 not possible (the message says why; the environment in use stays).
"""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from exporters.gitops_push import load

PINNED = ("requirements.txt", "scripts/uv.txt", "pyproject.toml")
DONE = "complete"
KEPT = 2
"""Environments that stay: the one in use, and the one that a run which began before it may still use."""


class UnmadeError(Exception):
    """Says why no environment could be made."""


def digest(folder: Path) -> str:
    """Gives twelve characters for what a folder pins and for the Python that will use it."""
    found = hashlib.sha256(f"{sys.version_info[:2]}".encode())
    for name in PINNED:
        found.update((folder / name).read_bytes())
    return found.hexdigest()[:12]


def metadata(project: dict[str, Any], checkout: Path) -> dict[str, str]:
    """Gives the files that let Python find the packages of the checkout, and pyinfra its connectors there."""
    name = str(project["name"]).replace("-", "_")
    head = f"Metadata-Version: 2.1\nName: {project['name']}\nVersion: {project['version']}\n"
    groups = [
        f"[{group}]\n" + "".join(f"{key} = {value}\n" for key, value in entries.items())
        for group, entries in project.get("entry-points", {}).items()
    ]
    folder = f"{name}-{project['version']}.dist-info"
    return {
        f"{folder}/METADATA": head,
        f"{folder}/entry_points.txt": "\n".join(groups),
        f"{name}.pth": f"{checkout}\n",
    }


def commands(folder: Path, place: Path, wheelhouse: str) -> list[list[str]]:
    """Gives the commands that make an environment at `place`."""
    python = str(place / "bin/python")
    pinned = ["--require-hashes", "--only-binary", ":all:"]
    source = ["--no-index", "--find-links", wheelhouse] if wheelhouse else []
    uv = [str(place / "bin/uv"), "pip", "install", "--quiet", "--no-cache", "--python", python]
    uv += ["--offline"] if wheelhouse else ["--system-certs"]
    pip = [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-cache-dir"]
    return [
        ["/usr/bin/python3", "-m", "venv", str(place)],
        [*pip, *source, *pinned, "-r", str(folder / "scripts/uv.txt")],
        [*uv, *source, *pinned, "-r", str(folder / "requirements.txt")],
    ]


def run(argv: Sequence[str], folder: Path) -> None:
    """Runs one command in a folder without settings of its own; raises with the end of what it said."""
    done = subprocess.run(argv, cwd=folder, capture_output=True, text=True, errors="replace", check=False)
    if done.returncode:
        said = " / ".join((done.stderr or done.stdout).strip().splitlines()[-4:])
        raise UnmadeError(f"`{' '.join(argv)}` ended with {done.returncode}: {said}")


def ensure(folder: Path, settings: dict[str, Any]) -> Path:
    """Makes the environment that a folder pins unless it is there, and lets the checkout use it; gives its place."""
    checkout, places = Path(settings["checkout"]), Path(settings["environments"])
    place = places / digest(folder)
    if not (place / DONE).exists():
        shutil.rmtree(place, ignore_errors=True)
        for argv in commands(folder, place, settings["wheelhouse"]):
            run(argv, places)
        packages = next(place.glob("lib/python3*/site-packages"))
        project = tomllib.loads((folder / "pyproject.toml").read_text(encoding="utf-8"))["project"]
        for name, text in metadata(project, checkout).items():
            (packages / name).parent.mkdir(exist_ok=True)
            (packages / name).write_text(text, encoding="utf-8")
    use(checkout / ".venv", place)
    (place / DONE).touch()  # the one used last is the youngest
    for old in sorted(places.glob(f"*/{DONE}"), key=lambda path: path.stat().st_mtime_ns)[:-KEPT]:
        shutil.rmtree(old.parent)
    return place


def use(link: Path, place: Path) -> None:
    """Lets a link point to a place, without a moment in which it points nowhere."""
    if link.is_symlink() and link.readlink() == place:
        return
    aside = link.with_name(".venv.new")
    aside.unlink(missing_ok=True)
    aside.symlink_to(place)
    aside.rename(link)


def main(argv: Sequence[str]) -> int:
    """Makes it and says where it is."""
    settings = load()
    try:
        print(ensure(Path(argv[0] if argv else settings["checkout"]), settings))
    except (UnmadeError, OSError) as wrong:
        print(f"gitops: no Python environment could be made: {wrong}", file=sys.stderr)
        print(
            "gitops: look whether the wheelhouse has what requirements.txt pins (RUNBOOK of gitops_controller)",
            file=sys.stderr,
        )
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
