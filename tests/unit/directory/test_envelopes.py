"""What belongs to a change of the directory is laid aside before it, settled after it, and shown in no log."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from estate.handover.papers import Papers, deleted_accounts
from estate.plan.directory import plan
from estate.plan.directory_held import HeldDirectory
from estate.plan.directory_wanted import wanted
from pyinfra_deploys.operations.directory import Envelopes, envelopes, steps_with
from tests.unit.directory.conftest import TODAY
from tests.unit.directory.memory import carried_out

Makes = Callable[..., Any]


def made(declares: Makes, var: Path, *people: Any, held: HeldDirectory | None = None) -> Envelopes:
    estate = declares(*people)
    held = held or HeldDirectory()
    planned = plan(wanted(estate, TODAY), held, "dizin1")
    gone = tuple(deleted_accounts(planned.purged, "dizin1", "run-1", {}))
    return envelopes(Papers(var), estate, TODAY, planned, held, gone)


def test_a_sheet_waits_only_after_the_directory_has_changed(
    declares: Makes, person: Makes, tmp_path: Path
) -> None:
    handed = made(declares, tmp_path, person())
    handed.lay_aside()
    assert handed.papers.waiting() == []
    assert handed.papers.unsettled()
    handed.settle()
    assert [sheet.name for sheet in handed.papers.waiting()] == ["100136.pdf"]
    assert not handed.papers.unsettled()


def test_passwords_show_themselves_nowhere(declares: Makes, person: Makes, tmp_path: Path) -> None:
    handed = made(declares, tmp_path, person())
    asked = wanted(declares(person()), TODAY)
    planned = plan(asked, HeldDirectory(), "dizin1")
    steps = steps_with(planned, HeldDirectory(), asked, handed.first)
    [password] = handed.first.values()
    assert password in "".join(steps)
    assert password not in f"{handed!r}{handed}{steps!r}{steps}{handed.lay_aside!r}"


def test_the_record_of_a_deletion_survives_a_run_that_died_after_it(
    declares: Makes, person: Makes, tmp_path: Path
) -> None:
    expired = person(end="2020-01-01")
    open_once = declares(person())
    held = carried_out(HeldDirectory(), plan(wanted(open_once, TODAY), HeldDirectory(), "d").steps)
    handed = made(declares, tmp_path, expired, person("100199", user="su.er"), held=held)
    handed.lay_aside()
    assert [gone.personnel_number for gone in handed.deletions] == ["100136"]
    after = carried_out(
        held, plan(wanted(declares(expired, person("100199", user="su.er")), TODAY), held, "d").steps
    )
    made(declares, tmp_path, expired, person("100199", user="su.er"), held=after).lay_aside()
    assert [gone.personnel_number for gone in Papers(tmp_path).deletions()] == ["100136"]
