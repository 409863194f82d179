"""A year of joiners, movers, leavers, feeds, faults and drills, day by day, on real directory, folders and mailboxes.

The days are simulated (`--as-of`, `--data today=`) and the services are real. Two things they do not know are left out:
the VLAN and the licence of a mover. Positive logins are made before an end is written: the directory closes
an account by its own clock, which shows another day.
"""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from estate.drill import record
from estate.plan.directory_wanted import expiry
from tests.lab.calendar_year import (
    ACCOUNTS,
    EVERYTHING,
    Event,
    Played,
    Year,
    address,
    colleague,
    put_back,
    walk,
)
from tests.lab.mailing import smtp
from tests.lab.peopling import OWN, first_password
from tests.lab.reaching import sure, until
from tests.lab.sharing import smb
from tests.lab.year_clients import cleaned, ticket
from tests.lab.year_evidence import (
    a_drill_misses_the_time_of_one_service,
    a_line_is_down_during_the_nightly_backup,
    a_restore_test_fails_twice_and_passes_the_third_time,
    the_turn_of_the_year_and_the_leap_day_are_counted_once,
)
from tests.lab.year_feeds import (
    a_corrected_letter_changes_the_name_and_not_the_login,
    a_directorate_is_merged_into_another,
    a_full_block_of_extensions_is_told,
    a_short_feed_is_refused,
    the_same_feed_twice_changes_nothing,
    two_imports_at_once_are_both_kept,
)

pytestmark = pytest.mark.lab
CAST = (
    ("298002", "Sevgi", "Tanyeli", {"unit": "yazi"}),
    ("298004", "Tuna", "Göçer", {"unit": "bilgiislem", "title": "Programcı", "status": "sozlesmeli"}),
    ("298005", "Nurgül", "Vekiloğlu", {"unit": "kultur"}),
    ("298006", "Selin", "Sönmez", {"unit": "ik"}),
    ("298007", "Yavuz", "Ayrılık", {"unit": "hukuk"}),
    ("298008", "Ilgın", "Düzelten", {"unit": "emlak"}),
    ("298012", "Pelin", "Birleşen", {"unit": "plan"}),
)
"""Who works here already when the year begins."""


def reached(year: Year, user: str, recipient: str) -> bool:
    """Tells whether a letter from outside to an address lies in somebody's mailbox within a minute."""
    assert smtp(recipient)[0].startswith("250")
    return until(lambda: f"kutu {recipient}" in (year.inbox(user) or []), 60)


def a_joiner_has_everything_on_the_first_day(year: Year) -> Played:
    words = ["--given", "Işıl", "--surname", "Çağrışım", "--title", "Memur", "--status", "memur"]
    words += ["--unit", "park", "--site", "ANA", "--extension", "3790", "--start", "14.12.2026"]
    year.person("add", "298001", *words)
    yield EVERYTHING
    waits, first = year.held("298001"), first_password("298001")
    assert (waits.open, waits.groups) == (False, [])
    assert ticket("isil.cagrisim", first, OWN, OWN).returncode != 0, "the first day has not come"
    yield date(2026, 12, 14)
    yield EVERYTHING
    user = year.choose("298001")
    assert year.held("298001").groups == ["birim-park", "internet-standart", "tum-personel"]
    assert "blocks of size" in smb(user, OWN, "park", "ls")
    assert reached(year, user, address(user))


def a_joiner_gets_no_name_of_a_leaver(year: Year) -> Played:
    year.person("leave", "298002", "--on", "13.12.2026")
    words = ["--given", "Sevgi", "--surname", "Tanyeli", "--title", "Memur", "--status", "memur"]
    year.person("add", "298003", *words, "--unit", "yazi", "--site", "ANA", "--start", "14.12.2026")
    yield EVERYTHING
    left, came = year.held("298002"), year.held("298003")
    assert (left["cn"], left.open, left.groups) == ("sevgi.tanyeli", False, [])
    assert (came["cn"], came["mail"], came.open) == ("sevgi.tanyeli2", address("sevgi.tanyeli2"), True)


