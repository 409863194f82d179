"""Writes estate/queues.conf: the queues, whom they ring, and how long a caller waits."""

from __future__ import annotations

from collections.abc import Mapping

from estate.declared.calling import Queue
from estate.declared.telephony import Telephony
from estate.telephony.lines import Line
from estate.telephony.syntax import Section, setting, settings, word


def sections(told: Telephony, lines: Mapping[str, Line]) -> tuple[Section, ...]:
    """Gives a section for each queue; members who do not work on the day are left out."""
    return tuple(_queue(queue, lines) for queue in told.queues)


def _queue(queue: Queue, lines: Mapping[str, Line]) -> Section:
    pairs: list[tuple[str, object]] = [
        ("strategy", queue.strategy),
        ("timeout", queue.ring_seconds),
        ("retry", 1),
        ("maxlen", queue.max_waiting),
        ("ringinuse", "no"),
        ("musicclass", "default"),
        ("announce-frequency", queue.announce_position_seconds),
        ("announce-position", "yes" if queue.announce_position_seconds else "no"),
        ("announce-holdtime", "no"),
        ("joinempty", "unavailable,invalid,unknown"),
        ("leavewhenempty", "unavailable,invalid,unknown"),
    ]
    members = (
        setting("member", f"Local/{one}@queued/n,0,{word(lines[one].name, f'name of {one}')},PJSIP/{one}")
        for one in queue.members
        if one in lines
    )
    return Section(queue.number, (*settings(pairs), *members))
