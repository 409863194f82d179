"""Hands letters of the estate to its own mail server, over the same pinned SSH way as every deploy.

Nobody needs a password for it, and nothing but the mail server and the host that writes has to work.
"""

from __future__ import annotations

import shlex
import subprocess
from collections.abc import Sequence
from datetime import datetime
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime

from estate.declared import Estate
from estate.runs.environment import Environment

TIMEOUT_SECONDS = 30


class UntoldError(Exception):
    """Says why a letter was not taken by the mail server."""


def letter(
    estate: Estate, to: Sequence[str], subject: str, lines: Sequence[str], now: datetime
) -> EmailMessage:
    """Writes a letter of the estate to mailboxes or aliases of its own domain."""
    written = EmailMessage(policy=SMTP)
    written["From"] = f"{estate.mail.probe.account}@{estate.mail.domain}"
    written["To"] = ", ".join(f"{name}@{estate.mail.domain}" for name in to)
    written["Subject"] = subject
    written["Date"] = format_datetime(now)
    written["Auto-Submitted"] = "auto-generated"
    written.set_content("\n".join(lines) + "\n", cte="base64")
    return written


def hand_over(environment: Environment, written: EmailMessage) -> list[str]:
    """Gives a letter to the mail server and names who gets it.

    Raises:
        UntoldError: there is no mail server, it did not answer in time, or it did not take the letter.
    """
    servers = environment.groups().get("mail_servers", [])
    if not servers:
        raise UntoldError("no host is in the group mail_servers")
    to = [one.strip() for one in str(written["To"]).split(",")]
    command = shlex.join(["sendmail", "-i", "-f", str(written["From"]), "--", *to])
    call = ["ssh", "-F", str(environment.ssh_config), "-o", "BatchMode=yes", "-o", "ConnectTimeout=10"]
    try:
        done = subprocess.run(
            [*call, servers[0], command],
            input=written.as_bytes(),
            capture_output=True,
            timeout=TIMEOUT_SECONDS,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise UntoldError(str(error)) from None
    if done.returncode:
        words = done.stderr.decode(errors="replace").strip().splitlines()[-1:] or [f"exit {done.returncode}"]
        raise UntoldError(f"{servers[0]} did not take the letter: {words[0]}")
    return [address.partition("@")[0] for address in to]
