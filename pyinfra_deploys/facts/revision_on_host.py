"""Keeps on a host which commit it carries, and gives it to one run at a time: a newer one is never overwritten.

    python3 revision_on_host.py < question.json

The question holds `do` and `place` (/etc/estate/revision unless given);
claim: `revision` {commit, sequence, run, holder}, `limit_seconds`, `over` (a commit typed back, or null). The answer is
{answer, found}: `claimed` (written, `found` is what stood there), `held` (another holder is at work, since a time that
is no longer ago than the limit and not to come), `newer` (a commit of a higher number is carried); in the last two
cases nothing was written.
settle: `run` and `state`; what this run claimed gets the state `applied` or `partly`, or is put back to `found` when
that is given. The answer is {answer}: `settled`, or `lost` when another run took over.
One question at a time is answered: the kernel holds the lock and frees it, however this program ends.
"""

from __future__ import annotations

import fcntl
import json
import sys
import time
from pathlib import Path
from typing import Any

Answer = dict[str, Any]
PLACE = "/etc/estate/revision"
KINDS = {"commit": str, "sequence": int, "run": str, "holder": str, "state": str}
AHEAD_SECONDS = 300
"""So far a clock may be put back while somebody is at work; a time that is more to come is nobody's."""


def read(place: Path) -> Answer | None:
    """Gives what a host carries; None when nothing is on record, or nothing that can be read."""
    try:
        found = json.loads(place.read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError):
        return None
    whole = isinstance(found, dict) and all(isinstance(found.get(name), kind) for name, kind in KINDS.items())
    return found if whole else None


def write(place: Path, content: Answer | None) -> None:
    """Replaces the record in one step; None removes it."""
    if content is None:
        place.unlink(missing_ok=True)
        return
    aside = place.with_name(f".{place.name}.new")
    aside.write_text(json.dumps(content, sort_keys=True) + "\n", encoding="utf-8")
    aside.chmod(0o644)
    aside.replace(place)


def claim(place: Path, asked: Answer, now: float) -> Answer:
    """Gives the host to a run, unless another one is at work on it or it carries a newer commit."""
    found, mine = read(place), asked["revision"]
    over = asked.get("over") or "-"
    if found is not None:
        foreign = found["state"] == "applying" and found["holder"] != mine["holder"]
        since = found.get("since")
        known = isinstance(since, int | float) and -AHEAD_SECONDS <= now - since < asked["limit_seconds"]
        if foreign and known:
            return {"answer": "held", "found": found}
        if found["sequence"] > mine["sequence"] and not found["commit"].startswith(over):
            return {"answer": "newer", "found": found}
    write(place, {**mine, "state": "applying", "since": now})
    return {"answer": "claimed", "found": found}


def settle(place: Path, asked: Answer, now: float) -> Answer:
    """Writes down how the run ended that claimed the host."""
    found = read(place)
    if found is None or found["run"] != asked["run"]:
        return {"answer": "lost"}
    write(place, asked["found"] if "found" in asked else {**found, "state": asked["state"], "since": now})
    return {"answer": "settled"}


def main() -> None:
    """Answers one question."""
    asked = json.load(sys.stdin)
    place = Path(asked.get("place", PLACE))
    place.parent.mkdir(parents=True, exist_ok=True)
    with place.with_name(f".{place.name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        does = {"claim": claim, "settle": settle}[asked["do"]]
        print(json.dumps(does(place, asked, time.time())))


if __name__ == "__main__":
    main()
