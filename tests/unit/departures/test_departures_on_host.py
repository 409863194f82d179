"""The program on the file server ends the sessions of who left alone, and tries with clients that tell no password."""

import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from socket import create_server
from ssl import PROTOCOL_TLS_SERVER, SSLContext, SSLError
from typing import Any

import pytest

from pyinfra_deploys.facts import departures_on_host as program
from pyinfra_deploys.operations.departures import program as command

SECRET = "Gizli-Parola-42x"
CLIENTS = {
    "ldapsearch": 'echo "additional info: data 533"; exit 49',
    "kinit": 'read typed; [ "$typed" = good ] || { echo "kinit: credentials have been revoked" >&2; exit 1; }',
    "smbclient": 'grep -q "^password=good$" "$3" || { echo "setup failed: NT_STATUS_ACCOUNT_DISABLED"; exit 1; }',
}
ASKED: dict[str, Any] = {
    "uri": "ldaps://dizin",
    "realm": "AD.A",
    "base": "OU=B,DC=a",
    "workgroup": "A",
    "files": "10.0.0.1",
    "domain": "a.example",
}


@pytest.fixture
def clients(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Clients that write down how they were called and answer with the grammar of the real ones."""
    tools = tmp_path / "bin"
    tools.mkdir()
    for name, text in CLIENTS.items():
        (tools / name).write_text(f'#!/bin/sh\necho "$0 $@" >>{tmp_path}/calls\n{text}\n')
        (tools / name).chmod(0o755)
    monkeypatch.setenv("PATH", f"{tools}:/usr/bin:/bin")
    return tmp_path


def who(password: str = SECRET) -> dict[str, str]:
    return {"key": "100136", "user": "ali", "login": "ali", "password": password}


def test_the_clients_of_directory_tickets_and_files_are_told_apart(clients: Path) -> None:
    asked = {**ASKED, "systems": {"ldap": {}, "kerberos": {}, "files": {}}, "people": [who()]}
    [ldap, kerberos, files] = program.tried(asked)["100136"]
    assert (ldap["system"], ldap["code"], ldap["said"]) == ("ldap", 49, "additional info: data 533")
    assert (kerberos["code"], kerberos["said"]) == (1, "kinit: credentials have been revoked")
    assert (files["code"], files["said"]) == (1, "setup failed: NT_STATUS_ACCOUNT_DISABLED")
    assert [program.one(asked, who("good"), name)["code"] for name in ("kerberos", "files")] == [0, 0]
    assert SECRET not in (clients / "calls").read_text("utf-8")


def test_each_of_two_hosts_is_asked_by_its_own_address(clients: Path) -> None:
    own = {"files dosya1": {"files": "10.0.0.1"}, "files dosya2": {"files": "10.0.0.2"}}
    [one, two] = program.tried({**ASKED, "systems": own, "people": [who()]})["100136"]
    assert (one["system"], two["system"], two["code"]) == ("files dosya1", "files dosya2", 1)
    told = (clients / "calls").read_text("utf-8")
    assert (told.count("//10.0.0.1/IPC$"), told.count("//10.0.0.2/IPC$")) == (1, 1)


def test_a_client_that_is_missing_is_an_error_and_stops_no_other(clients: Path) -> None:
    (clients / "bin/kinit").unlink()
    asked = {**ASKED, "systems": {"kerberos": {}, "files": {}}, "people": [who("good")]}
    [kerberos, files] = program.tried(asked)["100136"]
    assert (kerberos["error"].split(":")[0], files["code"]) == ("FileNotFoundError", 0)


class Mail:
    """Stands in for a mail server in TLS that knows one password; anything else asked of it fails."""

    def __init__(self, asked: dict[str, Any], *_: Any) -> None:
        assert asked is ASKED

    def __enter__(self) -> "Mail":
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def begin_tls(self) -> "Mail":
        return self

    def login(self, user: str, password: str) -> None:
        assert user == "ali@a.example"
        if password != "good":
            raise program.imaplib.IMAP4.error(b"[AUTHENTICATIONFAILED] Authentication failed.")

    def docmd(self, verb: str, words: str) -> tuple[int, bytes]:
        assert verb == "AUTH"
        known = program.base64.b64decode(words.split()[1]) == b"\0ali@a.example\0good"
        return (235, b"2.7.0 ok") if known else (535, b"5.7.8 Error")


def test_mail_is_tried_by_reading_and_by_sending(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(program, "Imap", Mail)
    monkeypatch.setattr(program, "Smtp", Mail)
    refused = [program.one(ASKED, who(), name) for name in ("imap", "submission")]
    assert [(one["code"], one["said"]) for one in refused] == [
        (1, "[AUTHENTICATIONFAILED] Authentication failed."),
        (535, "5.7.8 Error"),
    ]
    assert [program.one(ASKED, who("good"), name)["code"] for name in ("imap", "submission")] == [0, 235]


@pytest.fixture
def proxy(tmp_path: Path) -> Iterator[dict[str, Any]]:
    """A proxy in TLS that asks for a password, refuses `kapali` and, for `acik`, lets everybody by."""
    call = [
        "openssl",
        "req",
        "-x509",
        "-newkey",
        "rsa:2048",
        "-nodes",
        "-subj",
        "/CN=vekil.example",
        "-days",
        "2",
    ]
    call += [
        "-addext",
        "subjectAltName=DNS:vekil.example",
        "-keyout",
        tmp_path / "key",
        "-out",
        tmp_path / "crt",
    ]
    subprocess.run(call, check=True, capture_output=True)
    context = SSLContext(PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tmp_path / "crt", tmp_path / "key")
    place = {"address": "127.0.0.1", "name": "vekil.example", "asks": True}
    with create_server(("127.0.0.1", 0)) as door:
        place["port"] = door.getsockname()[1]

        def serve() -> None:
            while True:
                try:
                    plain, _ = door.accept()
                except OSError:
                    return
                with suppress(SSLError), context.wrap_socket(plain, server_side=True) as secured:
                    text = secured.recv(4096).decode()
                    good = program.base64.b64encode(b"ali:good").decode()
                    known = not place["asks"] or f"Basic {good}" in text
                    secured.sendall(b"HTTP/1.1 403 No\r\n\r\n" if known else b"HTTP/1.1 407 Who\r\n\r\n")

        threading.Thread(target=serve, daemon=True).start()
        yield {"proxy": place, "ca": (tmp_path / "crt").read_text("utf-8")}


def test_the_proxy_is_believed_only_when_it_asks_strangers(proxy: dict[str, Any]) -> None:
    assert [program.one(proxy, who(word), "proxy").get("code") for word in ("bad", "good")] == [407, 403]
    proxy["proxy"]["asks"] = False
    assert "the proxy answers 403, not 407" in program.one(proxy, who(), "proxy")["error"]
    proxy["proxy"]["name"] = "baska.example"
    assert "CERTIFICATE_VERIFY_FAILED" in program.one(proxy, who(), "proxy")["error"]


@pytest.fixture
def served(tmp_path: Path, clients: Path, monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Processes 11 (ali), 12 (veli), 13 (both) and 14 (ali, but no longer Samba's); gives those that were ended."""
    ended: list[int] = []
    pairs = ((11, "ali"), (11, "A\\Ali"), (12, "veli"), (13, "ali"), (13, "veli"), (14, "ali"))
    sessions = {
        str(i): {"server_id": {"pid": str(pid)}, "username": who} for i, (pid, who) in enumerate(pairs)
    }
    (tmp_path / "sessions").write_text(json.dumps({"sessions": sessions}))
    (clients / "bin/smbstatus").write_text(f"#!/bin/sh\ncat {tmp_path}/sessions\n")
    (clients / "bin/smbstatus").chmod(0o755)
    for pid in (11, 12, 13, 14):
        (tmp_path / f"proc/{pid}").mkdir(parents=True)
        (tmp_path / f"proc/{pid}/comm").write_text("sleep\n" if pid == 14 else "smbd[10.0.0.7]\n")

    def kill(pid: int, _: int) -> None:
        ended.append(pid)
        (tmp_path / f"proc/{pid}/comm").unlink()

    monkeypatch.setattr(program, "PROCESSES", tmp_path / "proc")
    monkeypatch.setattr(program.os, "kill", kill)
    return ended


def test_sessions_of_who_left_end_and_of_nobody_else(served: list[int]) -> None:
    answer = program.cut({"logins": ["ali", "kimse"]})
    assert answer == {"ended": {"ali": 3, "kimse": 0}, "shared": {"ali": 1, "kimse": 0}}
    assert served == [11]


def test_a_connection_of_two_who_left_ends_too(served: list[int]) -> None:
    assert program.cut({"logins": ["ali", "veli"]})["shared"] == {"ali": 0, "veli": 0}
    assert served == [11, 12, 13]


def test_the_program_starts_on_a_host_that_has_nothing_of_the_house(
    served: list[int], tmp_path: Path
) -> None:
    """As it is sent, with the modules it borrows from; a host without `smbstatus` says so."""
    text = command().bits[2].obj  # type: ignore[attr-defined]
    question = json.dumps({"do": "cut", "logins": []})
    done = subprocess.run([sys.executable, "-IS", "-c", text], input=question, capture_output=True, text=True)
    assert (done.returncode, json.loads(done.stdout)) == (0, {"ended": {}, "shared": {}}), done.stderr
    (tmp_path / "bin/smbstatus").write_text("#!/bin/sh\necho no sessions\n")
    done = subprocess.run([sys.executable, "-IS", "-c", text], input=question, capture_output=True, text=True)
    assert (done.returncode, "smbstatus tells no sessions" in done.stderr) == (1, True)
