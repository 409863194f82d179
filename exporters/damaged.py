"""Counts the records that had to be left out of one textfile, because they cannot be read."""

from __future__ import annotations

from estate.records import damaged
from exporters.textfile import Textfile

MEASUREMENT = "bim_records_damaged"


class Damaged(damaged.Damaged):
    """Gathers what could not be read while one textfile is made, and tells of it there."""

    def write(self, out: Textfile) -> None:
        """Lays down how many records of each kind were damaged; 0 where none was."""
        out.lay_down(MEASUREMENT)
        for kind, count in self.counts.items():
            out.set(MEASUREMENT, count, record=kind)
