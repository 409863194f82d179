"""The plan of shared folders says exactly what differs, who loses what, and takes nothing away unasked."""

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from estate.declared import load
from estate.declared.estate import Estate
from estate.declared.holdings import holdings
from estate.declared.shares import Share
from estate.plan.display import _content
from estate.plan.shares import BIN, HeldShare, HeldShares, nameless, plan, removals_refused
from estate.plan.shares_wanted import WantedShares, admitted, rights, section, shares_of, wanted

LAB = Path(__file__).parents[3] / "inventories/lab"
TODAY = date(2026, 11, 26)


@pytest.fixture(scope="module")
def lab() -> Estate:
    return load(LAB, today=TODAY)


def share(**changed: object) -> Share:
    return Share.model_validate(
        {
            "name": "ik",
            "kind": "birim",
            "unit": "ik",
            "title_tr": "İnsan Kaynakları",
            "quota_bytes": 1000,
            "write_groups": ("birim-ik",),
            "recycle_days": 3,
            **changed,
        }
    )


def held(wants: WantedShares) -> HeldShares:
    """A host that holds exactly what is wanted."""
    folders = {one.name: HeldShare(one.access, one.default, BIN) for one in wants.shares}
    return HeldShares(folders, wants.conf, wants.record)


def with_folder(found: HeldShares, name: str, **changed: object) -> HeldShares:
    return replace(found, folders={**found.folders, name: replace(found.folders[name], **changed)})  # type: ignore[arg-type]


def moved(estate: Estate, number: str, **changed: object) -> Estate:
    """The estate with one person's record changed."""
    people = tuple(
        one.model_copy(update=changed) if one.personnel_number == number else one for one in estate.people
    )
    return replace(estate, people=people)


def test_an_empty_host_gets_every_folder(lab: Estate) -> None:
    wants = wanted(lab, TODAY)
    changes = plan(wants, HeldShares(unknown=("birim-ik",)), "files1")
    assert [(one.action, one.key) for one in changes] == [
        ("create", f"share {row.name}") for row in lab.shares.shares
    ]
    assert nameless(wants, HeldShares(unknown=("birim-ik",))) == ()


def test_a_host_that_holds_what_is_declared_needs_nothing(lab: Estate) -> None:
    wants = wanted(lab, TODAY)
    assert plan(wants, held(wants), "files1") == ()
    assert list(held(wants).sections) == [row.name for row in lab.shares.shares]


def test_a_right_given_by_hand_is_shown_as_a_diff_and_only_there(lab: Estate) -> None:
    wants = wanted(lab, TODAY)
    found = held(wants)
    wider = (*found.folders["ik"].access, "user:ali.can:rwx")
    [change] = plan(wants, with_folder(found, "ik", access=wider), "files1")
    assert (change.action, change.key) == ("update", "share ik")
    assert [line for line in _content(change) if line[:1] in "+-" and line[:3] not in ("---", "+++")] == [
        "-user:ali.can:rwx"
    ]


def test_a_folder_that_stands_but_is_not_served_and_one_that_is_served_but_gone_are_told_apart(
    lab: Estate,
) -> None:
    wants = wanted(lab, TODAY)
    found = held(wants)
    unserved = replace(found, conf=wants.conf.replace(wants.shares[0].section, ""))
    gone = replace(found, folders={name: one for name, one in found.folders.items() if name != "ik"})
    [first], [second] = plan(wants, unserved, "files1"), plan(wants, gone, "files1")
    assert (first.action, (first.before or "").splitlines()[0]) == ("update", "not served")
    assert (second.action, (second.before or "").splitlines()[-1]) == ("update", "no folder")


def test_places_inside_a_folder_are_named_and_the_rest_is_counted(lab: Estate) -> None:
    wants = wanted(lab, TODAY)
    paths = {"maaş/bordro.ods": ("+user:ali.can:rw-", "-group:birim-ik:rw-"), ".": ("+owner:ali.can",)}
    changes = plan(wants, with_folder(held(wants), "ik", paths=paths, more=7), "files1")
    assert [(one.key, one.before, one.after) for one in changes] == [
        ("share ik: .", "owner:ali.can", ""),
        ("share ik: maaş/bordro.ods", "user:ali.can:rw-", "group:birim-ik:rw-"),
        ("share ik: 7 more places", None, None),
    ]


