"""A push ends well, or the switch is proven to run what it ran before; whatever breaks in the middle."""

import time
from dataclasses import replace

import pytest

from estate.switches.plan import SwitchPlan
from estate.switches.pushed import WORDS, Pushed, rings, same
from pyinfra_deploys.connectors import pushing, returning
from pyinfra_deploys.connectors.pushing import Job, push
from pyinfra_deploys.connectors.way import Way

MOVE = (" switchport access vlan 10", " switchport access vlan 20")
CUT = (" switchport trunk allowed vlan 10,20,99", " switchport trunk allowed vlan 10,20")
GUARDS_OF_THE_WAY_IN = ("uplink", "management-vlan", "management-path")
NOISE = "*Jan  5 08:15:02.001: %LINK-3-UPDOWN: Interface Gi1/0/7, changed state to up"
PORT = "interface GigabitEthernet1/0/1"


def vlan(stage) -> str:
    return stage.machine.running[PORT]["switchport access vlan"]


def pushed_and_proven_back(stage, job: Job) -> Pushed:
    """Pushes, and holds that the switch then runs exactly what it ran before."""
    before = stage.text
    ended = push(job)
    assert (ended.word, same(stage.text, before)) == ("rolled back", True), str(ended)
    assert stage.machine.revert is None
    return ended


def test_a_port_moves_and_is_saved_and_then_there_is_nothing_to_do(stage) -> None:
    job = stage.job(MOVE)
    first = push(job)
    assert (first.word, first.good) == ("confirmed", True), str(first)
    assert vlan(stage) == "switchport access vlan 20"
    assert stage.machine.startup == stage.machine.running
    assert stage.machine.revert is None
    assert push(job) == Pushed("sw1", "nothing to do")


def test_the_session_that_read_is_pushed_through_and_a_dead_one_is_replaced(stage, monkeypatch) -> None:
    logins, real = list[Way](), pushing.Console
    monkeypatch.setattr(pushing, "Console", lambda way: logins.append(way) or real(way))
    assert push(stage.job(MOVE, handed=real(stage.way))).word == "confirmed"
    assert len(logins) == 1  # the one that proves
    dead = real(stage.way)
    dead.close()
    ended = push(stage.job(tuple(reversed(MOVE)), handed=dead))
    assert (ended.word, len(logins)) == ("confirmed", 3), str(ended)


def test_a_guard_refuses_before_anything_is_sent(stage) -> None:
    ended = push(stage.job(CUT))
    assert (ended.word, ended.good, stage.machine.archive) == ("refused", False, [])
    assert any("management-path" in line for line in ended.seen)


@pytest.mark.slow
def test_who_cuts_the_own_way_in_gets_it_back_from_the_timer(stage) -> None:
    ended = pushed_and_proven_back(stage, stage.job(CUT, waive=GUARDS_OF_THE_WAY_IN))
    assert "switchport trunk allowed vlan remove 99" in ended.seen[0]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("fault", "said"),
    [
        ({"refuse_line": 3}, "line 2 of 3 `switchport access vlan 20`: Command rejected"),
        ({"drop_after": 3}, "line 2 of 3 `switchport access vlan 20`: the session was ended"),
        ({"silent_after": 3}, "line 2 of 3 `switchport access vlan 20`: no answer"),
        ({"power_cut_after": 3}, "line 2 of 3 `switchport access vlan 20`: the session was ended"),
    ],
)
def test_what_breaks_in_the_middle_is_told_with_its_line_and_rolled_back(stage, fault, said) -> None:
    job = stage.job(MOVE)
    for name, value in fault.items():
        setattr(stage.machine.faults, name, value)  # line 1 is the second reading, within the configuration
    assert said in pushed_and_proven_back(stage, job).seen[0]


@pytest.mark.slow
def test_a_probe_that_fails_is_a_doubt_like_any_other(stage) -> None:
    ended = pushed_and_proven_back(stage, stage.job(MOVE, probes=(lambda: None, lambda: "h1 is silent")))
    assert ended.seen[-1] == "probe: h1 is silent"


@pytest.mark.slow
def test_a_reading_that_is_not_what_was_intended_is_a_doubt(stage) -> None:
    left = SwitchPlan(("vlan 30",))
    ended = pushed_and_proven_back(stage, stage.job(MOVE, rest=lambda _: left))
    assert ended.seen[-1] == "read back: 1 differences are left"


