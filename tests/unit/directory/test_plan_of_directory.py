"""The plan of the directory says exactly what differs, closes before it opens, and touches no chosen password."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from estate.declared.estate import Estate
from estate.plan.directory import Plan, plan, refused
from estate.plan.directory_held import HeldDirectory, HeldGroup, HeldUser
from estate.plan.directory_steps import NOBODY, Sheets, Step
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


def test_every_declared_thing_is_made_and_then_nothing_is_left_to_do(lab: Estate) -> None:
    held = converged(lab)
    again = planned(lab, held, sheets=Sheets(known=frozenset(p.personnel_number for p in lab.people)))
    assert (again.changes, again.steps, again.conflicts) == ((), (), ())
    kept = [one for one in lab.people if one.user is not None and one.end is None]
    assert len(held.users) == len(kept) + len(lab.mail.accounts)


def test_a_joiner_gets_an_account_groups_and_a_first_password(declares: Makes, person: Makes) -> None:
    made = planned(declares(person()), converged(declares()))
    change = only(made)
    assert (change.action, change.key) == ("create", SELIN[1])
    assert change.after == (
        "Selin Aydın, in Birimler/bilgiislem\nmail: selin.aydin@gumuscagil.bel.example\n"
        "title: Bilgisayar İşletmeni\nunit: Bilgi İşlem Müdürlüğü\nsite: ANA\nextension: 2805\n"
        "closes by itself: never\ngroups: birim-bilgiislem, internet-genis, tum-personel\n"
        "first day: 2014-02-24\nfirst password on a sheet"
    )
    assert made.first == ("100136",)
    assert [step.do for step in made.steps] == ["add", "members", "members", "members"]
    assert made.steps[0].attributes["pwdLastSet"] == ("0",)
    assert made.steps[0].attributes["userAccountControl"] == ("512",)


def test_who_starts_later_waits_closed_and_opens_on_the_day(declares: Makes, person: Makes) -> None:
    estate = declares(person(start="2026-12-01"))
    made = planned(estate, converged(declares()))
    assert made.steps[0].attributes["userAccountControl"] == ("514",)
    assert "closed until 2026-12-01" in (only(made).after or "")
    assert "first day" not in (only(made).after or "")
    opened = planned(estate, carried_out(converged(declares()), made.steps), date(2026, 12, 1))
    change = only(opened)
    assert (change.action, change.before) == ("update", "closed\nextension: none")
    gains = "gains: birim-bilgiislem, internet-genis, tum-personel"
    assert change.after == f"open\nextension: 2805\n{gains}\nfirst day: 2026-12-01"
    assert opened.first == ()


def test_a_leaver_loses_everything_before_anybody_joins(declares: Makes, person: Makes) -> None:
    held = converged(declares(person()))
    joiner = person("100199", user="su.er", given_name="Su", surname="Er")
    made = planned(declares(joiner, person(end="2026-11-29")), held)
    assert [(change.action, change.key) for change in made.changes] == [
        ("delete", SELIN[0]),
        ("create", "account su.er (100199)"),
    ]
    cut = made.changes[0]
    assert cut.before == (
        "in Birimler/bilgiislem\nopen\nextension: 2805\ncloses by itself: never\n"
        "loses: birim-bilgiislem, internet-genis, tum-personel"
    )
    assert (cut.after or "").startswith("closed since 2026-11-30, kept until 2028-11-28\nin Ayrilanlar\n")
    closing, move, join = made.steps[:3]
    assert (closing.do, closing.password) == ("change", NOBODY)
    assert closing.attributes["userAccountControl"] == ("514",)
    assert (move.do, move.to) == ("move", f"CN=selin.aydin,OU=Ayrilanlar,{OURS}")
    assert join.do == "add"
    after = carried_out(held, made.steps)
    assert all("selin" not in member for group in after.groups for member in group.members)
    assert (
        planned(
            declares(joiner, person(end="2026-11-29")), after, sheets=Sheets(frozenset({"100199"}))
        ).changes
        == ()
    )


def test_a_mover_shows_what_is_gained_and_what_is_lost(declares: Makes, person: Makes) -> None:
    held = converged(declares(person()))
    made = planned(declares(person(unit="fen", title="Şef", site="GR1")), held)
    change = only(made)
    assert change.action == "update"
    assert change.before == (
        "in Birimler/bilgiislem\ntitle: Bilgisayar İşletmeni\nunit: Bilgi İşlem Müdürlüğü\nsite: ANA\n"
        "loses: birim-bilgiislem, internet-genis"
    )
    assert change.after == (
        "in Birimler/fen\ntitle: Şef\nunit: Fen İşleri Müdürlüğü\nsite: GR1\ngains: birim-fen, internet-standart"
    )
    after = carried_out(held, made.steps)
    assert planned(declares(person(unit="fen", title="Şef", site="GR1")), after).changes == ()


def test_a_married_name_changes_what_is_shown_and_no_login(declares: Makes, person: Makes) -> None:
    held = converged(declares(person()))
    address = "selin.kaya@gumuscagil.bel.example"
    married = person(surname="Kaya", mail=address, mail_aliases=("selin.aydin@gumuscagil.bel.example",))
    made = planned(declares(married), held)
    [step] = made.steps
    assert dict(step.attributes) == {
        "sn": ("Kaya",),
        "displayName": ("Selin Kaya",),
        "mail": (address,),
        "proxyAddresses": ("smtp:selin.aydin@gumuscagil.bel.example",),
    }


def test_the_directory_closes_an_account_by_itself_at_midnight_in_istanbul(
    declares: Makes, person: Makes
) -> None:
    made = planned(declares(person(end="2026-12-31")), converged(declares(person())))
    assert only(made).after == "closes by itself: 2027-01-01 00:00"
    [step] = made.steps
    [expires] = step.attributes["accountExpires"]
    assert int(expires) == (int(date(2027, 1, 1).strftime("%s")) + 11644473600 - 3 * 3600) * 10_000_000


def test_capitals_of_names_and_places_do_not_count(declares: Makes, person: Makes) -> None:
    held = converged(declares(person()))
    shouted = changed(
        held, "selin.aydin", mail=("Selin.Aydin@GUMUSCAGIL.bel.example",), sAMAccountName=("SELIN.AYDIN",)
    )
    users = tuple(replace(user, dn=user.dn.upper()) for user in shouted.users)
    groups = tuple(
        replace(group, name=group.name.upper(), members=frozenset(dn.upper() for dn in group.members))
        for group in shouted.groups
    )
    assert planned(declares(person()), replace(shouted, users=users, groups=groups)).changes == ()


def test_a_name_that_only_begins_like_another_is_another(declares: Makes, person: Makes) -> None:
    held = converged(declares(person("100150", user="ali.can"), person("100151", user="aliosman")))
    made = planned(
        declares(
            person("100150", user="ali.can"), person("100151", user="aliosman"), person("100152", user="ali")
        ),
        held,
        sheets=Sheets(frozenset({"100150", "100151"})),
    )
    assert only(made).key == "account ali (100152)"


def test_a_group_that_differs_only_by_dots_is_a_conflict_and_no_second_group(declares: Makes) -> None:
    held = converged(declares())
    dotted = tuple(replace(one, name="BİRİM-FEN") if one.name == "birim-fen" else one for one in held.groups)
    names = {name: dn for name, dn in held.names.items() if name != "birim-fen"}
    made = planned(declares(), replace(held, groups=dotted, names=names))
    assert (
        "BİRİM-FEN in the directory and birim-fen, which is declared, differ only by marks"
        in made.conflicts[0]
    )


def stranger(dn: str, user: str, **attributes: tuple[str, ...]) -> HeldUser:
    return HeldUser(dn, {"sAMAccountName": (user,), "userAccountControl": ("512",), **attributes})


@pytest.mark.parametrize(
    ("dn", "number", "told"),
    [
        ("CN=baska,CN=Users,DC=x", None, "which has no personnel number"),
        (f"CN=baska,OU=fen,OU=Birimler,{OURS}", "100999", "which belongs to 100999"),
    ],
)
def test_a_login_that_somebody_else_has_is_a_conflict(
    declares: Makes, person: Makes, dn: str, number: str | None, told: str
) -> None:
    held = converged(declares())
    other = stranger(dn, "Selin.Aydin", **({"employeeID": (number,)} if number else {}))
    made = planned(declares(person()), replace(held, users=(*held.users, other), names={"selin.aydin": dn}))
    assert made.conflicts == (
        f"selin.aydin (100136): the login name selin.aydin is taken by {dn}, {told}; "
        "give that another name, or the number",
    )


def test_two_accounts_with_one_number_are_a_conflict_and_neither_is_closed(
    declares: Makes, person: Makes
) -> None:
    held = converged(declares(person()))
    twin = stranger(f"CN=x,OU=fen,OU=Birimler,{OURS}", "x", employeeID=("100136",))
    made = planned(declares(person()), replace(held, users=(*held.users, twin)))
    assert "two accounts have this personnel number" in made.conflicts[0]
    assert [change for change in made.changes if change.action == "delete"] == []


def test_an_account_with_the_number_is_taken_over_wherever_it_lies(declares: Makes, person: Makes) -> None:
    held = converged(declares())
    old = stranger("CN=Selin,CN=Users,DC=ad", "saydin", employeeID=("100136",), pwdLastSet=("1",))
    held = replace(held, users=(*held.users, old), names={**held.names, "saydin": old.dn})
    made = planned(declares(person()), held, sheets=Sheets())
    assert [step.do for step in made.steps if step.do in ("add", "move")] == ["move"]
    assert made.first == ()


def test_what_nobody_declares_is_closed_once_and_never_deleted(declares: Makes, person: Makes) -> None:
    held = converged(declares(person()))
    made = planned(declares(), held)
    change = only(made)
    assert (change.action, change.key) == ("delete", SELIN[0])
    assert change.after == "closed: nobody declares this account"
    assert [step.do for step in made.steps if step.do != "members"] == ["change", "move"]
    assert planned(declares(), carried_out(held, made.steps)).changes == ()


def test_accounts_of_programs_and_of_the_domain_are_left_alone(declares: Makes) -> None:
    held = converged(declares())
    others = [
        stranger(f"CN=svc-eposta,OU=Hizmet,{OURS}", "svc-eposta"),
        stranger("CN=Administrator,CN=Users,DC=ad", "Administrator"),
    ]
    assert planned(declares(), replace(held, users=(*held.users, *others))).changes == ()


def test_mailboxes_of_programs_are_never_locked_and_shared_ones_are(declares: Makes, lab: Estate) -> None:
    """The role keeps its own in the group; a mailbox that people share is put out, and so is a person."""
    box = type(lab.mail.accounts[0]).model_validate
    boxes = (box(BOX), box({**BOX, "user": "bilgi", "type": "ortak"}))
    program, shared = f"CN=kanarya,OU=Kutular,{OURS}", f"CN=bilgi,OU=Kutular,{OURS}"
    held = converged(declares(accounts=boxes))
    [group] = [one for one in held.groups if one.name == "programlar"]
    assert group.members == {program}
    role = f"CN=svc-eposta,OU=Hizmet,{OURS}"
    more = replace(group, members=group.members | {role, shared})
    by_hand = replace(held, groups=tuple(more if one is group else one for one in held.groups))
    made = planned(declares(accounts=boxes), by_hand)
    assert (only(made).key, only(made).before) == ("account bilgi", "loses: programlar")
    [step] = made.steps
    assert (step.dn, step.more, step.less) == (PROGRAMS, (), (shared,))


def test_programs_wait_for_the_role_that_makes_their_group(declares: Makes, lab: Estate) -> None:
    boxes = declares(accounts=(type(lab.mail.accounts[0]).model_validate(BOX),))
    [told] = planned(boxes, HeldDirectory(domain=True)).conflicts
    assert told == "group programlar is missing; apply playbooks/directory_servers.yml first"
    assert (
        planned(boxes, HeldDirectory()).conflicts
        == planned(declares(), converged(declares())).conflicts
        == ()
    )


def test_somebody_put_into_a_group_by_hand_is_shown_and_put_out(declares: Makes, person: Makes) -> None:
    held = converged(declares(person()))
    admin = "CN=Administrator,CN=Users,DC=ad"
    groups = tuple(
        replace(one, members=one.members | {admin}) if one.name == "internet-genis" else one
        for one in held.groups
    )
    made = planned(declares(person()), replace(held, groups=groups))
    assert (only(made).key, only(made).before) == ("group internet-genis", f"member: {admin}")
    assert made.steps == (Step("members", f"CN=internet-genis,OU=Gruplar,{OURS}", less=(admin,)),)


def test_who_comes_back_gets_the_same_account_and_a_new_first_password(
    declares: Makes, person: Makes
) -> None:
    gone = converged(declares(person(end="2026-11-29")), converged(declares(person())))
    made = planned(declares(person()), gone)
    assert made.first == ("100136",)
    assert [step.do for step in made.steps if step.do != "members"] == ["change", "move"]
    assert made.steps[0].attributes["pwdLastSet"] == ("0",)


def test_after_retention_the_account_goes_unless_it_is_held(declares: Makes, person: Makes) -> None:
    gone = converged(declares(person(end="2026-11-29")), converged(declares(person())))
    later = date(2029, 1, 1)
    made = planned(declares(person(end="2026-11-29")), gone, later)
    assert (made.purged, only(made).action, only(made).key) == (("100136",), "delete", SELIN[1])
    assert planned(declares(person(end="2026-11-29")), carried_out(gone, made.steps), later).changes == ()
    assert planned(declares(person(end="2026-11-29", legal_hold=True)), gone, later).purged == ()


@pytest.mark.parametrize(
    ("attributes", "sheets", "again"),
    [
        ({}, Sheets(), True),
        ({}, Sheets(known=frozenset({"100136"})), False),
        ({"pwdLastSet": ("1",)}, Sheets(), False),
        ({"lastLogon": ("134401516547803110",)}, Sheets(), False),
        ({}, Sheets(known=frozenset({"100136"}), interrupted=frozenset({"100136"})), True),
        ({"pwdLastSet": ("1",)}, Sheets(interrupted=frozenset({"100136"})), False),
    ],
)
def test_a_first_password_is_made_again_only_when_nobody_can_have_it(
    declares: Makes, person: Makes, attributes: dict[str, tuple[str, ...]], sheets: Sheets, again: bool
) -> None:
    held = changed(converged(declares(person())), "selin.aydin", **attributes)
    made = planned(declares(person()), held, sheets=sheets)
    assert (made.first, len(made.changes)) == ((("100136",), 1) if again else ((), 0))


BOX = {"user": "kanarya", "name": "Kanarya kaydı", "type": "servis", "quota_bytes": 100}


def test_a_new_vault_value_reaches_a_shared_mailbox_without_showing_it(declares: Makes, lab: Estate) -> None:
    box = type(lab.mail.accounts[0]).model_validate(BOX)
    held = converged(declares(accounts=(box,)))
    assert planned(declares(accounts=(box,)), held).changes == ()
    users = tuple(replace(user, password_matches=False) for user in held.users)
    made = planned(declares(accounts=(box,)), replace(held, users=users))
    assert (only(made).before, only(made).after) == ("another password", "password of the vault")
    assert (made.vault, made.steps[0].password) == (("kanarya",), "kanarya")


def test_a_shared_mailbox_never_expires_and_carries_its_quota(declares: Makes, lab: Estate) -> None:
    box = type(lab.mail.accounts[0]).model_validate(BOX)
    [step] = [one for one in planned(declares(accounts=(box,))).steps if one.do == "add"]
    assert step.dn == f"CN=kanarya,OU=Kutular,{OURS}"
    assert step.attributes["userAccountControl"] == ("66048",)
    assert step.attributes["maxStorage"] == ("100",)


def test_closing_more_than_the_declared_share_needs_exactly_the_number(
    declares: Makes, person: Makes
) -> None:
    staff = [person(str(200000 + i), user=f"k{i}") for i in range(20)]
    held = converged(declares(*staff))
    asked = wanted(declares(*staff[5:]), TODAY)
    made = plan(asked, held, "dir1")
    refusal = refused(made, held, asked, 0.1, confirmed=0)
    assert refusal is not None
    assert "closes or purges 5 accounts, 20 are open (access of k0 (200000), " in refusal
    assert "--data confirm_removals=5" in refusal
    assert refused(made, held, asked, 0.1, confirmed=4) is not None
    assert refused(made, held, asked, 0.1, confirmed=5) is None
    assert refused(made, held, asked, 0.25, confirmed=0) is None


def test_an_account_that_a_hand_closed_is_opened_again(declares: Makes, person: Makes) -> None:
    held = changed(converged(declares(person())), "selin.aydin", userAccountControl=("514",))
    assert (only(planned(declares(person()), held)).before) == "closed"


def test_an_account_without_a_password_is_mended(declares: Makes, person: Makes) -> None:
    held = changed(converged(declares(person())), "selin.aydin", userAccountControl=(str(0x10220),))
    made = planned(declares(person()), held)
    assert only(made).before == "open, password not required, password never expires"
    assert made.steps[0].attributes["userAccountControl"] == ("512",)


def test_a_record_of_nobody_closes_nobody(declares: Makes, person: Makes) -> None:
    held, asked = converged(declares(person())), wanted(declares(), TODAY)
    refusal = refused(plan(asked, held, "dir1"), held, asked, 1.0, confirmed=1)
    assert refusal == (
        "estate/people.yml declares nobody with an account; that closes nobody's. Nothing was changed."
    )


def test_names_in_conflict_stop_everything(declares: Makes, person: Makes) -> None:
    held = converged(declares(person()))
    other = stranger("CN=su,CN=Users,DC=ad", "su.er")
    held = replace(held, users=(*held.users, other), names={**held.names, "su.er": other.dn})
    asked = wanted(declares(person(), person("100199", user="su.er")), TODAY)
    refusal = refused(plan(asked, held, "dir1"), held, asked, 1.0, confirmed=0)
    assert refusal is not None
    assert refusal.startswith("names in conflict, 1: su.er (100199): the login name su.er is taken by CN=su,")
