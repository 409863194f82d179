"""A commit that pins other packages is not planned with those that happen to be installed."""

from __future__ import annotations

from importlib.metadata import version

import pytest

from estate.pipeline import pins
from estate.runs.environment import Environment
from estate.runs.refused import Exit
from tests.unit.pipeline.conftest import Desk, World, change, run

TEXT = """\
# locked
pydantic=={pydantic} \\
    --hash=sha256:aa
typer==0.0.1 ; python_full_version >= '3.9' \\
    --hash=sha256:bb
colorama==1.0 ; sys_platform == 'win32' \\
    --hash=sha256:cc
no-such-package==2.0 \\
    --hash=sha256:dd
"""


def test_each_package_that_differs_is_named_and_those_of_other_machines_are_not() -> None:
    found = pins.differing(TEXT.format(pydantic=version("pydantic")))
    assert found == [f"typer 0.0.1, here {version('typer')}", "no-such-package 2.0, here none"]


@pytest.mark.slow
def test_it_is_refused_before_the_plan_with_the_command_and_goes_on_when_they_are_there(
    desk: Desk, example: Environment, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.todo = {"yedek1": [change("yedek1")]}
    desk.commit("paket", **{"requirements.txt": "no-such-package==2.0 \\\n"})
    world.kill = "plan"  # never reached
    record, code = run(desk, example)
    assert (code, record.result, record.stages[1].state) == (Exit.REFUSED, "failed", "failed")
    told = record.stages[1].told
    assert "no-such-package 2.0, here none" in told and f"Run `scripts/bootstrap` in {desk.root}" in told
    world.kill = ""
    monkeypatch.setattr(pins, "version", lambda _: "2.0")
    again, code = run(desk, example)
    assert (again.id, code, again.stages[1].state) == (record.id, Exit.WAITING, "passed")
    (desk.root / ".venv").symlink_to(desk.keys)
    monkeypatch.undo()
    with pytest.raises(pins.RefusedError, match=r"exporters\.gitops_environment` in "):
        pins.refuse_other(desk.root)
