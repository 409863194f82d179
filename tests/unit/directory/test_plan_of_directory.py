"""The plan of the directory says exactly what differs, closes before it opens, and touches no chosen password."""

from dataclasses import replace
from datetime import date

import pytest

from estate.declared.estate import Estate
from estate.plan.directory_steps import NOBODY, Sheets
from tests.unit.directory.memory import carried_out
from tests.unit.directory.planning import OURS, SELIN, Makes, changed, converged, only, planned


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
