"""Looks at all receipts with one round trip per host, all hosts at once, and keeps what was found in `drift.json`."""

from __future__ import annotations

import fcntl
import json
import sys
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from estate.receipts import asking, beside, keeping, ssh
from estate.receipts.inputs import Inputs
from estate.receipts.judging import Found, Known, judge, lasting
from estate.records import RecordError, read, write
from estate.records.drift import Difference, Drift, HostDrift, Proof
from estate.records.files import MEND
from estate.runs.environment import Environment
from estate.runs.lock import look as lock_of


def path(environment: Environment) -> Path:
    """Names the file of the last look."""
    return environment.var / "drift.json"


def last(environment: Environment) -> Drift | None:
    """Gives the last look; None when there is none that can be read: a damaged one is moved aside, and that is told."""
    place = path(environment)
    if not place.exists():
        return None
    try:
        return read(place, Drift)
    except RecordError as error:
        aside = place.with_name(f"{place.name}.{datetime.now(UTC):%Y%m%dT%H%M%SZ}.damaged")
        place.rename(aside)
        why = str(error).removesuffix(f" {MEND}")
        print(
            f"{why} Moved aside to {aside.name}; lost with it: since when hosts are as they are, the hosts this look "
            "does not ask, and the last proof (./scripts/estate drift --prove).",
            file=sys.stderr,
        )
        return None


def look(environment: Environment, hosts: Iterable[str]) -> Drift:
    """Looks at these hosts and keeps it; those that are not asked stay as they were seen last."""
    with asking.started(environment, hosts) as asked:
        return looked(asked)


def looked(asked: asking.Asked) -> Drift:
    """Judges the answers as they come and keeps what was found."""
    environment, coming = asked.environment, asked.coming
    lock, now = lock_of(environment.var / "lock"), datetime.now(UTC)
    during = lock.holder if lock.state == "held" else None
    own, order = Inputs(environment).of(coming), environment.groups()["all"]

    def one(host: str) -> HostDrift:
        return _judged(environment, host, found_on(environment, host, coming[host].result()), own[host], now)

    seen = ssh.each(coming, one)
    with _alone(environment):
        before = last(environment)
        earlier = {drift.host: drift for drift in before.hosts} if before else {}
        everyone = {**earlier, **{host: lasting(one, earlier.get(host)) for host, one in seen.items()}}
        made = Drift(
            environment=environment.name,
            at=now,
            seconds=round(time.monotonic() - asked.begun, 3),
            hosts=tuple(everyone[host] for host in order if host in everyone),
            beside=beside.read_all(environment.var),
            during=during.run if during else "",
            proof=before.proof if before else None,
        )
        keep(environment, made)
    return made


@contextmanager
def _alone(environment: Environment) -> Iterator[None]:
    """Lets looks of several runners put what they saw into one file, one after another, for a moment each."""
    environment.var.mkdir(parents=True, exist_ok=True)
    with path(environment).with_suffix(".lock").open("w") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield


def _judged(
    environment: Environment, host: str, found: Found, own: Mapping[str, str], now: datetime
) -> HostDrift:
    known = Known(own, keeping.kept(environment.var, host), keeping.begun(environment.var, host))
    return judge(host, environment.name, found, known, now)


def found_on(environment: Environment, host: str, answer: ssh.Answer) -> Found:
    """Reads what a host answered; a receipt counts only when its signature is the estate's."""
    if answer.failure:
        return Found(failure=answer.failure)
    try:
        told = json.loads(answer.out)
        envelope, broken, notes = told["envelope"], told["broken"], told["notes"]
        differences = tuple(Difference(*map(str, one)) for one in broken)
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        return Found(failure=f"its answer cannot be read: {error}")
    if envelope is None:
        return Found(forged=str(told.get("spoilt", "")))
    forged = keeping.why_not_ours(environment.var, host, str(envelope))
    if forged:
        return Found(forged=forged)
    if "unreadable" in told:
        return Found(failure=f"its receipt could not be compared: {told['unreadable']}")
    try:
        receipt = keeping.opened(str(envelope))
    except RecordError as error:
        return Found(forged=str(error))
    return Found(receipt, differences, tuple(map(str, notes)))


def holding(environment: Environment, hosts: Iterable[str]) -> dict[str, HostDrift]:
    """Gives those of these hosts whose inputs and receipt both still hold, by a look just now."""
    asked = set(hosts)
    seen = look(environment, sorted(asked))
    return {drift.host: drift for drift in seen.hosts if drift.host in asked and drift.state == "in_sync"}


def keep(environment: Environment, seen: Drift) -> None:
    """Keeps a look for its readers."""
    write(path(environment), seen)


def keep_proof(environment: Environment, seen: Drift, proof: Proof) -> None:
    """Puts a proof beside what is kept now: `seen`, kept when nothing is, may be minutes old."""
    with _alone(environment):
        keep(environment, replace(last(environment) or seen, proof=proof))
