"""Offers `estate validate`: reads everything declared, refuses mistakes, shows the chain of every service."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import Annotated, Any

import typer

from estate.declared import Estate, Refusal, load
from estate.declared.chain import LINKS, Link, Missing, ServiceChain, chain, missing, unfounded_claims
from estate.declared.fields import SignedException
from estate.declared.numbering import holders, undecided
from estate.declared.repository import repository_facts
from estate.runs.environment import Environment
from estate.runs.refused import RefusedError, told

REFUSED = 2
LINKS_MISSING = 3


def command(
    environment: Annotated[str | None, typer.Option(help="Which inventory to read (default: lab).")] = None,
    strict: Annotated[
        bool, typer.Option("--strict", help="Exit 3 when a link of a chain is missing.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Reads everything declared, refuses all mistakes at once, and shows the chain of every service.

    Exit: 0 all is well declared, 2 refused (each mistake with file:line, key, what, what would be right),
    3 with --strict: well declared, but links of a chain are missing.
    """
    with told(reads=True):
        try:
            chosen = Environment.chosen(environment)
            estate = load(_short(chosen.inventory))
        except RefusedError as error:
            typer.echo(str(error), err=True)
            raise typer.Exit(REFUSED) from None
        except Refusal as refusal:
            _tell_refusal(refusal, as_json)
            raise typer.Exit(REFUSED) from None
        facts = repository_facts(chosen.root)
        chains = chain(estate, facts)
        gaps = [*missing(chains), *unfounded_claims(estate, facts)]
    if as_json:
        typer.echo(json.dumps(_as_json(estate, chains, gaps), indent=1, ensure_ascii=False))
    else:
        _show(estate, chains, gaps)
    if strict and gaps:
        raise typer.Exit(LINKS_MISSING)


def _short(path: Path) -> Path:
    """Gives a path relative to the working directory where it lies below it, as a person would type it."""
    here = Path.cwd()
    return path.relative_to(here) if path.is_relative_to(here) else path


def _tell_refusal(refusal: Refusal, as_json: bool) -> None:
    if as_json:
        told = {"result": "refused", "mistakes": [asdict(mistake) for mistake in refusal.mistakes]}
        typer.echo(json.dumps(told, indent=1, ensure_ascii=False))
    else:
        typer.echo("\n".join(refusal.sentences()), err=True)


def _counts(estate: Estate) -> dict[str, int]:
    return {
        "directorates": len(estate.organisation.directorates),
        "sites": len(estate.sites),
        "VLANs": len(estate.networks.vlans),
        "hosts": len(estate.networks.hosts),
        "switches": len(estate.switches.switches),
        "outlets": len(estate.switches.outlets),
        "services": len(estate.services),
        "people": len(estate.people),
        "telephone numbers": sum(1 for _ in holders(estate.telephony, estate.people)),
        "mail accounts": len(estate.mail.accounts),
        "aliases": len(estate.mail.aliases),
        "backup jobs": len(estate.backups.jobs),
        "drills": len(estate.drills),
        "duties": len(estate.duties),
    }


def _exceptions(estate: Estate) -> list[dict[str, str]]:
    """Gives every exception in force, so that none is forgotten."""
    signed: list[tuple[str, SignedException]] = [
        (f"{s.id}: link {e.link}", e) for s in estate.services for e in s.exceptions
    ]
    signed += [(f"mail: trusts {e.network}", e) for e in estate.mail.trusted_network_exceptions]
    signed += [(f"{job.id}: leaves out {e.path}", e) for job in estate.backups.jobs for e in job.exclude]
    signed += [(f"web: opens {e.domain} for {', '.join(e.profiles)}", e) for e in estate.web_access.opened]
    return [
        {"what": what, "until": str(e.until), "approved_by": e.approved_by, "reason": e.reason}
        for what, e in signed
    ]


def _empty_lists(estate: Estate) -> list[str]:
    """Names the web lists written as [] and fetched from nowhere: they allow nothing and block nothing."""
    return [each.name for each in estate.web_access.lists if not each.domains and each.source is None]


def _coverage(estate: Estate) -> Counter[str]:
    return Counter(duty.coverage for duty in estate.duties)


def _as_json(estate: Estate, chains: Sequence[ServiceChain], gaps: Sequence[Missing]) -> dict[str, Any]:
    told = {
        "result": "ok",
        "environment": estate.environment,
        "counts": _counts(estate),
        "duties_covered_by": dict(_coverage(estate)),
        "exceptions": _exceptions(estate),
        "empty_web_lists": _empty_lists(estate),
        "undecided": undecided(estate.telephony, estate.people, date.today()),
        "chain": [asdict(each) for each in chains],
        "missing": [asdict(gap) for gap in gaps],
    }
    return json.loads(json.dumps(told, default=str))  # type: ignore[no-any-return]


def _show(estate: Estate, chains: Sequence[ServiceChain], gaps: Sequence[Missing]) -> None:
    counts = ", ".join(f"{what} {number}" for what, number in _counts(estate).items())
    typer.echo(f"{estate.environment}: ok: {counts}")
    covered = _coverage(estate)
    typer.echo(
        f"duties covered by code {covered['code']}, by people {covered['people']}, "
        f"by nothing yet {covered['nothing']}"
    )
    for each in _exceptions(estate):
        typer.echo(
            f"exception until {each['until']}: {each['what']} ({each['approved_by']}: {each['reason']})"
        )
    for name in _empty_lists(estate):
        typer.echo(f"empty web list: {name}: it allows nothing and blocks nothing")
    for sentence in undecided(estate.telephony, estate.people, date.today()):
        typer.echo(f"undecided: {sentence}")
    rows = [(row.service, row.state, *(_cell(link) for link in row.links)) for row in chains]
    typer.echo("\n" + _table([("service", "state", *LINKS), *rows]))
    typer.echo(f"\nmissing links: {len(gaps)}" if gaps else "\nno link is missing")
    for gap in gaps:
        typer.echo(f"  {gap.subject}: {gap.link}: {gap.why}")


def _table(rows: Sequence[tuple[str, ...]]) -> str:
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    lines = [
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows
    ]
    return "\n".join(lines)


def _cell(link: Link) -> str:
    if link.excused_until is not None:
        return "excused"
    if link.gaps:
        return "part" if link.carried_by else "-"
    return "yes"
