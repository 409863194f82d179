"""Proves that mail goes in and comes out: submits a dated message, reads it back, leaves it as a canary.

One run sends one small message through the submission port as the probe account to the canary mailbox, waits
until it can be read over IMAP, and writes what it measured as a textfile. The message stays: its
`X-Estate-Canary` header is what a drill compares with the moment of loss. Canary records older than the
declared days are expunged.
"""

from __future__ import annotations

import argparse
import imaplib
import json
import os
import re
import secrets
import smtplib
import ssl
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, fields
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from email.utils import format_datetime
from pathlib import Path

import yaml

from exporters.textfile import DIRECTORY, Textfile

CANARY_HEADER = "X-Estate-Canary"
SEQUENCE_HEADER = "X-Estate-Canary-Sequence"
TOKEN_HEADER = "X-Estate-Canary-Token"
POLL_SECONDS = 0.25


class ProbeError(Exception):
    """Says at which step the mail did not go through, and what the server answered."""


@dataclass(frozen=True)
class Settings:
    """States where the probe sends and reads; the settings file holds passwords, so only it can read it."""

    service: str
    host: str
    domain: str
    ca_file: str
    sender: str
    sender_password: str
    canary: str
    canary_password: str
    keep_days: int
    timeout_seconds: float = 60
    submission_port: int = 587
    imap_port: int = 993

    @classmethod
    def load(cls, path: Path) -> Settings:
        """Reads the settings file, or raises ProbeError naming the keys that are missing or unknown."""
        try:
            raw = yaml.safe_load(path.read_text(encoding="utf-8")) or {}
            return cls(**raw)
        except (OSError, yaml.YAMLError) as error:
            raise ProbeError(f"settings {path}: cannot be read: {error}") from None
        except TypeError:
            known = ", ".join(f.name for f in fields(cls))
            found = ", ".join(raw) if isinstance(raw, dict) else type(raw).__name__
            raise ProbeError(f"settings {path}: found keys {found}; wanted {known}") from None


@dataclass
class State:
    """Keeps what must outlive a run: the counters, the last success, the newest canary."""

    sequence: int = 0
    runs: dict[str, int] = field(default_factory=lambda: {"success": 0, "failure": 0})
    last_run: float = 0
    last_success: float = 0
    canary: float = 0
    records: int = 0
    roundtrip: float | None = None

    @classmethod
    def load(cls, path: Path) -> State:
        """Reads the state of the last run. A broken file is set aside and said so; counting begins anew."""
        try:
            return cls(**json.loads(path.read_text(encoding="utf-8")))
        except FileNotFoundError:
            return cls()
        except (ValueError, TypeError) as error:
            aside = path.with_suffix(".broken")
            path.replace(aside)
            print(
                f"mail probe: state {path} is broken ({error}); kept as {aside}, counting anew",
                file=sys.stderr,
            )
            return cls()

    def save(self, path: Path) -> None:
        """Replaces the state file in one step."""
        aside = path.with_suffix(".new")
        with aside.open("w", encoding="utf-8") as stream:
            json.dump(asdict(self), stream)
            stream.flush()
            os.fsync(stream.fileno())
        aside.replace(path)


@dataclass(frozen=True)
class Reading:
    """States what one run measured: seconds from submission to reading, and the canaries now standing."""

    roundtrip: float
    written: datetime
    records: int


def compose(settings: Settings, sequence: int, token: str, now: datetime) -> EmailMessage:
    """Builds the canary message of one run."""
    message = EmailMessage()
    message["From"] = f"{settings.sender}@{settings.domain}"
    message["To"] = f"{settings.canary}@{settings.domain}"
    message["Date"] = format_datetime(now)
    message["Message-ID"] = f"<kanarya-{token}@{settings.domain}>"
    message["Subject"] = f"Kanarya kaydı {sequence}"
    message["Auto-Submitted"] = "auto-generated"
    message[CANARY_HEADER] = now.strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    message[SEQUENCE_HEADER] = str(sequence)
    message[TOKEN_HEADER] = token
    message.set_content(
        "Bu ileti veri kaybını ölçmek için bırakılmıştır; silmeyiniz.\n", cte="quoted-printable"
    )
    return message


@contextmanager
def step(name: str) -> Iterator[None]:
    """Turns what a client library raises into a ProbeError that names the step."""
    try:
        yield
    except (OSError, smtplib.SMTPException, imaplib.IMAP4.error) as error:
        raise ProbeError(f"{name}: {type(error).__name__}: {error}") from None


def submit(settings: Settings, message: EmailMessage, tls: ssl.SSLContext) -> None:
    """Hands the message to the submission port: STARTTLS with a verified certificate, then login."""
    with (
        step(f"submission to {settings.host}:{settings.submission_port}"),
        smtplib.SMTP(settings.host, settings.submission_port, timeout=settings.timeout_seconds) as client,
    ):
        client.starttls(context=tls)
        client.login(settings.sender, settings.sender_password)
        client.send_message(message)