def test_a_configuration_changed_by_hand_is_put_right_even_when_no_folder_differs(lab: Estate) -> None:
    wants = wanted(lab, TODAY)
    found = replace(held(wants), conf="# elle\n" + wants.conf, record="{}")
    assert [one.key for one in plan(wants, found, "files1")] == [
        "/etc/samba/shares.conf",
        "/etc/estate/shares.json",
    ]


def test_a_folder_no_longer_declared_goes_even_when_only_its_section_or_its_directory_is_left(
    lab: Estate,
) -> None:
    wants = wanted(lab, TODAY)
    found = held(wants)
    found = replace(
        found,
        folders={**found.folders, "elle": HeldShare()},
        conf=f"{found.conf}\n[eski]\n    path = /srv/shares/eski\n",
    )
    assert [(one.action, one.key) for one in plan(wants, found, "files1")] == [
        ("delete", "share eski"),
        ("delete", "share elle"),
    ][::-1]


def test_a_plan_that_takes_away_too_many_folders_needs_exactly_its_number(lab: Estate) -> None:
    everything = wanted(lab, TODAY)
    wants = WantedShares(everything.shares[:-3], "{}")
    changes = plan(wants, held(everything), "files1")
    refusal = removals_refused(changes, wants, 0.05, confirmed=0)
    assert refusal is not None and "would lose 3 of 29" in refusal and "Nothing was changed" in refusal
    assert removals_refused(changes, wants, 0.05, confirmed=2) is not None
    assert removals_refused(changes, wants, 0.05, confirmed=3) is None


def test_a_directory_that_does_not_answer_is_no_reason_to_judge_rights(lab: Estate) -> None:
    wants = wanted(lab, TODAY)
    assert nameless(wants, replace(held(wants), unknown=("birim-ik", "birim-ik-yonetim"))) == ("birim-ik",)


def test_a_mover_loses_the_old_folder_and_gains_the_new_one_in_one_plan(lab: Estate) -> None:
    """By name, so that a ticket made this morning opens nothing this afternoon."""
    before, after = wanted(lab, TODAY), wanted(moved(lab, "100106", unit="kultur", extension=None), TODAY)
    changes = {one.key: one for one in plan(after, held(before), "files1")}
    assert set(changes) == {"share ik", "share kultur"}
    assert "\\ayse.demir" in (changes["share ik"].before or "")
    assert "\\ayse.demir" not in (changes["share ik"].after or "")
    assert "\\ayse.demir" in (changes["share kultur"].after or "")


def test_who_left_is_named_at_folders_for_everybody_and_nowhere_else(lab: Estate) -> None:
    left = moved(lab, "100106", end=date(2026, 11, 24))
    text = {one.name: one.section for one in wanted(left, TODAY).shares}
    assert "invalid users = " in text["ortak"] and "\\ayse.demir" in text["ortak"]
    assert "\\ayse.demir" not in text["ik"]


def test_a_folder_that_nobody_may_open_is_not_open_to_everybody(lab: Estate) -> None:
    """Samba reads an empty list of users as everybody."""
    assert "valid users = nobody\n" in section(share(), (), "GUMUSCAGIL")


def test_groups_are_told_apart_by_their_whole_name(lab: Estate) -> None:
    people = holdings(lab, TODAY)
    own = next(one for one in people if "birim-ik" in one.groups)
    other = replace(own, groups=frozenset({"birim-ik-yonetim"}))
    assert admitted(share(), (own, other)) == (own.person.sam_account_name,)
    assert shares_of(frozenset({"birim-ik-yonetim"}), (share(),)) == {}


def test_rights_are_handed_down_except_those_of_a_scanner() -> None:
    access, default = rights(share(kind="tarama", scanners=("svc-tarayici",), read_groups=("tum-personel",)))
    assert set(access) - set(default) == {"user:svc-tarayici:-wx"}
    assert {"group:birim-ik:rwx", "group:tum-personel:r-x", "other::---", "group::---"} <= set(default)


def test_readers_and_writers_are_told_apart() -> None:
    folders = (share(name="duyuru", kind="ortak", unit=None, read_groups=("tum-personel",)),)
    assert shares_of(frozenset({"tum-personel"}), folders) == {"duyuru": "read"}
    assert shares_of(frozenset({"tum-personel", "birim-ik"}), folders) == {"duyuru": "write"}
