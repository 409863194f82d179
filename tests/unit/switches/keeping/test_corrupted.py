"""No corrupted capture is ever kept, and the last good one is still there afterwards."""

from collections.abc import Iterator
from hashlib import sha256

import pytest

from estate.lab.switches import Fleet
from estate.lab.switches.console import ACTIONS
from estate.switches import captured
from estate.switches.captured import Expected
from pyinfra_deploys.connectors import console as readings
from pyinfra_deploys.connectors.console import Console
from pyinfra_deploys.connectors.way import Way
from tests.unit.switches.keeping import intrusions
from tests.unit.switches.keeping.conftest import NAMES, Fed, Take, bench, rounds

CASES = [
    (name, case)
    for name, own in zip(NAMES, (intrusions.IOS_ONLY, intrusions.PROCURVE_ONLY), strict=True)
    for case in (intrusions.ALL | own).values()
]
CLOSING = dict(zip(NAMES, (b"\nend", b"   exit\nvlan"), strict=True))
PLATFORM = dict(zip(NAMES, ("cisco_ios", "hp_procurve"), strict=True))


def test_there_are_enough_of_them_and_all_differ(good) -> None:
    made = {(name, case(good[name])) for name, case in CASES}
    assert len(intrusions.ALL) >= 50
    assert len(made) == len(CASES) and not made & set(good.items())


@pytest.fixture(scope="module")
def take(tmp_path_factory: pytest.TempPathFactory, good) -> Iterator[Take]:
    """Gives one folder for all of them, in which a good capture of each switch was kept first."""
    with pytest.MonkeyPatch.context() as patch:
        run = rounds(tmp_path_factory.mktemp("kept") / "var", patch)
        for name in NAMES:
            first = run(name, Fed(PLATFORM[name], good[name]))
            assert first.good, first.reasons
        yield run


@pytest.mark.parametrize(("name", "case"), CASES, ids=lambda each: getattr(each, "__name__", each))
def test_it_is_refused_and_the_good_one_stays(name, case, good, take) -> None:
    after = take(name, Fed(PLATFORM[name], case(good[name])))
    assert not after.good and after.reasons[name]
    assert [after.store.load(name).running] == [good[name]] and len(after.store.generations(name)) == 1
    record = after.store.record(name)
    assert (record.refused, record.sha256) == (after.reasons[name], sha256(good[name]).hexdigest())
    assert record.last_contact > record.taken_at


@pytest.mark.parametrize("name", NAMES)
def test_what_it_starts_from_is_judged_as_well(name, good, take) -> None:
    fed = Fed(PLATFORM[name], good[name])
    cut = fed.shows[fed.dialect.startup].rpartition(CLOSING[name])[0]
    for wrong, why in ((cut, "not close"), (good[name], "what runs, not what it starts from")):
        fed.shows[fed.dialect.startup] = wrong
        after = take(name, fed)
        assert not after.good and after.reasons[name].startswith("startup: ") and why in after.reasons[name]


def test_nothing_stands_behind_the_end(good) -> None:
    wanted = Expected(NAMES[0], "cisco_ios", ())
    assert captured.refusals(good[NAMES[0]] + b"!\n", wanted) == ("it does not close with `end`",)


def test_a_line_drawn_over_another_is_noticed_where_the_terminal_leaves_it(good) -> None:
    drawn = good[NAMES[0]].replace(b"\nip default-gateway", b"\nip def\rip default-gateway")
    [why] = captured.refusals(drawn, Expected(NAMES[0], "cisco_ios", ()))
    assert "a line was written over another one" in why


@pytest.mark.parametrize("name", NAMES)
def test_a_part_that_one_of_two_readings_lacks_is_noticed(name, good, take) -> None:
    lines = good[name].splitlines(keepends=True)
    at = next(number for number, line in enumerate(lines) if b"BRM" in line and b"name " in line)
    lost, fed = b"".join([*lines[:at], *lines[at + 1 :]]), Fed(PLATFORM[name], good[name])
    readings = [lost, good[name]] * 3
    fed.ask = lambda command: (readings.pop(0) if "running" in command else fed.shows[command]).decode(
        "utf-8", "surrogateescape"
    )
    after = take(name, fed)
    assert not after.good and "two readings differ" in after.reasons[name]


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_over_a_real_session_none_is_kept_either(name, good, take, monkeypatch) -> None:
    monkeypatch.setattr(readings, "_READINGS", 1)
    machine, refused = bench(name), 0
    user = {"user": "netops", "password": "netops", "enable": "enable", "answer_seconds": 2.0}
    with Fleet([machine]) as fleet:
        way = Way(name, PLATFORM[name], "127.0.0.1", fleet.ports[name], **user)
        way = way if name == NAMES[0] else way.with_login("netops", "netops", "netops")
        console = Console(way)
        fed = Fed(PLATFORM[name], good[name])
        startup = fed.shows[fed.dialect.startup].decode("latin-1")
        for case in [bytes, *(case for each, case in CASES if each == name)]:
            text = case(good[name]).decode("latin-1")
            monkeypatch.setitem(ACTIONS, "show_running", lambda console, command, text=text: text)
            monkeypatch.setitem(ACTIONS, "show_startup", lambda console, command, text=startup: text)
            after = take(name, console)
            refused += not after.good
            assert after.good or case is not bytes, after.reasons
            if "answer" in after.reasons.get(name, "") or "session" in after.reasons.get(name, ""):
                console.close()
                console = Console(way)
            # What the terminal itself repairs (an erased page) may be kept: it is the good text then.
            assert after.store.load(name).running == good[name], case.__name__
        console.close()
    assert refused > 50
