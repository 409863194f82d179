"""Backups and the proof that they restore: age against promise, room, restore tests, the envelope, drills."""

from __future__ import annotations

from estate.dashboards.questions import coded, share_of_limit
from estate.dashboards.shapes import Board, Colour, Kind, Limit, Panel, Row, State

_DRILL = (
    State(0, "never_held", colour=Colour.WARNING),
    State(1, "passed"),
    State(2, "failed", alert="DrillFailed"),
    State(3, "no_verdict", alert="DrillFailed"),
)
_CALENDAR = ("held", "due", "late", "missed", "never")
BOARD = Board(
    "backup",
    (
        Row(
            "jobs",
            (
                Panel(
                    "age",
                    Kind.BARS,
                    "percentunit",
                    share_of_limit(
                        "bim_backup_last_success_timestamp_seconds",
                        "bim_backup_rpo_target_seconds",
                        "instance, backup_job",
                    ),
                    legend="{{backup_job}} ({{instance}})",
                    limits=(Limit("BackupTooOld", 1, share=True),),
                    states=(State(-1, "never", alert="BackupTooOld"),),
                ),
                Panel(
                    "failures",
                    Kind.BARS,
                    "short",
                    'sum by (backup_job) (increase(bim_backup_runs_total{result="failure"}[1d]))',
                    legend="{{backup_job}}",
                    limits=(Limit("BackupFailed", 0, first=0.5),),
                ),
                Panel(
                    "offsite",
                    Kind.BARS,
                    "s",
                    "time() - max by (backup_job) (bim_backup_offsite_last_success_timestamp_seconds)",
                    legend="{{backup_job}}",
                    never=True,
                ),
                Panel(
                    "sizes",
                    Kind.COURSE,
                    "bytes",
                    "max by (backup_job) (bim_backup_last_size_bytes)",
                    legend="{{backup_job}}",
                ),
                Panel(
                    "durations",
                    Kind.COURSE,
                    "s",
                    "max by (backup_job) (bim_backup_last_duration_seconds)",
                    legend="{{backup_job}}",
                ),
                Panel(
                    "snapshots",
                    Kind.BARS,
                    "short",
                    "max by (backup_job) (bim_backup_repository_snapshots)",
                    legend="{{backup_job}}",
                ),
            ),
        ),
        Row(
            "room",
            (
                Panel(
                    "free",
                    Kind.BARS,
                    "percentunit",
                    "bim_backup_repository_free_bytes"
                    " / on (repository) group_left () bim_backup_repository_free_target_bytes",
                    legend="{{repository}}",
                    limits=(Limit("BackupRepositoryAlmostFull", 1, above=False, share=True),),
                ),
                Panel(
                    "free_course",
                    Kind.COURSE,
                    "bytes",
                    "bim_backup_repository_free_bytes",
                    legend="{{repository}}",
                    width=6,
                ),
                Panel(
                    "plan",
                    Kind.BARS,
                    "short",
                    "sum by (state) (bim_backup_plan_targets)",
                    legend="{{state}}",
                    width=6,
                ),
                Panel(
                    "retention",
                    Kind.NUMBER,
                    "none",
                    "max by (backup_job) (bim_backup_retention_refused)",
                    legend="{{backup_job}}",
                    states=(State(0, "sorted_out"), State(1, "refused", alert="RetentionRefused")),
                    width=4,
                ),
            ),
        ),
        Row(
            "restores",
            (
                Panel(
                    "restore_age",
                    Kind.BARS,
                    "percentunit",
                    share_of_limit(
                        "bim_restore_test_last_success_timestamp_seconds",
                        "bim_restore_test_interval_target_seconds",
                        "backup_job",
                    ),
                    legend="{{backup_job}}",
                    limits=(Limit("RestoreTestOverdue", 1, share=True),),
                    states=(State(-1, "never", alert="RestoreTestOverdue"),),
                ),
                Panel(
                    "restores",
                    Kind.BARS,
                    "short",
                    "sum by (backup_job, result) (bim_restore_tests_total)",
                    legend="{{backup_job}} {{result}}",
                ),
                Panel(
                    "envelope",
                    Kind.NUMBER,
                    "none",
                    "max by (backup_job) (bim_escrow_check_success)",
                    legend="{{backup_job}}",
                    states=(State(0, "does_not_open", alert="EnvelopeUnproven"), State(1, "opens")),
                    width=4,
                ),
                Panel(
                    "envelope_age",
                    Kind.NUMBER,
                    "s",
                    "time() - max by (backup_job) (bim_escrow_check_last_timestamp_seconds)",
                    legend="{{backup_job}}",
                    limits=(Limit("EnvelopeUnproven", 8 * 86400),),
                    never=True,
                    width=4,
                ),
            ),
        ),
        Row(
            "drills",
            (
                Panel(
                    "drill_result",
                    Kind.NUMBER,
                    "none",
                    coded("bim_dr_drill_last_result", "result", ("passed", "failed", "error"), "scenario"),
                    legend="{{scenario}}",
                    states=_DRILL,
                ),
                Panel(
                    "drill_age",
                    Kind.BARS,
                    "percentunit",
                    share_of_limit(
                        "bim_dr_drill_last_timestamp_seconds",
                        "bim_dr_drill_interval_target_seconds",
                        "scenario",
                    ),
                    legend="{{scenario}}",
                    limits=(Limit("DrillOverdue", 1, share=True),),
                    states=(State(-1, "never", colour=Colour.WARNING),),
                ),
                Panel(
                    "drill_calendar",
                    Kind.NUMBER,
                    "none",
                    coded("bim_dr_drill_state", "state", _CALENDAR, "scenario"),
                    legend="{{scenario}}",
                    states=(
                        State(0, "unmeasured", colour=Colour.NEUTRAL),
                        State(1, "held"),
                        State(2, "due", colour=Colour.NEUTRAL),
                        State(3, "late", colour=Colour.WARNING),
                        State(4, "missed", alert="DrillMissed"),
                        State(5, "never_held", alert="DrillNeverHeld"),
                    ),
                ),
                Panel(
                    "drill_next",
                    Kind.BARS,
                    "s",
                    "max by (scenario) (bim_dr_drill_next_timestamp_seconds) - time()",
                    legend="{{scenario}}",
                ),
                Panel(
                    "recovery_time",
                    Kind.BARS,
                    "percentunit",
                    "max by (service) (bim_dr_rto_achieved_seconds / on (service) bim_dr_rto_target_seconds)",
                    legend="{{service}}",
                ),
                Panel(
                    "data_loss",
                    Kind.BARS,
                    "percentunit",
                    "max by (service) (bim_dr_rpo_achieved_seconds / on (service) bim_dr_rpo_target_seconds)",
                    legend="{{service}}",
                ),
            ),
        ),
        Row(
            "mutations",
            (
                Panel(
                    "mutation_score",
                    Kind.NUMBER,
                    "percentunit",
                    "max (bim_drill_mutation_score_ratio)",
                    width=4,
                ),
                Panel(
                    "mutations_missed",
                    Kind.NUMBER,
                    "short",
                    'sum (bim_drill_mutations{outcome=~"missed|wrong_reason"})',
                    limits=(Limit("DrillFaultMissed", 0, first=1),),
                    width=4,
                ),
                Panel(
                    "mutation_age",
                    Kind.NUMBER,
                    "s",
                    "time() - max (bim_drill_mutations_last_timestamp_seconds)",
                    limits=(Limit("DrillFaultsStale", 100 * 86400),),
                    never=True,
                    width=4,
                ),
                Panel(
                    "mutation_outcomes",
                    Kind.BARS,
                    "short",
                    "sum by (outcome) (bim_drill_mutations)",
                    legend="{{outcome}}",
                    width=6,
                ),
                Panel(
                    "phases",
                    Kind.BARS,
                    "s",
                    "max by (service, phase) (bim_dr_phase_seconds)",
                    legend="{{service}} {{phase}}",
                    width=6,
                ),
            ),
        ),
    ),
    hours=24 * 7,
)
