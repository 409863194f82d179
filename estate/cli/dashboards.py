"""Offers `estate dashboards render`: writes Grafana's dashboards as files, for a person or a Grafana of one's own."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated

import typer

from estate.dashboards.wording import LANGUAGES, DashboardError
from estate.records import to_json
from estate.records.files import write_bytes
from estate.runs.refused import Exit, RefusedError, told

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

    Exit: 0 written, 2 refused (nothing written), 3 not all could be written, as on a full disk.
    """
    from estate.dashboards.rendering import rendered  # half a second that no other verb has to wait for

    with told():
        try:
            files = rendered(LANGUAGES if language == "all" else (language,))
        except DashboardError as error:
            raise RefusedError(str(error)) from None
        _refuse_unwritable(out / path for path in files)
        written: list[str] = []
        for path, text in files.items():
            try:
                write_bytes(out / path, text.encode())
            except OSError as error:
                told_so_far = f"{len(written)} of {len(files)} files are written"
                raise RefusedError(f"{out / path}: {error.strerror}; {told_so_far}", Exit.FAILED) from None
            written.append(str(out / path))
    typer.echo(to_json({"files": written}, indent=1) if as_json else "\n".join(written))


def _refuse_unwritable(targets: Iterable[Path]) -> None:
    """Raises RefusedError for the first file that could not be laid down, before any is."""
    for target in targets:
        if target.is_dir():
            raise RefusedError(f"{target}: a folder stands there. Move it away, or name another folder.")
        folder = next(each for each in target.parents if os.path.lexists(each))
        if not folder.is_dir():
            raise RefusedError(f"{folder}: no folder. Name a folder that can be written.")
        if not os.access(folder, os.W_OK | os.X_OK):
            raise RefusedError(f"{folder}: may not be written. Name a folder that can be written.")
