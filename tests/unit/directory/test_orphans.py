"""The scan finds what has no record, and what has a record and does not exist."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from estate.plan.directory import plan
from estate.plan.directory_held import HeldDirectory, HeldGroup
from estate.plan.directory_orphans import orphans, told
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


def test_an_open_account_outside_ours_is_told_and_closed_by_no_plan(declares: Makes, person: Makes) -> None:
    asked = wanted(declares(person()), TODAY)
    held = carried_out(HeldDirectory(), plan(asked, HeldDirectory(), "dir1").steps)
    users = "CN=Users,DC=ad,DC=gumuscagil,DC=bel,DC=example"
    by_hand = stranger(f"CN=elyapimi,{users}", "elyapimi")
    others = (
        replace(stranger(f"CN=yonetici,{users}", "yonetici"), kind="administrator"),
        replace(stranger(f"CN=Administrator,{users}", "Administrator"), kind="built_in"),
        stranger(f"CN=kapali,{users}", "kapali", userAccountControl=("514",)),
        replace(held.users[0], dn=f"CN=Selin,{users}"),
    )
    held = replace(held, users=(by_hand, *others))
    found = orphans(asked, held)
    assert (found.open, found.outside) == ((), (by_hand.dn,))
    [line] = told(asked, found)
    assert line.startswith(
        f"{by_hand.dn} is open and nobody declares it; it lies outside {OURS} and is left alone"
    )
    assert not any("elyapimi" in change.key for change in plan(asked, held, "dir1").changes)
