"""What is remembered of a reading saves its planning and nothing else: another question is planned anew."""

import subprocess
import sys
from dataclasses import replace
from datetime import date
from pathlib import Path
from types import SimpleNamespace

import pytest

from estate.declared.estate import load
from estate.switches import idle
from estate.switches.comparing import Question, question
from estate.switches.guards import Known, Limits, Waiver
from estate.switches.idle import Idle, digest, merged, recalled
from estate.switches.intended import intended
from pyinfra_deploys.operations import switch_idle

ROOT = Path(__file__).parents[3]
ESTATE = load(ROOT / "inventories" / "lab")
SWITCH = ESTATE.switches.switch("sw-ana-kat1")
TODAY = date(2026, 11, 26)
RUNNING = intended(ESTATE, SWITCH, TODAY).text.replace("end\n", "ip http server\nend\n")


@pytest.fixture
def asked() -> Question:
    return question(ESTATE, SWITCH, RUNNING, TODAY)


def test_nothing_to_do_is_remembered_with_what_was_left_alone(asked, monkeypatch) -> None:
    plan, kept = recalled(asked, None)
    assert (plan.lines, plan.left_alone) == ((), ("ip http server",))
    assert kept == Idle(digest(asked), plan.left_alone)
    monkeypatch.setattr(Question, "answered", lambda self: pytest.fail("planned again"))
    assert recalled(asked, kept) == (plan, kept)


def test_what_is_to_do_or_to_be_said_is_not_remembered(asked) -> None:
    moved = replace(asked, running=RUNNING.replace("description bos", "description X", 1))
    foreign = replace(asked, known=Known(hostname="sw-ana-kat9"))
    waived = replace(foreign, waivers=(Waiver("running-foreign", "renamed"),))
    for each in (moved, foreign, waived):
        plan, kept = recalled(each, Idle(digest(asked), ()))
        assert kept is None
        assert plan.lines or plan.refusals or plan.waived
    assert merged({"a": Idle("1", ()), "b": Idle("2", ())}, {"a": None}) == {"b": Idle("2", ())}


def test_every_part_of_a_question_and_the_code_are_in_the_digest(asked, monkeypatch) -> None:
    parts = {
        "running": RUNNING + "\n",
        "intended": asked.intended + "!\n",
        "platform": "hp_procurve",
        "protected": replace(asked.protected, vlans_in_use=frozenset({7})),
        "owned": replace(asked.owned, vlans=frozenset({7})),
        "limits": Limits(ports=1),
        "known": Known(hostname="sw-ana-kat1", lines=9000),
        "waivers": (Waiver("ports", "many"),),
        "renewed": ("username ",),
    }
    assert set(parts) == set(asked.__dataclass_fields__)
    found = [digest(asked), *(digest(replace(asked, **{name: value})) for name, value in parts.items())]
    monkeypatch.setattr(idle, "_code", lambda: "another")
    assert len({*found, digest(asked)}) == len(parts) + 2


@pytest.mark.slow
def test_a_digest_is_the_same_in_every_process() -> None:
    program = """
from estate.switches.comparing import Question
from estate.switches.guards import Known, Limits
from estate.switches.idle import digest
from estate.switches.intended import Owned
from estate.switches.protected import Protected
ports = frozenset(f"GigabitEthernet1/0/{port}" for port in range(48))
way = Protected(99, ("Gi1/0/24",), "netops", True, frozenset(range(90)))
print(digest(Question("\\udcdd", "", "cisco_ios", way, Owned(ports, frozenset(), ()), Limits(), Known(), (), ())))
"""
    told = {
        subprocess.check_output(
            [sys.executable, "-c", program], cwd=ROOT, env={"PYTHONHASHSEED": seed, "PYTHONPATH": str(ROOT)}
        )
        for seed in ("1", "2")
    }
    assert len(told) == 1


@pytest.mark.parametrize(
    "text", ["", "{", "[]", '{"a": {"digest": 1}}', '{"a": {"digest": "x", "lines": []}}']
)
def test_a_damaged_file_is_as_good_as_none(tmp_path, text) -> None:
    environment = SimpleNamespace(var=tmp_path)
    kept = {"sw-1": Idle("abc", ("ip http server",))}
    switch_idle.keep(environment, {}, kept)
    assert switch_idle.read(environment) == kept
    (tmp_path / "switches" / "idle.json").write_text(text)
    assert switch_idle.read(environment) == {}
