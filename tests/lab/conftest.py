"""Puts the tests of the lab in the order of a day, and lets them speak to no machine while the lab is down.

First the demo again and again, then a drill that a timer of the control host holds on the spare switch: these are
`alone`. Then two processes at once: plans of an estate that nobody has touched since (`plans`), and what looks at the
drill the demo held, while its target stands, and takes the machine room down and up (`room`). All others put back what
they touch. Of these, what is about telephones and switches, and their drills (`beside`), and what is about the control
host, runners, backups and mail (`control`), goes on beside the rest, each in a process of its own: the three hold no
lock of the lab at the same time. Tests that stop mail or the directory or move people, or break when somebody does,
wait for each other, and so do drills. When all three have ended comes what looks at all hosts at once and wants them
quiet (`last`).
"""

import fcntl
from collections.abc import Generator
from contextlib import ExitStack
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from estate.declared.estate import Estate, load
from estate.switches.sheet import SECRETS
from pyinfra_deploys.connectors.way import Way
from tests.lab.desking import Reach
from tests.lab.reaching import LAB, secrets

HERE = Path(__file__).parent
FIRST = {
    HERE / "test_demo.py": "alone",
    HERE / "test_drill_timer.py": "alone",
    HERE / "test_drill.py": "room",
    HERE / "test_machine_room.py": "room",
    HERE / "runs": "plans",
}
"""What goes before the others, in this order, and how each is marked."""
BESIDE = (
    "telephony",
    "test_departures",
    "test_desks",
    "test_drill_switch",
    "test_drill_telephony",
    "test_switch",
)
"""How the names of files and folders begin whose tests go on beside the others."""
CONTROL = (
    "backup",
    "test_alert_hours",
    "test_controller",
    "test_journal",
    "test_mail",
    "test_operating_system",
    "test_pipeline",
    "test_watchdog",
)
ONE_AT_A_TIME = (
    "test_departures",
    "test_directory.py",
    "test_drill_directory",
    "test_mail",
    "test_people",
    "test_proxy",
    "test_purge",
    "test_year",
)
"""How the names begin of tests that stop mail or the directory, move people, or break when another strand does."""
WAITING = {"tests.lock": ONE_AT_A_TIME, "drills.lock": ("test_drill_",)}
"""Which tests wait for those of other strands, by the file they lock: one drill is held at a time."""
LATE = ("test_scenarios",)
SCENARIOS = {
    "beside": ("call_probe", "telephone_exchange", "telephone_operator"),
    "control": (
        "backup_client",
        "backup_repository",
        "gitops_controller",
        "mail_server",
        "operating_system",
        "outside_organisation",
    ),
}
"""Which scenarios go with the tests that declare their role otherwise for a while: never beside them."""
LAST = ("test_dashboards", "test_monitoring", "test_status")
"""What asks about all hosts at once, and therefore goes when nothing is done to any: not even a trunk is cut."""


def _strand(item: pytest.Item) -> str | None:
    """Names what a test of the lab goes with, if it is not the rest."""
    if _place(item) < len(FIRST):
        return [*FIRST.values()][_place(item)]
    part = item.path.relative_to(HERE).parts[0]
    if part.startswith(LATE) and isinstance(item, pytest.Function):
        role = item.callspec.params["role"].name
        return next((strand for strand, roles in SCENARIOS.items() if role in roles), None)
    strands = {"last": LAST, "beside": BESIDE, "control": CONTROL}
    return next((strand for strand, begins in strands.items() if part.startswith(begins)), None)


def _place(item: pytest.Item) -> int:
    ahead = [at for at, path in enumerate(FIRST) if item.path.is_relative_to(path)]
    return ahead[0] if ahead else len(FIRST) + item.path.name.startswith(LATE)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Sorts the tests of the lab and marks those that do not go with the rest; other tests keep their place behind."""
    for item in items:
        if not item.path.is_relative_to(HERE):
            continue
        if strand := _strand(item):
            item.add_marker(strand)
    items.sort(key=_place)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    """Lets a test wait while another strand runs one that it cannot go beside."""
    name = item.nodeid.partition("tests/lab/")[2]
    with ExitStack() as stack:
        for file, begins in WAITING.items():
            if name.startswith(begins) and LAB.var.exists():
                lock = stack.enter_context((LAB.var / file).open("w"))
                fcntl.flock(lock, fcntl.LOCK_EX)
        return (yield)


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """Refuses before any fixture asks a host."""
    if item.path.is_relative_to(HERE) and item.path != next(iter(FIRST)):
        LAB.refuse_when_down()


@pytest.fixture(scope="module")
def declared() -> Estate:
    """Gives what is declared for the lab."""
    return load(LAB.inventory)


@pytest.fixture(scope="module")
def server(declared: Estate) -> str:
    """Names the domain controller."""
    return declared.directory.host


@pytest.fixture(scope="module")
def reach(declared: Estate) -> Reach:
    """Gives the way to a switch, as a push takes it."""
    kept = YAML(typ="safe").load(secrets())
    password, enable = kept[SECRETS["local_password"]], kept[SECRETS["enable"]]

    def way(name: str) -> Way:
        switch = declared.switches.switch(name)
        assert switch is not None
        model = declared.switches.model_of(switch)
        assert model is not None
        return Way(
            name=name,
            platform=model.platform,
            address=str(switch.address),
            port=22,
            user=declared.switches.base.local_user,
            password=password,
            enable=password if model.platform == "hp_procurve" else enable,
            known_hosts=str(LAB.var / "ssh" / "known_switches"),
        )

    return way
