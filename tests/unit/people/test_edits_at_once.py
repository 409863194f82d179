"""Two who edit at once, a hand in between and a run that was killed lose nothing."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from estate.runs import filing
from estate.runs.environment import Environment
from estate.runs.filing import opened
from estate.runs.refused import Exit, RefusedError
from tests.unit.people.conftest import ADD, TODAY, Checkout

EDIT = """
import sys, time
from datetime import date
from pathlib import Path
from estate.people import changes
from estate.people.roster import Roster
from estate.runs.environment import Environment
from estate.runs.filing import opened

root, number, today = Path(sys.argv[1]), sys.argv[2], date.fromisoformat(sys.argv[3])
with opened(Environment("lab", root), f"edit {number}", today) as desk:
    time.sleep(0.5)
    desk.write([changes.move(Roster(desk.estate, today), number, {"title": f"Şef {number}"})])
"""


@pytest.mark.slow
def test_two_edits_at_once_are_both_kept(checkout: Checkout) -> None:
    root = checkout.inventory.parents[1]
    call = [sys.executable, "-c", EDIT, str(root)]
    edits = [subprocess.Popen([*call, number, str(TODAY)]) for number in ("100129", "100131")]
    assert [edit.wait(60) for edit in edits] == [0, 0]
    assert (checkout.person("100129").title, checkout.person("100131").title) == ("Şef 100129", "Şef 100131")


def test_an_edit_that_waited_in_vain_is_refused(checkout: Checkout, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(filing, "WAIT_SECONDS", 0.2)
    with opened(Environment("lab", checkout.inventory.parents[1]), "person import", TODAY):
        told = checkout.refused("move", "100129", "--title", "Şef", code=Exit.LOCKED)
    assert "run person import" in told
    assert checkout.done("move", "100129", "--title", "Şef")["result"] == "written"


def test_an_edit_by_hand_in_between_is_not_overwritten(checkout: Checkout) -> None:
    from estate.people import changes
    from estate.people.roster import Roster

    path = checkout.inventory / "estate/people.yml"
    with opened(Environment("lab", checkout.inventory.parents[1]), "person move", TODAY) as desk:
        by_hand = path.read_text(encoding="utf-8") + "# by hand\n"
        path.write_text(by_hand, encoding="utf-8")
        edit = changes.move(Roster(desk.estate, TODAY), "100129", {"title": "Şef"})
        with pytest.raises(RefusedError, match="the files changed while the edit was made"):
            desk.write([edit])
    assert path.read_text(encoding="utf-8") == by_hand


def test_a_run_killed_between_the_files_is_made_good_by_the_next(
    checkout: Checkout, monkeypatch: pytest.MonkeyPatch
) -> None:
    wrote = []

    def killed(path: Path, text: str, mode: int) -> None:
        if wrote:
            raise KeyboardInterrupt
        wrote.append(path.name)
        path.write_text(text, encoding="utf-8")

    words = ["add", "100161", "--given", "Mustafa", "--surname", "Kaya", *ADD]
    with monkeypatch.context() as patched:
        patched.setattr(filing, "write_text", killed)
        assert checkout.run(*words).exit_code != 0
    assert wrote == ["identities.yml"]
    assert checkout.estate().people[-1].personnel_number == "100160"
    checkout.done(*words)
    assert checkout.person("100161").user == "mustafa.kaya3"
    assert checkout.texts()["estate/identities.yml"].count('"100161"') == 1


def test_files_keep_their_mode(checkout: Checkout) -> None:
    path = checkout.inventory / "estate/people.yml"
    path.chmod(0o640)
    checkout.done("move", "100129", "--title", "Şef")
    assert path.stat().st_mode & 0o777 == 0o640
