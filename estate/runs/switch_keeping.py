"""Starts the rounds that look at switches, back them up and bring one back; tells from records what came of each."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from estate.declared import Estate
from estate.records import RecordError, captures, read
from estate.records.captures import Capture
from estate.records.shapes import Kind
from estate.runs.environment import Environment
from estate.runs.lock import held, lock_limit
from estate.runs.refused import Exit, RefusedError
from estate.runs.session import Deploy, Session, session, who
from estate.switches.state import SwitchState

LOOK = Deploy("switch_state", ("switches",), "switch_inventory")
CAPTURES = Deploy("switch_captures", ("switches",), "switch_inventory")
RESTORE = Deploy("switch_restore", ("switches",), "switch_inventory")
SILENT = "it did not answer, or let nobody in"


@dataclass(frozen=True)
class Round:
    """Says how a round of backups ended: the records afterwards, the switches refused and those that were silent."""

    records: tuple[Capture, ...]
    refused: tuple[str, ...]
    silent: tuple[str, ...]
    code: Exit


def named(estate: Estate, names: Sequence[str]) -> tuple[str, ...]:
    """Gives the switches that are asked for, all when none is; refuses one that is not declared, and to ask none."""
    known = [switch.name for switch in estate.switches.switches]
    told = ", ".join(known) or "none"
    if strangers := [name for name in names if name not in known]:
        lines = (f"no switch {name!r} is declared; known: {told}" for name in strangers)
        raise RefusedError("\n".join(lines))
    if not known:
        raise RefusedError("no switch is declared: there is nothing to do")
    return tuple(dict.fromkeys(names)) or tuple(known)


def look(environment: Environment, names: Sequence[str]) -> list[SwitchState]:
    """Has these switches looked at and gives their records, by name; one that did not answer is on record like others.

    Raises:
        RefusedError: another run holds the lock, or the look ended before each had a record.
    """
    folder = environment.var / "switches" / "state"
    with _locked(environment, "measure", "look at switches") as opened:
        begun = datetime.now(UTC)
        opened.pyinfra(LOOK, names, {"switch_login": "later"})
        seen = [_seen(folder / f"{name}.json", begun) for name in sorted(set(names))]
        found = [each for each in seen if each is not None]
        missing = set(names) - {each.switch for each in found}
        opened.result = "failed" if missing else "ok"
    if missing:
        text = f"nobody looked at {', '.join(sorted(missing))}; the reason stands above and in {opened.log}"
        raise RefusedError(text, Exit.FAILED)
    return found


def backup(environment: Environment, names: Sequence[str], anew: str = "") -> Round:
    """Has these switches read and what is good kept; raises RefusedError when another run holds the lock."""
    folder = environment.var / "switches" / "captures"
    with _locked(environment, "backup", f"captures anew: {anew}" if anew else "captures") as opened:
        begun = datetime.now(UTC)
        well = opened.pyinfra(CAPTURES, names, {"anew": anew} if anew else {})
        records = tuple(_afterwards(folder, name, begun) for name in names)
        silent = tuple(each.switch for each in records if each.refused == SILENT)
        refused = tuple(each.switch for each in records if each.refused and each.switch not in silent)
        opened.result = "ok" if well and not refused and not silent else "failed"
    code = Exit.FAILED if refused else Exit.UNREACHABLE if silent else Exit.OK if well else Exit.ERROR
    return Round(records, refused, silent, code)


def restore(environment: Environment, name: str, data: Mapping[str, str], dry: bool) -> Exit:
    """Has one switch brought back to a capture, or only planned; the deploy itself tells how it ended."""
    words = f"{'plan to restore' if dry else 'restore'} {name} from {data.get('generation', 'the newest capture')}"
    if dry:
        with session(environment, "backup", words) as opened:
            well = opened.pyinfra(RESTORE, [name], data, "--dry")
            opened.result = "ok" if well else "failed"
    else:
        with _locked(environment, "backup", words) as opened:
            well = opened.pyinfra(RESTORE, [name], data)
            opened.result = "changed" if well else "failed"
    return _code(opened, well)


@contextmanager
def _locked(environment: Environment, kind: Kind, reason: str) -> Iterator[Session]:
    """Opens a run that holds the lock of the environment: while somebody pushes, nothing that is seen is proven."""
    lock, limit = environment.var / "lock", lock_limit(environment)
    with (
        session(environment, kind, reason) as opened,
        held(lock, who=who(), run=opened.run.path.name, limit=limit) as (handle, _),
    ):
        opened.keep = (handle,)
        yield opened


def _code(opened: Session, well: bool) -> Exit:
    if well:
        return Exit.OK
    return Exit.UNREACHABLE if "unreachable" in opened.fallen().values() else Exit.FAILED


def _seen(path: Path, begun: datetime) -> SwitchState | None:
    """Gives what this look wrote; None when it did not come to it, whatever an earlier one left."""
    try:
        found = read(path, SwitchState)
    except RecordError:
        return None
    return found if found.looked_at >= begun else None


def _afterwards(folder: Path, name: str, begun: datetime) -> Capture:
    """Gives the record after a round; one that the round left as it was says from now on that its switch is silent."""
    try:
        found = captures.record(folder, name)
    except RecordError as damaged:
        return Capture(name, None, None, False, None, 0, str(damaged))
    if found.last_contact is None or found.last_contact < begun:
        found = replace(found, refused=SILENT)
        captures.note(folder, found)
    return found
