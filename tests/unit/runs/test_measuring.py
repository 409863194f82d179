"""What `estate measure` hands on is the whole, or it is left out."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from estate.cli import measure


@pytest.mark.parametrize(
    ("answering", "told"),
    [(("posta1", "posta2"), ["strays-posta1.json", "strays-posta2.json"]), (("posta1",), []), ((), [])],
)
def test_mail_servers_are_handed_on_when_every_one_answered(
    tmp_path: Path, answering: Sequence[str], told: list[str]
) -> None:
    def pyinfra(deploy: Any, hosts: Sequence[str], data: Mapping[str, str], *options: str) -> bool:
        assert (deploy.name, options, len(hosts)) == ("mailboxes", ("--dry",), 1)
        if hosts[0] in answering:
            Path(data["strays_file"]).write_text("{}")
        return hosts[0] in answering

    opened: Any = SimpleNamespace(
        hosts=lambda deploy, limit: ["posta1", "posta2"], pyinfra=pyinfra, run=SimpleNamespace(path=tmp_path)
    )
    assert [path.name for path in measure._looked(opened)] == told
