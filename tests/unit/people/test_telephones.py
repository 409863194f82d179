"""An extension that goes is followed through telephony.yml, and what somebody has to decide is told at once."""

from __future__ import annotations

import difflib
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from estate.declared.numbering import undecided
from estate.people.rewriting import rewritten
from estate.people.telephones import TELEPHONY
from tests.unit.people.conftest import TODAY, Checkout

BEFORE = """\
  - {number: "2800", members: ["2803", "2804", "2805"]} # the desk
  # the blue one
  - {mac: "a", keys: [{position: 2, extension: "2801"}], otherwise: "5001"}
"""


def changed(checkout: Checkout, before: str) -> list[str]:
    after = (checkout.inventory / TELEPHONY).read_text("utf-8")
    lines = difflib.unified_diff(before.splitlines(), after.splitlines(), n=0, lineterm="")
    return [line for line in lines if line[0] in "+-" and line[:3] not in ("+++", "---")]


@pytest.fixture
def text(checkout: Checkout) -> str:
    return (checkout.inventory / TELEPHONY).read_text("utf-8")


def test_a_set_follows_who_moves_and_the_groups_of_before_do_not(checkout: Checkout, text: str) -> None:
    told = checkout.done("move", "100136", "--unit", "fen", "--site", "GR1")
    group = "name: Bilgi İşlem Yardım Masası, unit: bilgiislem, order: all, members: "
    lines = [line for line in text.splitlines() if group in line or "grandstream" in line]
    new = [lines[0].replace(', "2805"]', "]"), lines[1].replace('"2805"', '"3606"')]
    assert sorted(changed(checkout, text)) == sorted(
        [*(f"-{line}" for line in lines), *(f"+{line}" for line in new)]
    )
    assert told["telephony"] == [
        "100136 Selin Aydın: 2805 is no longer a member of hunt group 2800; say in estate/telephony.yml who follows",
        "100136 Selin Aydın: 3606 is now an account of the telephone set 00:53:4e:28:05:01, as 2805 was",
    ]


def test_a_dry_move_and_one_that_is_refused_leave_the_file(checkout: Checkout, text: str) -> None:
    assert checkout.done("move", "100136", "--unit", "fen", "--site", "GR1", "--dry")["telephony"]
    assert changed(checkout, text) == []
    path = checkout.inventory / TELEPHONY
    alone = text.replace('members: ["2803", "2804", "2805"]', 'members: ["2805"]')
    path.write_text(alone, "utf-8")
    told = checkout.refused("move", "100136", "--unit", "fen", "--site", "GR1")
    assert (
        "2805 of Selin Aydın (100136) is a member of hunt group 2800, and nothing would be left there" in told
    )
    assert path.read_text("utf-8") == alone


def test_a_row_and_a_set_go_with_the_last_extension(
    checkout: Checkout, text: str, export: Callable[..., Path]
) -> None:
    """An import gives no new extension: the class of before would wait for whoever comes back to one."""
    row = "100101;Ayşe;Yılmaz;Fen İşleri Müdürlüğü;Memur;memur;GR1;02.03.2009;"
    extra = text.replace(
        "  subscribers:\n", '  subscribers:\n    - {personnel_number: "100101", voicemail: false}\n'
    )
    (checkout.inventory / TELEPHONY).write_text(extra, "utf-8")
    told = checkout.done("import", str(export(row)), "--absent", "57")
    assert [line.partition(": ")[2].partition(";")[0] for line in told["telephony"]] == [
        "2401 is no longer in a row of subscribers",
        "2401 is no longer at the telephone set 00:53:4e:24:01:01",
    ]
    taken = [line for line in text.splitlines() if "yealink" in line]
    assert changed(checkout, text) == [f"-{line}" for line in taken]


def test_who_leaves_is_told_to_be_followed_and_keeps_nobody_from_closing(
    checkout: Checkout, text: str
) -> None:
    told = checkout.done("leave", "100136", "--at-once")
    assert told["telephony"][0] == (
        "100136 Selin Aydın: 2805 is a member of hunt group 2800 and rings nobody from 2026-11-30; "
        "say in estate/telephony.yml who follows"
    )
    assert changed(checkout, text) == []
    estate = checkout.estate()
    assert undecided(estate.telephony, estate.people, date(2026, 11, 29)) == []
    assert undecided(estate.telephony, estate.people, TODAY) == [
        f"Selin Aydın (100136, 2805) has left (2026-11-30) and is still {what}"
        for what in ("a member of hunt group 2800", "an account of the telephone set 00:53:4e:28:05:01")
    ]
    assert "telephony" not in checkout.done("leave", "100136", "--legal-hold")


def test_numbers_of_things_and_diverted_ones_are_given_to_nobody(checkout: Checkout) -> None:
    """2000 is the main number outside, which rings the operators; 2800 is the help desk's group."""
    told = checkout.refused("move", "100136", "--extension", "2800")
    assert (
        "extension 2800 is the hunt group Bilgi İşlem Yardım Masası; bilgiislem has 2800 to 2899, 2809"
        in told
    )
    checkout.done("move", "100129", "--unit", "ozelkalem")  # 2001 and 2002 are people's
    assert checkout.person("100129").extension == "2003"


def test_show_tells_how_far_a_telephone_calls_and_how_old_its_secret_is(checkout: Checkout) -> None:
    shown = checkout.run("show", "100156", today=date(2027, 6, 5)).stdout
    lines = shown.partition("telephone  ")[2].splitlines()[:4]
    assert lines == [
        "2002: calls international, voicemail, 2001 rings first",
        "  pickup   birim-ozelkalem",
        "  set      no set declared",
        "  secret   369 days old (of 2026-06-01), overdue: write a new secret_issued",
    ]
    told = checkout.done("show", "100104")["telephone"]
    assert (told["calling_class"], told["voicemail"], told["secret_overdue"]) == ("internal", False, False)
    assert checkout.done("show", "100137")["telephone"] is None  # has left


@pytest.mark.parametrize(
    ("place", "word", "old", "new"),
    [
        ((0, "members", 0), None, '["2803", "2804", "2805"]', '["2804", "2805"]'),
        ((0, "members", 2), None, '["2803", "2804", "2805"]', '["2803", "2804"]'),
        ((0, "members", 1), '"2899"', '"2804"', '"2899"'),
        ((1, "keys", 0), None, '[{position: 2, extension: "2801"}]', "[]"),
        ((1, "otherwise"), None, ', otherwise: "5001"', ""),
        ((0,), None, BEFORE.splitlines(keepends=True)[0], ""),
    ],
)
def test_one_place_of_a_text_changes_and_no_letter_beside(
    place: tuple[int | str, ...], word: str | None, old: str, new: str
) -> None:
    head = "estate_telephony:\n"
    assert rewritten(head + BEFORE, {("estate_telephony", *place): word}) == head + BEFORE.replace(old, new)


def test_neighbours_are_taken_out_together() -> None:
    places = {("a", 0): None, ("a", 1): None, ("a", 3): None}
    assert rewritten('a: ["1", "2", "3", "4"]\n', places) == 'a: ["3"]\n'
