"""Keeps what an exchange held before an apply until that apply has come to its end, whatever ends it in between.

Comes along with telephony_on_host.py; needs the standard library only. Without it an apply that was killed could not be
told from one that ended well: its files are in place, and Asterisk still has those of before.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Collection
from pathlib import Path

NAME = ".before"
"""The folder beside the files, of root alone; it is there while an apply is under way, or did not come to its end."""


def keep(held: Path, names: Collection[str]) -> None:
    """Keeps the files as they are, in one step, unless an apply that did not come to its end kept older ones."""
    place, aside = held / NAME, held / f"{NAME}.new"
    if place.is_dir():
        return
    shutil.rmtree(aside, ignore_errors=True)
    aside.mkdir(mode=0o700)
    for name in names:
        if (held / name).is_file():
            os.link(held / name, aside / name)  # files are replaced, never written into
    aside.rename(place)


def texts(folder: Path, names: Collection[str]) -> dict[str, str]:
    """Gives the texts of those files that are in a folder."""
    return {name: (folder / name).read_text() for name in names if (folder / name).is_file()}


def last(held: Path, names: Collection[str], now: dict[str, str]) -> dict[str, str]:
    """Gives the texts of the last apply that came to its end: `now`, what is held, when none was cut short."""
    return texts(held / NAME, names) if (held / NAME).is_dir() else now


def forget(held: Path) -> None:
    """Forgets what was kept, in one step: the apply has come to its end."""
    place, aside = held / NAME, held / f"{NAME}.old"
    shutil.rmtree(aside, ignore_errors=True)
    if place.is_dir():
        place.rename(aside)
        shutil.rmtree(aside)
