"""Writes what answers beside a single telephone: hunt groups, queues, fax lines, and the hours they keep."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from estate.declared.calling import FaxLine, Holiday, Hours, HuntGroup, Queue, Span
from estate.declared.telephony import Telephony
from estate.telephony.syntax import Section, word


def sections(told: Telephony, zone: str, active: Collection[str]) -> tuple[Section, ...]:
    """Gives a context for each group, queue, fax line and set of hours, and one of the holidays.

    `active` are the extensions that work on the day; others are left out of the groups they are declared in.
    """
    return (
        *(_hours(hours, zone) for hours in told.hours),
        _holidays(told.holidays),
        *(_group(group, [one for one in group.members if one in active]) for group in told.hunt_groups),
        *(_queue(queue) for queue in told.queues),
        *(_fax(line) for line in told.fax_lines),
        _mailboxes(told),
    )


def _mailboxes(told: Telephony) -> Section:
    """Gives how a member opens the mailbox of a group: without its PIN, which nobody is told and others are asked."""
    found: list[str] = []
    for group in own_mailboxes(told):
        members = f":{':'.join(group.members)}:"
        asked = f"*97{group.number}"
        found += [
            f'exten => {asked},1,GotoIf($["{members}"=~":${{ESTATE_FROM}}:"]?open:features,{asked},1)',
            " same => n(open),Answer()",
            f" same => n,VoiceMailMain({group.number}@default,s)",
            " same => n,Hangup()",
        ]
    return Section("group-mailboxes", tuple(found))


def answers(told: Telephony) -> tuple[str, ...]:
    """Gives the line of each number of a group, queue or fax line, for the context of all inside numbers."""
    found = [(group.number, f"group-{group.number}") for group in told.hunt_groups]
    found += [(queue.number, f"queue-{queue.number}") for queue in told.queues]
    found += [(line.number, f"fax-{line.number}") for line in told.fax_lines]
    return tuple(f"exten => {number},1,Goto({context},s,1)" for number, context in sorted(found))


def own_mailboxes(told: Telephony) -> tuple[HuntGroup, ...]:
    """Gives the hunt groups whose callers may leave a message when nobody answers."""
    return tuple(group for group in told.hunt_groups if group.otherwise is None)


def _hours(hours: Hours, zone: str) -> Section:
    return Section(
        f"hours-{hours.name}",
        (
            "exten => s,1,Gosub(holiday,s,1)",
            ' same => n,GotoIf($["${GOSUB_RETVAL}"="closed"]?closed)',
            *(f" same => n,GotoIfTime({_span(span)},*,*,{zone}?open)" for span in hours.spans),
            " same => n(closed),Return(closed)",
            " same => n(open),Return(open)",
        ),
    )


def _span(span: Span) -> str:
    """Gives a span as Asterisk writes it, where the last minute is an open one."""
    hour, minute = (int(part) for part in span.end.split(":"))
    last = (hour * 60 + minute - 1) % (24 * 60)
    return f"{span.start}-{last // 60:02}:{last % 60:02},{'&'.join(span.days)}"


def _holidays(holidays: Iterable[Holiday]) -> Section:
    return Section(
        "holidays",
        (
            "; gives the hour from which the day is closed; that of the first minute is the whole day",
            *(
                f"exten => {one.day:%Y%m%d},1,Return({(one.from_hour or '00:00').replace(':', '')})"
                for one in sorted(holidays, key=lambda one: one.day)
            ),
        ),
    )


def _group(group: HuntGroup, members: list[str]) -> Section:
    if group.order == "all":
        ringing = [" same => n,Set(ESTATE_RINGING=)"]
        ringing += [f" same => n,Gosub(gather,s,1({one}))" for one in members]
        ringing.append(f" same => n,Gosub(together,s,1({group.ring_seconds}))")
    else:
        ringing = [f" same => n,Gosub(try,s,1({one},{group.ring_seconds}))" for one in members]
    last = _otherwise(group.otherwise, (f"VoiceMail({group.number}@default,u)", "Hangup()"))
    return Section(
        f"group-{group.number}", _opened(group.hours, group.closed_announcement, tuple(ringing), last)
    )


def _queue(queue: Queue) -> Section:
    waiting = (" same => n,Answer()", f" same => n,Queue({queue.number},,,,{queue.max_wait_seconds})")
    last = _otherwise(queue.otherwise, ("Hangup(19)",))
    return Section(f"queue-{queue.number}", _opened(queue.hours, queue.closed_announcement, waiting, last))


def _opened(
    hours: str | None, announcement: str | None, while_open: tuple[str, ...], last: tuple[str, ...]
) -> tuple[str, ...]:
    """Gives the lines of what is done in its hours, what is said outside of them, and where a call goes at last."""
    ask = [f" same => n,Gosub(hours-{hours},s,1)", ' same => n,GotoIf($["${GOSUB_RETVAL}"!="open"]?closed)']
    said = [" same => n(closed),Answer(500)"]
    said += [f" same => n,Playback({announcement})"] if announcement is not None else []
    return (
        "exten => s,1,Gosub(hop,s,1)",
        *(ask if hours is not None else ()),
        *while_open,
        *((" same => n,Goto(otherwise)", *said) if hours is not None else ()),
        f" same => n(otherwise),{last[0]}",
        *(f" same => n,{step}" for step in last[1:]),
    )


def _otherwise(number: str | None, nobody: tuple[str, ...]) -> tuple[str, ...]:
    return (f"Goto(internal,{number},1)",) if number is not None else nobody


def _fax(line: FaxLine) -> Section:
    station = word(line.station_id, f"station_id of fax line {line.number}")
    return Section(
        f"fax-{line.number}",
        (
            f"exten => s,1,Set(FAX_ID={station})",
            f" same => n,Set(FAX_TO={','.join(line.mail)})",
            f" same => n,Goto(fax-receive,{line.number},1)",
        ),
    )
