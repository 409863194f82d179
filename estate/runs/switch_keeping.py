"""Starts the rounds that back switches up and bring one back, and tells from the records what came of each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from estate.declared import Estate
from estate.records import read, to_json, write_text
from estate.records.captures import Capture
from estate.runs.environment import Environment
from estate.runs.lock import held
from estate.runs.refused import Exit, RefusedError
from estate.runs.session import Deploy, Session, session, who

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
    """Gives the switches that are asked for, all when none is; refuses one that is not declared."""
    known = [switch.name for switch in estate.switches.switches]
    for name in names:
        if name not in known:
            raise RefusedError(f"no switch {name!r} is declared; known: {', '.join(known)}")
    return tuple(dict.fromkeys(names)) or tuple(known)


def backup(environment: Environment, names: Sequence[str], anew: str = "") -> Round:
    """Has these switches read and what is good kept; raises RefusedError when another round goes on."""
    folder = environment.var / "switches" / "captures"
    reason = f"captures anew: {anew}" if anew else "captures"
    with session(environment, "backup", reason) as opened:
        with held(environment.var / "switches" / "lock", who=who(), run=opened.run.path.name) as (handle, _):
            opened.keep = (handle,)
            begun = datetime.now(UTC)
            well = opened.pyinfra(CAPTURES, names, {"anew": anew} if anew else {})
            records = [_record(folder, name) for name in names]
            silent = [r.switch for r in records if r.last_contact is None or r.last_contact < begun]
            for at, record in enumerate(records):
                if record.switch in silent:
                    records[at] = replace(record, refused=SILENT)
                    write_text(_path(folder, record.switch), to_json(records[at], indent=1) + "\n", 0o600)
        refused = [r.switch for r in records if r.refused and r.switch not in silent]
        opened.result = "ok" if well and not refused and not silent else "failed"
    code = Exit.FAILED if refused else Exit.UNREACHABLE if silent else Exit.OK if well else Exit.ERROR
    return Round(tuple(records), tuple(refused), tuple(silent), code)


def restore(environment: Environment, name: str, data: Mapping[str, str], dry: bool) -> Exit:
    """Has one switch brought back to a capture, or only planned; the deploy itself tells how it ended."""
    words = f"{'plan to restore' if dry else 'restore'} {name} from {data.get('generation', 'the newest capture')}"
    with session(environment, "backup", words) as opened:
        if dry:
            well = opened.pyinfra(RESTORE, [name], data, "--dry")
        else:
            with held(environment.var / "lock", who=who(), run=opened.run.path.name) as (handle, _):
                opened.keep = (handle,)
                well = opened.pyinfra(RESTORE, [name], data)
        opened.result = "failed" if not well else "ok" if dry else "changed"
        return _code(opened, well)


def _code(opened: Session, well: bool) -> Exit:
    if well:
        return Exit.OK
    return Exit.UNREACHABLE if "unreachable" in opened.fallen().values() else Exit.FAILED


def _record(folder: Path, name: str) -> Capture:
    path = _path(folder, name)
    return read(path, Capture) if path.exists() else Capture(name, None, None, False, None, 0, None)


def _path(folder: Path, name: str) -> Path:
    return folder / f"{name}.json"
