"""What differs from what is declared, and how changes travel: drift of hosts, recorded runs, the pipeline."""

from __future__ import annotations

from estate.dashboards.questions import coded
from estate.dashboards.shapes import Board, Colour, Kind, Limit, Panel, Row, State

_HOST_STATES = ("in_sync", "pending", "corrective", "unverifiable", "unreachable")
_RESULTS = ("passed", "failed", "superseded", "interrupted")
_DRIFT = (
    State(0, "unmeasured", colour=Colour.NEUTRAL),
    State(1, "in_sync"),
    State(2, "pending", colour=Colour.NEUTRAL),
    State(3, "corrective", alert="DriftCorrective"),
    State(4, "unverifiable", alert="DriftWithoutReceipt"),
    State(5, "silent", colour=Colour.CRITICAL),
)
_PIPELINE = (
    State(0, "never", colour=Colour.NEUTRAL),
    State(1, "passed"),
    State(2, "failed", alert="PipelineFailed"),
    State(3, "superseded", colour=Colour.NEUTRAL),
    State(4, "interrupted", alert="PipelineFailed"),
)
_WAITING = "bim_pipeline_waiting_since_timestamp_seconds"
BOARD = Board(
    "drift",
    (
        Row(
            "drift",
            (
                Panel(
                    "host_state",
                    Kind.STATES,
                    "none",
                    coded("bim_drift_host_state", "state", _HOST_STATES, "host"),
                    legend="{{host}}",
                    states=_DRIFT,
                    width=12,
                ),
                Panel(
                    "promises",
                    Kind.BARS,
                    "short",
                    "sum by (state) (bim_drift_promises)",
                    legend="{{state}}",
                    width=6,
                ),
                Panel(
                    "look_age",
                    Kind.NUMBER,
                    "s",
                    "time() - min (bim_drift_last_look_timestamp_seconds)",
                    limits=(Limit("DriftUnwatched", 26 * 3600),),
                    never=True,
                    width=6,
                ),
                Panel(
                    "contradictions",
                    Kind.BARS,
                    "short",
                    "max by (host) (bim_drift_proof_contradictions)",
                    legend="{{host}}",
                    limits=(Limit("DriftContradicted", 0, first=1),),
                    width=6,
                ),
                Panel(
                    "proof_age",
                    Kind.NUMBER,
                    "s",
                    "time() - max (bim_drift_proof_timestamp_seconds)",
                    limits=(Limit("DriftUnproven", 26 * 3600),),
                    never=True,
                    width=6,
                ),
                Panel(
                    "unverifiable_share",
                    Kind.BARS,
                    "percentunit",
                    'sum by (host) (bim_drift_promises{state="unverifiable"})'
                    " / (sum by (host) (bim_drift_promises) > 0)",
                    legend="{{host}}",
                    width=6,
                ),
                Panel(
                    "since",
                    Kind.BARS,
                    "s",
                    "time() - max by (host) (bim_drift_since_timestamp_seconds)",
                    legend="{{host}}",
                    never=True,
                    width=6,
                ),
            ),
        ),
        Row(
            "applied",
            (
                Panel(
                    "pending",
                    Kind.BARS,
                    "short",
                    "sum by (host) (bim_config_changes_pending)",
                    legend="{{host}}",
                    limits=(Limit("ConfigurationDrift", 0, first=1),),
                ),
                Panel(
                    "applied_age",
                    Kind.BARS,
                    "s",
                    "time() - min by (host) (bim_config_last_success_timestamp_seconds)",
                    legend="{{host}}",
                    never=True,
                ),
                Panel(
                    "outcomes",
                    Kind.BARS,
                    "short",
                    "sum by (tool, status) (bim_run_outcomes_total) > 0",
                    legend="{{tool}} {{status}}",
                ),
            ),
        ),
        Row(
            "runs",
            (
                Panel(
                    "interrupted",
                    Kind.STATES,
                    "none",
                    "max by (kind) (bim_run_last_interrupted)",
                    legend="{{kind}}",
                    states=(State(0, "ended"), State(1, "interrupted", alert="RunInterrupted")),
                ),
                Panel(
                    "without_outcomes",
                    Kind.STATES,
                    "none",
                    "max by (kind) (bim_run_last_without_outcomes)",
                    legend="{{kind}}",
                    states=(State(0, "told"), State(1, "told_nothing", alert="RunWithoutOutcomes")),
                ),
                Panel(
                    "records_damaged",
                    Kind.BARS,
                    "none",
                    "max by (record) (bim_records_damaged)",
                    legend="{{record}}",
                    limits=(Limit("RecordDamaged", 0),),
                ),
                Panel(
                    "run_age",
                    Kind.BARS,
                    "s",
                    "time() - max by (kind) (bim_run_last_timestamp_seconds)",
                    legend="{{kind}}",
                    never=True,
                ),
            ),
        ),
        Row(
            "pipeline",
            (
                Panel(
                    "pipeline_result",
                    Kind.NUMBER,
                    "none",
                    coded("bim_pipeline_last_result", "result", _RESULTS),
                    states=_PIPELINE,
                    width=4,
                ),
                Panel(
                    "pipeline_success_age",
                    Kind.NUMBER,
                    "s",
                    "time() - max (bim_pipeline_last_success_timestamp_seconds)",
                    limits=(Limit("PipelineSilent", 35 * 86400),),
                    never=True,
                    width=4,
                ),
                Panel(
                    "pipeline_waits",
                    Kind.NUMBER,
                    "s",
                    f"max ((time() - {_WAITING}) * ({_WAITING} > bool 0))",
                    limits=(Limit("PipelineWaiting", 86400),),
                    width=4,
                ),
                Panel(
                    "pipeline_locks",
                    Kind.NUMBER,
                    "none",
                    "max by (lock) (bim_pipeline_lock_overdue)",
                    legend="{{lock}}",
                    states=(State(0, "in_time"), State(1, "overdue", alert="PipelineLockOverdue")),
                    width=4,
                ),
                Panel(
                    "pipeline_runs",
                    Kind.BARS,
                    "short",
                    "sum by (result) (bim_pipeline_runs_total)",
                    legend="{{result}}",
                    width=4,
                ),
                Panel(
                    "pipeline_stages",
                    Kind.BARS,
                    "s",
                    "max by (stage) (bim_pipeline_stage_seconds)",
                    legend="{{stage}}",
                    width=4,
                ),
            ),
        ),
    ),
    hours=24 * 7,
)
