"""Lends the people of the tests of the directory, and makes proofs and answers as they come."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest

from estate.records.departures import Proof
from estate.verify.departures import tried, verdict
from tests.unit.directory.conftest import declares, lab, person

__all__ = ["declares", "lab", "person"]
LEFT = date(2026, 11, 27)
REFUSALS = {
    "ldap": (49, "ldap_bind: Invalid credentials (49) comment: AcceptSecurityContext error, data 533, v1db1"),
    "kerberos": (1, "kinit: Client's credentials have been revoked while getting initial credentials"),
    "imap": (1, "[AUTHENTICATIONFAILED] Authentication failed."),
    "submission": (535, "5.7.8 Error: authentication failed: "),
    "files": (1, "session setup failed: NT_STATUS_ACCOUNT_DISABLED"),
    "proxy": (407, "Proxy Authentication Required"),
    "telephone": (401, "Unauthorized"),
}
OPEN = {"ldap": 0, "kerberos": 0, "imap": 0, "submission": 235, "files": 0, "proxy": 403, "telephone": 200}


def one(system: str, code: int, said: str = "") -> dict[str, Any]:
    return {"system": system, "code": code, "said": said, "seconds": 0.25}


def refusals(**other: dict[str, Any]) -> list[dict[str, Any]]:
    """Gives what the program tells of somebody who is refused everywhere, but for `other` answers."""
    return [other.get(system) or one(system, *told) for system, told in REFUSALS.items()]


def openings(**other: dict[str, Any]) -> list[dict[str, Any]]:
    """Gives what the program tells of an open account, but for `other` answers."""
    return [other.get(system) or one(system, code) for system, code in OPEN.items()]


@pytest.fixture
def proof() -> Callable[..., Proof]:
    """Makes a passed proof about Selin Aydın, changed as a test wants."""

    def make(**changed: Any) -> Proof:
        tries, control = tried(refusals()), tried(openings())
        at, cut = datetime(2026, 11, 27, 9, tzinfo=UTC), {"mail": 1, "files": 0}
        who = ("100136", "selin.aydin", LEFT, "run-7", "ugur@y1", at, True)
        return replace(Proof(*who, tries, control, cut, verdict(tries, control)), **changed)

    return make
