"""Keeps a package repository for the lab hosts: what the roles install, fetched once, usable without a network."""

from __future__ import annotations

import fcntl
import hashlib
import json
import re
import tarfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import yaml

from estate.lab.commands import Runner, say
from estate.lab.errors import LabError
from estate.lab.image import archive_lines, recipe_digest, tarball
from estate.lab.places import Places, settle

_NAME = re.compile(r"[a-z0-9][a-z0-9+.-]+$")


def wanted_lists(roles: Path) -> dict[str, list[str]]:
    """Returns the package lists of the roles: keys `<role>_packages` and `<role>_<thing>_packages` of vars/main.yml."""
    found: dict[str, list[str]] = {}
    for path in sorted(roles.glob("*/vars/main.yml")):
        role = path.parents[1].name
        for key, value in _mapping(path).items():
            if re.fullmatch(rf"{re.escape(role)}_(\w+_)?packages", key):
                found[key] = _names(path, key, value)
    return found


def _mapping(path: Path) -> Mapping[str, Any]:
    try:
        loaded = yaml.safe_load(path.read_text()) or {}
    except yaml.YAMLError as wrong:
        raise LabError(
            "collected the packages of the roles", f"{path}: {wrong}", "Correct the YAML of this file"
        ) from wrong
    return loaded if isinstance(loaded, dict) else {}


def _names(path: Path, key: str, value: Any) -> list[str]:
    listed = value if isinstance(value, list) else [value]
    for name in listed:
        if not isinstance(name, str) or not _NAME.match(name):
            raise LabError(
                "collected the packages of the roles",
                f"{path}: {key} holds {name!r}, which is no package name",
                "Write a plain list of Debian package names: no variables, no versions",
            )
    return sorted(set(listed))


def list_digest(image: str, names: Sequence[str]) -> str:
    """Returns what one resolved list depends on: the image it is installed on and its names."""
    return hashlib.sha256(json.dumps([image, list(names)]).encode()).hexdigest()[:16]


def ensure_packages(runner: Runner, places: Places) -> str:
    """Fetches what is missing for the roles' lists and returns the digest of the repository's index.

    Each list is resolved by itself against the packages of the image, so that two roles may exclude each other.
    A list that was resolved before is not touched again, so nothing here needs a network when nothing changed.
    """
    places.packages.mkdir(parents=True, exist_ok=True)
    with _alone(places.cache / "packages.lock"):
        record = places.cache / "packages.json"
        done: list[str] = json.loads(record.read_text()) if record.exists() else []
        lists = wanted_lists(places.checkout / "roles")
        waiting = {
            key: names for key, names in lists.items() if list_digest(recipe_digest(), names) not in done
        }
        if waiting:
            _fetch(runner, places, waiting)
            _index(runner, places)
            done += [list_digest(recipe_digest(), names) for names in waiting.values()]
            settle(record, json.dumps(sorted(set(done)), indent=1))
        elif not (places.packages / "Packages").exists():
            _index(runner, places)
        return hashlib.sha256((places.packages / "Packages").read_bytes()).hexdigest()[:16]


def _fetch(runner: Runner, places: Places, lists: Mapping[str, Sequence[str]]) -> None:
    root = _apt_root(runner, places)
    options = apt_options(root, places.packages)
    runner.run(["apt-get", *options, "update"], outlive=True)
    for number, (key, names) in enumerate(lists.items(), 1):
        say(f"lab: packages {number} of {len(lists)}: {key}")
        try:
            runner.run(["apt-get", *options, "install", *names], outlive=True)
        except LabError as failed:
            raise LabError(
                f"asked for the packages of {key}", failed.found, "Correct the list in roles/*/vars/main.yml"
            ) from failed


def apt_options(root: Path, archives: Path) -> list[str]:
    """Returns the options that make the machine's apt resolve for the lab's image and only download.

    The machine's own apt settings (proxy, keys, certificates) stay in force; its sources, state and hooks do not.
    """
    settings = {
        "Dir::State": f"{root}/state",
        "Dir::State::status": f"{root}/status",
        "Dir::Cache": f"{root}/cache",
        "Dir::Cache::archives": str(archives),
        "Dir::Etc::sourcelist": f"{root}/sources.list",
        "Dir::Etc::sourceparts": "/dev/null",
        "Dir::Etc::preferences": "/dev/null",
        "Dir::Etc::preferencesparts": "/dev/null",
        "APT::Sandbox::User": "root",
        "APT::Install-Recommends": "false",
        "APT::Keep-Downloaded-Packages": "true",
        "Acquire::Check-Valid-Until": "false",
        "Acquire::Languages": "none",
    }
    flags = [f"-o{key}={value}" for key, value in settings.items()]
    return [
        *flags,
        "-o#clear=APT::Update::Post-Invoke-Success",
        "--yes",
        "-qq",
        "--download-only",
        "--no-remove",
    ]


def _apt_root(runner: Runner, places: Places) -> Path:
    root = places.cache / "apt"
    for folder in ("state/lists/partial", "cache", "../packages/partial"):
        (root / folder).mkdir(parents=True, exist_ok=True)
    lines = archive_lines(runner, places)
    if not lines:
        raise LabError(
            "asked for the packages of the roles",
            f"no archive in /etc/apt of this machine serves Debian {RELEASE}",
            "Add a Debian archive to /etc/apt/sources.list.d and repeat",
        )
    settle(root / "sources.list", "".join(f"{line}\n" for line in lines))
    with tarfile.open(tarball(places)) as rootfs:
        status = rootfs.extractfile("./var/lib/dpkg/status")
        assert status is not None
        settle(root / "status", status.read().decode())
    return root


def _index(runner: Runner, places: Places) -> None:
    folder = places.packages
    database = places.cache / "apt-ftparchive.db"
    flat = ["sh", "-c", 'cd "$1" && apt-ftparchive --db "$2" packages . ', "sh", str(folder), str(database)]
    settle(folder / "Packages", runner.run(flat))
    (folder / "Release").unlink(missing_ok=True)  # would be listed in itself
    described = ["-oAPT::FTPArchive::Release::Origin=Lab", f"-oAPT::FTPArchive::Release::Codename={RELEASE}"]
    settle(folder / "Release", runner.run(["apt-ftparchive", *described, "release", str(folder)]))


@contextmanager
def _alone(path: Path) -> Iterator[None]:
    """Lets one checkout at a time change the shared cache; the others wait."""
    with path.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
