"""Injects faults of the matrix into drills, as `estate drill mutations` does."""

from estate.drill import injecting
from estate.drill.faults import matrix
from tests.lab.reaching import LAB

FAULTS = {fault.id: fault for fault in matrix()}


def seen(name: str) -> tuple[str, str]:
    """Injects one fault and gives what became of it, and the words of the drill."""
    row = injecting.injected(LAB, FAULTS[name])
    return row.outcome, row.found


def expected(name: str) -> str:
    """Gives what must become of a fault: caught, or no verdict where none is possible."""
    return "caught" if FAULTS[name].expects == "failed" else "error_as_expected"
