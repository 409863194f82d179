"""Tells four kinds of drift apart, and finds addresses of declared devices at ports that are not theirs; pure."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime

from estate.declared import Estate
from estate.declared.switches import Switch
from estate.switches import comparing
from estate.switches.display import shown_lines
from estate.switches.intended import Configuration, Owned, intended, owned
from estate.switches.masks import hidden
from estate.switches.plan import SwitchPlan
from estate.switches.reading import ConfigurationError
from estate.switches.shown import Learned
from estate.switches.state import KINDS, Drift, Kind, Misplaced, Settled

UNFIT = frozenset({"platform", "running-unreadable", "running-damaged", "running-foreign", "not-foreseen"})
"""Guards that speak against the reading itself: what was read tells nothing about the switch."""


def settled(
    estate: Estate, switch: Switch, today: date, at: datetime, wanted: Configuration | None = None
) -> Settled:
    """Gives what is kept of a switch that was proven to run what is intended on this day."""
    ours = owned(estate, switch)
    text = comparing.whole(wanted or intended(estate, switch, today))
    return Settled(
        switch.name, at, text, tuple(sorted(ours.interfaces)), tuple(sorted(ours.vlans)), ours.lines
    )


def drift(estate: Estate, switch: Switch, running: str, today: date, last: Settled | None) -> Drift:
    """Judges a reading; `last` is what the switch was last proven to run.

    A switch that differs from what is declared and never ran it is pending. When both moved, it is corrective. What
    differs in secrets alone is not told.
    """
    try:
        plan = comparing.planned(estate, switch, running, today)
        if wrong := _unfit(plan):
            return Drift("unverifiable", wrong)
        if not plan.lines:
            return Drift("in_sync", KINDS["in_sync"])
        if last is None:
            return _differs("pending", "it was never seen to run what is declared", plan)
        ours = Owned(frozenset(last.interfaces), frozenset(last.vlans), last.lines)
        before = comparing.against(estate, switch, running, today, last.text, ours)
        if wrong := _unfit(before):
            return Drift("unverifiable", wrong)
        if before.lines:
            return _differs("corrective", KINDS["corrective"], before)
        return _differs("pending", KINDS["pending"], plan)
    except ConfigurationError as wrong:
        return Drift("unverifiable", str(wrong))


def misplaced(estate: Estate, switch: Switch, learned: Iterable[Learned]) -> tuple[Misplaced, ...]:
    """Gives the declared devices seen at another port than theirs; on ports of links everybody is seen."""
    declared = estate.switches
    links = {declared.port(switch, link.port) for link in switch.links}
    edge = set(declared.ports(switch)) - links
    known = {outlet.mac: outlet for outlet in declared.outlets if outlet.mac is not None}
    found = []
    for each in learned:
        outlet = known.get(each.mac)
        if outlet is None or each.port not in edge:
            continue
        home = declared.switch(outlet.switch)
        own = declared.port(home, outlet.port) if home is not None else None
        if (outlet.switch, own) != (switch.name, each.port):
            where = f"{outlet.switch} {own} ({outlet.name})"
            found.append(
                Misplaced(str(outlet.device), each.mac, each.vlan, f"{switch.name} {each.port}", where)
            )
    return tuple(sorted(set(found), key=str))


def _unfit(plan: SwitchPlan) -> str:
    return "; ".join(f"{one.guard}: {hidden(one.what)}" for one in plan.refusals if one.guard in UNFIT)


def _differs(kind: Kind, why: str, plan: SwitchPlan) -> Drift:
    return Drift(kind, why, shown_lines(plan.lines))
