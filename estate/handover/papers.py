"""Keeps what is written down about accounts of people: sheets not yet handed over, hand-overs, deletions.

Everything lies below var/<environment> and is readable for its owner alone. What belongs to a change of the directory
is written aside before it and renamed after it, so that a run that died is noticed by what it left.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from estate.handover.deletions import ACCOUNT, Deletion, Deletions
from estate.handover.keeping import ASIDE, write
from estate.plan.directory_steps import Sheets
from estate.records import append, read, read_lines
from estate.records.shapes import STRICT


class PapersError(Exception):
    """Says which paper is not there and what to do."""


@dataclass(frozen=True)
class HandedOver:
    """States that a sheet was handed over and destroyed here."""

    personnel_number: str
    at: datetime
    who: str

    __pydantic_config__ = STRICT


@dataclass(frozen=True)
class Papers:
    """Answers for the papers of one environment; `var` is var/<environment>."""

    var: Path

    @property
    def sheets_folder(self) -> Path:
        """Names the folder of sheets that wait for their person: <personnel number>.pdf."""
        return self.var / "welcome"

    @property
    def deletions_folder(self) -> Path:
        """Names the folder of records of what was deleted."""
        return self.var / "deletions"

    @property
    def accounts_deleted(self) -> Deletions:
        """Answers for the records of deleted accounts."""
        return Deletions(self.deletions_folder, ACCOUNT)

    def handed_over(self) -> list[HandedOver]:
        """Reads which sheets were handed over, oldest first."""
        return read_lines(self.var / "handed_over.jsonl", HandedOver)

    def waiting(self) -> list[Path]:
        """Lists the sheets that nobody handed over yet."""
        return sorted(self.sheets_folder.glob("*.pdf"))

    def given(self) -> dict[str, datetime]:
        """Tells when each person last got a first password: its sheet was made, or handed over."""
        found = {paper.personnel_number: paper.at for paper in self.handed_over()}
        for sheet in self.waiting():
            made = datetime.fromtimestamp(sheet.stat().st_mtime, UTC)
            found[sheet.stem] = max(made, found.get(sheet.stem, made))
        return found

    def sheets(self) -> Sheets:
        """Tells which people have a sheet or had one, and whose a run that died left undecided."""
        waiting = {path.stem for path in self.waiting()}
        aside = {path.name.removesuffix(ASIDE) for path in self.sheets_folder.glob(f"*{ASIDE}")}
        known = waiting | {paper.personnel_number for paper in self.handed_over()}
        return Sheets(frozenset(known), frozenset(aside))

    def unsettled(self) -> bool:
        """Tells whether a run that died left something aside."""
        return any(self.sheets_folder.glob(f"*{ASIDE}")) or bool(self.accounts_deleted.unsettled())

    def lay_aside(self, sheets: Mapping[str, bytes], deletions: Iterable[Deletion]) -> None:
        """Writes sheets and records of deletions aside, in place of what a run that died left there."""
        for stale in self.sheets_folder.glob(f"*{ASIDE}"):
            stale.unlink()
        for number, sheet in sheets.items():
            write(self.sheets_folder / f"{number}{ASIDE}", sheet)
        self.accounts_deleted.lay_aside(deletions)

    def settle(self) -> None:
        """Gives what lies aside its own name: what it speaks of has happened."""
        for path in sorted(self.sheets_folder.glob(f"*{ASIDE}")):
            path.replace(path.with_name(path.name.removesuffix(ASIDE) + ".pdf"))
        self.accounts_deleted.settle()

    def settle_deletions(self, present: Iterable[str]) -> None:
        """Keeps the records of a run that died after the deletion: of accounts that are not `present` any more."""
        self.accounts_deleted.settle(present)

    def deletions(self) -> list[Deletion]:
        """Reads what was deleted of every kind, oldest first."""
        found = [read(path, Deletion) for path in self.deletions_folder.glob("*.json")]
        return sorted(found, key=lambda one: one.at)

    def hand_over(self, number: str, who: str) -> HandedOver:
        """Destroys the sheet of a person and records when and by whom it was handed over."""
        sheet = self.sheets_folder / f"{number}.pdf"
        if not sheet.is_file():
            earlier = [paper for paper in self.handed_over() if paper.personnel_number == number]
            told = f"; handed over on {earlier[-1].at:%Y-%m-%d} by {earlier[-1].who}" if earlier else ""
            raise PapersError(f"no sheet of {number} waits below {self.sheets_folder}{told}")
        paper = HandedOver(number, datetime.now(UTC), who)
        append(self.var / "handed_over.jsonl", paper)
        sheet.unlink()
        return paper


def deleted_accounts(numbers: Iterable[str], host: str, run: str, why: Mapping[str, str]) -> list[Deletion]:
    """Gives the records of accounts that are about to be deleted; `why` says it for each person."""
    blank = Deletion(ACCOUNT, "", datetime.now(UTC), host, run, "")
    return [replace(blank, personnel_number=number, why=why.get(number, "")) for number in numbers]
