"""Takes over what the personnel system exports."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from estate.cli.person.words import AsJson, AsOf, Chosen, Dry, file_edits, today_of
from estate.people import entries, feed, table
from estate.people.roster import Roster
from estate.runs.environment import Environment
from estate.runs.filing import Desk, opened
from estate.runs.refused import Exit, RefusedError, told


def take_over(
    file: Annotated[Path, typer.Argument(help="Export of the personnel system (CSV).", metavar="FILE")],
    partial: Annotated[
        bool, typer.Option("--partial", help="Import the good rows beside damaged ones.")
    ] = False,
    account: Annotated[bool, typer.Option(help="Give new people an account and a mailbox.")] = True,
    absent: Annotated[int | None, typer.Option(help="So many people are missing, and rightly so.")] = None,
    dry: Dry = False,
    as_json: AsJson = False,
    as_of: AsOf = None,
    environment: Chosen = None,
) -> None:
    """Takes over what the personnel system exports: new people, changes, last days. Deletes nobody.

    Exit: 0 imported, or nothing to change; 2 refused and nothing written (damaged rows, a short or unreadable file);
    3 imported in part with --partial: damaged rows are listed; 5 another edit is being written.
    """
    with told(), opened(Environment.chosen(environment), "person import", today_of(as_of)) as desk:
        judged = _judged(file, desk)
        if judged.faults and not partial:
            rows = "\n".join(f"{file}: {fault.sentence()}" for fault in judged.faults)
            raise RefusedError(
                f"{len({fault.line for fault in judged.faults})} damaged rows in {file}; nothing was written. "
                f"Mend them, or import the others with --partial.\n{rows}"
            )
        compared = feed.compared(Roster(desk.estate, desk.today), judged, absent, account=account)
        extra = {
            "refused": [vars(fault) for fault in judged.faults],
            "missing": [person.personnel_number for person in compared.missing],
            "notes": list(compared.notes),
            "unchanged": compared.unchanged,
        }
        lines = [f"{file}: {fault.sentence()}" for fault in judged.faults]
        lines += [
            f"{one.personnel_number} {one.display_name}: missing in the file; kept"
            for one in compared.missing
        ]
        file_edits(desk, compared.edits, [*lines, *compared.notes], extra, dry=dry, as_json=as_json)
    if judged.faults:
        raise typer.Exit(Exit.FAILED)


def _judged(file: Path, desk: Desk) -> entries.Judged:
    try:
        rows, faults = table.read(file.read_bytes())
    except OSError as error:
        raise RefusedError(f"asked to read {file}: {error.strerror}; nothing was written") from None
    except table.TableError as error:
        raise RefusedError(f"{file}: {error}; nothing was written") from None
    return entries.judged(rows, faults, desk.estate, desk.today)
