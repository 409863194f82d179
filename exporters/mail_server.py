"""Measures a mail server from inside: mailboxes, storage, queue, and what became of people's messages.

What cannot be asked is left out and said; it is never 0. Labels name units, never a person.
"""

from __future__ import annotations

import argparse
import json
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, fields
from pathlib import Path

import yaml

from exporters.mail_messages import Counts, Line, MeasureError, count, journal, say
from exporters.textfile import DIRECTORY, Textfile

DISABLED = 2
SECONDS = 60
# Where accounts stand in the directory; a unit's people stand one level further down.
UNITS, VENDORS, LEFT, BOXES = "birimler", "firmalar", "ayrilanlar", "kutular"


@dataclass(frozen=True)
class Settings:
    """States where to ask.

    `directory` is the map with which Postfix itself asks, `lists` its table of addresses of several people;
    `programs` are the mailboxes that hold nobody's mail.
    """

    domain: str
    directory: str
    lists: str
    quota_bytes: int
    programs: tuple[str, ...]

    @property
    def addresses_of_programs(self) -> frozenset[str]:
        """Gives the addresses whose mail is nobody's."""
        return frozenset(f"{user}@{self.domain}" for user in self.programs)

    @classmethod
    def load(cls, path: Path) -> Settings:
        """Reads the settings, or raises MeasureError naming what is wrong with them."""
        try:
            raw = yaml.safe_load(path.read_text(encoding="utf-8"))
            return cls(**{**raw, "programs": tuple(raw["programs"])})
        except (OSError, yaml.YAMLError) as error:
            raise MeasureError(f"settings {path}: cannot be read: {error}") from None
        except (TypeError, KeyError):
            wanted = ", ".join(each.name for each in fields(cls))
            raise MeasureError(f"settings {path}: wanted are the keys {wanted}") from None


@dataclass(frozen=True)
class Mailbox:
    """Is one mailbox as the directory has it; `unit` is never a person."""

    user: str
    type: str
    state: str
    unit: str


Ask = Callable[..., str]


