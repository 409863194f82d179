"""Gives the texts of the four files that the exchange holds: from what is declared, the day and the secrets alone."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from estate.declared.estate import Estate
from estate.telephony import dialplan, pjsip, queues, voicemail
from estate.telephony.lines import lines
from estate.telephony.secrets import Secrets
from estate.telephony.syntax import Section

HEAD = (
    "; Written by the deploy telephony from what is declared; changes by hand are undone at the next run.\n\n"
)
FILES = ("pjsip.conf", "extensions.conf", "voicemail.conf", "queues.conf")
"""The files below /etc/asterisk/estate, in the order they are told of."""


def rendered(estate: Estate, today: date, secrets: Secrets) -> dict[str, str]:
    """Gives each of FILES with its text, ASCII; raises UnwritableError for a value that Asterisk would misread."""
    return {name: text(found) for name, found in sections(estate, today, secrets).items()}


def sections(estate: Estate, today: date, secrets: Secrets) -> dict[str, tuple[Section, ...]]:
    """Gives each of FILES with its sections, for whoever compares them one by one with what a host holds."""
    known = lines(estate, today)
    by_number = {line.number: line for line in known}
    return {
        "pjsip.conf": pjsip.sections(estate, known, secrets),
        "extensions.conf": dialplan.sections(estate, known),
        "voicemail.conf": voicemail.sections(estate, known, secrets.key),
        "queues.conf": queues.sections(estate.telephony, by_number),
    }


def text(found: Iterable[Section]) -> str:
    """Gives a whole file."""
    return HEAD + "".join(section.text for section in found)
