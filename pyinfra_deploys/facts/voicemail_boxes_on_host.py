"""Knows the boxes of voicemail on an exchange: whose they are, and what becomes of those whose holder went.

Comes along with telephony_on_host.py; needs the standard library only. The folders are the daemon's, and this runs as
root: what is a link is no box, no mark and no message, and nothing is written through one.
"""

from __future__ import annotations

import errno
import os
import re
import shutil
import stat
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

BOXES = Path("/var/spool/asterisk/voicemail/default")
ASIDE = Path("/var/spool/asterisk/voicemail/kept")
TAKEN = Path("/var/spool/asterisk/voicemail/taken")
"""Where boxes lie that were taken from their number, until it is done what becomes of them; a kill may leave some."""
MARK = ".holder"
NO_FILE = (errno.ENOENT, errno.ENOTDIR, errno.ELOOP, errno.ENXIO)
"""How a mark is answered that is not there, or is a link or a socket."""
REMEMBERED = ("forward-always", "forward-busy", "forward-noanswer", "dnd", "abroad", "hour", "pin")
"""What the exchange itself remembers of a number: a new holder inherits none of it."""
_TAKEN = re.compile(r"(?P<key>[0-9]+-\w+)-[0-9]+")


def held() -> dict[str, dict[str, Any]]:
    """Gives every box by its number, and by number and holder (`2805-100136`) what a kill left taken from there."""
    refuse_links()
    found = {path.name: box(path) for path in sorted(BOXES.glob("[0-9]*")) if folder(path)}
    for path in sorted(TAKEN.iterdir()) if folder(TAKEN) else ():
        if folder(path) and (name := _TAKEN.fullmatch(path.name)):
            told, before = box(path), found.get(name["key"], {"messages": 0, "bytes": 0})
            sums = {key: told[key] + before[key] for key in ("messages", "bytes")}
            found[name["key"]] = {"holder": name["key"].partition("-")[2], **sums}
    return found


def refuse_links() -> None:
    """Raises OSError when the folder of all boxes is a link."""
    for path in (BOXES.parent, BOXES):
        if path.is_symlink():
            raise OSError(f"{path} is a link, who made it? Put the folder back")


def folder(path: Path) -> bool:
    """Tells whether a path is a folder itself, and no link to one."""
    return path.is_dir() and not path.is_symlink()


def holder(place: Path | str) -> str | None:
    """Gives whose a box is by its mark; None without one, and where something else than a file lies."""
    try:
        handle = os.open(f"{place}/{MARK}", os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError as error:
        if error.errno in NO_FILE:
            return None
        raise
    try:
        return (
            os.read(handle, 4096).decode(errors="replace").strip()
            if stat.S_ISREG(os.fstat(handle).st_mode)
            else None
        )
    finally:
        os.close(handle)


def box(place: Path) -> dict[str, Any]:
    """Tells whose a box is by its mark, and counts its messages and all its bytes."""
    return {
        "holder": holder(place),
        "messages": sum(1 for _ in messages(place)),
        "bytes": sum(path.lstat().st_size for path in place.rglob("*") if path.is_file()),
    }


def messages(place: Path) -> Iterator[Path]:
    """Yields what is told of each message of a box, in any of its folders."""
    return (path for path in place.glob("*/msg[0-9]*.txt") if folder(path.parent))


def pass_on(leaving: list[dict[str, Any]], asked: Callable[[str], object]) -> None:
    """Moves, lays aside or removes the boxes of who does not have the number any more; what is gone is done already.

    All of them are taken from their numbers first: people who changed numbers with each other keep what is theirs.
    `asked` tells Asterisk something: to forget what it remembers of the number.
    """
    refuse_links()
    for one in leaving:
        take(one["number"], one["holder"], asked)
    for one in leaving:
        for place in sorted(TAKEN.glob(f"{one['number']}-{one['holder']}-*")):
            if one["fate"] == "move":
                move_messages(place, BOXES / one["to"] / "INBOX")
            if one["fate"] == "keep":
                made(ASIDE, 0o700)
                number, _, count = place.name.partition(f"-{one['holder']}-")
                moment = time.strftime("%Y%m%dT%H%M%S")
                place.rename(ASIDE / f"{one['holder']}-{number}-{moment}-{count}")
            else:
                shutil.rmtree(place)


def take(number: str, whose: str, asked: Callable[[str], object]) -> None:
    """Takes the box of somebody from a number, when it is there still, and lets the exchange forget the number."""
    place = BOXES / number
    if not folder(place) or holder(place) != whose:
        return
    for family in REMEMBERED:
        asked(f"database del {family} {number}")
    made(TAKEN, 0o700)
    count = 0
    while (target := TAKEN / f"{number}-{whose}-{count}").exists():
        count += 1
    place.rename(target)


def made(path: Path, mode: int, owner: os.stat_result | None = None) -> None:
    """Makes a folder where there is none, of an `owner` when one is given; raises OSError where something else is."""
    if not folder(path):
        path.mkdir(mode=mode)
    if owner is not None and path.lstat().st_uid != owner.st_uid:  # a kill came in between
        os.chown(path, owner.st_uid, owner.st_gid, follow_symlinks=False)


def move_messages(place: Path, inbox: Path) -> None:
    """Puts every message of a box behind those of another, renumbered: Asterisk counts them without gaps."""
    for path in (inbox.parent, inbox):
        made(path, 0o750, BOXES.stat())
    for told in sorted(messages(place), key=lambda path: path.lstat().st_mtime):
        number = sum(1 for _ in inbox.glob("msg[0-9]*.txt"))
        parts = [path for path in told.parent.glob(f"{told.stem}.*") if path != told]
        for path in (*parts, told):
            path.rename(inbox / f"msg{number:04}{path.suffix}")


def unmarked(holders: dict[str, str], leaving: list[dict[str, Any]]) -> dict[str, str]:
    """Gives those of the holders whose box will lack its folder or their mark when the leaving ones are passed on."""
    refuse_links()
    there = set[str]()
    if folder(BOXES):
        with os.scandir(BOXES) as entries:
            there = {one.name for one in entries if one.is_dir(follow_symlinks=False)}
    there -= {one[key] for one in leaving for key in ("number", "to")}
    return {
        number: whose
        for number, whose in holders.items()
        if number not in there or holder(f"{BOXES}/{number}") != whose
    }


def mark_boxes(holders: dict[str, str]) -> None:
    """Gives these boxes their folder and the mark of their holder."""
    refuse_links()
    if not folder(BOXES):  # Asterisk makes it with the first message
        of = BOXES.parents[1].stat()
        for path in (BOXES.parent, BOXES):
            made(path, 0o755, of)
    owner = BOXES.stat()
    for number, whose in holders.items():
        made(BOXES / number, 0o750, owner)
        if holder(BOXES / number) != whose:
            mark(BOXES / number, whose)


def mark(place: Path, whose: str) -> None:
    """Replaces the mark of a box in one step, whatever lay there."""
    handle, aside = tempfile.mkstemp(prefix=f"{MARK}.", dir=place)
    with os.fdopen(handle, "w") as stream:
        stream.write(f"{whose}\n")
        os.fchmod(stream.fileno(), 0o644)
    if folder(place / MARK):
        shutil.rmtree(place / MARK)
    Path(aside).replace(place / MARK)