@pytest.mark.slow
def test_a_power_cut_that_loses_what_was_never_saved_is_not_called_a_rollback(stage) -> None:
    stage.fleet.call(stage.machine.configure, "interface Gi1/0/2\ndescription nur im Betrieb")
    job = stage.job(MOVE)
    stage.machine.faults.power_cut_after = 3
    ended = push(replace(job, pace=replace(job.pace, patience=0.5)))
    assert (ended.word, "not what it starts from" in ended.seen[0]) == ("not restored", True), str(ended)


@pytest.mark.slow
def test_lines_that_land_after_the_rollback_are_seen(stage, monkeypatch) -> None:
    job = stage.job(MOVE)
    stage.machine.faults.refuse_line = 3
    before, read, readings = stage.text, returning._read, []

    def reading(*arguments: Way) -> str:
        readings.append(read(*arguments))
        if len(readings) == 1:
            stage.fleet.call(stage.machine.configure, "vlan 77")
        return readings[-1]

    monkeypatch.setattr(returning, "_read", reading)
    ended = push(replace(job, pace=replace(job.pace, patience=0.1)))
    assert ended.word == "not restored", str(ended)
    assert same(readings[0], before)  # one reading alone would have believed it


@pytest.mark.slow
def test_a_switch_that_stays_away_is_lost(stage) -> None:
    job = stage.job(MOVE)
    stage.machine.faults.power_cut_after = 3
    stage.machine.boot_seconds = 30.0
    ended = push(replace(job, pace=replace(job.pace, patience=0.3)))
    assert (ended.word, ended.good) == ("lost", False)


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        ({"wrong_enable": True}, "the enable secret was refused; it was tried once"),
        ({"vty_busy": True}, "all lines taken"),
        ({"held_by": "ayse"}, "locked exclusively by user 'ayse'"),
    ],
)
def test_who_does_not_get_in_sends_nothing(stage, fault, said) -> None:
    job = stage.job(MOVE)
    for name, value in fault.items():
        setattr(stage.machine.faults, name, value)
    ended = push(job)
    assert (ended.word, said in " ".join(ended.seen)) == ("refused", True), str(ended)
    assert vlan(stage) == "switchport access vlan 10"


def test_a_slow_login_is_waited_for_and_one_too_slow_is_not_called_a_wrong_password(stage) -> None:
    stage.machine.faults.login_seconds = 0.3
    job = stage.job(MOVE)
    early = push(replace(job, way=replace(stage.way, login_seconds=0.1)))
    assert (early.word, "no decision within" in early.seen[0]) == ("refused", True), str(early)
    ended = push(replace(job, way=replace(stage.way, login_seconds=5.0)))
    assert ended.word == "confirmed", str(ended)


def test_what_somebody_changes_between_plan_and_push_stops_it(stage) -> None:
    job = stage.job(MOVE)
    calls = []

    def plan(running: str) -> SwitchPlan:
        calls.append(running)
        if len(calls) == 1:
            stage.fleet.call(stage.machine.configure, "interface Gi1/0/3\ndescription baskasi")
        return job.plan(running)

    ended = push(replace(job, plan=plan))
    assert (ended.word, "description baskasi" in ended.seen[0]) == ("refused", True), str(ended)
    assert (vlan(stage), stage.machine.revert) == ("switchport access vlan 10", None)
    agreed = push(replace(job, agreed=("vlan 30",)))
    assert (agreed.word, agreed.seen) == ("refused", ("it changed since the plan was made; plan again",))


def test_saving_that_fails_is_told_and_a_question_before_it_is_answered(stage) -> None:
    job = stage.job(MOVE)
    stage.machine.faults.asks_to_overwrite = True
    assert push(job).word == "confirmed"
    back = stage.job(tuple(reversed(MOVE)))
    stage.machine.faults.flash_full = True
    ended = push(back)
    assert (ended.word, ended.good) == ("not saved", False)


@pytest.mark.parametrize("where", ["output", "prompt"])
def test_log_messages_in_the_session_stay_out_of_the_configuration(stage, where) -> None:
    job = stage.job(MOVE)
    stage.machine.faults.log_noise, stage.machine.faults.log_noise_at = NOISE, where
    ended = push(job)
    assert ended.word == "confirmed", str(ended)


