"""Renders the dashboards as the files that Grafana reads; two renderings of one checkout are equal to the byte."""

from __future__ import annotations

import json
from collections.abc import Sequence

from grafana_foundation_sdk.cog.encoder import JSONEncoder

from estate.dashboards.boards import boards
from estate.dashboards.building import built
from estate.dashboards.rules import alerts
from estate.dashboards.wording import LANGUAGES, DashboardError, Wording


def rendered(languages: Sequence[str] = LANGUAGES) -> dict[str, str]:
    """Gives the JSON of every dashboard by its path below a folder, for example `tr/mail.json`."""
    if unknown := sorted(set(languages) - set(LANGUAGES)):
        raise DashboardError(f"dashboards in {', '.join(unknown)}: there are {' and '.join(LANGUAGES)}.")
    rules = alerts()
    files = {}
    for language in languages:
        for board in boards(rules):
            text = json.dumps(
                built(board, rules, Wording(language)),
                cls=JSONEncoder,
                ensure_ascii=False,
                indent=1,
                sort_keys=True,
            )
            files[f"{language}/{board.name}.json"] = f"{text}\n"
    return files
