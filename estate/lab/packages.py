"""Keeps package repositories for the lab hosts: what the roles install, fetched once, usable without a network."""

from __future__ import annotations

import fcntl
import hashlib
import json
import re
import tarfile
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from estate.lab.commands import Runner, say
from estate.lab.errors import LabError
from estate.lab.image import archive_lines, recipe_digest, recorded_archive, tarball
from estate.lab.places import Places, settle

_NAME = re.compile(r"[a-z0-9][a-z0-9+.-]+$")


def wanted_lists(folder: Path, roles: Collection[str]) -> dict[str, list[str]]:
    """Returns the package lists of roles: keys `<role>_packages` and `<role>_<thing>_packages` of vars/main.yml."""
    found: dict[str, list[str]] = {}
    for role in sorted(roles):
        path = folder / role / "vars" / "main.yml"
        for key, value in _mapping(path).items() if path.exists() else ():
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


@dataclass(frozen=True)
class Repository:
    """Is the state of one repository: the digest of its index, and why some lists are not in it."""

    digest: str
    failures: tuple[LabError, ...]


def ensure_packages(runner: Runner, places: Places, release: str, roles: Collection[str]) -> Repository:
    """Fetches what is missing for the lists of these roles in the repository of a release.

    Each list is resolved by itself against the packages of the image, so that two roles may exclude each other and one
    wrong list does not keep the others out. When a list changed, all are resolved again, because the archive may have
    moved on and the repository must hold versions that fit together; otherwise nothing here needs a network.
    """
    folder = places.packages(release)
    folder.mkdir(parents=True, exist_ok=True)
    with _alone(places.cache / "packages.lock"):
        record = places.cache / f"packages-{release}.json"
        done: list[str] = json.loads(record.read_text()) if record.exists() else []
        lists = {
            list_digest(recipe_digest(release), one[1]): one
            for one in wanted_lists(places.checkout / "roles", roles).items()
        }
        waiting = set(lists) - set(done)
        failures = _fetch(runner, places, release, lists) if waiting else {}
        if waiting or not (folder / "Packages").exists():
            _index(runner, places, release)
            settle(record, json.dumps(sorted(set(lists) - set(failures)), indent=1))
        index = hashlib.sha256((folder / "Packages").read_bytes()).hexdigest()[:16]
        return Repository(index, tuple(failures.values()))


def _fetch(
    runner: Runner, places: Places, release: str, lists: Mapping[str, tuple[str, Sequence[str]]]
) -> dict[str, LabError]:
    apt = ["apt-get", "-c", str(_prepare_apt(runner, places, release))]
    runner.run([*apt, "update"], outlive=True)
    failures = {}
    for number, (digest, (key, names)) in enumerate(lists.items(), 1):
        say(f"lab: {release} packages {number} of {len(lists)}: {key}")
        try:
            runner.run([*apt, "install", *names], outlive=True)
        except LabError as failed:
            asked = f"asked for the packages of {key} in {release}"
            failures[digest] = LabError(asked, failed.found, "Correct the list in roles/*/vars/main.yml")
    return failures


def apt_settings(root: Path, archives: Path) -> str:
    """Returns the configuration that makes the machine's apt resolve for the lab's image and only download.

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
        "APT::Get::Assume-Yes": "true",
        "APT::Get::Download-Only": "true",
        "APT::Install-Recommends": "false",
        "APT::Keep-Downloaded-Packages": "true",
        "APT::Sandbox::User": "root",
        "Acquire::Check-Valid-Until": "false",
        "Acquire::Languages": "none",
        "quiet": "2",
    }
    lines = [f'{key} "{value}";\n' for key, value in settings.items()]
    return "#clear APT::Update::Post-Invoke;\n#clear APT::Update::Post-Invoke-Success;\n" + "".join(lines)


def _prepare_apt(runner: Runner, places: Places, release: str) -> Path:
    root = places.cache / f"apt-{release}"
    for folder in ("state/lists/partial", "cache", places.packages(release) / "partial"):
        (root / folder).mkdir(parents=True, exist_ok=True)
    lines = "".join(f"{line}\n" for line in archive_lines(runner, places, release))
    settle(root / "sources.list", lines or recorded_archive(places, release).read_text())
    with tarfile.open(tarball(places, release)) as rootfs:
        status = rootfs.extractfile("./var/lib/dpkg/status")
        assert status is not None
        settle(root / "status", status.read().decode())
    settle(root / "apt.conf", apt_settings(root, places.packages(release)))
    return root / "apt.conf"


def _index(runner: Runner, places: Places, release: str) -> None:
    folder = places.packages(release)
    database = places.cache / f"apt-ftparchive-{release}.db"
    flat = ["sh", "-c", 'cd "$1" && apt-ftparchive --db "$2" packages . ', "sh", str(folder), str(database)]
    settle(folder / "Packages", runner.run(flat))
    (folder / "Release").unlink(missing_ok=True)  # would be listed in itself
    described = ["-oAPT::FTPArchive::Release::Origin=Lab", f"-oAPT::FTPArchive::Release::Codename={release}"]
    settle(folder / "Release", runner.run(["apt-ftparchive", *described, "release", str(folder)]))


@contextmanager
def _alone(path: Path) -> Iterator[None]:
    """Lets one checkout at a time change the shared cache; the others wait."""
    with path.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
