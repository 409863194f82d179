"""Gives a small promised host inside a folder, and receipts that were really signed."""

from __future__ import annotations

import grp
import os
import pwd
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from types import ModuleType
from typing import Any

import ansible.module_utils
import pytest

from estate.receipts.inputs import digest
from estate.records.receipts import Receipt

ROOT = Path(__file__).parents[3]
UTILITIES = str(ROOT / "plugins" / "module_utils")
if UTILITIES not in ansible.module_utils.__path__:
    ansible.module_utils.__path__.append(UTILITIES)
ME, MINE = pwd.getpwuid(os.getuid()).pw_name, grp.getgrgid(os.getgid()).gr_name
NOON = datetime(2026, 11, 26, 12, 0, tzinfo=UTC)
INPUTS = {"roles/web/tasks/main.yml": "1111", "ansible.cfg": "2222"}


@pytest.fixture
def on_host(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """Gives the program of the hosts, whose key, receipt, dpkg and records of services lie in a folder."""
    from estate.receipts import on_host

    for name, place in (
        ("KEY", "key"),
        ("RECEIPT", "receipt.json"),
        ("DPKG", "dpkg"),
        ("APPLIED", "applied"),
    ):
        monkeypatch.setattr(on_host, name, str(tmp_path / place))
    (tmp_path / "key").write_bytes(b"k" * 32)
    (tmp_path / "dpkg" / "info").mkdir(parents=True)
    (tmp_path / "dpkg" / "status").write_text("")
    (tmp_path / "applied").mkdir()
    return on_host


@pytest.fixture
def promise(on_host: ModuleType) -> Callable[..., dict[str, Any]]:
    """Promises that a file is as it is now."""
    from ansible.module_utils.digests import keyed

    def of(path: Path) -> dict[str, Any]:
        mode = f"{path.stat().st_mode & 0o7777:04o}"
        digest = keyed(b"k" * 32, path.read_bytes())
        return {"kind": "file", "name": str(path), "owner": ME, "group": MINE, "mode": mode, "digest": digest}

    return of


def receipt(**other: Any) -> Receipt:
    """Gives a receipt of one promised file."""
    told: dict[str, Any] = {
        "environment": "lab",
        "host": "web1",
        "run": "r1",
        "revision": "c1",
        "at": NOON,
        "digest": digest(INPUTS),
        "inputs": INPUTS,
        "promised": ({"kind": "absent", "name": "/etc/gone"},),
        "unverifiable": ("web : Run a command",),
    }
    return Receipt(**(told | other))
