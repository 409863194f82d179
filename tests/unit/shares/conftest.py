"""Gives the tests a file server whose folders lie in a temporary place, served by a Samba that only writes down."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from exporters import share_acls
from pyinfra_deploys.facts import shares_on_host as program

OTHERS = "daemon"
"""A group that every system has; it plays the unit."""


@pytest.fixture
def host(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The place of a file server; whoever runs the tests plays root."""
    monkeypatch.setattr(program, "ROOT", tmp_path / "shares")
    monkeypatch.setattr(program, "CONF", tmp_path / "shares.conf")
    monkeypatch.setattr(program, "MAIN", tmp_path / "smb.conf")
    monkeypatch.setattr(program, "RECORD", tmp_path / "shares.json")
    monkeypatch.setattr(program, "LOCK", tmp_path / "lock")
    monkeypatch.setattr(share_acls, "OWNER", os.getuid())
    (tmp_path / "shares").mkdir()
    (tmp_path / "smb.conf").write_text(f"[global]\n    include = {tmp_path}/shares.conf\n", "utf-8")
    tools = tmp_path / "bin"
    tools.mkdir()
    (tools / "testparm").write_text(
        f'#!/bin/sh\ncat "$2" "$(dirname "$2")/shares.conf" >{tmp_path}/judged\n'
        'if grep -q unheard "$(dirname "$2")/shares.conf"; then echo "Unknown parameter encountered" >&2; fi\n'
    )
    (tools / "smbcontrol").write_text(f'#!/bin/sh\necho "$@" >>{tmp_path}/told\n')
    for tool in tools.iterdir():
        tool.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tools}:/usr/bin:/bin")
    return tmp_path


@pytest.fixture
def wanted() -> Callable[..., dict[str, Any]]:
    """Makes what is wanted of a host: folders by name, all of one unit that reads and writes."""

    def make(*names: str, group: str = OTHERS, conf: str = "# served\n") -> dict[str, Any]:
        lines = sorted(["user::rwx", "group::---", f"group:{group}:rwx", "mask::rwx", "other::---"])
        shares = {name: {"access": lines, "default": lines} for name in names}
        return {"shares": shares, "conf": conf, "record": "{}\n"}

    return make
