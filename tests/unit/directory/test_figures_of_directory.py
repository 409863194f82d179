"""What is counted of the directory names nobody and tells open, closed, stray and unused accounts apart."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from estate.declared.people import Person
from estate.plan.directory import plan
from estate.plan.directory_figures import Counted, figures
from estate.plan.directory_held import HeldDirectory, HeldGroup, HeldUser
from estate.plan.directory_wanted import wanted
from estate.records import to_json
from tests.unit.directory.conftest import TODAY, Declares
from tests.unit.directory.memory import carried_out

NOW = datetime(2026, 11, 30, 9, tzinfo=UTC)
NEW = "20261101080000.0Z"


def made(declares: Declares, *people: Person) -> tuple[Any, Any, HeldDirectory]:
    """A directory that holds exactly these people, all made this month."""
    estate = declares(*people)
    asked = wanted(estate, TODAY)
    held = carried_out(HeldDirectory(domain=True), plan(asked, HeldDirectory(domain=True), "dir1").steps)
    users = tuple(replace(one, attributes={**one.attributes, "whenCreated": (NEW,)}) for one in held.users)
    return estate, asked, replace(held, users=users)


def test_a_directory_as_declared_has_its_people_and_nothing_to_complain(
    declares: Declares, person: Callable[..., Person]
) -> None:
    vendor = person(
        "100159", user="f.veli.firma", status="firma", unit=None, end="2026-12-31", extension=None
    )
    estate, asked, held = made(declares, person(), vendor)
    found = figures(estate, asked, held, NOW)
    assert found.accounts == (
        Counted("contractor", "active", "none", 1),
        Counted("staff", "active", "bilgiislem", 1),
    )
    assert (sum(found.orphaned.values()), sum(found.stale.values()), found.absent, found.drift) == (
        0,
        0,
        0,
        0,
    )
    assert sum(found.profiles.values()) == 2
    assert "selin" not in to_json(found)


def test_programs_that_the_role_keeps_are_no_drift_and_a_person_among_them_is(
    declares: Declares, person: Callable[..., Person]
) -> None:
    estate, asked, held = made(declares, person())
    role = f"CN=svc-eposta,{asked.folder('Hizmet')}"

    def drift(*members: str) -> int:
        group = HeldGroup(f"CN=programlar,{asked.folder('Hizmet')}", "programlar", "", frozenset(members))
        return figures(estate, asked, replace(held, groups=(*held.groups, group)), NOW).drift

    assert (drift(role), drift(role, held.users[0].dn)) == (0, 1)


def test_an_account_nobody_uses_is_counted_once_it_is_old_enough(
    declares: Declares, person: Callable[..., Person]
) -> None:
    estate, asked, held = made(declares, person())
    later = NOW + timedelta(days=estate.directory.stale_after_days + 30)
    assert figures(estate, asked, held, later).stale == {"staff": 1}
    [user] = held.users
    logon = str(int((later - datetime(1601, 1, 1, tzinfo=UTC)).total_seconds()) * 10_000_000)
    used = HeldUser(user.dn, {**user.attributes, "lastLogonTimestamp": (logon,)})
    assert figures(estate, asked, replace(held, users=(used,)), later).stale == {}


def test_an_open_account_without_a_record_is_counted_by_its_type(
    declares: Declares, person: Callable[..., Person]
) -> None:
    estate, asked, held = made(declares, person())
    stray = HeldUser(
        f"CN=hayalet,{asked.folder('Birimler', 'bilgiislem')}",
        {"sAMAccountName": ("hayalet",), "userAccountControl": ("512",), "whenCreated": (NEW,)},
    )
    found = figures(estate, asked, replace(held, users=(*held.users, stray)), NOW)
    assert found.orphaned == {"staff": 1}


def test_a_membership_that_somebody_added_and_one_that_somebody_took_both_count(
    declares: Declares, person: Callable[..., Person]
) -> None:
    estate, asked, held = made(declares, person())
    [user] = held.users
    groups = []
    for group in held.groups:
        if group.name == "birim-bilgiislem":
            group = replace(group, members=frozenset())
        if group.name == "mudur-fen":
            group = replace(group, members=frozenset({user.dn}))
        groups.append(group)
    assert figures(estate, asked, replace(held, groups=tuple(groups)), NOW).drift == 2


def test_an_account_made_by_hand_outside_ours_is_an_orphan_and_no_administrator(
    declares: Declares, person: Callable[..., Person]
) -> None:
    estate, asked, held = made(declares, person())
    values = {"sAMAccountName": ("x",), "userAccountControl": ("512",), "whenCreated": (NEW,)}
    by_hand = HeldUser("CN=elyapimi,CN=Users,DC=ad", values)
    admin = HeldUser("CN=yonetici,CN=Users,DC=ad", values, kind="administrator")
    found = figures(estate, asked, replace(held, users=(*held.users, by_hand, admin)), NOW)
    assert found.orphaned == {"staff": 1}
    assert {(one.type, one.unit): one.accounts for one in found.accounts} == {
        ("administrator", "none"): 1,
        ("staff", "bilgiislem"): 1,
        ("staff", "none"): 1,
    }
