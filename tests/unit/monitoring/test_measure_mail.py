"""What `estate measure` finds on the mail servers is a total or nothing, and who did not tell is named."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from estate.cli import measure


class Opened:
    """A run over two mail servers, of which some fail."""

    def __init__(self, folder: Path, failing: set[str]) -> None:
        self.run = SimpleNamespace(path=folder)
        self.failing, self.blamed = failing, list[str]()

    def hosts(self, deploy: object, limit: str) -> list[str]:
        assert (deploy, limit) == (measure.LOOK, "")
        return ["mail1", "mail2"]

    def pyinfra(self, deploy: object, hosts: list[str], data: dict[str, str], *options: str) -> bool:
        assert (deploy, options) == (measure.LOOK, ("--dry",))
        [host] = hosts
        if host not in self.failing:
            Path(data["strays_file"]).touch()
        return host not in self.failing

    def blame(self, deploy: object, hosts: list[str]) -> None:
        assert deploy == measure.LOOK
        self.blamed += hosts


@pytest.mark.parametrize(
    ("failing", "found"), [(set(), ["mail1", "mail2"]), ({"mail2"}, []), ({"mail1", "mail2"}, [])]
)
def test_a_part_of_the_mail_servers_gives_no_total(
    tmp_path: Path, failing: set[str], found: list[str]
) -> None:
    opened: Any = Opened(tmp_path, failing)
    assert measure._looked(opened) == [tmp_path / f"strays-{host}.json" for host in found]
    assert set(opened.blamed) == failing
