"""Makes Grafana's objects of a board, in one language: every panel with unit, description and the fixed data source."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

from grafana_foundation_sdk.builders import (
    bargauge,
    common,
    dashboard,
    prometheus,
    stat,
    statetimeline,
    table,
    timeseries,
)
from grafana_foundation_sdk.models import common as shown
from grafana_foundation_sdk.models import dashboard as made
from grafana_foundation_sdk.models.prometheus import PromQueryFormat

from estate.dashboards.rules import Alert
from estate.dashboards.shapes import Board, Colour, Kind, Limit, Panel, State
from estate.dashboards.wording import DashboardError, Wording

# The role grafana provisions its data source under this uid; no dashboard asks for another, or for a variable.
SOURCE = "estate-prometheus"
_SOURCE = shown.DataSourceRef("prometheus", SOURCE)
# An age of over thirty years is that of a moment written as 0: it never came.
_NEVER_SECONDS = 1e9
_Builder = bargauge.Panel | stat.Panel | statetimeline.Panel | table.Panel | timeseries.Panel


def uid(board: str, language: str) -> str:
    """Gives the uid of a board, which stands in links and never changes."""
    return f"estate-{board}-{language}"


def number(board: str, part: str) -> int:
    """Gives the id of a panel or row from its name, so that another panel beside it does not renumber it."""
    return int(hashlib.sha256(f"{board}/{part}".encode()).hexdigest()[:7], 16) + 1


def built(board: Board, alerts: Mapping[str, Alert], wording: Wording) -> made.Dashboard:
    """Gives Grafana's dashboard of a board; DashboardError names a panel whose alert no rule knows."""
    language = wording.language
    whole = (
        dashboard.Dashboard(wording.board(board.name, "title"))
        .uid(uid(board.name, language))
        .description(wording.board(board.name, "description"))
        .tags(["estate", f"estate-{language}"])
        .readonly()
        .time(f"now-{board.hours}h", "now")
        .timezone("browser")
        .refresh("1m")
        .tooltip(made.DashboardCursorSync.CROSSHAIR)
        .link(
            dashboard.DashboardLink(wording.word("boards"))
            .type(made.DashboardLinkType.DASHBOARDS)
            .tags([f"estate-{language}"])
            .keep_time(True)
            .placement("")  # in sight, not in the menu of controls
        )
    )
    for row in board.rows:
        title = wording.row(board.name, row.name)
        whole.with_row(dashboard.Row(title).id(number(board.name, f"row {row.name}")))
        for panel in row.panels:
            _refuse_unknown(board, panel, alerts)
            whole.with_panel(_panel(board, panel, alerts, wording))
    return whole.build()


def _refuse_unknown(board: Board, panel: Panel, alerts: Mapping[str, Alert]) -> None:
    named = {limit.alert for limit in panel.limits} | {state.alert for state in panel.states}
    if unknown := sorted(named - {"", *alerts}):
        raise DashboardError(
            f"{board.name}.{panel.name} takes its colour from {', '.join(unknown)}, which no rule of "
            "roles/monitoring/files/rules holds. Correct the name of the alert."
        )


def _panel(board: Board, panel: Panel, alerts: Mapping[str, Alert], wording: Wording) -> _Builder:
    title, description = wording.panel(board.name, panel.name)
    builder = _drawn(panel)
    builder.id(number(board.name, panel.name)).title(title).description(description).datasource(_SOURCE)
    builder.unit(panel.unit).span(panel.width).height(panel.height).no_value(wording.word("unmeasured"))
    builder.with_target(_query(panel)).thresholds(_thresholds(panel, alerts))
    mappings = _mappings(panel, alerts, wording)
    if mappings:
        builder.mappings(mappings)
    if panel.unit == "percentunit" and not panel.states:
        builder.min(0)
    if panel.opens:
        link = dashboard.DashboardLink(wording.board(panel.opens, "title"))
        link.type(made.DashboardLinkType.LINK).url(f"/d/{uid(panel.opens, wording.language)}")
        link.keep_time(True).placement("")
        builder.links([link])
        builder.data_links([link])
    return builder


