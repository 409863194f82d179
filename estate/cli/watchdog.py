"""Offers `estate watchdog`: asks from outside whether the monitoring server watches, and mails people if not."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from pathlib import Path
from typing import Annotated, Any
from zoneinfo import ZoneInfo

import typer

from estate.declared import Estate, load
from estate.records import RecordError, read, write
from estate.report.collect import server
from estate.report.period import ReportError
from estate.runs import letters, webhook
from estate.runs.environment import Environment
from estate.runs.refused import Exit, RefusedError, told
from estate.runs.watching import doors, listened
from estate.status import watchdog, wording
from estate.status.shapes import Fact
from estate.status.watchdog import Watch

KEPT = "watchdog.json"
ALERT = "MonitoringSilent"
"""What the second way is told; mail says it in words."""


def command(
    tell: Annotated[bool, typer.Option(help="Remember the look, and mail the administrators.")] = False,
    second: Annotated[
        Path | None,
        typer.Option(
            "--webhook", help="File with an address that takes what Alertmanager says, below it its token."
        ),
    ] = None,
    after: Annotated[int, typer.Option(min=0, help="Minutes of silence before the first letter.")] = 10,
    environment: Annotated[str | None, typer.Option(help="Which environment (default: lab).")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print as JSON.")] = False,
) -> None:
    """Asks Prometheus and Alertmanager for the alert that always fires; two good answers, or monitoring has stopped.

    With --tell a silence that lasts is told by mail when it begins, once a day, and when it is over: over SSH through
    the mail server, so that nothing of the monitoring server is needed for it. What the mail server does not take goes
    to --webhook, where one is named: so both may be dead. What began there is over there too.

    Exit: 0 it watches, 4 it does not (with --tell: whoever is to know was told, or the silence is young), 3 a letter
    that is due could not be sent, 2 refused, or it watches and --webhook cannot be used.
    """
    with told():
        chosen = Environment.chosen(environment)
        estate = load(chosen.inventory)
        chosen.refuse_when_down()
        facts = _heard(estate)
        letter, fault = _told(chosen, estate, facts, timedelta(minutes=after), second) if tell else ("", "")
    well = watchdog.good(facts)
    code = _code(well, fault, _unusable(second))
    if as_json:
        shown = [{"what": one.what, "light": one.light, "text": wording.fact(one, "en")} for one in facts]
        found = {"watches": well, "facts": shown, "letter": letter, "untold": fault, "exit": code}
        typer.echo(json.dumps(found, ensure_ascii=False, indent=1))
        raise typer.Exit(code)
    lines = [f"{wording.light(one.light, 'en')}: {wording.fact(one, 'en')}" for one in facts]
    typer.echo("\n".join([*lines, *filter(None, [letter])]))
    if fault:
        print(f"nobody was told: {fault}", file=sys.stderr)
    raise typer.Exit(code)


def _unusable(second: Path | None) -> str:
    """Says why the second way cannot be gone; known while all is well, and no letter waits for it."""
    try:
        if second:
            webhook.read(second)
    except letters.UntoldError as error:
        return str(error)
    return ""


def _code(well: bool, fault: str, unusable: str) -> Exit:
    if unusable and not fault:
        print(f"--webhook: {unusable}", file=sys.stderr)
    if fault:
        return Exit.FAILED
    if not well:
        return Exit.UNREACHABLE
    return Exit.REFUSED if unusable else Exit.OK


def _heard(estate: Estate) -> list[Fact]:
    try:
        return watchdog.heard(*listened(*doors(estate)), datetime.now(UTC))
    except ReportError as nobody:
        raise RefusedError(str(nobody)) from None


def _told(
    chosen: Environment, estate: Estate, facts: Sequence[Fact], patience: timedelta, second: Path | None
) -> tuple[str, str]:
    """Remembers the look and tells what is due; gives who was told what, and why nobody was."""
    path, now, well = chosen.var / KEPT, datetime.now(UTC), watchdog.good(facts)
    watch = watchdog.looked(_kept(path), well, now)
    _keep(path, watch)
    wanted = watchdog.due(watch, well, now, patience)
    if wanted is None:
        return "", ""
    zone = ZoneInfo(estate.organisation.time_zone)
    subject, lines = watchdog.text(wanted, watch, facts, server(estate), now, zone)
    written = letters.letter(estate, [estate.organisation.directorate_of_it], subject, lines, now)
    ended = now if wanted == "over" else None
    alert = webhook.notification(ALERT, server(estate), subject, lines, watch.silent or now, ended)
    try:
        names, others = _taken(chosen, written, alert, second, also=watch.by_webhook and wanted == "over")
    except letters.UntoldError as reason:
        return "", str(reason)
    _keep(path, watchdog.sent(watch, wanted, now, by_webhook=others))
    return f"told {names}: {subject}", ""


def _taken(
    chosen: Environment, written: EmailMessage, alert: Mapping[str, Any], second: Path | None, also: bool
) -> tuple[str, bool]:
    """Hands the letter over, or else the alert, or also; gives who took it, and whether the webhook did.

    Raises UntoldError, with both reasons.
    """
    reasons, other = list[str](), None
    try:
        names = letters.hand_over(chosen, written)
    except letters.UntoldError as error:
        names, reasons = [], [str(error)]
    if second and (also or not names):
        try:
            other = webhook.read(second)
            if other:
                webhook.post(other, alert)
        except letters.UntoldError as error:
            raise letters.UntoldError("; ".join([*reasons, str(error)])) from None
    if not names and not other:
        raise letters.UntoldError(*reasons)
    takers = ", ".join([*names, *([other.name] if other else [])])
    return takers + "".join(f" ({reason})" for reason in reasons), other is not None


def _kept(path: Path) -> Watch:
    """Reads what the looks before this one left; a damaged file keeps nobody from being told."""
    try:
        return read(path, Watch) if path.exists() else Watch()
    except RecordError as error:
        print(f"{error}; the silence counts from now", file=sys.stderr)
        return Watch()


def _keep(path: Path, watch: Watch) -> None:
    try:
        write(path, watch)
    except OSError as error:
        raise RefusedError(
            f"{path}: {error.strerror}. Make it writable: a silence cannot be counted."
        ) from None
