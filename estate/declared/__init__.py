"""Gives the declared estate as frozen records, or refuses it with every mistake at once.

Lowest in import order: this package imports nothing of `estate` but itself, and never touches the network.
"""

from __future__ import annotations

from estate.declared.estate import SUBJECTS, Estate, load
from estate.declared.mistakes import Mistake, Refusal

__all__ = ["SUBJECTS", "Estate", "Mistake", "Refusal", "load"]