def a_mover_loses_the_old_rights_the_same_day(year: Year) -> Played:
    user = year.choose("298004")
    assert "blocks of size" in smb(user, OWN, "bilgiislem", "ls")
    year.person("move", "298004", "--unit", "fen", "--site", "GR1", "--extension", "3690")
    yield EVERYTHING
    assert "loses: birim-bilgiislem, internet-genis" in year.change("298004")["before"]
    assert "gains: birim-fen, internet-standart" in year.change("298004")["after"]
    assert "NT_STATUS_ACCESS_DENIED" in smb(user, OWN, "bilgiislem", "ls")
    assert "blocks of size" in smb(user, OWN, "fen", "ls")
    moved = year.held("298004")
    assert (moved["department"], moved["telephoneNumber"]) == ("Fen İşleri Müdürlüğü", "3690")


def a_stand_in_directs_until_the_last_day(year: Year) -> Played:
    year.person("move", "298005", "--acting", "park", "--until", "31.12.2026")
    yield EVERYTHING
    assert {"birim-park", "mudur-park"} <= set(year.held("298005").groups)
    yield date(2027, 1, 1)
    yield EVERYTHING
    assert year.held("298005").groups == ["birim-kultur", "internet-standart", "tum-personel"]


def a_marriage_keeps_login_and_old_address(year: Year) -> Played:
    user = year.choose("298006")
    year.person("rename", "298006", "--surname", "Arıkan", "--new-mail")
    yield EVERYTHING
    held = year.held("298006")
    assert (held["cn"], held["displayName"], held["mail"]) == (user, "Selin Arıkan", address("selin.arikan"))
    assert ticket(user, OWN).returncode == 0
    for recipient in (address(user), address("selin.arikan")):
        assert reached(year, user, recipient), recipient


def a_leaver_hands_over_and_is_held(year: Year) -> Played:
    user = year.choose("298007")
    year.person("leave", "298007", "--on", "31.12.2026", "--hand-over", "298004", "--legal-hold")
    yield ACCOUNTS
    lasts = year.held("298007")
    assert (lasts.open, lasts["accountExpires"]) == (True, expiry(date(2027, 1, 1), "Europe/Istanbul"))
    yield date(2027, 1, 1)
    yield EVERYTHING
    change = year.change("298007")
    assert change["key"] == f"access of {user} (298007)" and "kept: legal hold" in change["after"]
    held = year.held("298007")
    assert (held.open, held.groups, "OU=Ayrilanlar" in held["dn"]) == (False, [], True)
    assert ticket(user, OWN).returncode != 0
    assert year.inbox(user) is None
    assert reached(year, "tuna.gocer", address(user)), "who takes over gets a copy"
    sure("mail1", f"test -e /etc/dovecot/replies/{user}.sieve")


def a_return_after_eight_months_is_the_same_person(year: Year) -> Played:
    words = ["--given", "Yavuz", "--surname", "Ayrılık", "--title", "Şef", "--status", "memur"]
    words += ["--unit", "ruhsat", "--site", "ANA", "--start", "1.9.2027"]
    year.person("add", "298007", *words)
    year.person("add", "298011", *words)
    yield EVERYTHING
    back, namesake = year.held("298007"), year.held("298011")
    assert (back["cn"], back["mail"], back.open) == ("yavuz.ayrilik", address("yavuz.ayrilik"), True)
    assert "birim-ruhsat" in back.groups and "birim-hukuk" not in back.groups
    assert namesake["cn"] == "yavuz.ayrilik2", "another number is another person"
    assert ticket("yavuz.ayrilik", OWN).returncode != 0, "the password of before is gone"
    year.choose("298007", f"{OWN} 2")
    kept = year.inbox("yavuz.ayrilik", f"{OWN} 2")
    assert kept and f"kutu {address('yavuz.ayrilik')}" in kept, "the mailbox was kept"
    sure("mail1", "test ! -e /etc/dovecot/replies/yavuz.ayrilik.sieve")


