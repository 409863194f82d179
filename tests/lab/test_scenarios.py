"""Every role's Molecule scenario passes over the hosts of the lab: converge, idempotence, use.

Here it is proven that a second run of a role changes nothing; that check mode predicts nothing on a converged estate is
proven by the plan of all of it (runs/test_runs.py).
"""

import os
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.lab.reaching import BIN, ROOT, Answer, ran

pytestmark = pytest.mark.lab
ROLES = sorted(path.parents[1] for path in (ROOT / "roles").glob("*/molecule/default"))
AT_ONCE = 2
"""Scenarios mostly wait for hosts; more at once would wait for the processors of a small machine."""


def _tested(role: Path) -> Answer:
    return ran(["molecule", "test"], cwd=role, PATH=f"{BIN}:{os.environ['PATH']}")


@pytest.fixture(scope="module")
def begun(request: pytest.FixtureRequest) -> Iterator[dict[Path, Future[Answer]]]:
    """Begins the scenarios that were asked for, some at once."""
    asked = [item.callspec.params["role"] for item in request.session.items if item.module is request.module]
    with ThreadPoolExecutor(AT_ONCE) as pool:
        yield {role: pool.submit(_tested, role) for role in asked}
        pool.shutdown(cancel_futures=True)


@pytest.mark.parametrize("role", ROLES, ids=lambda role: role.name)
def test_the_scenario_passes(
    role: Path, begun: dict[Path, Future[Answer]], request: pytest.FixtureRequest
) -> None:
    again = getattr(request.node, "execution_count", 1) > 1
    done = _tested(role) if again else begun[role].result()
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-2000:]
