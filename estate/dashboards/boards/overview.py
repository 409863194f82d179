"""The estate on one page: a lamp for each part, which opens the board of what is red; every alert that fires."""

from __future__ import annotations

from collections.abc import Mapping

from estate.dashboards.questions import coded, lamp
from estate.dashboards.rules import Alert
from estate.dashboards.shapes import Board, Colour, Kind, Limit, Panel, Row, State

# Each part: the groups of alert rules that speak of it, and the board that its lamp opens. Every group is in one part.
PARTS: dict[str, tuple[tuple[str, ...], str]] = {
    "servers": (("hosts",), "servers"),
    "certificates": (("certificates",), "servers"),
    "monitoring": (("monitoring",), "servers"),
    "mail": (("mail",), "mail"),
    "directory": (("directory",), "directory"),
    "shares": (("shares",), "directory"),
    "web": (("proxy",), "directory"),
    "telephony": (("telephony", "calls"), "telephony"),
    "switches": (("switches",), "switches"),
    "backup": (("backup",), "backup"),
    "drills": (("drills",), "backup"),
    "drift": (("configuration", "drift", "pipeline"), "drift"),
}
LIT = (
    State(0, "well"),
    State(1, "warning", colour=Colour.WARNING),
    State(2, "fault", colour=Colour.CRITICAL),
)
FIRING = 'ALERTS{alertstate="firing",severity="%s"}'
# The alert Watchdog always fires, and so tells that alerts are counted at all.
WATCHDOG = 'ALERTS{alertname="Watchdog",alertstate="firing"}'
RESULTS = ("passed", "failed", "error")


def board(alerts: Mapping[str, Alert]) -> Board:
    """Gives the overview; a part whose groups hold no alert in this checkout has no lamp."""
    lamps = []
    for part, (groups, opens) in PARTS.items():
        names = sorted(a.name for a in alerts.values() if a.group in groups and a.severity != "none")
        if names:
            query = lamp(names, groups)
            lamps.append(Panel(part, Kind.LAMP, "none", query, states=LIT, opens=opens, width=4, height=4))
    return Board("overview", (Row("parts", tuple(lamps)), ALERTS, REACHED, PROOF))


def _count(severity: str) -> str:
    return f"count ({FIRING % severity}) or 0 * max ({WATCHDOG})"


def _some(colour: Colour) -> Limit:
    return Limit("", 0, first=1, colour=colour)


ALERTS = Row(
    "alerts",
    (
        Panel(
            "critical", Kind.NUMBER, "short", _count("critical"), limits=(_some(Colour.CRITICAL),), width=3
        ),
        Panel("warnings", Kind.NUMBER, "short", _count("warning"), limits=(_some(Colour.WARNING),), width=3),
        Panel(
            "firing",
            Kind.COURSE,
            "short",
            'count by (severity) (ALERTS{alertstate="firing"})',
            legend="{{severity}}",
            width=8,
        ),
        Panel(
            "list",
            Kind.TABLE,
            "none",
            "sum by (severity, alertname, instance, device, host, service, backup_job, scenario)"
            ' (ALERTS{alertstate="firing"})',
            width=10,
        ),
    ),
)
REACHED = Row(
    "reached",
    (
        Panel(
            "answers",
            Kind.STATES,
            "none",
            "probe_success",
            legend="{{service}} {{instance}}",
            states=(State(0, "silent", alert="ServiceUnreachable"), State(1, "answering")),
            width=12,
        ),
        Panel(
            "answer_time",
            Kind.COURSE,
            "s",
            "probe_duration_seconds",
            legend="{{service}} {{instance}}",
            width=12,
        ),
    ),
)
PROOF = Row(
    "proof",
    (
        Panel(
            "duties",
            Kind.NUMBER,
            "percentunit",
            "avg (time() - max by (duty) (bim_duty_evidence_timestamp_seconds)"
            " <= bool on (duty) max by (duty) (bim_duty_max_evidence_age_seconds))",
            width=6,
        ),
        Panel("verdicts", Kind.BARS, "short", "sum by (result) (bim_verdicts)", legend="{{result}}", width=6),
        Panel(
            "drill_results",
            Kind.NUMBER,
            "none",
            coded("bim_dr_drill_last_result", "result", RESULTS, "scenario"),
            legend="{{scenario}}",
            states=(
                State(0, "never_held", colour=Colour.WARNING),
                State(1, "passed"),
                State(2, "failed", alert="DrillFailed"),
                State(3, "no_verdict", alert="DrillFailed"),
            ),
            opens="backup",
            width=12,
        ),
    ),
)