def a_contract_ends_on_a_weekend(year: Year) -> Played:
    assert year.today.isoweekday() == 6
    held = year.held("298009")
    assert (held["cn"], held.open) == ("f.riza.yuklenici", True)
    assert held["accountExpires"] == expiry(date(2027, 9, 5), "Europe/Istanbul"), "closes itself on Sunday"
    yield date(2027, 9, 6)
    yield ACCOUNTS
    held = year.held("298009")
    assert (held.open, held.groups, "OU=Ayrilanlar" in held["dn"]) == (False, [], True)


CALENDAR = (
    Event(date(2026, 12, 1), "1 somebody joins", a_joiner_has_everything_on_the_first_day),
    Event(date(2026, 12, 14), "2 somebody joins with a leaver's name", a_joiner_gets_no_name_of_a_leaver),
    Event(date(2026, 12, 14), "3 somebody moves", a_mover_loses_the_old_rights_the_same_day),
    Event(date(2026, 12, 14), "4 somebody stands in for a director", a_stand_in_directs_until_the_last_day),
    Event(date(2026, 12, 14), "5 somebody marries", a_marriage_keeps_login_and_old_address),
    Event(date(2026, 12, 31), "6 somebody leaves", a_leaver_hands_over_and_is_held),
    Event(date(2027, 9, 1), "7 somebody comes back", a_return_after_eight_months_is_the_same_person),
    Event(date(2027, 9, 4), "8 a contract ends on a weekend", a_contract_ends_on_a_weekend),
    Event(date(2027, 9, 15), "9 a feed lacks three rows of ten", a_short_feed_is_refused),
    Event(date(2027, 10, 1), "10 the same feed twice", the_same_feed_twice_changes_nothing),
    Event(date(2027, 10, 8), "11 a corrected letter", a_corrected_letter_changes_the_name_and_not_the_login),
    Event(date(2027, 10, 18), "12 two directorates merge", a_directorate_is_merged_into_another),
    Event(date(2027, 10, 25), "13 a block of extensions is full", a_full_block_of_extensions_is_told),
    Event(date(2027, 11, 1), "14 two imports at once", two_imports_at_once_are_both_kept),
    Event(
        date(2027, 11, 2),
        "15 leap day, turn of the year",
        the_turn_of_the_year_and_the_leap_day_are_counted_once,
    ),
    Event(date(2027, 11, 10), "16 a line is down at night", a_line_is_down_during_the_nightly_backup),
    Event(
        date(2027, 11, 15), "17 the third restore test", a_restore_test_fails_twice_and_passes_the_third_time
    ),
    Event(date(2027, 11, 30), "18 a drill misses a time", a_drill_misses_the_time_of_one_service),
)


@pytest.fixture
def year(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Year:
    """Gives the year before its first event: its cast is declared. What is kept of others is not purged by its days."""
    monkeypatch.setattr(record, "versions", dict)
    begun = Year.begun(tmp_path)
    cast = [colleague(number, given, surname, **work) for number, given, surname, work in CAST]
    begun.person("import", begun.export("cast", [*begun.estate().people, *cast]))
    begun.person("leave", "100137", "--legal-hold")
    words = [
        "--given",
        "Rıza",
        "--surname",
        "Yüklenici",
        "--title",
        "Yüklenici Teknisyeni",
        "--status",
        "firma",
    ]
    begun.person("add", "298009", *words, "--start", "1.12.2026", "--end", "4.9.2027")
    return begun


def test_a_year_in_the_life_of_the_estate(year: Year) -> None:
    assert [event.name.split()[0] for event in CALENDAR] == [str(number) for number in range(1, 19)]
    cleaned()
    try:
        walk(year, CALENDAR)
    finally:
        try:
            cleaned()
        finally:
            put_back(EVERYTHING)
