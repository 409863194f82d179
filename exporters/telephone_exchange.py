"""Measures the telephone exchange from inside: who is registered, trunks, calls, faxes, messages, who is kept out.

What cannot be asked is left out and said; it is never 0. Labels name units, sites, trunks and classes, never a number.
"""

from __future__ import annotations

import argparse
import json
import re
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from exporters import telephone_calls
from exporters.telephone_calls import Counts
from exporters.textfile import DIRECTORY, Textfile

DECLARED = Path("/etc/asterisk/estate/declared.json")
CALLS = Path("/var/log/asterisk/calls.db")
FAXES = Path("/var/log/asterisk/fax.log")
MESSAGES = Path("/var/spool/asterisk/voicemail/default")
DUMP = Path("/var/lib/estate/telephone_exchange/calls.db")
SECONDS = 20
_CONTACT = re.compile(r"(?m)^ +Contact: +([^/\s]+)/\S+ +\S+ +(Avail|NonQual|Unavail|Unknown)\b")
_REGISTRATION = re.compile(r"(?m)^ *([^/\s]+)/sips?:\S+ +\S+ +(\w+)")
_CALLS = re.compile(r"(?m)^(\d+) of \d+ max active calls|^(\d+) active calls?")
_BANNED = re.compile(r"Currently banned:\s*(\d+)")
_BACKED_UP = re.compile(r"(?m)^bim_backup_last_success_timestamp_seconds\{[^}]*\} (\S+)$")
_TOOK = re.compile(r"(?m)^bim_backup_last_duration_seconds\{[^}]*\} (\S+)$")

Ask = Callable[..., str]


class MeasureError(Exception):
    """Says what could not be asked, and what came instead."""


def say(words: str) -> None:
    """Tells the journal what went wrong."""
    print(f"telephone exchange: {words}", file=sys.stderr)


def asked(*command: str) -> str:
    """Runs a program and gives its answer; raises MeasureError with its words when it fails."""
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, errors="replace", timeout=SECONDS, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise MeasureError(f"{command[0]}: {error}") from None
    if done.returncode:
        words = (done.stderr or done.stdout).strip().splitlines()
        raise MeasureError(f"{command[0]}: exit {done.returncode}: {words[-1] if words else 'no words'}")
    return done.stdout


def contacts(ask: Ask = asked) -> dict[str, bool]:
    """Asks who has registered, telephones and trunks, and whether each can be reached."""
    text = ask("asterisk", "-rx", "pjsip show contacts")
    if "Contact" not in text and "No objects found" not in text:
        raise MeasureError("pjsip show contacts: the answer has no table")
    found: dict[str, bool] = {}
    for name, status in _CONTACT.findall(text):
        found[name] = found.get(name, False) or status in ("Avail", "NonQual")
    return found


def trunks(declared: Mapping[str, Any], reached: Mapping[str, bool], ask: Ask = asked) -> dict[str, bool]:
    """Tells which trunks carry calls: the operator answers and, where we log in, has let us in."""
    let_in = dict(_REGISTRATION.findall(ask("asterisk", "-rx", "pjsip show registrations")))
    return {
        name: reached.get(name, False) and let_in.get(name, "Registered") == "Registered"
        for name in declared["trunks"]
    }


def extensions(out: Textfile, declared: Mapping[str, Any], reached: Mapping[str, bool]) -> None:
    """Lays down declared extensions by unit, site, type and state; a fax line is answered by the exchange itself."""
    reserved = {(unit, site): n for unit, sites in declared["reserved"].items() for site, n in sites.items()}
    for unit, site in {(row["unit"], row["site"]) for row in declared["extensions"].values()} | set(reserved):
        out.lay_down("bim_pbx_extensions", unit=[unit], site=[site])
    for number, row in declared["extensions"].items():
        there = row["type"] == "fax" or reached.get(number, False)
        state = "registered" if there else "unregistered"
        out.add("bim_pbx_extensions", unit=row["unit"], site=row["site"], type=row["type"], state=state)
    for (unit, site), waiting in reserved.items():
        out.set("bim_pbx_extensions", waiting, unit=unit, site=site, type="sip", state="reserved")


def overdue(declared: Mapping[str, Any], today: date) -> int:
    """Counts the extensions whose secret is older than it may be."""
    days = [row["issued"] for row in declared["extensions"].values() if row["issued"]]
    return sum((today - date.fromisoformat(day)).days > declared["secret_days"] for day in days)


def messages(folder: Path, probes: Iterable[str]) -> dict[str, int]:
    """Counts the messages in mailboxes, new ones and those heard."""
    boxes = [path for path in folder.iterdir() if path.name not in set(probes)] if folder.is_dir() else []
    found = {"new": 0, "heard": 0}
    for box in boxes:
        for part in (path for path in box.iterdir() if path.is_dir()):
            found["new" if part.name in ("INBOX", "Urgent") else "heard"] += len(list(part.glob("msg*.txt")))
    return found


