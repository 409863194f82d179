"""The program on the mail host reads and replaces the real files, each in one step."""

from pathlib import Path
from typing import Any

import pytest

from pyinfra_deploys.facts import mail_tables_on_host as program

SCRIPT = 'require "vacation";\nvacation "Çıktı";\n'
TOOLS = {
    "postmap": 'if [ "$1" = -s ]; then cat "${2#cdb:}.cdb"; else cp "${1#cdb:}" "${1#cdb:}.cdb"; fi',
    "sievec": 'grep -q require "$1" || { echo "line 1: unknown command" >&2; exit 1; }; cp "$1" "$2"; chmod 600 "$2"',
    "doveadm": 'echo "$@" >>"$HOME/kicked"',
    "postfix": "exit 0",
}


@pytest.fixture
def host(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A mail host whose files lie in a folder and whose tools are shell scripts with the same grammar."""
    monkeypatch.setattr(program, "ALIASES", tmp_path / "aliases")
    monkeypatch.setattr(program, "REPLIES", tmp_path / "replies")
    monkeypatch.setattr(program.pwd, "getpwnam", lambda _: None)
    tools = tmp_path / "bin"
    tools.mkdir()
    for name, text in TOOLS.items():
        (tools / name).write_text(f"#!/bin/sh\n{text}\n")
        (tools / name).chmod(0o755)
    monkeypatch.setenv("PATH", f"{tools}:/usr/bin:/bin")
    monkeypatch.setenv("HOME", str(tmp_path))
    return tmp_path


def asked(**replies: str) -> dict[str, Any]:
    aliases = {"postmaster@a.example": "ali@a.example, veli@a.example"}
    return {"aliases": aliases, "replies": replies, "domain": "a.example"}


def test_an_empty_host_is_observed_as_empty(host: Path) -> None:
    found = program.observe({})
    assert (found["aliases"], found["replies"]) == ({}, {})
    assert found["damaged"] == {str(host / name): "missing" for name in ("aliases", "aliases.cdb")}


def test_what_was_replaced_is_observed_again(host: Path) -> None:
    program.replace(asked(ali=SCRIPT))
    found = program.observe({})
    assert found["aliases"] == {"postmaster@a.example": ["ali@a.example", "veli@a.example"]}
    assert found["replies"] == {"ali": SCRIPT}


def test_the_sessions_of_a_person_who_just_left_are_cut_once(host: Path) -> None:
    program.replace(asked(ali=SCRIPT))
    program.replace(asked(ali=SCRIPT, veli=SCRIPT))
    assert (host / "kicked").read_text() == "kick ali@a.example\nkick veli@a.example\n"


def test_a_reply_that_is_no_longer_wanted_goes_with_its_compiled_form(host: Path) -> None:
    program.replace(asked(ali=SCRIPT))
    program.replace(asked())
    assert list((host / "replies").iterdir()) == []


def test_a_reply_that_was_written_and_not_compiled_counts_as_none(host: Path) -> None:
    program.replace(asked(ali=SCRIPT))
    (host / "replies/ali.svbin").unlink()
    assert program.observe({})["replies"] == {}


def test_a_reply_that_the_mail_store_may_not_read_counts_as_none(host: Path) -> None:
    program.replace(asked(ali=SCRIPT))
    (host / "replies/ali.svbin").chmod(0o600)
    assert program.observe({})["replies"] == {}
    program.replace(asked(ali=SCRIPT))
    assert program.observe({})["replies"] == {"ali": SCRIPT}


def test_a_script_that_sieve_refuses_stops_before_the_aliases_change(host: Path) -> None:
    with pytest.raises(program.FaultError, match="unknown command"):
        program.replace(asked(ali="nonsense;\n"))
    assert not (host / "aliases").exists()
