"""Writes estate/voicemail.conf: the mailboxes, in the municipality's time, and whom a message is mailed to."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from estate.declared.estate import Estate
from estate.telephony.groups import own_mailboxes
from estate.telephony.lines import SHARED, Line, caller_name
from estate.telephony.secrets import pin
from estate.telephony.syntax import Section, short, word

ZONE = "tr"
"""Names the time zone of every mailbox, as voicemail.conf of the role declares it: Asterisk reads one such section.

Without one, times are told in the zone of the machine.
"""


def sections(estate: Estate, lines: tuple[Line, ...], key: str) -> tuple[Section, ...]:
    """Gives the mailboxes; the PIN in a line counts until its owner sets another."""
    rows = [
        _mailbox(
            line.number, line.name, line.mail or "", pin(key, line.number, line.holder, line.secret_issued)
        )
        for line in lines
        if line.voicemail
    ]
    rows += _of_groups(estate, {line.number: line for line in lines}, key)
    return (Section("default", tuple(sorted(rows))),)


def numbers(estate: Estate, lines: Iterable[Line]) -> tuple[str, ...]:
    """Gives the numbers that have a mailbox: lines, and groups of their own."""
    own = (group.number for group in own_mailboxes(estate.telephony))
    return (*(line.number for line in lines if line.voicemail), *own)


def _of_groups(estate: Estate, lines: dict[str, Line], key: str) -> Iterable[str]:
    """Gives the mailboxes of groups; a message goes to every member who has an address."""
    issued: date = estate.telephony.defaults.secret_issued
    for group in own_mailboxes(estate.telephony):
        mails = [lines[one].mail for one in group.members if one in lines]
        told = "|".join(dict.fromkeys(word(mail, "mail") for mail in mails if mail is not None))
        name = caller_name(group.name, group.number)
        yield _mailbox(group.number, name, told, pin(key, group.number, SHARED, issued))


def _mailbox(number: str, name: str, mail: str, digits: str) -> str:
    for address in mail.split("|") if mail else ():
        word(address, f"mail of {number}")
    options = f"tz={ZONE}|attach={'yes' if mail else 'no'}|saycid=yes|envelope=yes"
    return short(f"{number} => {digits},{word(name, f'name of {number}')},{mail},,{options}")
