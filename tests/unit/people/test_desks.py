"""A desk is moved with its person in one edit: told as ports and VLANs, refused where nobody can sit."""

from __future__ import annotations

import pytest

from tests.unit.people.conftest import ADD, Checkout, lines_changed

BRING = "./scripts/estate plan --limit {} --out plan.json, then ./scripts/estate apply plan.json"


def test_a_move_tells_both_ports_with_their_vlans_and_what_brings_them(checkout: Checkout) -> None:
    path = checkout.inventory / "estate/people.yml"
    path.write_text(
        path.read_text("utf-8").replace("outlet: ANA-3-114\n", "outlet: ANA-3-114 # window\n"), "utf-8"
    )
    before = checkout.texts()
    told = checkout.run("move", "100102", "--outlet", "ana-3-117").stdout.splitlines()
    assert told[:4] == [
        "100102 Mehmet Yılmaz: outlet ANA-3-114 -> ANA-3-117",
        "sw-ana-kat3 port 1 (ANA-3-114): data BRM08 (108), voice none "
        "-> data KARANTINA (90), voice none, shut down",
        "sw-ana-kat3 port 4 (ANA-3-117): data KARANTINA (90), voice none, shut down "
        "-> data BRM08 (108), voice SES (40)",
        f"then the ports: {BRING.format('sw-ana-kat3')}",
    ]
    assert lines_changed(before, checkout.texts()) == [
        "-    outlet: ANA-3-114 # window",
        "+    outlet: ANA-3-117 # window",
    ]
    shown = checkout.run("show", "100102").stdout.splitlines()
    assert "desk  ANA-3-117: sw-ana-kat3 port 4, data BRM08 (108), voice SES (40)" in shown


def test_unit_site_and_desk_change_in_one_call(checkout: Checkout) -> None:
    told = checkout.done("move", "100136", "--unit", "yazi", "--site", "ANA", "--outlet", "ANA-1-105")
    ports = {port["outlet"]: port["after"] for port in told["ports"]}
    assert ports["ANA-1-105"] == {"data": "BRM02 (102)", "voice": None, "closed": False}
    assert ports["ANA-3-115"] == {"data": "KARANTINA (90)", "voice": "SES (40)", "closed": False}
    assert told["bring_ports"] == BRING.format("sw-ana-kat1,sw-ana-kat3")


def test_who_leaves_the_desk_closes_the_port_unless_somebody_else_sits_there(checkout: Checkout) -> None:
    shared = checkout.run("move", "100145", "--outlet", "none").stdout.splitlines()
    assert shared[:2] == [
        "100145 Oğuz Yağız: outlet ANA-3-116 -> nothing",
        "ANA-3-116: its port stays as it is",
    ]
    told = checkout.done("move", "100146", "--outlet", "none")
    assert [port["after"]["closed"] for port in told["ports"]] == [True]
    assert "desk" not in checkout.run("show", "100146").stdout
    left = checkout.done("leave", "100118", "--at-once")
    assert [(port["outlet"], port["after"]["closed"]) for port in left["ports"]] == [("ANA-1-103", True)]


def test_who_joins_gets_a_desk_with_the_record(checkout: Checkout) -> None:
    words = [*ADD, "--unit", "yazi", "--outlet", "ANA-1-105"]
    told = checkout.done("add", "100161", "--given", "Nuri", "--surname", "Işık", *words)
    assert [port["after"]["data"] for port in told["ports"]] == ["BRM02 (102)"]
    assert checkout.person("100161").outlet == "ANA-1-105"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--outlet", "ANA-3-171"], '--outlet: "ANA-3-171" is no outlet; did you mean ANA-3-119?'),
        (["--outlet", "ANA-3-118"], "ANA-3-118 is for devices (yazici), Selin Aydın is a person"),
        (["--outlet", "ANA-3-117", "--site", "GR1"], "ANA-3-117 is at ANA, Selin Aydın works at GR1"),
        (["--outlet", "ANA-3-114"], "Mehmet Yılmaz sits at ANA-3-114 already; name another outlet"),
        (["--outlet", "ANA-1-102"], "İbrahim Işıktaş of malihizmetler sits at ANA-1-102 as well"),
        (["--outlet", "ANA-1-105"], "BRM08 (outlet ANA-1-105) is not carried to sw-ana-kat1"),
    ],
)
def test_a_desk_where_somebody_cannot_sit_is_refused(checkout: Checkout, words: list[str], said: str) -> None:
    assert said in checkout.refused("move", "100136", *words)


def test_who_sits_there_is_named_also_when_the_record_stands_further_down(checkout: Checkout) -> None:
    sitting = checkout.person("100118").display_name
    assert f"{sitting} sits at ANA-1-103 already" in checkout.refused(
        "move", "100101", "--outlet", "ANA-1-103"
    )


def test_a_desk_is_one_persons(checkout: Checkout) -> None:
    everybody = ["move", "--everybody-of", "kultur", "--unit", "imar", "--outlet", "ANA-3-117"]
    assert "nothing that is one person's" in checkout.refused(*everybody)
