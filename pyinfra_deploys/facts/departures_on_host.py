"""Cuts sessions of people who left, and tries with their password every system they could log in to.

    python3 departures_on_host.py < question.json

Runs on a file server, which is a member of the domain. The question holds `do`:
cut: `logins`; ends the processes of Samba that serve these and nobody else;
try: `people` {key, user, login, password}; uri, realm, base, workgroup, server_name, ca, sender, domain; `systems`, by
name (one of TRIES, and the host when several serve it) what its try is asked besides: target, files, proxy {address,
port, name}.
The answer is one JSON object on stdout; of a try one entry {system, code, said, seconds}, or `error` in place of code
and said. Passwords travel by file and pipe, never as an argument. Needs the clients of directory_use_on_host,
smbclient, and the two modules it comes with.
"""

from __future__ import annotations

import base64
import http.client
import imaplib
import json
import os
import signal
import smtplib
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from pyinfra_deploys.facts.directory_use_on_host import ran, search
from pyinfra_deploys.facts.mail_exchange_on_host import Imap, Smtp, trust

Answer = dict[str, Any]
AT_ONCE = 8
PATIENCE = (
    10  # of the proxy; the clients of directory and mail bring their own, Dovecot lets who is refused wait
)
PROCESSES = Path("/proc")


class FaultError(Exception):
    """Says what stands in the way."""


def ldap(asked: Answer, who: Answer) -> Answer:
    """Binds to the directory in TLS and reads the municipality's unit; the code is that of LDAP."""
    return search(asked, asked["uri"], who["user"], who["password"])


def kerberos(asked: Answer, who: Answer) -> Answer:
    """Asks for a ticket; the code is that of kinit."""
    with tempfile.TemporaryDirectory() as folder:
        call = ["kinit", f"{who['user']}@{asked['realm']}"]
        code, told = ran(call, who["password"] + "\n", KRB5CCNAME=f"FILE:{folder}/cache", LC_ALL="C")
    if "Cannot contact" in told or "Cannot find KDC" in told:
        raise OSError(last(told))
    return {"code": code, "said": last(told) if code else ""}


def imap(asked: Answer, who: Answer) -> Answer:
    """Logs in to the mailbox: 0, or 1 with what the server said."""
    with Imap(asked) as server:
        try:
            server.login(f"{who['user']}@{asked['domain']}", who["password"])
        except imaplib.IMAP4.abort:
            raise
        except imaplib.IMAP4.error as refusal:
            words = refusal.args[0] if refusal.args else ""
            return {
                "code": 1,
                "said": words.decode(errors="replace") if isinstance(words, bytes) else str(words),
            }
    return {"code": 0, "said": ""}


def submission(asked: Answer, who: Answer) -> Answer:
    """Logs in to send mail on port 587; the code is that of SMTP."""
    plain = base64.b64encode(f"\0{who['user']}@{asked['domain']}\0{who['password']}".encode()).decode()
    with Smtp(asked, 587).begin_tls() as server:
        code, said = server.docmd("AUTH", f"PLAIN {plain}")
    return {"code": code, "said": said.decode(errors="replace")}


def files(asked: Answer, who: Answer) -> Answer:
    """Opens a session of the file server with the password, not with a ticket; the code is that of smbclient."""
    with tempfile.NamedTemporaryFile("w", prefix="estate-") as login:
        login.write(f"username={who['login']}\npassword={who['password']}\ndomain={asked['workgroup']}\n")
        login.flush()
        call = ["smbclient", f"//{asked['files']}/IPC$", "-A", login.name, "--use-kerberos=off", "-c", "exit"]
        code, told = ran(call, LC_ALL="C")
    return {"code": code, "said": last(told) if code else ""}


def proxy(asked: Answer, who: Answer) -> Answer:
    """Asks the proxy for a way out, in TLS; the code is that of HTTP. One that asks nobody who it is tells nothing."""
    stranger, _ = connect(asked, "")
    if stranger != 407:
        raise OSError(f"without a password the proxy answers {stranger}, not 407")
    login = base64.b64encode(f"{who['user']}:{who['password']}".encode()).decode()
    code, said = connect(asked, f"Proxy-Authorization: Basic {login}\r\n")
    return {"code": code, "said": said}


