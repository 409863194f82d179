"""Knows the models of telephone sets, and says why a set cannot be what is declared of it; pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from estate.declared.calling import Phone
from estate.declared.mistakes import Place
from estate.declared.shapes import nearest

TABLE = Path(__file__).with_name("phone_models.yml")

Fault = tuple[Place, str, str]
"""Where below the record of the set, what is wrong, and what would be right."""


@dataclass(frozen=True)
class PhoneModel:
    """A model of telephone set: how its file is written (`family`), accounts, keys, and keys that stand apart."""

    name: str
    family: str
    title: str
    accounts: int
    keys: int
    side_keys: int = 0

    @property
    def last_key(self) -> int:
        """Gives the highest position a key can have."""
        return self.keys + self.side_keys


@cache
def known_models() -> Mapping[str, PhoneModel]:
    """Gives every known model by its name."""
    rows: dict[str, dict[str, Any]] = YAML(typ="safe").load(TABLE)
    return {name: PhoneModel(name=name, **row) for name, row in rows.items()}


def faults(phone: Phone) -> Iterator[Fault]:
    """Yields all that speaks against a set: an unknown model, more accounts than it has, keys it does not have."""
    model = known_models().get(phone.model)
    if model is None:
        yield ("model",), f"{phone.model} is no known model", nearest(phone.model, known_models())
        return
    if len(phone.extensions) > model.accounts:
        wrong = f"{len(phone.extensions)} extensions, and {model.title} has {model.accounts} accounts"
        yield ("extensions",), wrong, "declare fewer, or another model"
    for i, key in enumerate(phone.keys):
        place: Place = ("keys", i, "position")
        if key.position > model.last_key:
            yield place, f"{model.title} has no key {key.position}", f"write one up to {model.last_key}"
        elif key.position <= len(phone.extensions):
            wrong = f"key {key.position} is the line of {phone.extensions[key.position - 1]}"
            yield place, wrong, f"write one from {len(phone.extensions) + 1} on"
