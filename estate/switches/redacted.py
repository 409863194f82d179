"""Writes a capture for people: secrets hidden, headings and clocks left out, so that only changes show; pure.

Comments, sections and banners stay as the switch shows them. Nothing here is ever sent to a switch.
"""

from __future__ import annotations

import re

from estate.switches import masks
from estate.switches.captured import decoded

_MOVING = re.compile(
    r"""^(?:
        Building\sconfiguration | Current\sconfiguration\b | Using\s\d+\sout\sof
      | (?:Running|Startup)\sconfiguration: | Load\sfor\s | Time\ssource\sis\s | ntp\sclock-period\s
      | !\s(?:No\sconfiguration\schange|Last\sconfiguration\schange|NVRAM\sconfig\slast\supdated)
    )""",
    re.VERBOSE,
)
_TEXT = re.compile(r"^\s*(?:description|name|remark|banner|snmp-server (?:location|contact))\s")
_MORE = re.compile(
    r"""^(?P<kept>.*\b(?:password|secret|key-string|passphrase|shared-secret|encrypted-key)\s
        (?:(?:\d|plaintext|sha1|sha256|encrypted|cipher)\s)?)(?P<secret>\S.*)$""",
    re.VERBOSE,
)
"""What `masks` does not know by its whole command, such as `ip ftp password 7 0822455D0A16`."""


def redacted(raw: bytes) -> str:
    """Gives the text for people, UTF-8, one line break at its end; bytes that are no UTF-8 are escaped."""
    rows = (row.rstrip() for row in decoded(raw).split("\n"))
    shown = "\n".join(_shown(row) for row in rows if not _MOVING.match(row))
    return shown.strip("\n") + "\n"


def _shown(row: str) -> str:
    hidden = masks.hidden(row)
    if masks.HIDDEN in hidden or _TEXT.match(row):
        return hidden
    found = _MORE.match(hidden)
    return f"{found['kept']}{masks.HIDDEN}" if found else hidden
