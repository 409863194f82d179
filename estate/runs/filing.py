"""Writes edits of people's records: one at a time, judged as a whole before anything lands, all files or none."""

from __future__ import annotations

import getpass
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from estate.declared import Estate, load
from estate.people.changes import Edit
from estate.people.editing import IDENTITIES, PEOPLE, edited
from estate.people.naming import NamingError
from estate.people.roster import EditError
from estate.people.telephones import TELEPHONY, followed
from estate.records.files import write_text
from estate.runs.environment import Environment
from estate.runs.lock import held
from estate.runs.refused import RefusedError

WAIT_SECONDS = 10.0
"""How long an edit waits for another one that is being written."""


@dataclass(frozen=True)
class Desk:
    """What is declared while nobody else edits it, and the way to write edits of it."""

    inventory: Path
    estate: Estate
    today: date
    texts: dict[str, str]

    def write(self, edits: Sequence[Edit], dry: bool = False) -> bool:
        """Judges and writes edits; tells whether anything differs. Raises Refusal and leaves the files when it must.

        The ledger lands first: a run killed after it leaves names that are reserved for their owner.
        """
        new = edited(self.texts, [edit for edit in edits if edit.given or edit.differences()])
        new[TELEPHONY] = followed(self.texts[TELEPHONY], self.estate, edits)
        if new == self.texts:
            return False
        load(self.inventory, self.today, edited=new)
        if dry:
            return True
        if self.texts != _texts(self.inventory):
            raise RefusedError(
                "the files changed while the edit was made; nothing was written, repeat the edit"
            )
        for file in (IDENTITIES, TELEPHONY, PEOPLE):
            if new[file] != self.texts[file]:
                path = self.inventory / file
                write_text(path, new[file], path.stat().st_mode & 0o777)
        return True


@contextmanager
def opened(environment: Environment, what: str, today: date) -> Iterator[Desk]:
    """Gives the desk at which the records of an environment are edited; whoever comes second waits a moment.

    Raises RefusedError (exit 5) when the other one is not done by then, (exit 2) for what an edit may not do.
    """
    with ExitStack() as stack:
        lock = environment.var / "people.lock"
        stack.enter_context(held(lock, who=getpass.getuser(), run=what, wait=WAIT_SECONDS))
        estate = load(environment.inventory, today)
        try:
            yield Desk(environment.inventory, estate, today, _texts(environment.inventory))
        except (EditError, NamingError) as error:
            raise RefusedError(f"{error}. Nothing was written.") from None


def _texts(inventory: Path) -> dict[str, str]:
    texts = {}
    for file in (PEOPLE, IDENTITIES, TELEPHONY):
        try:
            texts[file] = (inventory / file).read_bytes().decode("utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise RefusedError(
                f"asked to read {inventory / file}: {error}; run `./scripts/estate validate`"
            ) from None
    return texts
