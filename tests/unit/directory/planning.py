"""Plans the directory of a test over what it holds, and changes that as a hand would."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from typing import Any

from estate.declared.estate import Estate
from estate.plan.directory import Plan, plan
from estate.plan.directory_held import HeldDirectory, HeldGroup, HeldUser
from estate.plan.directory_steps import Sheets
from estate.plan.directory_wanted import wanted
from estate.records import Change
from tests.unit.directory.conftest import TODAY
from tests.unit.directory.memory import carried_out

Makes = Callable[..., Any]
SELIN = "access of selin.aydin (100136)", "account selin.aydin (100136)"
OURS = "OU=Belediye,DC=ad,DC=gumuscagil,DC=bel,DC=example"
PROGRAMS = f"CN=programlar,OU=Hizmet,{OURS}"
SHEETS = Sheets(known=frozenset({"100136", "100137"}))


def planned(
    estate: Estate, held: HeldDirectory | None = None, today: date = TODAY, sheets: Sheets = SHEETS
) -> Plan:
    return plan(wanted(estate, today), held or HeldDirectory(), "dir1", sheets)


def converged(estate: Estate, held: HeldDirectory | None = None, today: date = TODAY) -> HeldDirectory:
    """A directory that holds what is declared, reached by the steps of a plan on what the role leaves."""
    held = held or HeldDirectory(groups=(HeldGroup(PROGRAMS, "programlar", "Programlar"),))
    made = planned(estate, held, today)
    assert made.conflicts == ()
    return carried_out(held, made.steps)


def changed(held: HeldDirectory, user: str, **attributes: tuple[str, ...] | None) -> HeldDirectory:
    """The same directory after a hand changed one account; an attribute set to None is taken away."""

    def one(found: HeldUser) -> HeldUser:
        if found.user != user:
            return found
        both = {**found.attributes, **attributes}
        return replace(found, attributes={name: values for name, values in both.items() if values})

    return replace(held, users=tuple(one(found) for found in held.users))


def only(made: Plan) -> Change:
    [change] = made.changes
    return change


def stranger(dn: str, user: str, **attributes: tuple[str, ...]) -> HeldUser:
    return HeldUser(dn, {"sAMAccountName": (user,), "userAccountControl": ("512",), **attributes})
