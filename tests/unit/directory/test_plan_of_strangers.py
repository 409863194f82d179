"""What nobody declares is closed and kept; names in conflict and too many removals stop the plan."""

from dataclasses import replace

import pytest

from estate.plan.directory import plan, refused
from estate.plan.directory_steps import Sheets, Step
from estate.plan.directory_wanted import wanted
from tests.unit.directory.conftest import TODAY
from tests.unit.directory.memory import carried_out
from tests.unit.directory.planning import OURS, SELIN, Makes, changed, converged, only, planned, stranger


def test_a_group_that_differs_only_by_dots_is_a_conflict_and_no_second_group(declares: Makes) -> None:
    held = converged(declares())
    dotted = tuple(replace(one, name="BİRİM-FEN") if one.name == "birim-fen" else one for one in held.groups)
    names = {name: dn for name, dn in held.names.items() if name != "birim-fen"}
    made = planned(declares(), replace(held, groups=dotted, names=names))
    assert (
        "BİRİM-FEN in the directory and birim-fen, which is declared, differ only by marks"
        in made.conflicts[0]
    )


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
