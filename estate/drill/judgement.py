"""Judges a drill from what was restored and what a person could then do; pure, no clock, no network.

Three outcomes: `passed`; `failed` - the service did not come back as promised; `error` - no verdict could be
reached, which says nothing about the backup.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from pydantic import ConfigDict

from estate.records import Verdict
from estate.records.shapes import Judgement

Known = Mapping[tuple[str, str], str]


@dataclass(frozen=True)
class Restored:
    """States what the restore on the target answered: how far it came and what it compared.

    `result` and `reason` are its own verdict; times are ISO 8601 with zone, sizes bytes. Of a switch alone: whether it
    starts from what it runs, which secrets were written anew, and what no line of a capture brings back.
    """

    result: Judgement
    reason: str
    words: str = ""
    snapshot: str = ""
    snapshot_time: str | None = None
    files: int = 0
    bytes: int = 0
    expected_files: int = 0
    missing: tuple[str, ...] = ()
    mismatches: tuple[str, ...] = ()
    restore_seconds: float = 0.0
    compare_seconds: float = 0.0
    startup_is_running: bool | None = None
    renewed: tuple[str, ...] = ()
    left_open: tuple[str, ...] = ()

    __pydantic_config__ = ConfigDict(extra="ignore")

    @property
    def decides(self) -> bool:
        """Tells whether the restore was not whole: then the drill is decided, and people's logins would only wait."""
        return self.result != "passed"


@dataclass(frozen=True)
class Mailboxes:
    """States what was read by logging in: hash by (mailbox, message id), canaries, failed logins."""

    messages: dict[tuple[str, str], str]
    canaries: tuple[datetime, ...]
    refused: tuple[str, ...] = ()


@dataclass(frozen=True)
class Domain:
    """States what a domain was said to hold before the loss and holds after the restore, and its dated records.

    Both sides have the same keys (accounts, members, policies, rights), each a set of lines.
    """

    before: Mapping[str, frozenset[str]]
    after: Mapping[str, frozenset[str]]
    canaries: tuple[datetime, ...]


@dataclass(frozen=True)
class Exchange:
    """States what came back of a telephone exchange, before it takes it up.

    `exchange` is the one on which its dated messages were laid (empty: there is none), `messages` and `calls` count
    voice messages and records of calls (None: no records that can be read), `reached` names operators that it could
    reach: none may be.
    """

    exchange: str
    canaries: tuple[datetime, ...]
    messages: int
    calls: int | None
    reached: tuple[str, ...]

    def decides(self, lost_host: str) -> bool:
        """Tells whether another exchange came back, or one that could reach an operator: then it may not take it up."""
        return self.exchange != lost_host or bool(self.reached)


@dataclass(frozen=True)
class Promise:
    """States what the drill measures against: seconds to be back, seconds of mail that may be lost."""

    rto_seconds: float
    rpo_seconds: float
    lost_at: datetime
    minimum_messages: int


def result_of(host: str, check: str, holds: bool, expected: str, found: str) -> Verdict:
    """Returns the verdict of one check: passed when it holds."""
    return Verdict("drill", check, host, "passed" if holds else "failed", expected, found)


def _named(names: Iterable[str], most: int = 5) -> str:
    listed = sorted(names)
    more = f" and {len(listed) - most} more" if len(listed) > most else ""
    return ", ".join(listed[:most]) + more


def of_restore(host: str, promise: Promise, restored: Restored) -> list[Verdict]:
    """Returns whether the escrowed key opened a snapshot from before the loss and all of it came back as it was."""
    damaged = [*restored.mismatches, *restored.missing]
    found = f"{restored.reason}: {restored.words}" if restored.words else restored.reason
    found += f", {_named(damaged)}" if damaged else f", {restored.files} of {restored.expected_files} files"
    verdicts = [
        Verdict(
            "drill",
            "restore with the escrowed key, compared by content",
            host,
            restored.result,
            "every file with its recorded hash",
            found,
            restored.restore_seconds + restored.compare_seconds,
        )
    ]
    if restored.snapshot and restored.snapshot_time:
        before = datetime.fromisoformat(restored.snapshot_time) <= promise.lost_at
        expected = f"not after {promise.lost_at.isoformat()}"
        found = f"{restored.snapshot[:8]} of {restored.snapshot_time}"
        verdicts.append(result_of(host, "snapshot before the loss", before, expected, found))
    return verdicts


