"""Fetches published lists of domains for the web proxy and takes up only what can be believed; else the old one stays.

The program web_list_answers reads what is laid down here; Squid itself is neither restarted nor reloaded.
Exit codes: 0 done; 1 a list could not be renewed, the one in use stays; 2 settings wrong.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any

from estate.web_domains import domains_of, merged
from exporters.textfile import Textfile

SETTINGS = Path("/etc/estate/web-lists.json")
LARGEST_BYTES = 64 * 1024 * 1024


class UnbelievableError(Exception):
    """Says why a list is not taken up."""


@dataclass(frozen=True)
class Published:
    """Is what a source gave: its domains, and the time it says they are from."""

    domains: tuple[str, ...]
    skipped: int
    at: float


@dataclass(frozen=True)
class Kept:
    """Is the record of the list in use."""

    published: float
    entries: int


@dataclass(frozen=True)
class Settings:
    """Holds where lists lie; `lists` gives name and source of each."""

    folder: Path
    metrics: Path
    lists: Sequence[Mapping[str, Any]]

    @classmethod
    def read(cls, path: Path) -> Settings:
        """Reads the settings, or ends the program naming what is wrong with them."""
        try:
            raw = json.loads(path.read_text(encoding="utf-8"))
            return cls(Path(raw["folder"]), Path(raw["metrics"]), raw["lists"])
        except (OSError, ValueError, KeyError, TypeError) as error:
            print(f"web_lists: {path}: {error}", file=sys.stderr)
            raise SystemExit(2) from None


def fetch(url: str) -> Published:
    """Fetches a list; raises UnbelievableError when there is no whole answer."""
    try:
        with urllib.request.urlopen(url, timeout=60) as answer:
            body = answer.read(LARGEST_BYTES + 1)
            said, length = answer.headers.get("Last-Modified"), answer.headers.get("Content-Length")
    except (OSError, urllib.error.URLError, ValueError) as error:
        raise UnbelievableError(f"{url} gave no answer: {error}") from None
    if len(body) > LARGEST_BYTES:
        raise UnbelievableError(f"{url} is larger than {LARGEST_BYTES} bytes")
    if length is not None and int(length) != len(body):
        raise UnbelievableError(f"{url} broke off after {len(body)} of {length} bytes")
    try:
        domains, skipped = domains_of(body.decode("utf-8-sig"))
        at = parsedate_to_datetime(said).timestamp() if said else time.time()
    except (UnicodeDecodeError, ValueError) as error:
        raise UnbelievableError(f"{url} cannot be read: {error}") from None
    return Published(tuple(dict.fromkeys(domains)), skipped, at)


def judge(found: Published, kept: Kept | None, source: Mapping[str, Any], now: float) -> None:
    """Raises UnbelievableError when a list is too short, too small beside the one in use, or too old."""
    entries = len(found.domains)
    if entries < source["min_entries"]:
        raise UnbelievableError(f"{entries} domains, at least {source['min_entries']} are wanted")
    if kept is not None and entries < kept.entries * (1 - source["max_shrink_ratio"]):
        raise UnbelievableError(f"{entries} domains, {kept.entries} are in use: it shrank too much at once")
    hours = (now - found.at) / 3600
    if hours > source["max_age_hours"]:
        raise UnbelievableError(f"it is {hours:.0f} hours old, at most {source['max_age_hours']} are wanted")
    if kept is not None and found.at < kept.published:
        raise UnbelievableError("it is older than the one in use")


def record(settings: Settings, name: str) -> Kept | None:
    """Gives the record of the list in use; None when it was never fetched."""
    path = settings.folder / f"{name}.json"
    return Kept(**json.loads(path.read_text("utf-8"))) if path.exists() else None


def lay(path: Path, text: str) -> None:
    """Writes a file in one step."""
    new = path.with_name(f".{path.name}.new")
    new.write_text(text, "utf-8")
    new.replace(path)


def take_up(settings: Settings, name: str, found: Published) -> None:
    """Puts a believed list in use; the record follows the list, so that a killed run is only repeated."""
    lay(settings.folder / name, "".join(f"{domain}\n" for domain in merged(found.domains)))
    lay(settings.folder / f"{name}.json", json.dumps(asdict(Kept(found.at, len(found.domains)))))


def update(
    settings: Settings, get: Callable[[str], Published] = fetch, clock: Callable[[], float] = time.time
) -> list[str]:
    """Renews every list that can be believed; gives the problems with the others."""
    problems = []
    for each in settings.lists:
        name, source = each["name"], each["source"]
        try:
            found = get(source["url"])
            judge(found, record(settings, name), source, clock())
            take_up(settings, name, found)
            print(f"web_lists: {name}: {len(found.domains)} domains, {found.skipped} entries are none")
        except UnbelievableError as error:
            problems.append(f"{name}: {error}; the list in use stays")
    return problems


def measure(settings: Settings) -> None:
    """Says of every list how old the one in use is, and how old it may become; 0 is never."""
    out = Textfile()
    for each in settings.lists:
        kept = record(settings, each["name"])
        age = each["source"]["max_age_hours"] * 3600
        out.set(
            "bim_internet_filter_update_timestamp_seconds", kept.published if kept else 0, list=each["name"]
        )
        out.set("bim_internet_filter_max_age_seconds", age, list=each["name"])
    out.write(settings.metrics)


def main() -> int:
    """Renews the lists once."""
    parser = argparse.ArgumentParser(description="Keeps the fetched lists of the web proxy.")
    parser.add_argument("--settings", type=Path, default=SETTINGS)
    settings = Settings.read(parser.parse_args().settings)
    problems = update(settings)
    measure(settings)
    for problem in problems:
        print(f"web_lists: {problem}", file=sys.stderr)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
