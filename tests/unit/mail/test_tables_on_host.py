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
    monkeypatch.setattr(program, "STORE", tmp_path / "mail")
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
    return {"aliases": aliases, "replies": replies, "purged": [], "domain": "a.example"}


def looked(*kept: str) -> dict[str, Any]:
    return program.observe({"domain": "a.example", "kept": kept})


def letter(host: Path, place: str, size: int = 10) -> Path:
    """Puts one letter below the mail store."""
    path = host / "mail/a.example" / place
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("x" * size)
    return path


def test_an_empty_host_is_observed_as_empty(host: Path) -> None:
    found = looked()
    assert (found["aliases"], found["replies"]) == ({}, {})
    assert found["damaged"] == {str(host / name): "missing" for name in ("aliases", "aliases.cdb")}


def test_what_was_replaced_is_observed_again(host: Path) -> None:
    program.replace(asked(ali=SCRIPT))
    found = looked()
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
    assert looked()["replies"] == {}


def test_a_reply_that_the_mail_store_may_not_read_counts_as_none(host: Path) -> None:
    program.replace(asked(ali=SCRIPT))
    (host / "replies/ali.svbin").chmod(0o600)
    assert looked()["replies"] == {}
    program.replace(asked(ali=SCRIPT))
    assert looked()["replies"] == {"ali": SCRIPT}


def test_a_script_that_sieve_refuses_stops_before_the_aliases_change(host: Path) -> None:
    with pytest.raises(program.FaultError, match="unknown command"):
        program.replace(asked(ali="nonsense;\n"))
    assert not (host / "aliases").exists()


def test_folders_are_named_and_only_those_nobody_keeps_are_counted(host: Path) -> None:
    letter(host, "ali/Maildir/cur/1:2,S")
    letter(host, "eski/Maildir/new/2", 20)
    letter(host, "eski/Maildir/.Sent/cur/3:2,S", 30)
    letter(host, "eski/Maildir/dovecot.index", 1000)
    letter(host, "eski/Maildir/tmp/4", 1000)
    letter(host, ".purged/gitti/Maildir/cur/5")
    (host / "mail/a.example/kapi").symlink_to(host)
    found = looked("ali")
    assert (found["names"], found["counted"]) == (["ali", "eski"], {"eski": (2, 50)})
    assert found["aside"] == {"gitti": (1, 10)}


def test_what_is_purged_goes_with_what_a_dead_run_left_and_all_else_stays(host: Path) -> None:
    letter(host, "eski/Maildir/cur/1")
    letter(host, ".purged/eski/Maildir/cur/2")
    kept = [letter(host, "ali/Maildir/cur/3"), letter(host, ".purged/gitti/Maildir/cur/4")]
    program.replace({**asked(), "purged": ["eski", "yok"]})
    assert (host / "kicked").read_text() == "kick eski@a.example\nkick yok@a.example\n"
    assert [path.exists() for path in kept] == [True, True]
    assert sorted(path.name for path in (host / "mail/a.example").iterdir()) == [".purged", "ali"]


def test_nothing_of_the_folder_aside_remains_when_all_is_done(host: Path) -> None:
    letter(host, "eski/Maildir/cur/1")
    program.replace({**asked(), "purged": ["eski"]})
    assert list((host / "mail/a.example").iterdir()) == []


def test_a_run_that_dies_while_it_removes_leaves_nothing_that_looks_like_a_mailbox(
    host: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("eski", "gitti"):
        letter(host, f"{name}/Maildir/cur/1")
    order = {**asked(), "purged": ["eski", "gitti"]}

    def die(path: Path) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as broken, pytest.raises(KeyboardInterrupt):
        broken.setattr(program.shutil, "rmtree", die)
        program.replace(order)
    found = looked()
    assert (found["names"], found["aside"]) == ([], {"eski": (1, 10), "gitti": (1, 10)})
    program.replace(order)
    assert looked()["aside"] == {}


@pytest.mark.parametrize("name", ["../ali", ".purged", "ali/Maildir"])
def test_a_name_that_leads_elsewhere_is_refused_before_anything_goes(host: Path, name: str) -> None:
    kept = letter(host, "ali/Maildir/cur/1")
    with pytest.raises(program.FaultError, match="no name of a mailbox"):
        program.replace({**asked(), "purged": ["ali", name]})
    assert kept.exists()


def test_sessions_that_were_cut_are_counted(host: Path) -> None:
    said = 'case "$2" in ali@*) echo "3 connections kicked" ;; veli@*) exit 68 ;; *) echo down >&2; exit 75 ;; esac'
    (host / "bin/doveadm").write_text(f"#!/bin/sh\n{said}\n")
    asked = {"domain": "a.example", "users": ["ali", "veli"]}
    assert program.kick(asked) == {"ali": 3, "veli": 0}
    with pytest.raises(program.FaultError, match=r"doveadm kick can@a\.example: down"):
        program.kick(asked | {"users": ["can"]})
