"""E-mail as a person meets it: how long a message takes, what waits, what is kept."""

from __future__ import annotations

from estate.dashboards.shapes import Board, Kind, Limit, Panel, Row, State

BOARD = Board(
    "mail",
    (
        Row(
            "probe",
            (
                Panel(
                    "probe_state",
                    Kind.STATES,
                    "none",
                    "bim_mail_probe_last_run_timestamp_seconds > bool bim_mail_probe_last_success_timestamp_seconds",
                    legend="{{service}}",
                    states=(State(0, "arrives"), State(1, "does_not_arrive", alert="MailProbeFailing")),
                    width=12,
                ),
                Panel(
                    "probe_run_age",
                    Kind.NUMBER,
                    "s",
                    "time() - bim_mail_probe_last_run_timestamp_seconds",
                    legend="{{service}}",
                    limits=(Limit("MailProbeAbsent", 900),),
                    never=True,
                    width=6,
                ),
                Panel(
                    "canary_age",
                    Kind.BARS,
                    "s",
                    "time() - max by (service) (bim_canary_last_timestamp_seconds)",
                    legend="{{service}}",
                    limits=(Limit("CanaryStale", 1800),),
                    never=True,
                    width=6,
                ),
                Panel(
                    "roundtrip",
                    Kind.COURSE,
                    "s",
                    "bim_mail_probe_roundtrip_seconds",
                    legend="{{service}}",
                    limits=(Limit("MailProbeSlow", 30),),
                    width=12,
                ),
                Panel(
                    "probe_runs",
                    Kind.COURSE,
                    "short",
                    "sum by (result) (increase(bim_mail_probe_runs_total[1h]))",
                    legend="{{result}}",
                    width=12,
                ),
            ),
        ),
        Row(
            "moves",
            (
                Panel(
                    "queue",
                    Kind.NUMBER,
                    "short",
                    "sum by (instance) (bim_mail_queue_messages)",
                    legend="{{instance}}",
                    limits=(Limit("MailQueueGrowing", 20, first=21),),
                    width=4,
                ),
                Panel(
                    "queue_course",
                    Kind.COURSE,
                    "short",
                    "sum by (queue) (bim_mail_queue_messages)",
                    legend="{{queue}}",
                    width=10,
                ),
                Panel(
                    "messages",
                    Kind.COURSE,
                    "short",
                    "sum by (direction, result) (increase(bim_mail_messages_total[1h]))",
                    legend="{{direction}} {{result}}",
                    width=10,
                ),
            ),
        ),
        Row(
            "kept",
            (
                Panel(
                    "mailboxes",
                    Kind.BARS,
                    "short",
                    "sum by (type, state) (bim_mailboxes) > 0",
                    legend="{{type}} {{state}}",
                ),
                Panel("orphans", Kind.NUMBER, "short", "max (bim_mailboxes_orphaned)", width=4),
                Panel(
                    "storage",
                    Kind.BARS,
                    "percentunit",
                    "topk(15, sum by (unit) (bim_mail_storage_used_bytes)"
                    " / sum by (unit) (bim_mail_storage_quota_bytes))",
                    legend="{{unit}}",
                    width=12,
                ),
            ),
        ),
    ),
)
