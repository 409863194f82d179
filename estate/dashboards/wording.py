"""Gives the words of the dashboards in one language, from the one file that holds both."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

LANGUAGES = ("tr", "en")


class DashboardError(Exception):
    """Says what of the dashboards was asked for and is not there."""


@cache
def texts() -> dict[str, Any]:
    """Gives the content of texts.yml: words, and of each board its title, description, rows and panels."""
    content: dict[str, Any] = YAML(typ="safe").load(
        (Path(__file__).parent / "texts.yml").read_text(encoding="utf-8")
    )
    return content


@dataclass(frozen=True)
class Wording:
    """Speaks one language; what a panel or a board is called, and what it tells."""

    language: str

    def word(self, key: str) -> str:
        """Gives a word for a state."""
        return str(self._found("words", key, self.language))

    def board(self, board: str, part: str) -> str:
        """Gives the title or the description of a board."""
        return str(self._found("boards", board, part, self.language))

    def row(self, board: str, row: str) -> str:
        """Gives the title of a row."""
        return str(self._found("boards", board, "rows", row, self.language))

    def panel(self, board: str, panel: str) -> tuple[str, str]:
        """Gives title and description of a panel."""
        title, description = self._found("boards", board, "panels", panel, self.language)
        return title, description

    def _found(self, *path: str) -> Any:
        place: Any = texts()
        for key in path:
            if not isinstance(place, dict) or key not in place:
                raise DashboardError(f"estate/dashboards/texts.yml: {'.'.join(path)} is missing. Write it.")
            place = place[key]
        return place
