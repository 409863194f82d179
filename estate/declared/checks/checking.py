"""Gives a check what it may look at and the way to say what is wrong."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from estate.declared.backups import Backups
from estate.declared.directory import Directory
from estate.declared.drills import Drill
from estate.declared.duties import Duty
from estate.declared.fields import SignedException
from estate.declared.hosts import Groups
from estate.declared.identities import Identity
from estate.declared.mail import Mail
from estate.declared.mistakes import Place
from estate.declared.networks import Networks
from estate.declared.organisation import Organisation, Site
from estate.declared.people import Person
from estate.declared.pipeline import Pipeline
from estate.declared.reading import Reading
from estate.declared.services import Service
from estate.declared.shapes import nearest
from estate.declared.shares import Shares
from estate.declared.switches import Switches
from estate.declared.telephony import Telephony
from estate.declared.web_access import WebAccess


@dataclass(frozen=True)
class Parts:
    """The subjects as far as they could be shaped; a check touches only those it names in `needs`."""

    organisation: Organisation
    sites: tuple[Site, ...]
    networks: Networks
    services: tuple[Service, ...]
    mail: Mail
    directory: Directory
    backups: Backups
    people: tuple[Person, ...]
    identities: tuple[Identity, ...]
    shares: Shares
    web_access: WebAccess
    switches: Switches
    telephony: Telephony
    drills: tuple[Drill, ...]
    duties: tuple[Duty, ...]
    pipeline: Pipeline
    hosts: Groups


class Sayer:
    """Notes mistakes at places of subjects."""

    def __init__(self, readings: Mapping[str, Reading]) -> None:
        """Speaks about the files of `readings`, one per subject."""
        self._readings = readings

    def __call__(self, subject: str, place: Place, wrong: str, right: str) -> None:
        """Notes a mistake at a place below the single key of a subject's file."""
        full = place if subject == "hosts" else (f"estate_{subject}", *place)
        self._readings[subject].say(full, wrong, right)

    def line(self, subject: str, place: Place) -> int:
        """Gives the line of a place below the single key of a subject's file."""
        return self._readings[subject].line((f"estate_{subject}", *place))

    def place_of_machine(self, name: str) -> Place:
        """Gives the first place of hosts.yml at which a machine stands."""
        places = self._readings["hosts"].lines
        return next((place for place in places if place[-2:] == ("hosts", name)), ("all",))

    def unknown(self, subject: str, place: Place, name: object, what: str, known: Iterable[object]) -> None:
        """Notes a reference to something that is not declared."""
        self(subject, place, f"{name} is no {what}", nearest(str(name), map(str, known)))

    def twice(self, subject: str, rows: Iterable[tuple[Place, Hashable]], what: str) -> None:
        """Notes every value that stands a second time where it must be unique; None may repeat."""
        first: dict[Hashable, Place] = {}
        for place, value in rows:
            if value is not None and value in first:
                full = (f"estate_{subject}", *first[value])
                line = self._readings[subject].line(full)
                self(
                    subject,
                    place,
                    f"{what} {value} stands twice, first on line {line}",
                    "give each its own",
                )
            first.setdefault(value, place)

    def exception(
        self,
        subject: str,
        place: Place,
        exception: SignedException,
        people: tuple[Person, ...],
        today: date,
    ) -> None:
        """Notes an exception that has expired, or that nobody of the municipality approved."""
        if exception.until < today:
            self(
                subject,
                (*place, "until"),
                f"the exception ended on {exception.until} and today is {today}",
                "mend what it excused, or have it approved again with a new day",
            )
        users = [person.user for person in people if person.user is not None]
        if exception.approved_by not in users:
            self.unknown(subject, (*place, "approved_by"), exception.approved_by, "person", users)


@dataclass(frozen=True)
class Check:
    """A check across subjects: the subjects it needs, and what it does with them."""

    needs: frozenset[str]
    run: Callable[[Parts, Sayer, date], None]


def needing(*subjects: str) -> Callable[[Callable[[Parts, Sayer, date], None]], Check]:
    """Makes a function a check that runs only when the named subjects could be shaped."""
    return lambda function: Check(frozenset(subjects), function)
