"""Keeps the proofs that people who left are refused: below var/<environment>/departures, one file for each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Literal

from estate.records.files import read, to_json, write_text
from estate.records.shapes import STRICT, Judgement

Tried = Literal["refused", "let_in", "error", "nothing"]


@dataclass(frozen=True)
class Try:
    """States how one system answered a login with the right password: `said` in its own words.

    `error` is an answer that proves nothing: the system was not reached, or judged something else than the account.
    `nothing` says that there was nothing to try: the system knows nobody of them.
    """

    system: str
    result: Tried
    said: str
    seconds: float

    __pydantic_config__ = STRICT


@dataclass(frozen=True)
class Proof:
    """States who was tried after leaving, when, by which run and whose hand, and how every system answered.

    `account` tells whether the directory still holds the account, `cut` how many sessions ended, by system. `control`
    are the same tries with an account that is open: passed only when all of these are let in and all `tries` refused.
    """

    personnel_number: str
    user: str
    closed_from: date
    run: str
    by: str
    at: datetime
    account: bool
    tries: tuple[Try, ...]
    control: tuple[Try, ...]
    cut: Mapping[str, int]
    verdict: Judgement

    __pydantic_config__ = STRICT


def keep(var: Path, proof: Proof) -> Path:
    """Writes a proof down, readable for its owner alone, and gives its file."""
    path = var / "departures" / f"{proof.personnel_number}-{proof.at:%Y%m%dT%H%M%SZ}.json"
    write_text(path, to_json(proof, indent=1) + "\n", mode=0o600)
    return path


def kept(var: Path, number: str = "*") -> list[Proof]:
    """Reads the proofs about everybody, or about one personnel number, oldest first."""
    found = [read(path, Proof) for path in (var / "departures").glob(f"{number}-*.json")]
    return sorted(found, key=lambda one: one.at)
