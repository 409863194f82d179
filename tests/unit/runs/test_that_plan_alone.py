"""An apply brings the plan that was read: no altered one, and none that was made on another commit."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from estate.runs import applying, planning
from estate.runs.environment import Environment
from estate.runs.refused import Exit, RefusedError
from estate.runs.revisions import Claim

pytestmark = pytest.mark.slow


@pytest.mark.parametrize(
    "edit", [{"changes": []}, {"limit": ""}, {"incomplete": ["two"]}, {"hash": "0" * 64}]
)
def test_a_plan_somebody_altered_is_refused_whole_and_in_slices(
    environment: Environment, edit: dict[str, Any]
) -> None:
    """Without its changes nobody would see what goes, and a slice of it would have a hash of its own."""
    _, path, _ = planning.plan(environment, "one", "")
    path.write_text(json.dumps(json.loads(path.read_text()) | edit))
    for named in (str(path), path.parent.name):
        with pytest.raises(RefusedError, match="is not the plan that was made: its hash does not match"):
            applying.apply(environment, applying.find_plan(environment, named), applying.Wish())
    assert not (environment.root / "hosts/one/greeting").exists()


@pytest.fixture
def on_a_commit(
    environment: Environment, git: Callable[..., str], monkeypatch: pytest.MonkeyPatch
) -> Environment:
    """The small checkout on a commit; its hosts are asked for none."""
    monkeypatch.setattr(applying, "claimed", lambda opened, *_: Claim(opened))
    (environment.root / ".gitignore").write_text("/var/\n/hosts/\n")
    git("init", "-q")
    git("add", ".")
    git("commit", "-qm", "A")
    return environment


@pytest.mark.parametrize("how", ["committed", "edited"])
def test_a_plan_of_another_commit_is_refused_though_it_reads_the_same(
    on_a_commit: Environment, git: Callable[..., str], how: str
) -> None:
    """A task that no plan can predict, for one, may be another by then."""
    then = git("rev-parse", "HEAD")
    made, path, _ = planning.plan(on_a_commit, "one", "")
    tasks = on_a_commit.root / "roles/greeter/tasks/main.yml"
    tasks.write_text(tasks.read_text().replace("command: sleep", "command: echo"))
    if how == "committed":
        git("commit", "-qam", "B")
    again = planning.plan(on_a_commit, "one", "")[0]
    assert again.hash == made.hash
    with pytest.raises(
        RefusedError, match=f"the plan was made on commit {then}, this work tree stands on"
    ) as no:
        applying.apply(on_a_commit, applying.find_plan(on_a_commit, str(path)), applying.Wish())
    assert f"stands on {again.commit}; nothing was changed." in str(no.value)
    assert not (on_a_commit.root / "hosts/one/greeting").exists()
    assert applying.apply(on_a_commit, again, applying.Wish()).code == Exit.OK
