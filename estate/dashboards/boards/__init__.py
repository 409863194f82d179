"""Holds the dashboards, one per module; each question asks only for what is measured."""

from __future__ import annotations

from collections.abc import Mapping

from estate.dashboards.boards import backup, directory, drift, mail, overview, servers, switches, telephony
from estate.dashboards.rules import Alert
from estate.dashboards.shapes import Board


def boards(alerts: Mapping[str, Alert]) -> tuple[Board, ...]:
    """Gives all dashboards in the order in which they are listed; the lamps of the first follow from the alerts."""
    return (
        overview.board(alerts),
        servers.BOARD,
        mail.BOARD,
        directory.BOARD,
        backup.BOARD,
        drift.BOARD,
        switches.BOARD,
        telephony.BOARD,
    )
