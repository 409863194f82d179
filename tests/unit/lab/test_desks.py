"""A telephone stands where its outlet gives it a VLAN, with its declared hardware address; the rest is refused."""

from collections.abc import Mapping, Sequence
from typing import Any

import pytest
from typer.testing import CliRunner

from estate.cli import lab
from estate.declared import load
from estate.declared.port_vlans import Wiring as Ports
from estate.lab.commands import Runner
from estate.lab.desks import derive_desks
from estate.lab.errors import LabError
from estate.lab.places import locate
from estate.lab.plane import Plane
from estate.lab.room import read_desks, read_topology, read_wiring
from estate.lab.topology import Topology
from estate.lab.wiring import Wiring
from estate.runs.clock import today

PLACES = locate()


@pytest.fixture(scope="module")
def wiring() -> Wiring:
    return read_wiring(PLACES)


@pytest.fixture(scope="module")
def topology() -> Topology:
    return read_topology(PLACES)


def test_what_stands_in_the_lab_has_addresses_of_the_vlans_of_its_port(
    wiring: Wiring, topology: Topology
) -> None:
    """Otherwise it would stand there and reach nobody."""
    estate = load(PLACES.inventory)
    of = Ports(estate, today(estate)).uses
    ports = {use.outlet: use for switch in estate.switches.switches for use in of(switch)}
    desks = read_desks(PLACES, topology, wiring)
    assert [len(desks), len([desk for desk in desks if desk.pc])] == [4, 2]
    for desk in desks:
        use = ports[desk.socket.label]
        assert use.voice is not None
        assert (desk.telephone.segment.vlan, desk.socket.voice) == (use.voice.id, use.voice.id)
        assert desk.pc is None or desk.pc.segment.vlan == use.untagged.id


def test_a_telephone_is_named_by_what_hangs_there_and_has_the_declared_hardware_address(
    wiring: Wiring, topology: Topology
) -> None:
    declared, bare = derive_desks(
        [
            {"outlet": "ANA-1-101", "telephone": "10.40.40.9", "pc": "10.40.105.9"},
            {"outlet": "ANA-1-102", "telephone": "10.40.40.10"},
        ],
        wiring,
        topology,
    )
    assert declared.pc is not None
    assert (declared.telephone.host, declared.telephone.mac) == ("tel-2401", "00:53:4e:24:01:01")
    assert (declared.pc.host, declared.pc.mac) == ("tel-2401-pc", "02:00:0a:28:69:09")
    assert (bare.telephone.host, bare.telephone.mac, bare.pc) == ("ANA-1-102", "02:00:0a:28:28:0a", None)
    assert wiring.socket("tel-2401") == wiring.socket("ANA-1-101")


@pytest.mark.parametrize(
    ("declared", "told"),
    [
        (
            [{"outlet": "ANA-1-103", "telephone": "10.40.40.9"}],
            "gives no VLAN to telephones; those of ANA-1-101,",
        ),
        ([{"outlet": "ANA-0-1", "telephone": "10.40.40.9"}], "where no host of the lab hangs: tel-2401,"),
        (
            [{"outlet": "ANA-1-101", "telephone": "10.40.41.9"}],
            "no declared subnet holds its address 10.40.41.9",
        ),
        ([{"outlet": "ANA-1-101"}], "KeyError: 'telephone'"),
        ("ANA-1-101", "TypeError"),
        (
            [{"outlet": name, "telephone": "10.40.40.9"} for name in ("ANA-1-101", "ANA-1-102")],
            "10.40.40.9 twice",
        ),
        ([{"outlet": "ANA-1-101", "telephone": f"10.40.40.{at}"} for at in (8, 9)], "ANA-1-101 twice"),
    ],
)
def test_desks_that_cannot_stand_are_refused_by_name(
    declared: Any, told: str, wiring: Wiring, topology: Topology
) -> None:
    with pytest.raises(LabError) as refused:
        derive_desks(declared, wiring, topology)
    assert told in refused.value.found


class Told(Runner):
    """Keeps what it was asked to run."""

    def __init__(self) -> None:
        super().__init__()
        self.told: list[str] = []

    def run(
        self, argv: Sequence[str], *, environment: Mapping[str, str] | None = None, outlive: bool = False
    ) -> str:
        self.told.append(" ".join(argv))
        return ""


def test_a_telephone_tags_its_own_frames_and_not_those_of_the_pc(wiring: Wiring) -> None:
    told = Told()
    plane = Plane(told, wiring, "core")
    socket = wiring.socket("tel-2401")
    assert socket is not None
    for port in socket.inside:
        plane.plug(port, socket.bridge)
    plane.plug(socket.end, socket.switch)
    carried = [line.split("add-port ")[1].split(" --")[0] for line in told.told]
    assert carried == [
        "t-tel-2401 u-tel-2401 vlan_mode=native-untagged tag=4094 trunks=40,4094",
        "t-tel-2401 h-tel-2401 tag=40",
        "t-tel-2401 c-tel-2401 tag=4094",
        "sw-ana-kat1 p-tel-2401 tag=4095",
    ]


@pytest.mark.parametrize(
    "words",
    [
        ("ANA-1-101",),
        ("ANA-1-101", "10.40.40.9", "--unplug"),
        ("ANA-1-101", "--pc", "10.40.105.9", "--unplug"),
    ],
)
def test_a_telephone_is_either_plugged_in_or_taken_away(words: tuple[str, ...]) -> None:
    done = CliRunner().invoke(lab.app, ["phone", *words])
    assert (done.exit_code, "give the address of the telephone, or --unplug" in done.output) == (2, True)