def backed_up(dump: Path, job: Path) -> float:
    """Gives the time of the newest copy of the call records that a good backup holds, 0 when there is none.

    The run of the backup takes and proves the copy. One that is newer than the last good run is not in it: a run is at
    work, failed, or somebody took the copy by hand. What the good run held was then made after that run began.
    """
    text = job.read_text(encoding="utf-8") if job.exists() else ""
    done, took = _BACKED_UP.search(text), _TOOK.search(text)
    if done is None or not float(done[1]) or not dump.exists():
        return 0.0
    good, made = float(done[1]), dump.stat().st_mtime
    return made if made <= good else good - float(took[1] if took else 0)


def answers(out: Textfile, declared: Mapping[str, Any], ask: Ask = asked) -> None:
    """Measures what a running exchange tells; one that does not answer is down, and nothing is known of the rest."""
    out.set("bim_pbx_up", 0)
    found = _CALLS.search(ask("asterisk", "-rx", "core show channels count"))
    if found is None:
        raise MeasureError("core show channels count: the answer has no calls")
    out.set("bim_pbx_up", 1)
    out.set("bim_pbx_active_calls", int(found[1] or found[2]))
    reached = contacts(ask)
    extensions(out, declared, reached)
    for name, up in trunks(declared, reached, ask).items():
        out.set("bim_pbx_trunk_up", up, trunk=name)


def measure(
    declared: Mapping[str, Any], counts: Counts, ask: Ask = asked, paths: Mapping[str, Path] | None = None
) -> tuple[Textfile, list[str]]:
    """Measures everything that can be asked, and gives the measurements and the problems met."""
    out, problems, at = Textfile(), [], paths or {}

    def exchange() -> None:
        answers(out, declared, ask)

    def calls() -> None:
        found = telephone_calls.rows(at.get("calls", CALLS), counts)
        telephone_calls.count(counts, found, declared)
        telephone_calls.faxes(counts, at.get("faxes", FAXES), declared)

    def kept() -> None:
        for folder, number in messages(at.get("messages", MESSAGES), declared["probes"]).items():
            out.set("bim_pbx_voicemail_messages", number, folder=folder)
        job = at.get("job", DIRECTORY / "backup_santral.prom")
        out.set("bim_pbx_cdr_backup_last_success_timestamp_seconds", backed_up(at.get("dump", DUMP), job))

    def blocked() -> None:
        found = _BANNED.search(ask("fail2ban-client", "status", "asterisk"))
        if found is None:
            raise MeasureError("fail2ban-client status: the answer has no number")
        out.set("bim_pbx_blocked_addresses", int(found[1]))

    for part in (exchange, calls, kept, blocked):
        try:
            part()
        except (MeasureError, sqlite3.Error, OSError, ValueError) as error:
            problems.append(f"{part.__name__}: {error}")
    declaration(out, declared)
    counted(out, counts)
    return out, problems


def declaration(out: Textfile, declared: Mapping[str, Any]) -> None:
    """Lays down what follows from what is declared alone."""
    for unit, (used, size) in declared["blocks"].items():
        out.set("bim_pbx_block_utilization_ratio", used / size, unit=unit)
    now = datetime.fromtimestamp(time.time(), ZoneInfo(declared["time_zone"]))
    out.set("bim_pbx_secrets_overdue", overdue(declared, now.date()))


def counted(out: Textfile, counts: Counts) -> None:
    """Lays down what was counted until now, each known label value at 0 first."""
    for name in ("calls", "outside_calls", "night_calls", "faxes"):
        out.lay_down(f"bim_pbx_{name}_total")
    for key, number in counts.calls.items():
        way, _, became = key.partition(" ")
        out.set("bim_pbx_calls_total", number, direction=way, disposition=became)
    for name, sums in (("outside_calls", counts.classes), ("night_calls", counts.night)):
        for key, number in sums.items():
            out.set(f"bim_pbx_{name}_total", number, **{"class": key})
    for key, number in counts.faxes.items():
        out.set("bim_pbx_faxes_total", number, result=key)


def main() -> int:
    """Measures once; 0 when everything could be asked."""
    parser = argparse.ArgumentParser(description="Measures the telephone exchange from inside.")
    parser.add_argument("--declared", type=Path, default=DECLARED)
    parser.add_argument("--counts", type=Path, default=Path("/var/lib/estate/telephone_measure/counts.json"))
    parser.add_argument("--textfile", type=Path, default=DIRECTORY / "telephone_exchange.prom")
    arguments = parser.parse_args()
    try:
        declared = json.loads(arguments.declared.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        say(f"{arguments.declared}: {error}; run the deploy telephony first")
        return 2
    counts = Counts.load(arguments.counts)
    try:
        out, problems = measure(declared, counts)
    except (KeyError, TypeError, AttributeError) as error:
        say(f"{arguments.declared} is of another release ({error!r}); run the deploy telephony")
        return 2
    counts.save(arguments.counts)
    out.write(arguments.textfile)
    for problem in problems:
        say(problem)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
