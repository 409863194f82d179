"""Writes the receipt of a person: everything held, since when, by which change, and what proved that it ended."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from pydantic import TypeAdapter

from estate.declared.estate import Estate
from estate.declared.holdings import Holding, holdings
from estate.handover.papers import Papers
from estate.records.departures import Proof, Try, kept
from estate.review.history import Entry, since

NO_SHEET = "no sheet on record"


@dataclass(frozen=True)
class Item:
    """One thing held; `entry` is the change that gave it, None when no run on record did.

    `writes` tells, of a shared folder, whether it is open for writing too.
    """

    kind: str
    what: str
    entry: Entry | None
    writes: bool = False


@dataclass(frozen=True)
class Receipt:
    """What a person holds on a day, everything ever changed about it, and every proof after leaving, oldest first.

    `unmade` tells that all of it is declared only: had any run made it, that would be on record.
    """

    holding: Holding
    items: tuple[Item, ...]
    entries: tuple[Entry, ...]
    sheet: str
    proofs: tuple[Proof, ...]
    unmade: bool = False


def receipt(
    estate: Estate,
    today: date,
    number: str,
    entries: Sequence[Entry],
    papers: Papers,
    recorded: date | None = None,
) -> Receipt:
    """Gives the receipt of a declared person; `recorded` is the day of the first apply on record."""
    [holding] = [one for one in holdings(estate, today) if one.person.personnel_number == number]
    held = tuple(items(estate, holding, entries))
    sheet, proofs = _sheet(papers, number), tuple(kept(papers.var, number))
    given = [row.since for row in estate.identities if row.personnel_number == number and any(row.names())]
    named_since = recorded is not None and bool(given) and min(given) >= recorded
    unmade = named_since and not entries and not proofs and sheet == NO_SHEET
    return Receipt(holding, held, tuple(entries), sheet, proofs, unmade)


def plain(told: Receipt) -> dict[str, Any]:
    """Gives a receipt as values for JSON."""
    held = [
        {
            "kind": item.kind,
            "what": item.what,
            **({"writes": item.writes} if item.kind == "share" else {}),
            "since": item.entry.at.isoformat() if item.entry else None,
            "run": item.entry.run if item.entry else None,
        }
        for item in told.items
    ]
    changes, proofs = (
        TypeAdapter(Any).dump_python(list(one), mode="json") for one in (told.entries, told.proofs)
    )
    state = told.holding.state
    return {
        "state": state,
        "unmade": told.unmade,
        "first_password": told.sheet,
        "holds": held,
        "changes": changes,
        "proofs": proofs,
    }


def items(estate: Estate, holding: Holding, entries: Iterable[Entry]) -> Iterable[Item]:
    """Gives what one person holds, each with the change that gave it."""
    given, user = since(entries), holding.person.user
    if holding.account and user is not None:
        yield Item("account", user, given.get("account"))
    for group in sorted(holding.groups):
        yield Item("group", group, given.get(f"group {group}"))
    for i, address in enumerate(holding.addresses):
        yield Item(
            "address", address, given.get(f"further addresses: smtp:{address}" if i else f"mail: {address}")
        )
    for alias in estate.mail.aliases if holding.state == "active" else ():
        if user in alias.members:
            yield Item("alias", f"{alias.alias}@{estate.mail.domain}", None)
    for share in estate.shares.shares:
        opening = sorted(holding.groups & set(share.groups))
        if opening:
            writes = bool(holding.groups & set(share.write_groups))
            yield Item("share", share.name, given.get(f"group {opening[0]}"), writes)
    if holding.profile is not None:
        yield Item("internet", holding.profile, given.get(f"group internet-{holding.profile}"))
    if holding.extension is not None:
        yield Item("extension", holding.extension, given.get(f"extension: {holding.extension}"))


def lines(told: Receipt) -> list[str]:
    """Writes a receipt in lines for a person."""
    nothing = "declared, no run has made it" if told.unmade else "-"
    rows = [(item.kind, _what(item), item.entry.source() if item.entry else nothing) for item in told.items]
    wide = [max((len(row[i]) for row in rows), default=0) for i in (0, 1)]
    found = ["", f"state  {told.holding.state}", f"first password  {told.sheet}", "", "holds"]
    found += [f"  {kind.ljust(wide[0])}  {what.ljust(wide[1])}  {source}" for kind, what, source in rows]
    found += ["", "changes"] if told.entries else ["", "changes  none on record"]
    for entry in told.entries:
        found.append(f"  {entry.source()}: {entry.change.action} {entry.change.key}")
        found += [f"    -{line}" for line in (entry.change.before or "").splitlines()]
        found += [f"    +{line}" for line in (entry.change.after or "").splitlines()]
    return found + _proven(told)


def _proven(told: Receipt) -> list[str]:
    """Tells how every system answered after the person left; of who left and was never tried, just that."""
    if not told.proofs:
        return (
            ["", "refused  not proven yet"] if told.holding.state == "left" and told.holding.account else []
        )
    found = ["", "refused"]
    for proof in told.proofs:
        found.append(
            f"  {proof.at:%Y-%m-%d %H:%M} {proof.run} ({proof.by}): {proof.verdict}; {_cut(proof.cut)}"
        )
        for who, tries in (("", proof.tries), ("open account, ", proof.control)):
            found += [f"    {who}{_answered(one)}" for one in tries]
    return found


def _answered(one: Try) -> str:
    """Tells one try; a proxy that answers 403 to who is let in knows the person and opens nothing to them."""
    known = one.system.startswith("proxy") and one.result == "let_in" and one.said.startswith("403")
    why = " (authenticated; no profile opens what was asked)" if known else ""
    return f"{one.system}: {one.result}, {one.seconds:.1f} s  {one.said}{why}".rstrip()


def _cut(counts: Mapping[str, int]) -> str:
    """Tells what the proof itself cut; sessions of mail mostly ended before it, when `mailboxes` put the reply in."""
    cut = ", ".join(f"{count} of {system}" for system, count in counts.items() if count) or "none"
    before = "" if counts.get("mail") else "; those of mail end already with the automatic reply"
    return f"sessions cut by this proof: {cut}{before}"


def _what(item: Item) -> str:
    if item.kind != "share":
        return item.what
    return f"{item.what} ({'writes' if item.writes else 'reads'})"


def _sheet(papers: Papers, number: str) -> str:
    if any(path.stem == number for path in papers.waiting()):
        return f"its sheet waits: {papers.sheets_folder / (number + '.pdf')}"
    handed = [paper for paper in papers.handed_over() if paper.personnel_number == number]
    return f"handed over on {handed[-1].at:%Y-%m-%d} by {handed[-1].who}" if handed else NO_SHEET
