"""Changes the accounts and groups of a domain in one round trip, with the papers that belong to it."""

from __future__ import annotations

import json
from collections.abc import Generator, Mapping
from dataclasses import asdict, dataclass
from datetime import date

from pyinfra.api.command import FunctionCommand, PyinfraCommand, QuoteString, StringCommand
from pyinfra.api.operation import operation

from estate.declared.estate import Estate
from estate.handover.deletions import Deletion
from estate.handover.papers import Papers
from estate.handover.printing import printed
from estate.handover.welcome import first_password, page
from estate.plan.directory import Plan
from estate.plan.directory_held import HeldDirectory
from estate.plan.directory_wanted import Wanted
from pyinfra_deploys.facts.directory import ON_HOST
from pyinfra_deploys.facts.on_host import on_host
from pyinfra_deploys.facts.vault import Whispered


@dataclass(frozen=True, repr=False)
class Envelopes:
    """Holds what one change of the directory hands over: first passwords, and records of what is deleted.

    Shows itself in no log: it has the passwords.
    """

    papers: Papers
    estate: Estate
    today: date
    first: Mapping[str, str]
    deletions: tuple[Deletion, ...]
    present: frozenset[str]

    def __repr__(self) -> str:
        """Hides everything."""
        return "(hidden)"

    def lay_aside(self) -> None:
        """Writes sheets and records of deletions aside, before the directory changes.

        A run that died after it had deleted left its record aside: what is not `present` any more was deleted.
        """
        if self.present:
            self.papers.settle_deletions(self.present)
        people = {person.personnel_number: person for person in self.estate.people}
        pages = {
            number: page(self.estate, people[number], password, self.today)
            for number, password in self.first.items()
        }
        self.papers.lay_aside(printed(pages), self.deletions)

    def settle(self) -> None:
        """Gives them their own names, after the directory changed."""
        self.papers.settle()


def envelopes(
    papers: Papers,
    estate: Estate,
    today: date,
    planned: Plan,
    held: HeldDirectory,
    deletions: tuple[Deletion, ...],
) -> Envelopes:
    """Makes the first passwords of a plan."""
    people = {person.personnel_number: person for person in estate.people}
    shortest = estate.directory.password.min_length
    first = {number: first_password(people[number], shortest) for number in planned.first}
    present = frozenset(user.number for user in held.users if user.number is not None)
    return Envelopes(papers, estate, today, first, deletions, present)


def steps_with(planned: Plan, held: HeldDirectory, wanted: Wanted, passwords: Mapping[str, str]) -> Whispered:
    """Gives the standard input of the changing program: every step, and only the passwords that are set."""
    return Whispered(
        json.dumps(
            {
                "do": "replace",
                "below": wanted.base,
                "digest": held.digest,
                "passwords": dict(passwords),
                "steps": [asdict(step) for step in planned.steps],
            }
        )
    )


@operation()
def replace(
    steps: Whispered, handed: Envelopes, needed: bool, refusal: str | None = None
) -> Generator[PyinfraCommand, None, None]:
    """Makes the directory hold exactly what the plan wants: one command, one transaction.

    With a refusal nothing is changed and the host fails with it; a dry run shows the plan all the same.
    """
    if refusal:
        yield StringCommand("echo", QuoteString(refusal), ">&2;", "false")
    elif needed:
        command = on_host(ON_HOST)
        command.connector_arguments["_stdin"] = steps
        yield FunctionCommand(handed.lay_aside, [], {})
        yield command
        yield FunctionCommand(handed.settle, [], {})
