"""Uses the directory as programs and people do, over the network, and answers what happened. Runs on a member host.

    python3 directory_use_on_host.py < question.json

The question: {uri (ldaps://...), plain_uri (ldap://...), realm, base (of the municipality's unit), login, password (of
a person or program), reader, reader_password (of a program that may only read)}. The answer is one JSON object on
stdout: one entry for each check; an entry with `error` says that the check could not be made. Needs ldapsearch,
ldapmodify (ldap-utils) and kinit (krb5-user). Passwords travel by file and pipe, never as an argument.
"""

from __future__ import annotations

import base64
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable
from typing import Any

Answer = dict[str, Any]
PATIENCE = 20
WRONG = "Yanlis-Parola-1453"
ENABLED_PEOPLE = "(&(objectClass=user)(employeeID=*)(!(userAccountControl:1.2.840.113556.1.4.803:=2)))"


def ran(command: list[str], text: str = "", **variables: str) -> tuple[int, str]:
    """Runs a client and gives its exit code and all it printed."""
    done = subprocess.run(
        command,
        input=text,
        env={**os.environ, **variables},
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    return done.returncode, done.stdout + done.stderr


def bound(
    question: Answer, program: str, uri: str, who: str, password: str, *rest: str, text: str = ""
) -> Answer:
    """Runs an LDAP client with a simple bind and gives the LDAP result code and what was printed."""
    with tempfile.NamedTemporaryFile("w", prefix="estate-") as secret:
        secret.write(password)
        secret.flush()
        call = [program, "-x", "-H", uri, "-D", f"{who}@{question['realm'].lower()}", "-y", secret.name]
        code, printed = ran([*call, "-o", "nettimeout=10", *rest], text)
    if code >= 128 or "Can't contact" in printed:
        raise OSError(printed.strip().splitlines()[0] if printed.strip() else f"{program} ended with {code}")
    return {"code": code, "text": printed}


def search(question: Answer, uri: str, who: str, password: str) -> Answer:
    """Binds and reads the municipality's unit itself."""
    found = bound(
        question, "ldapsearch", uri, who, password, "-LLL", "-b", question["base"], "-s", "base", "dn"
    )
    return {"code": found["code"], "text": found["text"].strip()[:200]}


def right_password(question: Answer) -> Answer:
    """Binds with the right password inside TLS whose certificate is checked."""
    return search(question, question["uri"], question["login"], question["password"])


def wrong_password(question: Answer) -> Answer:
    """Binds with a wrong password."""
    return search(question, question["uri"], question["login"], WRONG)


def clear_text(question: Answer) -> Answer:
    """Binds without TLS, which would show the password to whoever listens."""
    return search(question, question["plain_uri"], question["login"], question["password"])


def anonymous(question: Answer) -> Answer:
    """Reads without saying who asks."""
    call = [
        "ldapsearch",
        "-x",
        "-H",
        question["uri"],
        "-LLL",
        "-b",
        question["base"],
        "(objectClass=user)",
        "cn",
    ]
    code, printed = ran(call)
    if "Can't contact" in printed:
        raise OSError(printed.strip().splitlines()[0])
    return {"code": code, "entries": printed.count("dn: ")}


def reader_writes(question: Answer) -> Answer:
    """Lets the account that may only read try to write."""
    change = f"dn: CN={question['login']},OU=Kutular,{question['base']}\nchangetype: modify\n"
    change += "replace: description\ndescription: degisti\n"
    who, password = question["reader"], question["reader_password"]
    found = bound(question, "ldapmodify", question["uri"], who, password, text=change)
    return {"code": found["code"], "text": found["text"].strip()[:200]}


def kerberos(question: Answer) -> Answer:
    """Asks for a ticket with the right password, and with a wrong one."""
    principal = f"{question['login']}@{question['realm']}"
    with tempfile.TemporaryDirectory() as folder:
        cache = f"FILE:{folder}/cache"
        right, told = ran(["kinit", principal], question["password"] + "\n", KRB5CCNAME=cache)
        ticket, _ = ran(["klist", "-s"], KRB5CCNAME=cache)
        wrong, refused = ran(["kinit", principal], WRONG + "\n", KRB5CCNAME=f"FILE:{folder}/other")
    if "Cannot contact" in told or "Cannot find KDC" in told:
        raise OSError(told.strip().splitlines()[-1])
    last = refused.strip().splitlines()[-1] if refused.strip() else ""
    return {"right": right, "ticket": ticket, "wrong": wrong, "text": last}


def people(question: Answer) -> Answer:
    """Reads who has an open account, as a program that may only read does: personnel numbers, in pages."""
    rest = (
        "-LLL",
        "-E",
        "pr=500/noprompt",
        "-o",
        "ldif-wrap=no",
        "-b",
        question["base"],
        ENABLED_PEOPLE,
        "employeeID",
    )
    found = bound(
        question, "ldapsearch", question["uri"], question["reader"], question["reader_password"], *rest
    )
    if found["code"]:
        raise OSError(found["text"].strip()[:200])
    return {"open": sorted(_values(found["text"], "employeeID"))}


def _values(printed: str, attribute: str) -> list[str]:
    values = []
    for line in printed.splitlines():
        if line.startswith(f"{attribute}:: "):
            values.append(base64.b64decode(line.split(":: ", 1)[1]).decode())
        elif line.startswith(f"{attribute}: "):
            values.append(line.split(": ", 1)[1])
    return values


CHECKS: tuple[Callable[[Answer], Answer], ...] = (
    right_password,
    wrong_password,
    clear_text,
    anonymous,
    reader_writes,
    kerberos,
    people,
)


def main() -> int:
    """Answers every check; one that cannot be made says why."""
    question = json.load(sys.stdin)
    answers: Answer = {}
    for check in CHECKS:
        try:
            answers[check.__name__] = check(question)
        except (OSError, subprocess.TimeoutExpired) as fault:
            answers[check.__name__] = {"error": f"{type(fault).__name__}: {fault}"}
    print(json.dumps(answers))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