def test_long_and_changing_host_names_are_followed(stage) -> None:
    stage.fleet.call(stage.machine.configure, "hostname SW-BELEDIYE-EKHIZMET-KAT3")
    job = stage.job(("hostname SW-BELEDIYE-EKHIZMET-KAT3", "hostname kat-3"), waive=("running-foreign",))
    ended = push(job)
    assert (ended.word, stage.machine.hostname) == ("confirmed", "kat-3"), str(ended)


def test_bytes_that_are_no_utf8_come_back_as_they_were(stage) -> None:
    stage.fleet.call(stage.machine.configure, "interface Gi1/0/7\ndescription \xddmar Odas\xfd")
    kept = stage.machine.running["interface GigabitEthernet1/0/7"]["description"]
    job = stage.job((kept, "description Imar Odasi"), MOVE)
    plans = []
    ended = push(replace(job, plan=lambda running: plans.append(job.plan(running)) or plans[-1]))
    assert ended.word == "confirmed", str(ended)
    assert "\udcdd" in "".join(plans[0].rollback)
    back = push(replace(job, plan=lambda _: SwitchPlan(plans[0].rollback), rest=lambda _: SwitchPlan()))
    assert back.word == "confirmed", str(back)
    assert stage.machine.running["interface GigabitEthernet1/0/7"]["description"] == kept


def test_a_platform_without_a_way_back_is_refused(stage) -> None:
    job = stage.job(MOVE)
    ended = push(replace(job, way=Way("sw1", "huawei", "127.0.0.1", stage.way.port)))
    assert (ended.word, "by itself" in ended.seen[0]) == ("refused", True)


def test_rings_are_one_then_its_site_then_the_rest(estate) -> None:
    names = [switch.name for switch in estate.switches.switches]
    assert rings(estate, names) == (
        ("sw-ana-kat1",),
        ("sw-ana-kat3", "sw-ana-omurga"),
        ("sw-fkm-omurga",),
    )
    assert rings(estate, ["sw-ana-omurga"]) == (("sw-ana-omurga",),)
    assert rings(estate, []) == ()


def test_two_readings_are_the_same_but_for_their_headers_which_a_banner_has_none_of() -> None:
    one = "Current configuration : 9 bytes\n!\nhostname sw1\nbanner motd ^C\nend\n^C\nend\n"
    other = one.replace("Current configuration : 9", "Using 9 out of 999")
    assert same(one, other)
    assert same(one, other.replace("hostname", "!\nhostname"))
    assert not same(one, other.replace("end\n^C", "! end\n^C"))


def test_every_end_is_told_with_what_it_promises() -> None:
    assert all(WORDS[word] in str(Pushed("sw1", word, ("x",))) for word in WORDS)


@pytest.mark.slow
def test_without_a_timer_a_planned_reload_is_the_way_back(serve, blank, reach) -> None:
    name = "sw-ana-kat3"
    machine = blank(name, minute_seconds=0.24, boot_seconds=0.3)
    fleet = serve(machine)
    way = reach(fleet, name, answer_seconds=1.0)
    plan = SwitchPlan(("vlan 20", ' name "DENEME"', " exit"))

    def left(running: str) -> SwitchPlan:
        return SwitchPlan() if "DENEME" in running else plan

    pace = returning.Pace(minutes=9, minute=0.24, patience=5.0, pause=0.2, retry=0.1)
    before = machine.text(machine.running)
    failing = push(Job(way, left, left, pace=pace, probes=(lambda: "silent",)))
    assert (failing.word, machine.text(machine.running)) == ("rolled back", before), str(failing)
    time.sleep(0.2)
    ended = push(Job(way, left, left, pace=pace))
    assert (ended.word, machine.reload, machine.startup == machine.running) == ("confirmed", None, True), str(
        ended
    )
    fleet.call(machine.configure, "vlan 30")
    unsaved = push(Job(way, lambda _: plan, left, pace=pace))
    assert (unsaved.word, "save first" in unsaved.seen[0]) == ("refused", True)


def test_what_no_switch_shows_is_renewed_and_kept(stage) -> None:
    """A user of SNMPv3 stands in no text: the switch reads as before, and that is no doubt."""
    user = "snmp-server user izleme izleyenler v3 auth sha Denetim-Parolasi-9 priv aes 128 Denetim-Parolasi-8"
    job = stage.job()
    renewing = replace(job, plan=lambda text: replace(job.rest(text), lines=(user,)))
    ended = push(renewing)
    assert (ended.word, stage.machine.revert) == ("confirmed", None), str(ended)
    assert any("izleme" in line for line in stage.machine.unseen)
