"""Telephones as people use them: exchange, trunks, proving calls, registered sets, calls at our expense."""

from __future__ import annotations

from estate.dashboards.shapes import Board, Kind, Limit, Panel, Row, State

BOARD = Board(
    "telephony",
    (
        Row(
            "works",
            (
                Panel(
                    "exchange",
                    Kind.NUMBER,
                    "none",
                    "bim_pbx_up",
                    legend="{{instance}}",
                    states=(State(0, "silent", alert="ExchangeDown"), State(1, "answering")),
                    width=4,
                ),
                Panel(
                    "trunks",
                    Kind.STATES,
                    "none",
                    "min by (trunk) (bim_pbx_trunk_up)",
                    legend="{{trunk}}",
                    states=(State(0, "down", alert="TrunkDown"), State(1, "up")),
                    width=10,
                ),
                Panel(
                    "proving_calls",
                    Kind.STATES,
                    "none",
                    "min by (scenario) (bim_pbx_call_check_success)",
                    legend="{{scenario}}",
                    states=(State(0, "failed", alert="CallCheckFailing"), State(1, "passed")),
                    width=10,
                ),
                Panel(
                    "round_age",
                    Kind.NUMBER,
                    "s",
                    "time() - max (bim_pbx_call_check_last_run_timestamp_seconds)",
                    limits=(Limit("CallCheckAbsent", 7200),),
                    never=True,
                    width=4,
                ),
                Panel(
                    "dial_delay",
                    Kind.BARS,
                    "s",
                    "max by (scenario) (bim_pbx_call_check_post_dial_delay_seconds)",
                    legend="{{scenario}}",
                    width=10,
                ),
                Panel(
                    "packet_loss",
                    Kind.BARS,
                    "percentunit",
                    "max by (scenario) (bim_pbx_call_check_packet_loss_ratio)",
                    legend="{{scenario}}",
                    width=10,
                ),
            ),
        ),
        Row(
            "calls",
            (
                Panel("active", Kind.COURSE, "short", "bim_pbx_active_calls", legend="{{instance}}"),
                Panel(
                    "calls",
                    Kind.COURSE,
                    "short",
                    "sum by (direction, disposition) (increase(bim_pbx_calls_total[1h]))",
                    legend="{{direction}} {{disposition}}",
                ),
                Panel(
                    "outside",
                    Kind.COURSE,
                    "short",
                    "sum by (class) (increase(bim_pbx_outside_calls_total[1h]))",
                    legend="{{class}}",
                ),
                Panel(
                    "night",
                    Kind.NUMBER,
                    "short",
                    'sum (increase(bim_pbx_night_calls_total{class="international"}[1h]))',
                    limits=(Limit("TollFraudSuspected", 5),),
                    width=6,
                    height=5,
                ),
                Panel(
                    "refused",
                    Kind.NUMBER,
                    "short",
                    'sum (increase(bim_pbx_outside_calls_total{class="refused"}[15m]))',
                    limits=(Limit("TollFraudSuspected", 20),),
                    width=6,
                    height=5,
                ),
                Panel("blocked", Kind.NUMBER, "short", "sum (bim_pbx_blocked_addresses)", width=6, height=5),
                Panel(
                    "records_age",
                    Kind.NUMBER,
                    "s",
                    "time() - max (bim_pbx_cdr_backup_last_success_timestamp_seconds)",
                    limits=(Limit("CdrBackupTooOld", 93600),),
                    never=True,
                    width=6,
                    height=5,
                ),
            ),
        ),
        Row(
            "sets",
            (
                Panel(
                    "extensions",
                    Kind.BARS,
                    "short",
                    "sum by (type, state) (bim_pbx_extensions)",
                    legend="{{type}} {{state}}",
                ),
                Panel(
                    "blocks",
                    Kind.BARS,
                    "percentunit",
                    "topk(15, max by (unit) (bim_pbx_block_utilization_ratio))",
                    legend="{{unit}}",
                    limits=(Limit("ExtensionBlockAlmostFull", 0.9),),
                ),
                Panel(
                    "secrets",
                    Kind.NUMBER,
                    "short",
                    "max (bim_pbx_secrets_overdue)",
                    limits=(Limit("SecretsOverdue", 0, first=1),),
                    width=4,
                ),
                Panel(
                    "messages",
                    Kind.NUMBER,
                    "short",
                    "sum by (folder) (bim_pbx_voicemail_messages)",
                    legend="{{folder}}",
                    width=4,
                ),
            ),
        ),
    ),
)
