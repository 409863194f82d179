"""Tells of every declared drill whether it was held in time, and how many injected faults drills saw."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from estate.declared.estate import Estate
from estate.drill.attempts import standings
from estate.drill.faults import holdable, matrix, whole
from estate.drill.timing import STATES
from estate.records.mutations import Score, kept
from exporters.damaged import Damaged
from exporters.textfile import Textfile


def write(out: Textfile, estate: Estate, var: Path, damaged: Damaged) -> None:
    """Lays down one state of each drill, the window in which it shall be held, and the score of injected faults.

    A damaged record hides which drill was the newest, so then no state is told; damaged results leave out the score.
    """
    now = datetime.now(UTC)
    for drill, _, found in damaged.unless("evidence", lambda: standings(estate, var / "evidence", now)) or ():
        for state in STATES:
            out.set("bim_dr_drill_state", state == found.state, scenario=drill.id, state=state)
        out.set("bim_dr_drill_next_timestamp_seconds", found.next.opens.timestamp(), scenario=drill.id)
    results = damaged.unless("mutations", lambda: kept(var))
    if results is None:
        return
    score = Score.of(whole(holdable(matrix(), estate.drills), results))
    for outcome, count in score.counts.items():
        out.set("bim_drill_mutations", count, outcome=outcome)
    if score.ratio is not None:
        out.set("bim_drill_mutation_score_ratio", score.ratio)
    oldest = score.oldest.timestamp() if score.oldest else 0
    out.set("bim_drill_mutations_last_timestamp_seconds", oldest)
