"""Every role's Molecule scenario passes over the hosts of the lab: syntax, converge, idempotence, use."""

import os
from pathlib import Path

import pytest

from tests.lab.reaching import BIN, ROOT, ran

pytestmark = pytest.mark.lab
ROLES = sorted(path.parents[1] for path in (ROOT / "roles").glob("*/molecule/default"))


@pytest.mark.parametrize("role", ROLES, ids=lambda role: role.name)
def test_the_scenario_passes(role: Path) -> None:
    path = f"{BIN}:{os.environ['PATH']}"
    done = ran(["molecule", "test"], cwd=role, PATH=path)
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-2000:]
