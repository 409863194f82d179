"""Lists and stores letters in mailboxes of a mail host. Runs on the host itself: standard library only, one file.

    python3 mail_correspondence_on_host.py < question.json

The question holds `do` (list with `mailboxes`, or store with `letters`). Letters go in through Dovecot's own IMAP
program, so content and date stay as they were; no password is needed on the host.
"""

from __future__ import annotations

import base64
import email.parser
import imaplib
import json
import shlex
import sys
from itertools import groupby
from typing import Any


def mailbox_of(user: str) -> imaplib.IMAP4_stream:
    """Opens a mailbox as its owner, without logging in."""
    return imaplib.IMAP4_stream(f"/usr/lib/dovecot/imap -u {shlex.quote(user)}")


def spelled(folder: str) -> str:
    """Gives a folder's name as IMAP writes it (modified UTF-7, quoted)."""
    out, run = [], ""
    for letter in folder + "\0":
        if " " <= letter <= "~":
            out.append(encoded(run) + ("&-" if letter == "&" else letter))
            run = ""
        elif letter == "\0":
            out.append(encoded(run))
        else:
            run += letter
    return '"' + "".join(out) + '"'


def encoded(run: str) -> str:
    """Gives letters outside ASCII as one group of modified UTF-7."""
    if not run:
        return ""
    return "&" + base64.b64encode(run.encode("utf-16-be")).decode().rstrip("=").replace("/", ",") + "-"


def listed(question: dict[str, Any]) -> list[list[str]]:
    """Gives [user, folder, message id] of everything in the given folders of the given mailboxes."""
    found: list[list[str]] = []
    for user in question["mailboxes"]:
        with mailbox_of(user) as imap:
            for folder in question["folders"]:
                found += [[user, folder, message_id] for message_id in message_ids(imap, folder)]
    return found


def message_ids(imap: imaplib.IMAP4, folder: str) -> list[str]:
    """Gives the message ids of one folder; a folder that does not exist holds none."""
    status, total = imap.select(spelled(folder), readonly=True)
    if status != "OK" or not total[0] or total[0] == b"0":
        return []
    parts = imap.fetch("1:*", "(BODY.PEEK[HEADER.FIELDS (MESSAGE-ID)])")[1]
    parser = email.parser.BytesHeaderParser()
    return [
        str(parser.parsebytes(part[1])["Message-ID"]).strip() for part in parts if isinstance(part, tuple)
    ]


def store(question: dict[str, Any]) -> int:
    """Appends every letter; raises when Dovecot refuses one."""
    letters = sorted(question["letters"], key=lambda letter: str(letter["mailbox"]))
    for user, group in groupby(letters, key=lambda letter: letter["mailbox"]):
        with mailbox_of(user) as imap:
            for letter in group:
                folder = spelled(letter["folder"])
                flags = r"(\Seen)" if letter["seen"] else None
                date = imaplib.Time2Internaldate(letter["received"])
                content = base64.b64decode(letter["content"])
                status, said = imap.append(folder, flags, date, content)
                if status != "OK" and b"TRYCREATE" in said[0]:
                    imap.create(folder)
                    imap.subscribe(folder)
                    status, said = imap.append(folder, flags, date, content)
                if status != "OK":
                    raise imaplib.IMAP4.error(
                        f"{user} {letter['folder']}: {said[0].decode(errors='replace')}"
                    )
    return len(letters)


def main() -> int:
    """Answers one question; 1 with the reason on stderr when it cannot."""
    question = json.load(sys.stdin)
    try:
        answer = listed(question) if question["do"] == "list" else store(question)
    except (OSError, imaplib.IMAP4.error) as fault:
        print(f"mail correspondence: {fault}", file=sys.stderr)
        return 1
    print(json.dumps(answer))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
