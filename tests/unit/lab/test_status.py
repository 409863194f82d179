"""A lab of another checkout is shown as that: whose it is, and that nobody asked its hosts."""

import json
from dataclasses import asdict

import pytest
from typer.testing import CliRunner

from estate.cli import lab
from estate.lab.observe import HostStatus, Status


@pytest.mark.parametrize(
    ("owner", "foreign", "sshd", "shown"),
    [
        ("/orada", True, None, ("/orada (another checkout)", "running   not asked")),
        ("/burada", False, True, ("/burada\n", "running   sshd answers")),
        ("/burada", False, False, ("/burada\n", "running   silent")),
    ],
)
def test_a_lab_says_whose_it_is(
    monkeypatch: pytest.MonkeyPatch, owner: str, foreign: bool, sshd: bool | None, shown: tuple[str, str]
) -> None:
    host = HostStatus("posta1", "10.9.0.1", "running", sshd, None)
    switch = HostStatus("sw-1", "10.9.0.2", "absent", False, None)
    telephone = HostStatus("tel-2401", "10.9.0.3", "stands", None, None)
    found = Status(owner, foreign, (host,), (), (switch,), (telephone,))
    monkeypatch.setattr(lab, "look", lambda _: found)
    told = CliRunner().invoke(lab.app, ["status"]).stdout
    assert f"owner     {shown[0]}" in told and shown[1] in told
    assert "sw-1           10.9.0.2        absent" in told
    assert "tel-2401       10.9.0.3        stands" in told
    assert json.loads(CliRunner().invoke(lab.app, ["status", "--json"]).stdout) == {
        **asdict(found),
        "hosts": [asdict(found.hosts[0])],
        "leftovers": [],
        "switches": [asdict(switch)],
        "desks": [asdict(telephone)],
    }
