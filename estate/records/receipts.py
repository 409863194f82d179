"""Fixes the shape of a receipt: what one apply promised of one host, and what of it nobody can check."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from estate.records.shapes import STRICT


@dataclass(frozen=True)
class Told:
    """States what one task said of one host: `promised` in the words of plugins/module_utils/promises.py.

    `unverifiable` marks a task that did something which cannot be said in these words; then `promised` is empty.
    """

    host: str
    task: str
    promised: tuple[Mapping[str, Any], ...]
    unverifiable: bool

    __pydantic_config__ = STRICT


@dataclass(frozen=True)
class Receipt:
    """States what the apply `run`, at `revision`, promised of `host`; `unverifiable` names the tasks it cannot hold.

    `inputs` are the files that made it (declared, roles, plugins, playbooks), each with its digest (below `var/`
    keyed), and `digest` stands for all of them. A host keeps it with the signature of the control machine.
    """

    environment: str
    host: str
    run: str
    revision: str
    at: datetime
    digest: str
    inputs: Mapping[str, str]
    promised: tuple[Mapping[str, Any], ...]
    unverifiable: tuple[str, ...]

    __pydantic_config__ = STRICT
