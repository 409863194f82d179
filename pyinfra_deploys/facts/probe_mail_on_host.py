"""Reads what the exchange mailed to the probe's mailbox, as any mail program would, and clears it away.

    python3 probe_mail_on_host.py < question.json

The question: server, login, password, authority (PEM), sender (whose mails are read), wanted (texts; each has to stand
in a subject), seconds (how long they are waited for). The answer: {"mails": [{at, subject, text, type, content
(base64)}]}, one for each attachment, oldest first; `at` is when the server took it in, in seconds since 1970, `text`
what the mail itself says. Mails of the sender are removed, those of others stay.
"""

from __future__ import annotations

import base64
import email.policy
import imaplib
import json
import ssl
import sys
import time
from email import message_from_bytes
from typing import Any

PAUSE = 1.0


def attachments(raw: bytes, at: float) -> list[dict[str, Any]]:
    """Gives every attachment of a mail with its subject; one without any counts as empty."""
    mail = message_from_bytes(raw, policy=email.policy.default)
    body = mail.get_body(("plain",))
    text = str(body.get_content()) if body else ""
    head = {"at": at, "subject": str(mail["Subject"] or ""), "text": text}
    found = [
        head
        | {
            "type": part.get_content_type(),
            "content": base64.b64encode(part.get_payload(decode=True) or b"").decode(),  # type: ignore[arg-type]
        }
        for part in mail.iter_attachments()
    ]
    return found or [head | {"type": "", "content": ""}]


def uids(box: imaplib.IMAP4, sender: str) -> list[str]:
    """Gives the messages of the sender, oldest first."""
    _, answer = box.uid("SEARCH", "FROM", f'"{sender}"')
    return [uid.decode() for uid in (answer[0] or b"").split()]


def fetched(box: imaplib.IMAP4, uid: str) -> list[dict[str, Any]]:
    """Reads one message."""
    _, parts = box.uid("FETCH", uid, "(INTERNALDATE BODY.PEEK[])")
    head, raw = next(part for part in parts if isinstance(part, tuple))
    moment = imaplib.Internaldate2tuple(head)
    return attachments(raw, time.mktime(moment) if moment else 0.0)


def read(box: imaplib.IMAP4, sender: str, wanted: list[str], seconds: float) -> list[dict[str, Any]]:
    """Reads what the sender wrote, until every wanted subject is there or the time is up, and removes what it read."""
    until = time.monotonic() + seconds
    mails: dict[str, list[dict[str, Any]]] = {}
    while True:
        box.noop()
        for uid in uids(box, sender):
            if uid not in mails:
                mails[uid] = fetched(box, uid)
        subjects = [part["subject"] for parts in mails.values() for part in parts]
        if all(any(text in subject for subject in subjects) for text in wanted) or time.monotonic() > until:
            break
        time.sleep(PAUSE)
    if mails:
        box.uid("STORE", ",".join(mails), "+FLAGS.SILENT", r"(\Deleted)")
        box.uid("EXPUNGE", ",".join(mails))
    return [part for parts in mails.values() for part in parts]


def main() -> int:
    """Reads the question and prints the answer."""
    asked = json.load(sys.stdin)
    trust = ssl.create_default_context(cadata=asked["authority"])
    with imaplib.IMAP4_SSL(asked["server"], 993, ssl_context=trust, timeout=30) as box:
        box.login(asked["login"], asked["password"])
        box.select("INBOX")
        told = read(box, asked["sender"], asked["wanted"], float(asked["seconds"]))
    json.dump({"mails": told}, sys.stdout)
    return 0


if __name__ == "__main__":
    sys.exit(main())
