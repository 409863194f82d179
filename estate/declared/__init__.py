"""Gives the declared estate as frozen records, or refuses it with every mistake at once.

Lowest in import order: this package imports nothing of `estate` but itself, and never touches the network. The
subjects are read in when `SUBJECTS`, `Estate` or `load` is asked for: who only names a refusal does not wait for them.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from estate.declared.mistakes import Mistake, Refusal

if TYPE_CHECKING:
    from estate.declared.estate import SUBJECTS, Estate, load

__all__ = ["SUBJECTS", "Estate", "Mistake", "Refusal", "load"]


def __getattr__(name: str) -> Any:
    if name in ("SUBJECTS", "Estate", "load"):
        return getattr(importlib.import_module("estate.declared.estate"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