def loss_seconds(promise: Promise, canaries: Iterable[datetime]) -> float | None:
    """Returns the seconds between the newest canary found and the loss; None when no canary was found."""
    found = [at for at in canaries if at <= promise.lost_at]
    return (promise.lost_at - max(found)).total_seconds() if found else None


def of_mailboxes(host: str, promise: Promise, known: Known, read: Mailboxes) -> list[Verdict]:
    """Returns whether people can log in, read the known messages by content, and how much mail is lost."""
    wrong = {
        f"{box} {mid}" for (box, mid), digest in known.items() if read.messages.get((box, mid)) != digest
    }
    return [
        result_of(host, "log in", not read.refused, "every account", _named(read.refused) or "every account"),
        result_of(
            host,
            "enough known messages to prove anything",
            len(known) >= promise.minimum_messages,
            f"at least {promise.minimum_messages}",
            str(len(known)),
        ),
        result_of(
            host,
            "known messages by content hash",
            not wrong,
            f"{len(known)} messages",
            f"{len(wrong)} missing or changed: {_named(wrong)}" if wrong else f"{len(known)} messages",
        ),
        loss(host, promise, read.canaries),
    ]


def of_domain(host: str, promise: Promise, domain: Domain) -> list[Verdict]:
    """Returns whether everything the domain held came back and nothing else, and how much of it is lost."""
    verdicts = []
    for what in sorted({*domain.before, *domain.after}):
        before, after = domain.before.get(what, frozenset()), domain.after.get(what, frozenset())
        differing = [f"missing {line}" for line in before - after] + [
            f"new {line}" for line in after - before
        ]
        expected = f"{len(before)} as before the loss, at least one"
        found = _named(differing) if differing else f"{len(after)} as before the loss"
        verdicts.append(
            result_of(host, f"{what} of the domain", bool(before) and not differing, expected, found)
        )
    return [*verdicts, loss(host, promise, domain.canaries)]


def of_exchange(host: str, lost_host: str, promise: Promise, found: Exchange) -> list[Verdict]:
    """Returns whether it is the lost exchange that came back, with its messages and calls, and is fenced in.

    An exchange that reaches an operator is no failure of the backup: the drill has no verdict.
    """
    calls = "no readable" if found.calls is None else str(found.calls)
    held = f"{found.messages} voice messages, {calls} records of calls"
    fence = result_of(
        host, "fence", not found.reached, "no operator is reached", _named(found.reached) or "none"
    )
    return [
        fence if fence.result == "passed" else replace(fence, result="error"),
        result_of(
            host, "exchange that came back", found.exchange == lost_host, lost_host, found.exchange or "none"
        ),
        result_of(
            host,
            "voice messages and records of calls",
            found.messages > 0 and found.calls is not None,
            "messages, and records that can be read",
            held,
        ),
        loss(host, promise, found.canaries),
    ]


def loss(host: str, promise: Promise, canaries: Iterable[datetime]) -> Verdict:
    """Returns whether what is lost lies within the promise, by the newest dated record found."""
    lost = loss_seconds(promise, canaries)
    return result_of(
        host,
        "data loss (RPO)",
        lost is not None and lost <= promise.rpo_seconds,
        f"at most {promise.rpo_seconds:.0f} s",
        "no canary found" if lost is None else f"{lost:.0f} s",
    )


def of_time(host: str, promise: Promise, phases: Mapping[str, float]) -> list[Verdict]:
    """Returns whether the service was back in time, by cumulative monotonic seconds per phase."""
    seconds = phases["accepted"]
    ordered = list(phases.values())
    plausible = seconds > 0 and ordered == sorted(ordered)
    return [
        result_of(host, "phases are positive and in order", plausible, "T0 <= T1 <= ... <= T4", str(ordered)),
        result_of(
            host,
            "time to recover (RTO)",
            seconds <= promise.rto_seconds,
            f"at most {promise.rto_seconds:.0f} s",
            f"{seconds:.0f} s",
        ),
    ]


def result(verdicts: Iterable[Verdict]) -> str:
    """Returns `failed` when any promise is broken, else `error` when any has no verdict, else `passed`."""
    results = {verdict.result for verdict in verdicts}
    if "failed" in results:
        return "failed"
    return "error" if "error" in results or not results else "passed"
