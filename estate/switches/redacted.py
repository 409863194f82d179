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


def redacted(raw: bytes) -> str:
    """Gives the text for people, UTF-8, one line break at its end; bytes that are no UTF-8 are escaped."""
    rows = (row.rstrip() for row in decoded(raw).split("\n"))
    shown = "\n".join(masks.hidden(row) for row in rows if not _MOVING.match(row))
    return shown.strip("\n") + "\n"
