"""The program on the mail host reads and replaces the real files, keeps hashes and lets no password out."""

import json
from pathlib import Path
from typing import Any

import pytest

from pyinfra_deploys.facts import mail_accounts_on_host as program

SECRET = "Gizli:Çok-Gizli-42"
SALT = "$6$rounds=1000$0123456789abcdef$"


@pytest.fixture
def host(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A mail host whose files lie in a folder and whose postmap is a shell script with the same grammar."""
    monkeypatch.setattr(program, "USERS", tmp_path / "users")
    monkeypatch.setattr(program, "TABLES", {name: tmp_path / name for name in ("mailboxes", "aliases")})
    monkeypatch.setattr(program, "ROUNDS", 1000)
    monkeypatch.setattr(program.os, "fchown", lambda *_: None)
    monkeypatch.setattr(program.pwd, "getpwnam", lambda _: None)
    tools = tmp_path / "bin"
    tools.mkdir()
    (tools / "postmap").write_text(
        '#!/bin/sh\nif [ "$1" = -s ]; then cat "${2#cdb:}.cdb"; else cp "${1#cdb:}" "${1#cdb:}.cdb"; fi\n'
    )
    (tools / "postfix").write_text("#!/bin/sh\nexit 0\n")
    for tool in tools.iterdir():
        tool.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tools}:/usr/bin:/bin")
    return tmp_path


def wanted(**passwords: str | None) -> dict[str, Any]:
    return {
        "accounts": {
            f"{user}@a.example": {"quota_bytes": 7 if user == "sonda" else None, "password": password}
            for user, password in passwords.items()
        },
        "tables": {
            "mailboxes": {f"{user}@a.example": f"{user}@a.example" for user in passwords},
            "aliases": {"postmaster@a.example": "ali@a.example, sonda@a.example"},
        },
    }


def test_an_empty_host_is_observed_as_empty(host: Path) -> None:
    found = program.observe({"passwords": {}})
    assert (found["accounts"], found["mailboxes"], found["aliases"]) == ({}, {}, {})
    assert found["damaged"] == {
        str(host / name): "missing"
        for name in ("users", "mailboxes", "mailboxes.cdb", "aliases", "aliases.cdb")
    }


def test_what_was_replaced_is_observed_again(host: Path) -> None:
    program.replace(wanted(ali=SECRET, sonda="baska"))
    found = program.observe({"passwords": {"ali@a.example": SECRET, "sonda@a.example": SECRET}})
    assert found["accounts"] == {
        "ali@a.example": {"quota_bytes": None, "password_matches": True},
        "sonda@a.example": {"quota_bytes": 7, "password_matches": False},
    }
    assert found["mailboxes"] == {"ali@a.example": "ali@a.example", "sonda@a.example": "sonda@a.example"}
    assert found["aliases"] == {"postmaster@a.example": ["ali@a.example", "sonda@a.example"]}


def test_hashes_of_accounts_without_a_given_password_stay_as_they_are(host: Path) -> None:
    own_choice = program.crypt("kendi-secti", SALT)
    (host / "users").write_text(f"ali@a.example:{own_choice}::::::\n")
    program.replace(wanted(ali=None, sonda="x"))
    assert f"ali@a.example:{own_choice}::::::\n" in (host / "users").read_text()


def test_an_account_that_vanished_since_the_plan_stops_everything(host: Path) -> None:
    with pytest.raises(program.FaultError, match=r"ali@a\.example vanished since the plan"):
        program.replace(wanted(ali=None))
    assert not (host / "mailboxes").exists()
    assert not (host / "users").exists()


def test_a_damaged_accounts_file_is_an_error_and_not_an_empty_answer(host: Path) -> None:
    (host / "users").write_text("ali@a.example:hash\n")
    with pytest.raises(program.FaultError, match=r"users:1: 2 fields instead of 8"):
        program.observe({"passwords": {}})


def test_no_file_holds_the_password_in_clear(host: Path) -> None:
    program.replace(wanted(ali=SECRET, sonda=SECRET))
    assert [path.name for path in host.iterdir() if path.is_file() and SECRET in path.read_text()] == []
    assert json.dumps(program.observe({"passwords": {"ali@a.example": SECRET}})).count(SECRET) == 0


def test_a_hash_is_the_one_of_the_standard() -> None:
    """What `openssl passwd -6` gives, an implementation of its own, so that Dovecot reads the same scheme."""
    assert program.crypt("Hello world!", "$6$saltstring") == (
        "$6$saltstring$svn8UoSVapNtMuq1ukKS4tPQd8iKwSMHWjl/O817G3uBnIFNjnQJuesI68u4OTLiBFdcbYEdFCoEOfaS35inz1"
    )
