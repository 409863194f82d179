"""Offers `estate report`: freezes what is known of a month, then writes the monthly report from that alone."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Annotated

import typer

from estate.declared import load
from estate.drill import evidence
from estate.report.collect import Tool, collect
from estate.report.document import assemble
from estate.report.inputs import Inputs, digest, freeze, read, write_bytes
from estate.report.period import Period, ReportError, turkish_zone
from estate.report.render import FORMATS, render
from estate.report.wording import LANGUAGES
from estate.runs.environment import Environment
from estate.runs.refused import Exit, RefusedError, told
from estate.runs.revision import commit
from estate.runs.session import session


def command(
    period: Annotated[str, typer.Option(help="The month, for example 2026-11.")],
    formats: Annotated[str, typer.Option("--format", help="Any of html,pdf,csv.")] = "html,pdf,csv",
    lang: Annotated[str, typer.Option(help="tr or en.")] = "tr",
    environment: Annotated[str | None, typer.Option(help="Which environment (default: lab).")] = None,
    out: Annotated[
        Path | None, typer.Option(help="Folder (default: var/ENVIRONMENT/reports/PERIOD).")
    ] = None,
    inputs: Annotated[
        Path | None, typer.Option(help="Write from these frozen inputs; collect nothing.")
    ] = None,
    again: Annotated[bool, typer.Option("--again", help="Collect anew; keep the old inputs beside.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print for programs.")] = False,
) -> None:
    """Writes the monthly report; a closed month that was frozen before is written from what was frozen.

    Exit: 0 written, 2 refused (nothing written), 4 written, but Prometheus was not reached: all it should have
    told says "not measured".
    """
    with told():
        try:
            wanted = _wanted(formats, lang)
            chosen = Environment.chosen(environment)
            folder = out or chosen.var / "reports" / period
            source, how = (inputs, "given") if inputs else _frozen(chosen, period, folder, again)
            found, fingerprint = read(source)
            if found.period.name != period:
                raise ReportError(f"{source}: holds {found.period.name}, asked for {period}.")
            written = _write(found, fingerprint, wanted, lang, folder)
        except ReportError as error:
            raise RefusedError(str(error)) from None
    _tell(found, fingerprint, (source, how), written, as_json)
    if found.prometheus.error:
        raise typer.Exit(Exit.UNREACHABLE)


def _wanted(formats: str, lang: str) -> list[str]:
    wanted = [form.strip() for form in formats.split(",")]
    if not set(wanted) <= set(FORMATS):
        raise ReportError(f"--format {formats!r}: write any of {', '.join(FORMATS)}, with commas between.")
    if lang not in LANGUAGES:
        raise ReportError(f"--lang {lang!r}: write one of {', '.join(LANGUAGES)}.")
    return list(dict.fromkeys(wanted))


def _frozen(chosen: Environment, name: str, folder: Path, again: bool) -> tuple[Path, str]:
    """Gives the frozen inputs of a month and how they came to be."""
    now = datetime.now(UTC)
    estate = load(chosen.inventory)
    period = Period.of(name, now, turkish_zone(estate.organisation.time_zone))
    path = folder / "inputs.json"
    if path.exists() and not again and _stands(path):
        return path, "frozen before"
    tool = Tool(version("municipal-estate"), commit(chosen.root))
    unasked = _unasked(chosen)
    with session(chosen, "report", f"report {name}") as opened:
        typer.echo(f"collecting {name}: measurements, runs and evidence of {chosen.name}", err=True)
        found = collect(estate, chosen.var, period, tool, now, _flaws, unasked)
        if path.exists() and again:
            write_bytes(path.with_name(f"inputs.{digest(path)[:12]}.json"), path.read_bytes())
        freeze(found, path)
        opened.result = "ok"
    return path, "collected"


def _stands(path: Path) -> bool:
    """Tells whether frozen inputs are final: of a closed month, with measurements."""
    if _ran(path):
        return False
    try:
        before, _ = read(path)
    except ReportError as error:
        raise ReportError(f"{error} --again collects anew and keeps this file beside.") from None
    return not before.prometheus.error


def _ran(path: Path) -> bool:
    """Tells whether inputs, also of an older shape, are of a month that still ran: nothing final to keep."""
    try:
        month = json.loads(path.read_text(encoding="utf-8"))["period"]
        return datetime.fromisoformat(month["evaluated_at"]) < datetime.fromisoformat(month["end"])
    except (OSError, ValueError, KeyError, TypeError):
        return False


def _unasked(chosen: Environment) -> str | None:
    """Gives the reason not to send a packet to the environment, when it is down."""
    try:
        chosen.refuse_when_down()
    except RefusedError as refusal:
        return str(refusal)
    return None


def _flaws(folder: Path) -> list[str]:
    """Lists what keeps a drill's record from being accepted as evidence."""
    try:
        return [f"{one.check}: {one.found}" for one in evidence.verify(folder) if not one.holds]
    except evidence.EvidenceError as error:
        return [str(error)]


def _write(found: Inputs, fingerprint: str, wanted: list[str], lang: str, folder: Path) -> list[Path]:
    document = assemble(found, fingerprint, lang)
    written = []
    for form in wanted:
        path = folder / f"report-{found.period.name}-{lang}.{form}"
        write_bytes(path, render(document, form))
        written.append(path)
    return written


def _tell(
    found: Inputs, fingerprint: str, source: tuple[Path, str], written: list[Path], as_json: bool
) -> None:
    path, how = source
    if as_json:
        told_of = {
            "inputs": str(path),
            "how": how,
            "sha256": fingerprint,
            "written": [str(one) for one in written],
        }
        typer.echo(json.dumps({**told_of, "unmeasured": found.prometheus.error}, ensure_ascii=False))
        return
    typer.echo(f"inputs   {path} ({how}), sha256 {fingerprint[:16]}")
    for one in written:
        typer.echo(f"written  {one}")
    if found.prometheus.error:
        typer.echo(
            f"Prometheus told nothing, so all its figures say not measured: {found.prometheus.error}",
            err=True,
        )
