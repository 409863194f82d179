"""Offers `estate dashboards render`: writes Grafana's dashboards as files, for a person or a Grafana of one's own."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from estate.dashboards.wording import LANGUAGES, DashboardError
from estate.records import to_json
from estate.records.files import write_bytes
from estate.runs.refused import RefusedError, told

app = typer.Typer(no_args_is_help=True, help="Draws Grafana's dashboards.")


@app.callback()
def _dashboards() -> None:
    """Draws Grafana's dashboards from the alert rules and what is measured."""


@app.command("render")
def render(
    out: Annotated[
        Path, typer.Option(help="Folder to write into; a folder for each language is made in it.")
    ],
    language: Annotated[str, typer.Option(help="tr, en, or all.")] = "all",
    as_json: Annotated[bool, typer.Option("--json", help="Print what was written as JSON.")] = False,
) -> None:
    """Writes every dashboard as JSON; the same checkout writes the same bytes, in every environment.

    Exit: 0 written, 2 refused (nothing written).
    """
    from estate.dashboards.rendering import rendered  # half a second that no other verb has to wait for

    with told():
        try:
            files = rendered(LANGUAGES if language == "all" else (language,))
        except DashboardError as error:
            raise RefusedError(str(error)) from None
        try:
            for path, text in files.items():
                write_bytes(out / path, text.encode())
        except OSError as error:
            raise RefusedError(
                f"{error.filename}: {error.strerror}. Name a folder that can be written."
            ) from None
    written = [str(out / path) for path in files]
    typer.echo(to_json({"files": written}, indent=1) if as_json else "\n".join(written))