def _query(panel: Panel) -> prometheus.Dataquery:
    query = (
        prometheus.Dataquery().expr(panel.query).legend_format(panel.legend).ref_id("A").datasource(_SOURCE)
    )
    if panel.kind is Kind.TABLE:
        query.format(PromQueryFormat.TABLE)
    return query.instant() if panel.kind.now else query.range()


def _drawn(panel: Panel) -> _Builder:
    by_limit = dashboard.FieldColor().mode(made.FieldColorModeId.THRESHOLDS)
    last = common.ReduceDataOptions().calcs(["lastNotNull"])
    if panel.kind in (Kind.LAMP, Kind.NUMBER):
        filled = (
            shown.BigValueColorMode.BACKGROUND if panel.kind is Kind.LAMP else shown.BigValueColorMode.VALUE
        )
        lamps = (
            stat.Panel().color_mode(filled).graph_mode(shown.BigValueGraphMode.NONE).color_scheme(by_limit)
        )
        plain = panel.legend == "__auto"
        named = shown.BigValueTextMode.VALUE if plain else shown.BigValueTextMode.VALUE_AND_NAME
        return lamps.reduce_options(last).text_mode(named)
    if panel.kind is Kind.BARS:
        bars = bargauge.Panel().orientation(shown.VizOrientation.HORIZONTAL).color_scheme(by_limit)
        return bars.reduce_options(last).display_mode(shown.BarGaugeDisplayMode.BASIC)
    if panel.kind is Kind.STATES:
        states = statetimeline.Panel().color_scheme(by_limit).show_value(shown.VisibilityMode.NEVER)
        return states.merge_values(True).row_height(0.8)
    if panel.kind is Kind.TABLE:
        hidden: dict[str, object] = {"excludeByName": {"Time": True, "Value": True}}
        return table.Panel().with_transformation(made.DataTransformerConfig("organize", options=hidden))
    course = timeseries.Panel().fill_opacity(10).show_points(shown.VisibilityMode.NEVER)
    if panel.limits:
        dashed = common.GraphThresholdsStyleConfig().mode(shown.GraphThresholdsStyleMode.DASHED)
        course.thresholds_style(dashed)
    return course


def _thresholds(panel: Panel, alerts: Mapping[str, Alert]) -> dashboard.ThresholdsConfig:
    """Gives the steps of the limits: good below (or above) all of them; neutral where no alert says what is bad."""
    base = Colour.GOOD if panel.limits or panel.states else Colour.NEUTRAL
    ordered = sorted(panel.limits, key=lambda limit: limit.edge)
    if ordered and not ordered[0].above:
        colours = [*(_colour(limit, alerts) for limit in ordered), Colour.GOOD]
        steps = list(zip([None, *(limit.edge for limit in ordered)], colours, strict=True))
    else:
        steps = [(None, base), *((limit.edge, _colour(limit, alerts)) for limit in ordered)]
    config = dashboard.ThresholdsConfig().mode(made.ThresholdsMode.ABSOLUTE)
    return config.steps([made.Threshold(value, colour.value) for value, colour in steps])


def _colour(limit: Limit | State, alerts: Mapping[str, Alert]) -> Colour:
    return alerts[limit.alert].colour if limit.alert else limit.colour or Colour.NEUTRAL


def _mappings(panel: Panel, alerts: Mapping[str, Alert], wording: Wording) -> list[made.ValueMapping]:
    mappings: list[made.ValueMapping] = []
    if panel.states:
        words = {}
        for place, state in enumerate(panel.states):
            colour, text = _colour(state, alerts), wording.word(state.word)
            words[str(state.value)] = made.ValueMappingResult(text=text, color=colour.value, index=place)
        mappings.append(made.ValueMap(words))
    if panel.never:
        colour = _colour(panel.limits[0], alerts) if panel.limits else Colour.NEUTRAL
        result = made.ValueMappingResult(
            text=wording.word("never"), color=colour.value, index=len(panel.states)
        )
        mappings.append(made.RangeMap(made.DashboardRangeMapOptions(_NEVER_SECONDS, None, result)))
    return mappings
