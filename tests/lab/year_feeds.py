"""The events of a year about many people at once: feeds, a merger of directorates, a full block of extensions."""

from __future__ import annotations

from datetime import date

from tests.lab.calendar_year import ACCOUNTS, EVERYTHING, Played, Year, address, colleague
from tests.lab.reaching import sure
from tests.lab.sharing import SERVER


def a_short_feed_is_refused(year: Year) -> Played:
    people = [one for one in year.estate().people if one.status != "firma"]
    short = [one for place, one in enumerate(people) if place % 10 > 2]
    told = year.refused("import", year.export("short", short))
    assert "people are missing in the file, more than the share of 0.1" in told
    yield from ()


def the_same_feed_twice_changes_nothing(year: Year) -> Played:
    more = colleague("298010", "Feza", "Akıncı", unit="iklim", start="2027-10-01")
    feed = year.export("feed", [*year.estate().people, more])
    assert [one["personnel_number"] for one in year.person("import", feed)["edits"]] == ["298010"]
    again = year.person("import", feed)
    assert (again["result"], again["edits"]) == ("unchanged", [])
    yield ACCOUNTS
    assert year.held("298010")["cn"] == "feza.akinci"
    assert year.planned("--dry") == []


def a_corrected_letter_changes_the_name_and_not_the_login(year: Year) -> Played:
    assert year.held("298008")["displayName"] == "Ilgın Düzelten"
    people = [
        one.model_copy(update={"given_name": "İlgin"}) if one.personnel_number == "298008" else one
        for one in year.estate().people
    ]
    [edit] = year.person("import", year.export("corrected", people))["edits"]
    assert list(edit["changes"]) == ["given_name"]
    yield date(2027, 10, 18)
    yield EVERYTHING
    held = year.held("298008")
    assert (held["cn"], held["displayName"]) == ("ilgin.duzelten", "İlgin Düzelten")
    assert held["mail"] == address("ilgin.duzelten")


def a_directorate_is_merged_into_another(year: Year) -> Played:
    year.person("move", "--everybody-of", "plan", "--unit", "imar")
    assert [one for one in year.estate().people if one.unit == "plan"] == []
    yield EVERYTHING
    for number in ("298012", "100109"):
        held = year.held(number)
        assert "birim-imar" in held.groups and "birim-plan" not in held.groups
        assert "OU=imar,OU=Birimler" in held["dn"]
    section = sure(SERVER, "sed -n '/^\\[plan\\]/,/^$/p' /etc/samba/shares.conf")
    assert "valid users = nobody" in section, section


def a_full_block_of_extensions_is_told(year: Year) -> Played:
    path = year.inventory / "estate/people.yml"
    before = path.read_text("utf-8")
    taken = {one.extension for one in year.estate().people}
    free = [str(number) for number in range(4200, 4300) if str(number) not in taken]
    rows = [
        f'  - personnel_number: "{298100 + place}"\n    extension: "{extension}"\n    given_name: Nöbet\n'
        "    surname: Kulübesi\n    title: Zabıta Memuru\n    status: memur\n    unit: zabita\n    site: ANA\n"
        '    start: "2020-01-02"\n'
        for place, extension in enumerate(free)
    ]
    path.write_text(before.rstrip("\n") + "\n" + "".join(rows), "utf-8")
    words = ["--given", "Su", "--surname", "Bekçi", "--title", "Zabıta Memuru", "--status", "memur"]
    words += ["--unit", "zabita", "--site", "ANA", "--start", "25.10.2027"]
    told = year.refused("add", "298013", *words, "--extension", free[0])
    assert "zabita has 4200 to 4299, none is free" in told
    assert "take one from 4200 to 4299" in year.refused("add", "298013", *words, "--extension", "4300")
    assert "none is free" in year.refused("move", "100138", "--extension", free[0])
    path.write_text(before, "utf-8")
    yield from ()


def two_imports_at_once_are_both_kept(year: Year) -> Played:
    people = year.estate().people
    feeds = [
        year.export(f"feed-{number}", [*people, colleague(number, "Deniz", "Yarışan", unit="saglik")])
        for number in ("298014", "298015")
    ]
    imports = [year.started("import", feed) for feed in feeds]
    told = [one.communicate(timeout=120)[0] for one in imports]
    assert [one.returncode for one in imports] == [0, 0], told
    users = sorted(str(year.declared(number).user) for number in ("298014", "298015"))
    assert users == ["deniz.yarisan", "deniz.yarisan2"]
    given = [row.user for row in year.estate().identities if row.user]
    assert len(given) == len(set(given)), "a name stands twice in the ledger"
    yield from ()
