"""Writes mail from outside and brings accounts to the mail server, as strangers and administrators do."""

import json
import shlex
from pathlib import Path
from typing import Any

from tests.lab.reaching import pyinfra, sure

DOMAIN = "gumuscagil.bel.example"
MAILDIRS = f"/srv/mail/{DOMAIN}"
SEND = """
import json, smtplib, sys
asked = json.load(sys.stdin)
for recipient in asked["recipients"]:
    with smtplib.SMTP("10.40.20.10", 25, "mx.komsu.bel.example", timeout=20) as smtp:
        smtp.ehlo()
        reply = smtp.mail(asked["sender"])
        if reply[0] == 250:
            reply = smtp.rcpt(recipient)
        if reply[0] == 250:
            body = ("x" * 70 + chr(10)) * (asked["size"] // 72)
            reply = smtp.data("To: " + recipient + chr(10) + "Subject: kutu " + recipient + chr(10) + chr(10) + body)
        print(reply[0], reply[1].decode())
"""


def deploy(name: str, group: str, *options: str, **environment: str) -> str:
    """Runs a deploy and gives what it printed; fails with that."""
    done = pyinfra(f"pyinfra_deploys/{name}.py", "--limit", group, *options, **environment)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


def changes(
    folder: Path, name: str = "mailboxes", group: str = "mail_servers", **environment: str
) -> list[dict[str, Any]]:
    """Plans the accounts without changing anything."""
    path = folder / "changes.json"
    deploy(name, group, "--dry", "--data", f"changes_file={path}", **environment)
    planned: list[dict[str, Any]] = json.loads(path.read_text(encoding="utf-8"))
    return planned


def smtp(*recipients: str, sender: str = "memur@komsu.bel.example", size: int = 0) -> list[str]:
    """Writes from outside to each recipient, straight to port 25; gives the last reply to each."""
    asked = json.dumps({"recipients": recipients, "sender": sender, "size": size})
    return sure("outside1", f"echo {shlex.quote(asked)} | python3 -c {shlex.quote(SEND)}").splitlines()
