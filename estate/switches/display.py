"""Shows plans of switches to people: what reads the same on many switches once, without secrets; pure text."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from estate.switches.masks import hidden
from estate.switches.plan import SwitchPlan


def grouped(plans: Mapping[str, SwitchPlan]) -> list[tuple[tuple[str, ...], tuple[str, ...]]]:
    """Gives (lines, switches) for each different change, as people may read it; the most common first, none left out.

    What differs in secrets alone reads the same.
    """
    changes = ((switch, shown_lines(plan.lines)) for switch, plan in plans.items() if plan.lines)
    return sorted(_together(changes), key=lambda group: -len(group[1]))


def shown_lines(lines: Iterable[str]) -> tuple[str, ...]:
    """Gives lines to send as people may read them: secrets hidden, `exit` left out."""
    return tuple(hidden(line) for line in lines if line.strip() != "exit")


def lines(plans: Mapping[str, SwitchPlan]) -> Iterator[str]:
    """Yields every change with its switches, then what is refused, waived and left alone, and what it adds up to."""
    groups = grouped(plans)
    for change, switches in groups:
        yield f"{', '.join(switches)}  switch/configuration: update {len(change)} lines"
        yield from (f"    {line}" for line in change)
    for said, switches in _together(
        (switch, (text,)) for switch, plan in plans.items() for text in _said(plan)
    ):
        yield f"{', '.join(switches)}: {said[0]}"
    changing = sum(len(switches) for _, switches in groups)
    refused = sum(1 for plan in plans.values() if plan.refusals)
    yield f"{len(groups)} different changes on {changing} of {len(plans)} switches, {refused} refused"


def _said(plan: SwitchPlan) -> Iterator[str]:
    yield from (f"trunk {text}" for text in plan.lists)
    yield from (f"REFUSED {refusal.guard}: {refusal}" for refusal in plan.refusals)
    yield from (f"waived {refusal.guard}: {refusal.where}: {refusal.what}" for refusal in plan.waived)
    if plan.left_alone:
        yield f"left alone: {', '.join(plan.left_alone)}"


def _together(rows: Iterable[tuple[str, tuple[str, ...]]]) -> list[tuple[tuple[str, ...], tuple[str, ...]]]:
    groups: dict[tuple[str, ...], list[str]] = {}
    for switch, text in rows:
        groups.setdefault(text, []).append(switch)
    return [(text, tuple(switches)) for text, switches in groups.items()]
