"""Says what is entered at a telephone that fetches nothing: an adapter, a softphone, a set of a make nobody listed."""

from __future__ import annotations

from estate.telephony.lines import Line
from estate.telephony.provisioning.credentials import Credentials
from estate.telephony.provisioning.sets import EXPIRES_SECONDS, TLS_PORT, VOICEMAIL

PLAIN_PORT = 5060


def file(line: Line) -> str:
    """Gives the name of the file."""
    return f"{line.number}.txt"


def text(server: str, line: Line, credentials: Credentials) -> str:
    """Gives the settings of one account, a line each; `server` is the name that telephones ask for."""
    rows = {
        "server": server,
        "port": f"{TLS_PORT} over TLS, with SRTP; {PLAIN_PORT} over TCP or UDP where the telephone has no TLS",
        "user": line.number,
        "login": line.number,
        "password": credentials.account(line),
        "display name": line.name,
        "register anew after": f"{EXPIRES_SECONDS} s",
        "sound": "PCMA, G.722, PCMU",
    }
    if line.voicemail:
        rows["voicemail"] = VOICEMAIL
    return "".join(f"{name}: {value}\n" for name, value in rows.items())
