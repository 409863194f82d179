"""Reads the alert rules of the house: dashboards take their colours and limits from them, never from a second list."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from estate.dashboards.shapes import Colour

FOLDER = Path(__file__).parents[2] / "roles/monitoring/files/rules"
_COLOURS = {"critical": Colour.CRITICAL, "warning": Colour.WARNING}
_PRODUCT = re.compile(r"(\d+(?:\.\d+)?)\s*\*\s*(\d+(?:\.\d+)?)")
_NUMBER = re.compile(r"(?<![\w.\[])\d+(?:\.\d+)?(?![\w.])")


@dataclass(frozen=True)
class Alert:
    """Is one alert: its group, its severity and the expression that it fires on."""

    name: str
    group: str
    severity: str
    expression: str

    @property
    def colour(self) -> Colour:
        """Gives the colour of its severity."""
        return _COLOURS[self.severity]

    def numbers(self) -> set[float]:
        """Gives the numbers it compares with; `30 * 86400` counts as what it comes to, `[1h]` is no number."""
        products = {float(one) * float(two) for one, two in _PRODUCT.findall(self.expression)}
        return products | {float(number) for number in _NUMBER.findall(self.expression)}


def alerts(folder: Path = FOLDER) -> dict[str, Alert]:
    """Gives every alert of a folder of rules by name; KeyError when a rule lacks what this house writes of each."""
    found: dict[str, Alert] = {}
    for path in sorted(folder.glob("*.yml")):
        content: Mapping[str, Any] = YAML(typ="safe").load(path.read_text(encoding="utf-8"))
        for group in content["groups"]:
            for rule in group["rules"]:
                if name := rule.get("alert"):
                    found[name] = Alert(name, group["name"], rule["labels"]["severity"], rule["expr"])
    return found
