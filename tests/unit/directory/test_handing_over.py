"""Handing a sheet over from the command line removes it and says by whom."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from estate.cli.person import handover
from estate.declared.estate import Estate
from estate.declared.people import Person
from estate.handover.papers import Papers
from estate.runs.environment import Environment


@pytest.fixture
def papers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Papers:
    (tmp_path / "inventories/lab").mkdir(parents=True)
    (tmp_path / "inventories/lab/hosts.yml").write_text("managed: {hosts: {}}\n")
    here = Environment("lab", tmp_path)
    monkeypatch.setattr(Environment, "chosen", classmethod(lambda cls, name=None: here))
    made = Papers(here.var)
    made.lay_aside({"100136": b"%PDF"}, [])
    made.settle()
    return made


def test_the_waiting_sheets_are_listed_with_whose_owner_has_left(
    papers: Papers,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    declares: Callable[..., Estate],
    person: Callable[..., Person],
) -> None:
    gone = person("100137", user="su.er", end="2020-12-31")
    monkeypatch.setattr(handover, "load", lambda _: declares(person(), gone))
    papers.lay_aside({"100137": b"%PDF"}, [])
    papers.settle()
    handover.handed_over()
    first, second = (papers.sheets_folder / f"{number}.pdf" for number in ("100136", "100137"))
    void = "left (closed from 2021-01-01): it opens nothing; remove it"
    assert capsys.readouterr().out == f"{first}\n{second}  {void}\n"


def test_a_sheet_is_removed_and_the_hand_over_recorded(
    papers: Papers, capsys: pytest.CaptureFixture[str]
) -> None:
    handover.handed_over("100136", as_json=True)
    told = json.loads(capsys.readouterr().out)
    [kept] = papers.handed_over()
    assert (told["personnel_number"], told["who"]) == ("100136", kept.who)
    assert papers.waiting() == []


def test_a_sheet_that_does_not_wait_is_refused(papers: Papers, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stopped:
        handover.handed_over("100199")
    assert stopped.value.code == 2
    assert "refused: no sheet of 100199 waits below" in capsys.readouterr().err
