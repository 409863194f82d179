"""Reads the manifest a service role dropped and judges the source before a byte of it is copied."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

import yaml

HOOK_SECONDS = 900


class ManifestError(Exception):
    """Lists everything that is wrong with a manifest: file, key, what was found, what would be right."""


class SourceError(Exception):
    """Lists everything that makes the source unfit to be backed up."""


class HookError(Exception):
    """Says which hook failed and with what words."""


@dataclass(frozen=True)
class Manifest:
    """States what of a service is kept: absolute `paths`, what is left out, hooks, mounts, and limits.

    `exclude` holds absolute paths or name patterns without a slash. `max_shrink_ratio` is the largest share
    of the previous run's bytes, or files, that may be gone.
    """

    job: str
    service: str
    paths: tuple[str, ...]
    exclude: tuple[str, ...] = ()
    pre: tuple[str, ...] = ()
    post: tuple[str, ...] = ()
    require_mounts: tuple[str, ...] = ()
    min_bytes: int = 1
    max_shrink_ratio: float = 0.5


@dataclass(frozen=True)
class Extent:
    """Holds how much a source amounts to."""

    files: int
    size: int


def load_manifest(folder: Path, job: str) -> Manifest:
    """Reads `<folder>/<job>.yml`; raises ManifestError with all its mistakes at once."""
    path = folder / f"{job}.yml"
    try:
        raw = yaml.safe_load(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise ManifestError(
            f"{path}: there is no such file. The role of the service behind job {job} has to drop it."
        ) from None
    except (OSError, yaml.YAMLError) as error:
        raise ManifestError(f"{path}: cannot be read: {error}") from error
    if not isinstance(raw, dict):
        raise ManifestError(f"{path}: holds {type(raw).__name__}, expected keys such as job and paths")
    if faults := list(_faults(raw, job)):
        raise ManifestError("\n".join(f"{path}: {fault}" for fault in faults))
    lists = {key: tuple(raw[key]) for key in _LISTS if key in raw}
    return Manifest(**{**raw, **lists})


def stricter(manifest: Manifest, declared: Mapping[str, Any]) -> Manifest:
    """Gives the manifest with the tighter limit of what the service's role and the estate ask for."""
    return Manifest(
        **{
            **vars(manifest),
            "min_bytes": max(manifest.min_bytes, int(declared.get("min_bytes", 0))),
            "max_shrink_ratio": min(manifest.max_shrink_ratio, float(declared.get("max_shrink_ratio", 1))),
        }
    )


def refuse_unmounted(manifest: Manifest) -> None:
    """Raises SourceError for each declared mount point at which nothing is mounted."""
    if empty := [mount for mount in manifest.require_mounts if not Path(mount).is_mount()]:
        raise SourceError("\n".join(f"{mount}: nothing is mounted here" for mount in empty))


def refuse_missing(manifest: Manifest) -> None:
    """Raises SourceError for each path that is not there or cannot be read."""
    faults = []
    for path in map(Path, manifest.paths):
        try:
            if path.is_dir():
                next(iter(path.iterdir()), None)
            else:
                with path.open("rb"):
                    pass
        except OSError as error:
            faults.append(f"{path}: {error.strerror}")
    if faults:
        raise SourceError("\n".join(faults))


def refuse_shrunken(manifest: Manifest, now: Extent, before: Extent | None) -> None:
    """Raises SourceError when the source is under its floor or lost too much since the last good run."""
    if now.size < manifest.min_bytes:
        raise SourceError(f"the source holds {now.size} bytes, at least {manifest.min_bytes} are expected")
    if before is None:
        return
    allowed = f"at most {manifest.max_shrink_ratio:.0%} may go between two runs"
    for what, was, found in (("bytes", before.size, now.size), ("files", before.files, now.files)):
        if was and 1 - found / was > manifest.max_shrink_ratio:
            raise SourceError(
                f"the source shrank from {was} to {found} {what}; {allowed}. If this is right, run the job "
                "once with --accept-shrink."
            )


def run_hook(name: str, command: Sequence[str], say: Callable[[str], None] = print) -> None:
    """Runs a hook without a shell and without any secret in its environment; raises HookError if it fails."""
    if not command:
        return
    try:
        done = subprocess.run(
            command,
            env={"PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "LANG": "C.UTF-8"},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=HOOK_SECONDS,
        )
    except subprocess.TimeoutExpired as error:
        raise HookError(f"{name} hook {command[0]} did not end within {HOOK_SECONDS} s") from error
    except OSError as error:
        raise HookError(f"{name} hook {command[0]} cannot be started: {error.strerror}") from error
    words = (done.stdout + done.stderr).strip()
    if words:
        say(f"{name} hook: {words[-2000:]}")
    if done.returncode:
        raise HookError(f"{name} hook {command[0]} ended with {done.returncode}: {words[-500:]}")


_LISTS = ("paths", "exclude", "pre", "post", "require_mounts")
_KEYS = {*_LISTS, "job", "service", "min_bytes", "max_shrink_ratio"}


def _faults(raw: Mapping[str, Any], job: str) -> list[str]:
    faults = [f"{key}: unknown key; known are {', '.join(sorted(_KEYS))}" for key in sorted(set(raw) - _KEYS)]
    faults += [f"{key}: missing" for key in ("job", "service", "paths") if key not in raw]
    if raw.get("job", job) != job:
        faults.append(f"job: found {raw['job']!r}, the file is named after {job!r}")
    for key in _LISTS:
        value = raw.get(key, [])
        if not isinstance(value, list) or not all(isinstance(item, str) and item for item in value):
            faults.append(f"{key}: found {value!r}, expected a list of texts")
        elif key in ("paths", "require_mounts"):
            faults += [f"{key}: {item!r} is not a plain absolute path" for item in value if not _plain(item)]
        elif key == "exclude":
            faults += [
                f"exclude: {item!r} is neither a plain absolute path nor a name pattern without a slash"
                for item in value
                if not _plain(item) and "/" in item
            ]
    if raw.get("paths") == []:
        faults.append("paths: empty, so nothing would be kept")
    ratio, floor = raw.get("max_shrink_ratio", 0.5), raw.get("min_bytes", 1)
    if isinstance(ratio, bool) or not isinstance(ratio, int | float) or not 0 <= ratio < 1:
        faults.append(f"max_shrink_ratio: found {ratio!r}, expected a share from 0 to below 1")
    if isinstance(floor, bool) or not isinstance(floor, int) or floor < 0:
        faults.append(f"min_bytes: found {floor!r}, expected a whole number of bytes")
    return faults


def _plain(path: str) -> bool:
    return path.startswith("/") and str(PurePosixPath(path)) == path and ".." not in path.split("/")
