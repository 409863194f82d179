"""Finds among the machine's own package sources the archive that serves the Debian release of the lab."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

APT = Path("/etc/apt")
_RELEASES = re.compile(r"(buster|bullseye|bookworm|trixie|forky|sid|oldstable|stable|testing|unstable)$")
_SECURITY = re.compile(r"\w+(-security|/updates)$")


@dataclass(frozen=True)
class Source:
    """Holds one (archive, suite) pair of an apt source; options such as keys are left to apt."""

    uri: str
    suite: str
    components: tuple[str, ...]


def parse_one_line(text: str) -> Iterator[Source]:
    """Yields the binary sources of a classic `deb` file; disabled and source lines are passed over."""
    for line in text.splitlines():
        words = re.sub(r"\[[^\]]*\]", " ", line.split("#", 1)[0]).split()
        if len(words) >= 3 and words[0] == "deb":
            yield Source(words[1].rstrip("/"), words[2], tuple(words[3:]))


def parse_deb822(text: str) -> Iterator[Source]:
    """Yields the binary sources of a `.sources` file, one per URI and suite; disabled stanzas are passed over."""
    for stanza in re.split(r"\n\s*\n", text):
        fields: dict[str, str] = {}
        key = ""
        for line in stanza.splitlines():
            if line.startswith("#"):
                continue
            if line[:1].isspace():
                fields[key] = f"{fields.get(key, '')} {line.strip()}"
            elif ":" in line:
                key, value = line.split(":", 1)
                key = key.strip().lower()
                fields[key] = value.strip()
        if fields.get("enabled", "yes").lower() in ("no", "false", "0"):
            continue
        if "deb" in fields.get("types", "").split():
            for uri in fields.get("uris", "").split():
                for suite in fields.get("suites", "").split():
                    yield Source(uri.rstrip("/"), suite, tuple(fields.get("components", "").split()))


def read_sources(apt: Path = APT) -> list[Source]:
    """Returns every binary source of the machine, in apt's own order of files."""
    parts = sorted((apt / "sources.list.d").glob("*")) if (apt / "sources.list.d").is_dir() else []
    found: list[Source] = []
    for path in [apt / "sources.list", *parts]:
        if path.suffix == ".sources":
            found += parse_deb822(path.read_text(errors="replace"))
        elif path.suffix == ".list" and path.is_file():
            found += parse_one_line(path.read_text(errors="replace"))
    return found


def archives(
    sources: Iterable[Source], release: str, serves: Callable[[str, str], bool]
) -> list[tuple[str, str]]:
    """Returns the (URI, suite) pairs for `release`: its main archive first, then updates and security if served.

    `serves(uri, suite)` asks the archive. Empty when no source of the machine serves the release: the caller then
    leaves the choice to mmdebstrap's own default.
    """
    listed = list(sources)
    main = _distinct(source.uri for source in listed if _RELEASES.match(source.suite))
    security = _distinct(source.uri for source in listed if _SECURITY.match(source.suite))
    for uri in main:
        if serves(uri, release):
            wanted = [
                (uri, f"{release}-updates"),
                *((other, f"{release}-security") for other in security[:1]),
            ]
            return [(uri, release), *(pair for pair in wanted if serves(*pair))]
    return []


def _distinct(values: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(values))
