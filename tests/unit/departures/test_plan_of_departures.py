"""Who left is planned to be tried until a passed proof of this very departure is on record."""

import json
import os
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from estate.declared.estate import Estate
from estate.declared.holdings import holdings
from estate.handover.papers import HandedOver, Papers
from estate.plan.departures import plan, systems, unproven
from estate.records import append
from estate.records.departures import Proof, keep, kept
from estate.runs import clock
from estate.verify.departures import SYSTEMS
from exporters.run_outcomes import measure
from tests.unit.departures.conftest import LEFT, REFUSALS
from tests.unit.directory.conftest import TODAY

Makes = Callable[..., Any]


@pytest.fixture
def missing(declares: Makes, person: Makes) -> Callable[..., list[str]]:
    """Gives who has to be tried, with these proofs on record, when Selin Aydın worked until 26 November."""

    def who(
        *proofs: Proof,
        given: dict[str, datetime] | None = None,
        served: Iterable[str] = REFUSALS,
        **record: Any,
    ) -> list[str]:
        leaver = person(**{"end": str(LEFT - timedelta(days=1)), **record})
        found = unproven(holdings(declares(leaver), TODAY), proofs, given or {}, served)
        return [one.personnel_number for one in found]

    return who


def test_who_left_is_tried_and_nobody_else(missing: Makes) -> None:
    assert missing() == ["100136"]
    for record in (
        {"end": None},
        {"start": "2027-01-01", "end": None},
        {"end": "2020-01-01"},
        {"user": None, "sam_account_name": None, "mail": None, "extension": None},
    ):
        assert missing(**record) == [], record


def test_a_passed_proof_of_this_departure_is_enough(missing: Makes, proof: Makes) -> None:
    assert missing(proof()) == []
    assert missing(proof(), proof(verdict="failed")) == []
    for other in ({"verdict": "failed"}, {"verdict": "error"}, {"personnel_number": "100137"}):
        assert missing(proof(**other)) == ["100136"], other


def test_a_proof_without_a_system_that_is_served_today_is_void(missing: Makes, proof: Makes) -> None:
    assert missing(proof(), served=[*REFUSALS, "imap posta2"]) == ["100136"]
    assert missing(proof(), served=["ldap", "imap"]) == []


def test_every_host_that_serves_a_system_is_tried(lab: Estate) -> None:
    assert list(systems(lab)) == list(REFUSALS) == list(SYSTEMS)
    place = lab.networks.hosts
    two = systems(replace(lab, hosts={**lab.hosts, "mail_servers": ("mail1", "mon1"), "web_proxies": ()}))
    assert list(two) == [
        *(
            "ldap",
            "kerberos",
            "imap mail1",
            "imap mon1",
            "submission mail1",
            "submission mon1",
            "files",
            "telephone",
        ),
    ]
    assert two["imap mon1"] == two["submission mon1"] == {"target": str(place["mon1"].address)}
    assert two["files"] == {"files": str(place["files1"].address)}
    web = lab.web_access.model_copy(update={"port": 8443})
    door = {"address": str(place["proxy1"].address), "port": 8443, "name": web.service_name}
    assert systems(replace(lab, web_access=web))["proxy"] == {"proxy": door}


def test_who_came_back_and_left_again_is_tried_again(missing: Makes, proof: Makes) -> None:
    assert missing(proof(closed_from=date(2025, 1, 1))) == ["100136"]
    at = proof().at
    assert missing(proof(), given={"100136": at + timedelta(minutes=1)}) == ["100136"]
    assert missing(proof(), given={"100136": at - timedelta(minutes=1), "100137": at}) == []


def test_a_first_password_is_dated_by_its_sheet_or_its_handing_over(tmp_path: Path) -> None:
    papers = Papers(tmp_path)
    assert papers.given() == {}
    early, late = datetime(2026, 11, 1, tzinfo=UTC), datetime(2026, 11, 2, tzinfo=UTC)
    papers.sheets_folder.mkdir()
    for number, made in (("100136", early), ("100137", late)):
        (papers.sheets_folder / f"{number}.pdf").write_bytes(b"%PDF")
        os.utime(papers.sheets_folder / f"{number}.pdf", (made.timestamp(), made.timestamp()))
    for number, handed in (("100137", early), ("100138", late)):
        append(tmp_path / "handed_over.jsonl", HandedOver(number, handed, "ugur"))
    assert papers.given() == {"100136": early, "100137": late, "100138": late}


def test_each_missing_proof_is_one_change_that_names_the_person(person: Makes) -> None:
    [change] = plan([person(end="2026-11-26")], "dosya1")
    assert (change.host, change.subject, change.action) == ("dosya1", "departures", "create")
    assert change.key == "proof that selin.aydin (100136) is refused"
    assert change.after == "closed from 2026-11-27: sessions cut, every system tried"


def test_what_was_kept_is_read_again_oldest_first_and_by_its_owner_alone(
    tmp_path: Path, proof: Makes
) -> None:
    old, new = proof(), proof(at=proof().at + timedelta(days=1))
    paths = [keep(tmp_path, one) for one in (new, old)]
    keep(tmp_path, proof(personnel_number="100137"))
    assert kept(tmp_path, "100136") == [old, new]
    assert len(kept(tmp_path)) == 3
    assert [path.stat().st_mode & 0o777 for path in paths] == [0o600, 0o600]
    assert json.loads(paths[1].read_text("utf-8"))["tries"][0]["said"].endswith("data 533, v1db1")


def test_who_is_not_proven_is_counted_without_a_name(
    declares: Makes, person: Makes, proof: Makes, tmp_path: Path
) -> None:
    long_ago = person(end="2020-01-01", legal_hold=True)
    estate = replace(declares(long_ago, person("100137", user="su.er", end="2020-01-01", legal_hold=True)))
    assert "\nbim_departures_unproven 2.0\n" in measure(estate, tmp_path).render()
    keep(tmp_path, proof(closed_from=long_ago.closed_from))
    assert "\nbim_departures_unproven 1.0\n" in measure(estate, tmp_path).render()
    nowhere = replace(estate, hosts={**estate.hosts, "file_servers": ()})
    assert "\nbim_departures_unproven 0.0\n" in measure(nowhere, tmp_path).render()


def test_of_leavers_on_two_days_only_those_of_before_today_are_counted(
    declares: Makes, person: Makes, proof: Makes, tmp_path: Path, lab: Estate
) -> None:
    """Each is proven hours after leaving; one count of both would never come back to 0."""
    today = clock.today(lab)
    earlier = person(end=str(today - timedelta(days=2)))
    estate = declares(earlier, person("100137", user="su.er", end=str(today - timedelta(days=1))))
    assert "\nbim_departures_unproven 1.0\n" in measure(estate, tmp_path).render()
    keep(tmp_path, proof(closed_from=earlier.closed_from))
    assert "\nbim_departures_unproven 0.0\n" in measure(estate, tmp_path).render()
