"""Gives the exchange of the lab other records for one test, and back those of this checkout."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from tests.lab.peopling import deploy_of, second_checkout
from tests.lab.reaching import pyinfra, ran

Edit = Callable[[dict[str, Any]], None]


@pytest.fixture
def held(tmp_path: Path) -> Iterator[Callable[[str, Edit], None]]:
    """Gives the exchange what an edited copy of the records declares; in the end what stands in this checkout."""
    second = second_checkout(tmp_path)

    def deploy(subject: str, edit: Edit) -> None:
        path = second / f"inventories/lab/estate/{subject}.yml"
        yaml = YAML()
        yaml.preserve_quotes = True
        content = yaml.load(path)
        edit(content)
        yaml.dump(content, path)
        argv = deploy_of(second, "telephony", "telephone_exchanges", "--data", "confirm_removals=9")
        done = ran(argv, cwd=second, PYTHONPATH=str(second))
        assert done.returncode == 0, done.stdout + done.stderr

    yield deploy
    done = pyinfra(
        "pyinfra_deploys/telephony.py", "--limit", "telephone_exchanges", "--data", "confirm_removals=9"
    )
    assert done.returncode == 0, done.stdout + done.stderr
