"""Shapes what a plan of the directory consists of: one write per step, one reason per thing settled."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Literal

from estate.records.shapes import Action

NOBODY = "nobody"
"""Whose password a closed account has: made on the host at random, told to nobody."""


class Turn(IntEnum):
    """Says when something is written: folders, then access that ends, then who moves, who comes, and groups."""

    FOLDER = 0
    CLOSE = 1
    PURGE = 2
    MOVE = 3
    JOIN = 4
    GROUP = 5


@dataclass(frozen=True)
class Step:
    """One write of the batch; an attribute without values is taken away.

    `password` is the key of the account whose new password is handed over with the batch, or NOBODY.
    `members` takes `less` out of the group `dn` and puts `more` in.
    """

    do: Literal["folder", "group", "add", "change", "move", "delete", "members"]
    dn: str
    to: str | None = None
    attributes: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    password: str | None = None
    more: tuple[str, ...] = ()
    less: tuple[str, ...] = ()


@dataclass(frozen=True)
class Settled:
    """One thing that changes: how a plan shows it, when it is written, and the writes."""

    turn: Turn
    action: Action
    key: str
    before: str | None
    after: str | None
    steps: tuple[Step, ...] = ()
    password: Literal["first", "vault"] | None = None
    purged: str | None = None


@dataclass(frozen=True)
class Sheets:
    """What is known of first passwords, by personnel number.

    `known` have a sheet that lies ready or was handed over; a run that died left those in `interrupted` undecided.
    """

    known: frozenset[str] = frozenset()
    interrupted: frozenset[str] = frozenset()
