"""Turns the last look at receipts, and the last proof of one, into measurements."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from estate.declared.estate import Estate
from estate.records import read
from estate.records.drift import STATES, Drift
from exporters.damaged import Damaged
from exporters.textfile import Textfile


def write(out: Textfile, estate: Estate, path: Path, damaged: Damaged) -> None:
    """Lays down every managed host, and of each what the last look found; a host nobody looked at has no state.

    The time of the last look is there for every host, 0 where nobody ever looked; the same goes for the last proof.
    A look that cannot be read tells of no host at all.
    """
    drift = damaged.unless("drift", lambda: read(path, Drift)) if path.exists() else None
    if damaged.any("drift"):
        return
    seen = {one.host: one for one in drift.hosts} if drift else {}
    proof = drift.proof if drift else None
    contradicted = Counter(line.split(" ", 1)[0] for line in proof.contradicted) if proof else Counter()
    out.set("bim_drift_proof_timestamp_seconds", proof.at.timestamp() if proof else 0)
    for host in estate.hosts.get("managed", ()):
        one = seen.get(host)
        looked = one.looked_at.timestamp() if one else 0
        out.set("bim_drift_last_look_timestamp_seconds", looked, host=host)
        out.set("bim_drift_proof_contradictions", contradicted[host], host=host)
        if one is None:
            continue
        for state in STATES:
            out.set("bim_drift_host_state", one.state == state, host=host, state=state)
        out.set("bim_drift_since_timestamp_seconds", one.since.timestamp(), host=host)
        if one.state != "unreachable":
            out.set("bim_drift_promises", one.promised - one.broken, host=host, state="in_sync")
            out.set("bim_drift_promises", one.broken, host=host, state="corrective")
            out.set("bim_drift_promises", one.unverifiable, host=host, state="unverifiable")
