"""Walks through simulated days over a second checkout of the lab: records are edited, deploys run, clients are asked.

An event is a generator. Whatever it does until its first `yield` happens on the morning of its day. It yields
the deploys after which it goes on in the evening of that day, or a later day to go on in the morning of that one.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from estate.declared.estate import Estate, load
from estate.declared.people import Person
from estate.people import crowd
from tests.lab import mailing
from tests.lab.peopling import OWN, first_password, second_checkout
from tests.lab.reaching import BIN, Answer, ran
from tests.lab.year_clients import Account, held_by, subjects, ticket

Deploys = tuple[str, ...]
Played = Iterator[date | Deploys]
ACCOUNTS: Deploys = ("people",)
EVERYTHING: Deploys = ("people", "shares", "mailboxes")
AIMED = {"people": "directory_servers", "shares": "file_servers", "mailboxes": "mail_servers"}
HERE = {"title": "Memur", "status": "memur", "site": "ANA", "start": "2020-01-02"}


@dataclass(frozen=True)
class Event:
    """One row of the calendar: the day on which it begins, what happens, and who plays it."""

    day: date
    name: str
    play: Callable[[Year], Played]


def walk(year: Year, calendar: Sequence[Event]) -> None:
    """Plays the events; those of one day share its deploys. A failure bears the name of its event."""
    going = [(event.day, place, event, event.play(year)) for place, event in enumerate(calendar)]
    while going:
        today = min(day for day, *_ in going)
        mornings = sorted((one for one in going if one[0] == today), key=lambda one: one[1])
        going = [one for one in going if one[0] != today]
        year.today = today
        evenings, deploys = [], set[str]()
        for _, place, event, played in mornings:
            then = _next(event, played)
            if isinstance(then, tuple):
                evenings.append((place, event, played))
                deploys.update(then)
            elif then is not None:
                going.append((then, place, event, played))
        if evenings:
            year.deploy([name for name in EVERYTHING if name in deploys])
        for place, event, played in evenings:
            then = _next(event, played)
            assert not isinstance(then, tuple), f"{event.name}: a day has one evening"
            if then is not None:
                going.append((then, place, event, played))


def _next(event: Event, played: Played) -> date | Deploys | None:
    try:
        return next(played, None)
    except BaseException as error:
        error.add_note(f"in the event of {event.day}: {event.name}")
        raise


@dataclass
class Year:
    """The second checkout, the day it is, what the last deploy of people changed, and a folder for records."""

    checkout: Path
    folder: Path
    today: date = date(2026, 12, 1)
    changes: list[dict[str, Any]] = field(default_factory=list)

    @classmethod
    def begun(cls, folder: Path) -> Year:
        """Makes the second checkout. What its owners would prolong in the course of the year is prolonged."""
        second = second_checkout(folder)
        for path in (second / "inventories/lab/group_vars/all").glob("*.yml"):
            text = path.read_text("utf-8")
            path.write_text(re.sub(r'until: "20\d\d-', 'until: "2031-', text), "utf-8")
        return cls(second, folder)

    @property
    def inventory(self) -> Path:
        """Names the folder of what is declared in the second checkout."""
        return self.checkout / "inventories/lab"

    def estate(self) -> Estate:
        """Reads what is declared today."""
        return load(self.inventory, self.today)

    def declared(self, number: str) -> Person:
        """Gives a person's record."""
        return next(one for one in self.estate().people if one.personnel_number == number)

    def words(self, *words: str | Path) -> list[str | Path]:
        """Gives the command line of `estate person` on this day."""
        return [sys.executable, "-m", "estate", "person", *words, "--as-of", str(self.today)]

    def person(self, *words: str | Path) -> dict[str, Any]:
        """Runs `estate person`, which has to write or find nothing to change; gives what it tells programs."""
        done = ran([*self.words(*words), "--json"], cwd=self.checkout, PYTHONPATH=str(self.checkout))
        assert done.returncode == 0, done.stdout + done.stderr
        told: dict[str, Any] = json.loads(done.stdout)
        return told

    def refused(self, *words: str | Path) -> str:
        """Runs `estate person`, which has to refuse and to leave the records as they are; gives the refusal."""
        before = self.texts()
        done = ran(self.words(*words), cwd=self.checkout, PYTHONPATH=str(self.checkout))
        assert done.returncode == 2, done.stdout + done.stderr
        assert self.texts() == before
        return done.stderr

    def texts(self) -> dict[str, str]:
        """Reads the records and the ledger."""
        return {
            name: (self.inventory / f"estate/{name}.yml").read_text("utf-8")
            for name in ("people", "identities")
        }

    def started(self, *words: str | Path) -> subprocess.Popen[str]:
        """Starts `estate person` and does not wait for it."""
        return subprocess.Popen(
            self.words(*words),
            cwd=self.checkout,
            env={**os.environ, "PYTHONPATH": str(self.checkout)},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def export(self, name: str, people: Sequence[Person]) -> Path:
        """Writes what the personnel system would export of these people."""
        path = self.folder / f"{name}.csv"
        path.write_bytes(crowd.exported(people))
        return path

    def pyinfra(self, deploys: Sequence[str], *options: str) -> Answer:
        """Runs deploys of the second checkout for this day."""
        argv: list[str | Path] = [BIN / "pyinfra", "-y", "pyinfra_deploys/inventory.py"]
        argv += [f"pyinfra_deploys/{name}.py" for name in deploys]
        argv += [word for name in deploys for word in ("--limit", AIMED[name])]
        argv += ["--data", f"today={self.today}", *options]
        return ran(argv, cwd=self.checkout, PYTHONPATH=str(self.checkout))

    def deploy(self, deploys: Sequence[str]) -> None:
        """Brings the day to the directory, and to the folders and the mail tables where that was asked for."""
        self.changes = self.planned()
        if others := [name for name in deploys if name != "people"]:
            done = self.pyinfra(others)
            assert done.returncode == 0, done.stdout + done.stderr

    def planned(self, *options: str) -> list[dict[str, Any]]:
        """Runs the deploy of people and gives its changes; with --dry it only plans them."""
        file = self.folder / "changes.json"
        done = self.pyinfra(["people"], "--data", f"changes_file={file}", *options)
        assert done.returncode == 0, done.stdout + done.stderr
        changes: list[dict[str, Any]] = json.loads(file.read_text("utf-8"))
        return changes

    def change(self, number: str) -> dict[str, Any]:
        """Gives what the last deploy of people changed about a person."""
        [found] = [change for change in self.changes if f"({number})" in change["key"]]
        return found

    def held(self, number: str) -> Account:
        """Reads what the directory holds of a person."""
        return held_by(number)

    def choose(self, number: str, password: str = OWN) -> str:
        """Logs a person in with the first password and chooses their own one; gives the login."""
        user = str(self.declared(number).user)
        done = ticket(user, first_password(number), password, password)
        assert done.returncode == 0, done.stdout + done.stderr
        return user

    def inbox(self, user: str, password: str = OWN) -> list[str] | None:
        """Reads the subjects of a person's letters over IMAPS, None when the person may not log in."""
        return subjects(self.estate().mail, user, password)


def put_back(deploys: Sequence[str]) -> None:
    """Gives the hosts what this checkout declares again; each deploy is tried, also when another failed."""
    with ExitStack() as stack:
        for name in reversed(deploys):
            stack.callback(mailing.deploy, name, AIMED[name])


def colleague(number: str, given: str, surname: str, **work: str) -> Person:
    """Gives somebody as the personnel system knows them: without login and address."""
    names = {"personnel_number": number, "given_name": given, "surname": surname}
    return Person.model_validate({**names, **HERE, **work})


def address(user: str) -> str:
    """Gives the address that begins with a login."""
    return f"{user}@{mailing.DOMAIN}"
