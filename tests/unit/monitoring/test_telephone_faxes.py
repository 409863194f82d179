"""Faxes are counted once by what became of them, also after a restore of their log."""

import json
from datetime import date
from pathlib import Path
from typing import Any

from estate.declared import load
from estate.telephony import figures
from exporters.telephone_calls import Counts, faxes

TODAY = date(2026, 11, 30)
LAB = load(Path(__file__).parents[3] / "inventories/lab", TODAY)
DECLARED: dict[str, Any] = json.loads(figures.text(LAB, TODAY))
PROBED = str(LAB.telephony.probe.fax_line)


def fax(kind: str, result: str, line: str = "5200", moment: int = 1_795_716_216) -> str:
    """Gives a line as the subroutine fax-told of the dial plan writes it."""
    return f"{moment} {kind} {result} {line} /var/spool/asterisk/fax/x.tif 1 0 14400 T38- - -\n"


def test_faxes_are_counted_by_result_and_a_half_line_waits(tmp_path: Path) -> None:
    """One that came in half is a failure; the probe's own are nobody's."""
    log, counts = tmp_path / "fax.log", Counts()
    half = fax("received", "failed")
    log.write_text(fax("received", "received") + half[:40], "utf-8")
    faxes(counts, log, DECLARED)
    assert counts.faxes == {"received": 1}
    with log.open("a", encoding="utf-8") as more:
        more.write(half[40:] + fax("sent", "sent") + fax("received", "received", PROBED))
    faxes(counts, log, DECLARED)
    faxes(counts, log, DECLARED)
    assert counts.faxes == {"received": 1, "failed": 1, "sent": 1}
    log.write_text(fax("received", "received"), "utf-8")  # restored from before
    faxes(counts, log, DECLARED)
    with log.open("a", encoding="utf-8") as more:
        more.write(fax("sent", "sent", moment=1_795_716_300))
    faxes(counts, log, DECLARED)
    assert counts.faxes == {"received": 1, "failed": 1, "sent": 2}
    log.write_text(fax("sent", "sent", moment=1_795_716_400), "utf-8")  # begun anew
    faxes(counts, log, DECLARED)
    assert counts.faxes["sent"] == 3
