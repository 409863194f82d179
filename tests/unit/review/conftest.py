"""Lends the people and the estate of the tests of the directory, and the proofs of those of departures."""

from tests.unit.departures.conftest import proof
from tests.unit.directory.conftest import declares, lab, person

__all__ = ["declares", "lab", "person", "proof"]
