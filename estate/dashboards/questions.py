"""Writes the PromQL that several panels share. A question never makes a zero out of what was not measured."""

from __future__ import annotations

from collections.abc import Sequence

# A rule group that was not evaluated for so many seconds proves nothing about its alerts any more.
EVALUATED_SECONDS = 300


def coded(metric: str, label: str, values: Sequence[str], by: str = "") -> str:
    """Gives one number for a metric that is 1 at one of its label values: its place from 1, or 0 where none is 1."""
    parts = [f'{place} * {metric}{{{label}="{value}"}}' for place, value in enumerate(values, 1)]
    keep = f" by ({by})" if by else ""
    return f"max{keep} ({' or '.join(parts)})"


def share_of_limit(moment: str, limit: str, by: str) -> str:
    """Gives the age of a moment as a share of its declared limit, and -1 for what never happened (moment 0)."""
    age = f"(time() - ({moment} > 0)) / on ({by}) group_left () {limit}"
    return f"max by ({by}) ({age} or ({moment} == 0) - 1)"


def lamp(alerts: Sequence[str], groups: Sequence[str]) -> str:
    """Gives 2 while a critical alert fires, 1 while a warning does, 0 while the rules are evaluated and none does.

    Nothing is answered when one of the groups is not evaluated: a lamp without all its watch is not green.
    """
    firing = f'ALERTS{{alertname=~"{"|".join(alerts)}",alertstate="firing",severity="%s"}}'
    watched = (
        f'prometheus_rule_group_last_evaluation_timestamp_seconds{{rule_group=~".+;({"|".join(groups)})"}}'
    )
    return (
        f"max (2 * {firing % 'critical'} or {firing % 'warning'}"
        f" or 0 * (count (time() - {watched} < {EVALUATED_SECONDS}) == {len(groups)}))"
    )
