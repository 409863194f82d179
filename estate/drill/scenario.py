"""Loads the steps of a drill: ordinary commands, in order, each belonging to a phase of the recovery.

The steps of the drill `<id>` lie in `pyinfra_deploys/drills/<id>/drill.yml`; words in braces are filled in
from the declared drill when it is held, so every step can also be typed by a person.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, get_args

from pydantic import ConfigDict, TypeAdapter, ValidationError
from ruamel.yaml import YAML

from estate.records import faults
from estate.runs.refused import RefusedError

Phase = Literal["host_up", "configured", "restored", "accepted"]
Where = Literal["everywhere", "lab", "elsewhere"]
PHASES: tuple[Phase, ...] = get_args(Phase)


class ScenarioError(RefusedError):
    """Says which drill has no usable steps, and why."""


@dataclass(frozen=True)
class Step:
    """Is one command of a drill.

    `destructive` steps change the target and run only after its identity is confirmed. `answers` names a JSON
    file that the step must leave behind and that is judged; without it there is no verdict (an error). `where`: the
    lab makes hardware itself, elsewhere a person brings it.
    """

    phase: Phase
    does: str
    command: tuple[str, ...]
    destructive: bool = False
    answers: str = ""
    where: Where = "everywhere"
    environment: dict[str, str] = field(default_factory=dict)

    __pydantic_config__ = ConfigDict(extra="forbid")


def _filled(text: str, values: Mapping[str, str]) -> str:
    try:
        return text.format_map(values)
    except KeyError as unknown:
        raise ScenarioError(f"{text!r} asks for {unknown}, known are {', '.join(sorted(values))}") from None


def load(path: Path, values: Mapping[str, str]) -> tuple[Step, ...]:
    """Returns the steps of a drill with `values` filled in.

    Raises ScenarioError when the file is missing, a key is unknown, or the phases are not in the order
    host_up, configured, restored, accepted with at least one step each.
    """
    try:
        raw = YAML(typ="safe").load(path.read_text(encoding="utf-8"))
        steps = TypeAdapter(tuple[Step, ...]).validate_python(raw)
    except FileNotFoundError:
        raise ScenarioError(f"{path}: no such drill; there are {_others(path)}") from None
    except ValidationError as error:
        raise ScenarioError(f"{path}: no steps of a drill: {faults(error)}") from None
    order = [PHASES.index(step.phase) for step in steps]
    if order != sorted(order) or set(order) != set(range(len(PHASES))):
        raise ScenarioError(f"{path}: steps must go through {', '.join(PHASES)}, in this order")
    return tuple(
        Step(
            step.phase,
            step.does,
            tuple(_filled(word, values) for word in step.command),
            step.destructive,
            _filled(step.answers, values),
            step.where,
            {key: _filled(value, values) for key, value in step.environment.items()},
        )
        for step in steps
    )


def _others(path: Path) -> str:
    return ", ".join(sorted(each.parent.name for each in path.parent.parent.glob("*/drill.yml"))) or "none"
