"""Tries on every system who left, between two passwords that nobody knows, and writes down what was said."""

from __future__ import annotations

import json
import re
from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from pyinfra import logger
from pyinfra.api.command import FunctionCommand, StringCommand
from pyinfra.api.exceptions import PyinfraError
from pyinfra.api.host import Host
from pyinfra.api.operation import operation
from pyinfra.api.state import State

from estate.declared.people import Person
from estate.handover.welcome import first_password
from estate.plan.departures import TELEPHONE
from estate.records.departures import Proof, keep
from estate.verify.departures import faults, tried, verdict
from pyinfra_deploys.facts import directory, mail_tables, telephone_use, telephony
from pyinfra_deploys.facts.on_host import on_host
from pyinfra_deploys.facts.vault import Whispered

FACTS = Path(__file__).parents[1] / "facts"
BORROWED = ("directory_use_on_host", "mail_exchange_on_host")
CONTROL, LET_IN = "control", 200


def program() -> StringCommand:
    """Gives the command that cuts and tries, with the modules whose clients it borrows."""
    modules = {f"pyinfra_deploys.facts.{name}": FACTS / f"{name}.py" for name in BORROWED}
    return on_host(FACTS / "departures_on_host.py", modules)


@dataclass(frozen=True, repr=False)
class Telephones:
    """Holds from which host telephones are tried, where, and with what: extension and secret, by personnel number.

    `exchange` is the host that is asked whose numbers it has; who has no extension on record stands not in `people`.
    """

    host: str
    exchange: str
    asked: Mapping[str, Any]
    people: Mapping[str, tuple[str, str]]
    control: tuple[str, str]

    def __repr__(self) -> str:
        """Hides everything."""
        return "(hidden)"

    def answers(self, state: State, people: Sequence[Person]) -> dict[str, dict[str, Any]]:
        """Tries to register the control and these people; gives the answers by personnel number.

        A refusal of a number that the exchange still has for somebody proves nothing: the secret tried may be another
        one than it has. Of who has no number there is nothing to try, which is said and not called a refusal.
        """
        numbers = [one.personnel_number for one in people]
        tried = {CONTROL: self.control, **{key: self.people[key] for key in numbers if key in self.people}}
        uses = {
            key: {"kind": "register", "seconds": 0, "extension": extension, "secret": drawn}
            for key, (extension, drawn) in tried.items()
        }
        told = answer(state, self.host, on_host(telephone_use.ON_HOST), {**self.asked, "uses": uses})
        still = lines_held(answer(state, self.exchange, telephony.program(), {"do": "observe"}))
        for key in numbers:
            if key in still and told.get(key, {}).get("code") != LET_IN:
                fault = f"the exchange still has {still[key]} for them: run telephony first"
                told[key] = {"error": fault, "seconds": 0.0}
            elif key not in told:
                told[key] = {"nothing": "no number, on record or on the exchange", "seconds": 0.0}
        return told


def lines_held(observed: Mapping[str, Any]) -> dict[str, str]:
    """Gives by holder the number that an exchange lets register, from what telephony_on_host.py observes."""
    known = set(re.findall(r"(?m)^\[([0-9]+)\]", observed["files"].get("pjsip.conf", "")))
    return {box["holder"]: number for number, box in observed["boxes"].items() if number in known}


