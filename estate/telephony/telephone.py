"""Gives the telephone of a person as the exchange has it on a day, and how old its secret is; pure."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

from estate.declared import Estate
from estate.declared.numbering import naming
from estate.declared.people import Person
from estate.telephony.lines import Line, lines


@dataclass(frozen=True)
class Telephone:
    """A person's telephone; `sets` are hardware addresses with models, `named` where else its number stands."""

    line: Line
    sets: tuple[str, ...]
    named: tuple[str, ...]
    secret_age_days: int
    secret_overdue: bool

    def lines(self) -> list[str]:
        """Tells it in lines."""
        box = "voicemail" if self.line.voicemail else "no voicemail"
        secretary = f", {self.line.secretary} rings first" if self.line.secretary else ""
        overdue = ", overdue: write a new secret_issued" if self.secret_overdue else ""
        rows = [
            f"telephone  {self.line.number}: calls {self.line.calling_class}, {box}{secretary}",
            f"  pickup   {', '.join(self.line.groups) or 'nobody'}",
            f"  set      {', '.join(self.sets) or 'no set declared'}",
            f"  secret   {self.secret_age_days} days old (of {self.line.secret_issued}){overdue}",
        ]
        return rows + [f"  named    {what}" for what in self.named]

    def plain(self) -> dict[str, Any]:
        """Gives it as values for JSON."""
        told = {**asdict(self), **asdict(self.line), "secret_issued": self.line.secret_issued.isoformat()}
        del told["line"]
        return told


def telephone(estate: Estate, person: Person, today: date) -> Telephone | None:
    """Gives the telephone of a person, None for who has no line on that day."""
    line = next((each for each in lines(estate, today) if each.holder == person.personnel_number), None)
    if line is None:
        return None
    declared = estate.telephony
    age = (today - line.secret_issued).days
    return Telephone(
        line=line,
        sets=tuple(f"{row.mac} ({row.model})" for row in declared.phones if line.number in row.extensions),
        named=tuple(naming(declared, person)),
        secret_age_days=age,
        secret_overdue=age > declared.secret_days,
    )