def connect(asked: Answer, header: str) -> tuple[int, str]:
    """Asks for a connection to the proxy's own name, which leads nowhere: 403 for everybody it knows."""
    place = asked["proxy"]
    plain = socket.create_connection((place["address"], place["port"]), PATIENCE)
    with trust(asked).wrap_socket(plain, server_hostname=place["name"]) as secured:
        goal = f"{place['name']}:443"
        secured.sendall(f"CONNECT {goal} HTTP/1.1\r\nHost: {goal}\r\n{header}\r\n".encode())
        answer = http.client.HTTPResponse(secured, method="CONNECT")
        answer.begin()
        return answer.status, answer.reason


TRIES: dict[str, Callable[[Answer, Answer], Answer]] = {
    "ldap": ldap,
    "kerberos": kerberos,
    "imap": imap,
    "submission": submission,
    "files": files,
    "proxy": proxy,
}
FAULTS = (
    OSError,
    smtplib.SMTPException,
    imaplib.IMAP4.error,
    http.client.HTTPException,
    subprocess.TimeoutExpired,
)


def one(asked: Answer, who: Answer, system: str) -> Answer:
    """Makes one try, whatever becomes of it."""
    began = time.monotonic()
    try:
        answer = TRIES[system.partition(" ")[0]](asked, who)
    except FAULTS as fault:
        answer = {"error": f"{type(fault).__name__}: {fault}"}
    if "text" in answer:
        answer["said"] = " ".join(answer.pop("text").split()) if answer["code"] else ""
    return {"system": system, "seconds": round(time.monotonic() - began, 2), **answer}


def tried(asked: Answer) -> Answer:
    """Makes every try, several at once, in the order of the people; who comes first waits for nobody's refusal."""
    with ThreadPoolExecutor(AT_ONCE) as pool:
        begun = {
            who["key"]: [
                pool.submit(one, {**asked, **more}, who, system) for system, more in asked["systems"].items()
            ]
            for who in asked["people"]
        }
        return {key: [each.result() for each in tries] for key, tries in begun.items()}


def cut(asked: Answer) -> Answer:
    """Ends the sessions that these have with the file server, and gives their number by login.

    A connection that somebody else uses too (a terminal server) is left, and counted under `shared`.
    """
    done = subprocess.run(["smbstatus", "--processes", "--json"], capture_output=True, text=True, check=False)
    try:
        sessions = json.loads(done.stdout)["sessions"].values()
    except (ValueError, KeyError):
        raise FaultError(f"smbstatus tells no sessions: {done.stderr.strip() or done.stdout[:200]}") from None
    processes: dict[int, list[str]] = {}
    for session in sessions:
        user = session["username"].rpartition("\\")[2].casefold()
        processes.setdefault(int(session["server_id"]["pid"]), []).append(user)
    logins = {login.casefold(): login for login in asked["logins"]}
    over = [pid for pid, served in processes.items() if set(served) <= set(logins)]
    ended, shared = dict.fromkeys(asked["logins"], 0), dict.fromkeys(asked["logins"], 0)
    for pid, served in processes.items():
        for user in filter(logins.__contains__, served):
            (ended if pid in over else shared)[logins[user]] += 1
    end(over)
    return {"ended": ended, "shared": shared}


def end(processes: list[int]) -> None:
    """Lets processes of Samba end as they do by themselves, and waits until they have."""
    for pid in processes:
        if named(pid).startswith("smbd"):
            os.kill(pid, signal.SIGTERM)
    deadline = time.monotonic() + PATIENCE
    while left := [pid for pid in processes if named(pid).startswith("smbd")]:
        if time.monotonic() > deadline:
            raise FaultError(f"processes of Samba do not end: {left}")
        time.sleep(0.1)


def named(pid: int) -> str:
    """Gives the name of a process, empty when it is gone."""
    try:
        return (PROCESSES / str(pid) / "comm").read_text(encoding="utf-8")
    except OSError:
        return ""


def last(told: str) -> str:
    """Gives the last line a client printed, where it says why."""
    lines = told.strip().splitlines()
    return lines[-1].strip() if lines else ""


def main() -> int:
    """Answers one question; 1 with the reason on stderr when it cannot."""
    question = json.load(sys.stdin)
    try:
        answer = {"cut": cut, "try": tried}[question["do"]](question)
    except (FaultError, OSError) as fault:
        print(f"departures: {fault}", file=sys.stderr)
        return 1
    print(json.dumps(answer, ensure_ascii=False))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