@dataclass(frozen=True, repr=False)
class Departures:
    """Holds who is to be tried and how; shows itself in no log, for it has the password of the control.

    `asked` is the question of departures_on_host.py without `do` and `people`, `control` its entry for the account
    that is open. `directory`, `mail` and `files` name hosts, `folder` where the directory keeps who left. `by` is whose
    hand asked, `run` for which run.
    """

    people: tuple[Person, ...]
    asked: Mapping[str, Any]
    control: Mapping[str, str]
    directory: str
    folder: str
    mail: Sequence[str]
    files: Sequence[str]
    telephones: Telephones | None
    shortest: int
    var: Path
    run: str
    by: str

    def __repr__(self) -> str:
        """Hides everything."""
        return "(hidden)"

    def prove(self, state: State, host: Host) -> bool:
        """Makes the tries from this host and keeps a proof for each person; tells whether all passed.

        Who is not closed yet keeps the password, is not tried and makes the run red. Each other account gets a
        password that stands in this process alone, so that a refusal means that the account is closed; afterwards one
        that nobody ever had, whatever happened in between.
        """
        passwords = {one.personnel_number: first_password(one, self.shortest) for one in self.people}
        forgotten: Mapping[str, str | None] = dict.fromkeys(passwords)
        try:
            try:
                told = self._set(state, passwords)
                closed = [one for one in self.people if one.personnel_number not in told["open"]]
                cut = self._cut(state, closed)
                answers = self._answers(host, closed, passwords)
            finally:
                self._set(state, forgotten)
        except PyinfraError as fault:
            host.log_styled(f"departures: {fault}", fg="red", log_func=logger.error)
            return False
        for one in (one for one in self.people if one not in closed):
            line = f"{one.user} ({one.personnel_number}) is not closed yet: run people first"
            host.log_styled(f"departures: {line}", fg="red", log_func=logger.error)
        passed = self._keep(host, closed, set(told["found"]), cut, answers)
        return passed and len(closed) == len(self.people)

    def _set(self, state: State, passwords: Mapping[str, str | None]) -> dict[str, Any]:
        asked = {"do": "passwords", "passwords": dict(passwords), "below": self.folder}
        return answer(state, self.directory, on_host(directory.ON_HOST), asked)

    def _cut(self, state: State, people: Sequence[Person]) -> dict[str, dict[str, int]]:
        """Ends sessions, and gives by personnel number how many of which system."""
        cut: dict[str, dict[str, int]] = {one.personnel_number: {} for one in people}
        for name in self.mail:
            asked = {"do": "kick", "users": [one.user for one in people], "domain": self.asked["domain"]}
            told = answer(state, name, on_host(mail_tables.ON_HOST), asked)
            self._count(cut, "mail", {one.personnel_number: told[str(one.user)] for one in people})
        for name in self.files:
            asked = {"do": "cut", "logins": [one.sam_account_name for one in people]}
            told = answer(state, name, program(), asked)
            for system, counts in (("files", told["ended"]), ("files, connection shared", told["shared"])):
                logins = {one.personnel_number: counts[str(one.sam_account_name)] for one in people}
                self._count(cut, system, logins)
        return cut

    @staticmethod
    def _count(cut: dict[str, dict[str, int]], system: str, counts: Mapping[str, int]) -> None:
        for number, count in counts.items():
            cut[number][system] = cut[number].get(system, 0) + count

    def _answers(
        self, host: Host, people: Sequence[Person], passwords: Mapping[str, str]
    ) -> dict[str, list[dict[str, Any]]]:
        tried_with = [
            {
                "key": one.personnel_number,
                "user": one.user,
                "login": one.sam_account_name,
                "password": passwords[one.personnel_number],
            }
            for one in people
        ]
        asked = {**self.asked, "do": "try", "people": [{"key": CONTROL, **self.control}, *tried_with]}
        answers: dict[str, list[dict[str, Any]]] = answer(host.state, host.name, program(), asked)
        if self.telephones is not None:
            for key, told in self.telephones.answers(host.state, people).items():
                answers[key].append({"system": TELEPHONE, **told})
        return answers

    def _keep(
        self,
        host: Host,
        people: Sequence[Person],
        held: set[str],
        cut: Mapping[str, Mapping[str, int]],
        answers: Mapping[str, list[dict[str, Any]]],
    ) -> bool:
        control, now, passed = tried(answers[CONTROL]), datetime.now(UTC), True
        for person in people:
            number = person.personnel_number
            assert person.closed_from is not None
            tries = tried(answers[number], number in held)
            proof = Proof(
                personnel_number=number,
                user=str(person.user),
                closed_from=person.closed_from,
                run=self.run,
                by=self.by,
                at=now,
                account=number in held,
                tries=tries,
                control=control,
                cut=cut[number],
                verdict=verdict(tries, control),
            )
            passed &= proof.verdict == "passed"
            path = keep(self.var, proof)
            for line in faults(proof):
                host.log_styled(f"departures: {line} ({path})", fg="red", log_func=logger.error)
        return passed


def answer(state: State, name: str, command: StringCommand, asked: Mapping[str, Any]) -> dict[str, Any]:
    """Runs a program on a host of the inventory, within the limit or not, and gives its answer, or raises with why."""
    host = state.inventory.get_host(name)
    host.connect(reason="to try who left", raise_exceptions=True)
    try:
        good, output = host.run_shell_command(command=command, _stdin=Whispered(json.dumps(asked)))
        told: dict[str, Any] = json.loads(output.stdout) if good else {}
    # The connection raises many kinds; a person needs the words, not the trace.
    except Exception as fault:
        raise PyinfraError(f"{name} gave no answer: {fault}") from None
    if not good:
        raise PyinfraError(f"{name} gave no answer: {' '.join(output.stderr_lines)[-500:]}")
    return told


@operation(is_idempotent=False)
def prove(departures: Departures) -> Generator[FunctionCommand, None, None]:
    """Proves that who left is refused; fails when somebody is let in, or when a system proves nothing."""
    if departures.people:
        yield FunctionCommand(departures.prove, [], {})