def asked(command: list[str], stdin: str = "") -> str:
    """Runs a program and gives its answer; raises MeasureError with its words when it fails."""
    try:
        done = subprocess.run(
            command, input=stdin, capture_output=True, text=True, errors="replace", timeout=SECONDS
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise MeasureError(f"{command[0]}: {error}") from None
    if done.returncode:
        words = (done.stderr or done.stdout).strip().splitlines()
        raise MeasureError(f"{command[0]}: exit {done.returncode}: {words[-1] if words else 'no words'}")
    return done.stdout


def mailboxes(settings: Settings, ask: Ask = asked) -> list[Mailbox]:
    """Asks the directory who has a mailbox, with the account with which Postfix asks."""
    path = Path(settings.directory)
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except OSError as error:
        raise MeasureError(f"{path}: {error}") from None
    said = dict(re.split(r"\s*=\s*", line, maxsplit=1) for line in lines if re.match(r"\w+\s*=", line))
    missing = sorted({"server_host", "search_base", "bind_dn", "bind_pw"} - set(said))
    if missing:
        raise MeasureError(f"{path}: does not say {', '.join(missing)}")
    command = [
        "ldapsearch",
        "-LLL",
        "-x",
        "-o",
        "ldif-wrap=no",
        "-E",
        "pr=500/noprompt",
        "-H",
        said["server_host"],
    ]
    command += ["-D", said["bind_dn"], "-y", "/dev/stdin", "-b", said["search_base"]]
    text = ask([*command, "(&(objectClass=user)(mail=*))", "cn", "userAccountControl"], said["bind_pw"])
    entries = [entry for entry in text.split("\n\n") if re.search("(?m)^cn: ", entry)]
    return [_mailbox(entry, settings) for entry in entries]


def lists(settings: Settings, ask: Ask = asked) -> int:
    """Counts the addresses that lead to several people."""
    rows = ask(["postmap", "-s", settings.lists]).splitlines()
    return sum("," in row.partition("\t")[2] for row in rows)


def _mailbox(entry: str, settings: Settings) -> Mailbox:
    values = dict(line.split(": ", 1) for line in entry.splitlines() if ": " in line)
    above = [part.partition("=")[2].lower() for part in values["dn"].split(",")[1:]]
    closed = int(values.get("userAccountControl", "0")) & DISABLED or above[0] == LEFT
    state, user = "inactive" if closed else "active", values["cn"]
    if above[0] == BOXES:
        return Mailbox(user, "service" if user in settings.programs else "shared", state, "municipality")
    unit = above[0] if above[1:2] == [UNITS] else {VENDORS: "vendors", LEFT: "left"}.get(above[0], "other")
    return Mailbox(user, "personal", state, unit)


def storage(settings: Settings, boxes: Iterable[Mailbox], ask: Ask = asked) -> dict[str, tuple[int, int]]:
    """Gives used and allowed bytes per unit, as Dovecot counts them; a mailbox that says no limit has the house's."""
    units = {box.user: box.unit for box in boxes}
    sums: dict[str, tuple[int, int]] = {}
    rows = ask(["doveadm", "-f", "tab", "quota", "get", "-A"]).splitlines()
    if not rows or rows[0].split("\t")[0] != "Username":
        raise MeasureError("doveadm quota get: the answer has no table")
    for row in rows[1:]:
        name, _, kind, used, limit = row.split("\t")[:5]
        unit = units.get(name.partition("@")[0])
        if kind != "STORAGE" or unit is None:
            continue
        allowed = int(limit) * 1024 if limit.isdigit() else settings.quota_bytes
        before = sums.get(unit, (0, 0))
        sums[unit] = (before[0] + int(used) * 1024, before[1] + allowed)
    return sums


def queue(ask: Ask = asked) -> Counter[str]:
    """Counts the messages of each queue."""
    return Counter(json.loads(line)["queue_name"] for line in ask(["postqueue", "-j"]).splitlines())


def measure(
    settings: Settings, path: Path, ask: Ask = asked, after: Callable[[str], Iterable[Line]] = journal
) -> tuple[Textfile, list[str]]:
    """Measures everything that can be asked, and gives the measurements and the problems met."""
    out, problems = Textfile(), []
    counts = Counts.load(path)

    def messages() -> None:
        nonlocal counts
        further = Counts(counts.cursor, dict(counts.messages))
        count(further, after(further.cursor), settings.addresses_of_programs)
        further.save(path)
        counts = further

    def held() -> None:
        boxes = mailboxes(settings, ask)
        for box in boxes:
            out.add("bim_mailboxes", type=box.type, state=box.state, unit=box.unit)
        several = lists(settings, ask)
        out.set("bim_mailboxes", several, type="distribution", state="active", unit="municipality")
        for unit, (used, allowed) in storage(settings, boxes, ask).items():
            out.set("bim_mail_storage_used_bytes", used, unit=unit)
            out.set("bim_mail_storage_quota_bytes", allowed, unit=unit)

    def waiting() -> None:
        found = queue(ask)
        out.lay_down("bim_mail_queue_messages")
        for name, number in found.items():
            out.set("bim_mail_queue_messages", number, queue=name)

    for part in (messages, held, waiting):
        try:
            part()
        except (MeasureError, ValueError, KeyError) as error:
            problems.append(f"{part.__name__}: {error}")
    out.lay_down("bim_mail_messages_total")
    for key, number in counts.messages.items():
        direction, _, result = key.partition(" ")
        out.set("bim_mail_messages_total", number, direction=direction, result=result)
    return out, problems


def main() -> int:
    """Measures once; 0 when everything could be asked."""
    parser = argparse.ArgumentParser(description="Measures the mail server from inside.")
    parser.add_argument("--settings", type=Path, default=Path("/etc/estate/mail_server.yml"))
    parser.add_argument("--counts", type=Path, default=Path("/var/lib/estate/mail_server/counts.json"))
    parser.add_argument("--textfile", type=Path, default=DIRECTORY / "mail_server.prom")
    arguments = parser.parse_args()
    try:
        out, problems = measure(Settings.load(arguments.settings), arguments.counts)
    except MeasureError as error:
        say(str(error))
        return 2
    out.write(arguments.textfile)
    for problem in problems:
        say(problem)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
