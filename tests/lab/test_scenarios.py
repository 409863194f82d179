"""Every role's Molecule scenario passes over the hosts of the lab: syntax, converge, idempotence, use."""

import os
import subprocess
from pathlib import Path

import pytest

pytestmark = pytest.mark.lab
ROOT = Path(__file__).parents[2]
ROLES = sorted(path.parents[1] for path in (ROOT / "roles").glob("*/molecule/default"))


@pytest.mark.parametrize("role", ROLES, ids=lambda role: role.name)
def test_the_scenario_passes(role: Path) -> None:
    path = f"{ROOT / '.venv/bin'}:{os.environ['PATH']}"
    done = subprocess.run(
        ["molecule", "test"], cwd=role, env={**os.environ, "PATH": path}, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-2000:]
