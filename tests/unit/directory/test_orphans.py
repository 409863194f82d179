"""The scan finds what has no record, and what has a record and does not exist."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from estate.plan.directory import plan
from estate.plan.directory_held import HeldDirectory, HeldGroup
from estate.plan.directory_orphans import orphans
from estate.plan.directory_wanted import wanted
from tests.unit.directory.conftest import TODAY
from tests.unit.directory.memory import carried_out
from tests.unit.directory.planning import OURS, stranger

Makes = Callable[..., Any]


def test_both_sides_are_named(declares: Makes, person: Makes) -> None:
    asked = wanted(declares(person(), person("100199", user="su.er")), TODAY)
    first = wanted(declares(person()), TODAY)
    held = carried_out(HeldDirectory(), plan(first, HeldDirectory(), "dir1").steps)
    open_one = stranger(f"CN=eski,OU=fen,OU=Birimler,{OURS}", "eski")
    closed_one = stranger(f"CN=yok,OU=Ayrilanlar,{OURS}", "yok", userAccountControl=("514",))
    program = stranger(f"CN=svc-eposta,OU=Hizmet,{OURS}", "svc-eposta")
    group = HeldGroup(f"CN=proje,OU=Gruplar,{OURS}", "proje")
    held = replace(held, users=(*held.users, open_one, closed_one, program), groups=(*held.groups, group))
    found = orphans(asked, held)
    assert (found.open, found.closed, found.groups) == ((open_one.dn,), (closed_one.dn,), (group.dn,))
    assert (found.absent, found.twice) == (("su.er (100199)",), ())


def test_somebody_who_left_and_has_no_account_is_missed_by_nobody(declares: Makes, person: Makes) -> None:
    assert orphans(wanted(declares(person(end="2026-11-01")), TODAY), HeldDirectory()).absent == ()
