"""Switches: reached, as declared, saved, copied; their links, traffic and errors as they tell them by SNMP."""

from __future__ import annotations

from estate.dashboards.questions import coded
from estate.dashboards.shapes import Board, Colour, Kind, Limit, Panel, Row, State

_STATES = ("in_sync", "pending", "corrective", "unverifiable")
# As in the rule SwitchBackupTooOld: a switch that was looked at and has no copy on record was never copied.
_COPIED = "max by (device) (bim_switch_config_backup_last_success_timestamp_seconds)"
_LOOKED = "max by (device) (bim_switch_looked_timestamp_seconds > 0)"
_LINK = "and on (device, port) bim_switch_link == 1"
BOARD = Board(
    "switches",
    (
        Row(
            "looked",
            (
                Panel(
                    "reached",
                    Kind.NUMBER,
                    "none",
                    "max by (device) (bim_switch_up)",
                    legend="{{device}}",
                    states=(State(0, "silent", alert="SwitchUnreachable"), State(1, "answering")),
                ),
                Panel(
                    "config_state",
                    Kind.NUMBER,
                    "none",
                    coded("bim_switch_config_state", "kind", _STATES, "device"),
                    legend="{{device}}",
                    states=(
                        State(0, "unmeasured", colour=Colour.NEUTRAL),
                        State(1, "in_sync"),
                        State(2, "pending", colour=Colour.NEUTRAL),
                        State(3, "corrective", alert="SwitchDrift"),
                        State(4, "unverifiable", alert="SwitchDrift"),
                    ),
                ),
                Panel(
                    "saved",
                    Kind.NUMBER,
                    "none",
                    "max by (device) (bim_switch_startup_differs)",
                    legend="{{device}}",
                    states=(State(0, "saved"), State(1, "not_saved", alert="SwitchNotSaved")),
                ),
                Panel(
                    "copy_age",
                    Kind.BARS,
                    "s",
                    f"time() - ({_COPIED} or 0 * {_LOOKED})",
                    legend="{{device}}",
                    limits=(Limit("SwitchBackupTooOld", 26 * 3600),),
                    never=True,
                ),
                Panel(
                    "looked_age",
                    Kind.BARS,
                    "s",
                    "time() - max by (device) (bim_switch_looked_timestamp_seconds)",
                    legend="{{device}}",
                    limits=(Limit("SwitchUnwatched", 26 * 3600),),
                    never=True,
                ),
                Panel(
                    "misplaced",
                    Kind.BARS,
                    "short",
                    "max by (device) (bim_switch_misplaced_addresses)",
                    legend="{{device}}",
                    limits=(Limit("SwitchAddressMisplaced", 0, first=1),),
                ),
            ),
        ),
        Row(
            "now",
            (
                Panel(
                    "snmp",
                    Kind.STATES,
                    "none",
                    'up{job="switches"}',
                    legend="{{device}}",
                    states=(State(0, "silent", alert="SwitchSnmpSilent"), State(1, "answering")),
                ),
                Panel(
                    "links",
                    Kind.STATES,
                    "none",
                    f'(ifOperStatus{{job="switches"}} == bool 1) {_LINK}',
                    legend="{{device}} {{port}}",
                    states=(State(0, "down", alert="SwitchUplinkDown"), State(1, "up")),
                ),
                Panel(
                    "errors_now",
                    Kind.BARS,
                    "short",
                    'topk(10, increase(ifInErrors{job="switches"}[30m]) + increase(ifOutErrors{job="switches"}[30m]))',
                    legend="{{device}} {{port}}",
                    limits=(Limit("SwitchPortErrorsRising", 50),),
                ),
                Panel(
                    "received",
                    Kind.COURSE,
                    "bps",
                    f"8 * rate(ifHCInOctets[5m]) {_LINK}",
                    legend="{{device}} {{port}}",
                ),
                Panel(
                    "sent",
                    Kind.COURSE,
                    "bps",
                    f"8 * rate(ifHCOutOctets[5m]) {_LINK}",
                    legend="{{device}} {{port}}",
                ),
                Panel(
                    "ports",
                    Kind.BARS,
                    "short",
                    "sum by (state) (bim_switch_ports)",
                    legend="{{state}}",
                ),
            ),
        ),
    ),
)
