"""Lays a dated voice message into a mailbox of the telephone exchange, from which a restore tells how much was lost.

    python3 -m exporters.telephone_canary --mailbox 5995 --exchange NAME [--textfile FILE]

Runs on the exchange. The message is a tone of TONE_HERTZ, so that whoever listens after a restore can tell that it is
heard; the exchange it was laid on stands in its record. One message is kept, in place of the last one.
"""

from __future__ import annotations

import argparse
import math
import shutil
import struct
import sys
import time
import wave
from datetime import UTC, datetime
from pathlib import Path

SPOOL = Path("/var/spool/asterisk/voicemail/default")
OWNER = "asterisk"
SERVICE = "santral"
RATE, SECONDS, TONE_HERTZ, AMPLITUDE = 8000, 8, 620, 9000

RECORD = """\
[message]
origmailbox={mailbox}
context=default
exten={mailbox}
rdnis=unknown
priority=1
callerchan=Canary/{exchange}
callerid="Kanarya" <{mailbox}>
origdate={date}
origtime={time}
category=
msg_id={time}-canary
flag=
duration={seconds}
"""


def tone() -> bytes:
    """Gives the samples of the message: mono, 16 bits, RATE a second."""
    turn = 2 * math.pi * TONE_HERTZ / RATE
    return b"".join(struct.pack("<h", round(AMPLITUDE * math.sin(turn * i))) for i in range(RATE * SECONDS))


def lay(spool: Path, mailbox: str, exchange: str, now: float, owner: str = OWNER) -> float:
    """Lays the message of this moment in place of what the mailbox held; gives its time. Raises OSError."""
    inbox = spool / mailbox / "INBOX"
    inbox.mkdir(mode=0o750, parents=True, exist_ok=True)
    sound, record = inbox / "msg0000.wav", inbox / "msg0000.txt"
    if not sound.exists():
        aside = sound.with_suffix(".new")
        with wave.open(str(aside), "wb") as file:
            file.setnchannels(1)
            file.setsampwidth(2)
            file.setframerate(RATE)
            file.writeframes(tone())
        aside.replace(sound)
    moment = datetime.fromtimestamp(int(now), UTC)
    text = RECORD.format(
        mailbox=mailbox,
        exchange=exchange,
        date=f"{moment:%a %b %d %I:%M:%S %p UTC %Y}",
        time=int(now),
        seconds=SECONDS,
    )
    aside = record.with_suffix(".new")
    aside.write_text(text, encoding="ascii")
    aside.replace(record)
    for path in (spool, inbox.parent, inbox, sound, record):
        shutil.chown(path, owner, owner)
    shutil.rmtree(inbox.with_name("Old"), ignore_errors=True)  # where listening moves it
    return float(int(now))


def main() -> int:
    """Lays the message once; 0 when it lies there, 1 when it does not, with the reason (the last measurement stays)."""
    parser = argparse.ArgumentParser(description="Lays a dated voice message into a mailbox of the exchange.")
    parser.add_argument("--mailbox", required=True)
    parser.add_argument("--exchange", required=True, help="name of this exchange, as the inventory has it")
    parser.add_argument("--textfile", type=Path)
    arguments = parser.parse_args()
    try:
        measured(lay(SPOOL, arguments.mailbox, arguments.exchange, time.time()), arguments.textfile)
    except OSError as error:
        print(f"telephone canary: {type(error).__name__}: {error}", file=sys.stderr)
        return 1
    return 0


def measured(laid: float, textfile: Path | None) -> None:
    """Writes down when the message was laid; not on a host that is being built, where measuring comes after this."""
    try:
        from exporters.textfile import DIRECTORY, Textfile
    except ImportError:
        print("telephone canary: laid, and not measured before the host measures itself")
        return
    out = Textfile()
    out.set("bim_canary_last_timestamp_seconds", laid, service=SERVICE)
    out.write(textfile or DIRECTORY / "telephone_canary.prom")


if __name__ == "__main__":
    sys.exit(main())