def find(box: imaplib.IMAP4, *criteria: str) -> list[str]:
    """Gives the UIDs that match; an answer other than OK raises."""
    status, answer = box.uid("SEARCH", *criteria)
    if status != "OK":
        raise imaplib.IMAP4.error(f"SEARCH answered {status} {answer!r}")
    return [uid.decode() for uid in (answer[0] or b"").split()]


def wait_for(box: imaplib.IMAP4, first_uid: int, token: str, until: float) -> str:
    """Waits until the message with this token stands in the mailbox and gives its UID."""
    while True:
        box.noop()
        if found := find(box, "UID", f"{first_uid}:*", "HEADER", TOKEN_HEADER, token):
            return found[-1]
        if time.monotonic() > until:
            raise ProbeError("reading: the message was accepted but did not reach the canary mailbox in time")
        time.sleep(POLL_SECONDS)


def expunge_old(box: imaplib.IMAP4, before: datetime, newest: str) -> None:
    """Removes canary records that arrived before a day; never the newest, never other mail."""
    day = imaplib.Time2Internaldate(before).strip('"').split()[0]
    old = [uid for uid in find(box, "BEFORE", day, "HEADER", CANARY_HEADER, '""') if uid != newest]
    if old:
        box.uid("STORE", ",".join(old), "+FLAGS.SILENT", r"(\Deleted)")
        box.uid("EXPUNGE", ",".join(old))


def probe(settings: Settings, sequence: int) -> Reading:
    """Sends one canary message and reads it back, or raises ProbeError with the step that failed."""
    with step(f"CA file {settings.ca_file}"):
        tls = ssl.create_default_context(cafile=settings.ca_file)
    with (
        step(f"reading from {settings.host}:{settings.imap_port}"),
        imaplib.IMAP4_SSL(
            settings.host, settings.imap_port, ssl_context=tls, timeout=settings.timeout_seconds
        ) as box,
    ):
        box.login(settings.canary, settings.canary_password)
        box.select("INBOX")
        _, answer = box.status("INBOX", "(UIDNEXT)")
        first_uid = int((re.search(rb"UIDNEXT (\d+)", answer[0] or b"") or [b"", b"1"])[1])
        now, token = datetime.now(UTC), secrets.token_hex(12)
        begun = time.monotonic()
        submit(settings, compose(settings, sequence, token, now), tls)
        newest = wait_for(box, first_uid, token, begun + settings.timeout_seconds)
        roundtrip = time.monotonic() - begun
        expunge_old(box, now - timedelta(days=settings.keep_days), newest)
        return Reading(roundtrip, now, len(find(box, "HEADER", CANARY_HEADER, '""')))


def measurements(service: str, state: State) -> Textfile:
    """Turns the kept state into the measurements of the probe."""
    out = Textfile()
    for result, count in state.runs.items():
        out.set("bim_mail_probe_runs_total", count, service=service, result=result)
    out.set("bim_mail_probe_last_run_timestamp_seconds", state.last_run, service=service)
    out.set("bim_mail_probe_last_success_timestamp_seconds", state.last_success, service=service)
    out.set("bim_canary_last_timestamp_seconds", state.canary, service=service)
    out.set("bim_canary_records", state.records, service=service)
    if state.roundtrip is not None:
        out.set("bim_mail_probe_roundtrip_seconds", state.roundtrip, service=service)
    return out


def run(settings: Settings, state_file: Path, textfile: Path) -> int:
    """Runs the probe once, keeps its state and writes its measurements; 0 when the mail came back, else 1."""
    state = State.load(state_file)
    state.sequence += 1
    problem = ""
    try:
        reading = probe(settings, state.sequence)
        state.runs["success"] += 1
        state.roundtrip, state.records = reading.roundtrip, reading.records
        state.canary = reading.written.timestamp()
    except ProbeError as error:
        state.runs["failure"] += 1
        problem = str(error)
    state.last_run = time.time()
    state.last_success = state.last_success if problem else state.last_run
    state.save(state_file)
    measurements(settings.service, state).write(textfile)
    print(f"mail probe {state.sequence}: " + (problem or f"read back after {state.roundtrip:.2f} s"))
    return 1 if problem else 0


def main() -> int:
    """Runs one probe with the settings named on the command line."""
    parser = argparse.ArgumentParser(description="Sends a canary message and reads it back.")
    parser.add_argument("--settings", type=Path, default=Path("/etc/estate/mail-probe.yml"))
    parser.add_argument("--state", type=Path, default=Path("/var/lib/estate-mail-probe/state.json"))
    parser.add_argument("--textfile", type=Path, default=DIRECTORY / "mail_probe.prom")
    arguments = parser.parse_args()
    try:
        return run(Settings.load(arguments.settings), arguments.state, arguments.textfile)
    except ProbeError as error:
        print(f"mail probe: {error}", file=sys.stderr)
        return 2


if __name__ == "__main__":
    sys.exit(main())
