"""Machines: there, busy, full, with the right time, and watched; certificates as clients are shown them."""

from __future__ import annotations

from estate.dashboards.shapes import Board, Kind, Limit, Panel, Row, State

_DISK = 'fstype!~"tmpfs|ramfs|squashfs"'
BOARD = Board(
    "servers",
    (
        Row(
            "there",
            (
                Panel(
                    "up",
                    Kind.STATES,
                    "none",
                    'up{job="node"}',
                    legend="{{instance}}",
                    states=(State(0, "silent", alert="HostDown"), State(1, "answering")),
                    width=12,
                ),
                Panel(
                    "failed_units",
                    Kind.BARS,
                    "short",
                    'sum by (instance) (node_systemd_unit_state{state="failed"})',
                    legend="{{instance}}",
                    limits=(Limit("SystemdUnitFailed", 1),),
                    width=6,
                ),
                Panel(
                    "running_since",
                    Kind.BARS,
                    "s",
                    "time() - node_boot_time_seconds",
                    legend="{{instance}}",
                    width=6,
                ),
            ),
        ),
        Row(
            "busy",
            (
                Panel(
                    "processor",
                    Kind.COURSE,
                    "percentunit",
                    '1 - avg by (instance) (rate(node_cpu_seconds_total{mode="idle"}[5m]))',
                    legend="{{instance}}",
                ),
                Panel(
                    "memory",
                    Kind.COURSE,
                    "percentunit",
                    "1 - node_memory_MemAvailable_bytes / node_memory_MemTotal_bytes",
                    legend="{{instance}}",
                ),
                Panel(
                    "traffic",
                    Kind.COURSE,
                    "Bps",
                    'sum by (instance) (rate(node_network_receive_bytes_total{device!="lo"}[5m])'
                    ' + rate(node_network_transmit_bytes_total{device!="lo"}[5m]))',
                    legend="{{instance}}",
                ),
            ),
        ),
        Row(
            "full",
            (
                Panel(
                    "disk_free",
                    Kind.BARS,
                    "percentunit",
                    f"min by (instance, mountpoint) (node_filesystem_avail_bytes{{{_DISK}}}"
                    " / node_filesystem_size_bytes)",
                    legend="{{instance}} {{mountpoint}}",
                    limits=(Limit("DiskAlmostFull", 0.10, above=False),),
                    width=12,
                ),
                Panel(
                    "disk_course",
                    Kind.COURSE,
                    "bytes",
                    f'min by (instance) (node_filesystem_avail_bytes{{{_DISK},mountpoint="/"}})',
                    legend="{{instance}}",
                    width=12,
                ),
            ),
        ),
        Row(
            "clocks",
            (
                Panel(
                    "clock_offset",
                    Kind.COURSE,
                    "s",
                    "abs(bim_clock_offset_seconds)",
                    legend="{{instance}}",
                    limits=(Limit("ClockSkew", 60), Limit("ClockSkewCritical", 240)),
                ),
                Panel(
                    "clock_measured",
                    Kind.STATES,
                    "none",
                    "min by (instance) (bim_clock_check_success)",
                    legend="{{instance}}",
                    states=(State(0, "unmeasured", alert="ClockUnmeasured"), State(1, "measured")),
                ),
                Panel(
                    "journal_gap",
                    Kind.BARS,
                    "s",
                    "bim_journal_gap_seconds"
                    " * on (instance) (bim_journal_gap_start_timestamp_seconds > bool 0)",
                    legend="{{instance}}",
                    limits=(Limit("JournalGap", 0, first=1),),
                ),
            ),
        ),
        Row(
            "certificates",
            (
                Panel(
                    "certificate_left",
                    Kind.BARS,
                    "s",
                    "min by (instance, port) (bim_certificate_expiry_timestamp_seconds - time())",
                    legend="{{instance}} {{port}}",
                    limits=(Limit("CertificateExpiresSoon", 30 * 86400, above=False),),
                    width=12,
                ),
                Panel(
                    "certificate_matches",
                    Kind.STATES,
                    "none",
                    "min by (instance, port) (bim_certificate_served_matches)",
                    legend="{{instance}} {{port}}",
                    states=(State(0, "other", alert="CertificateServedDiffers"), State(1, "same")),
                    width=12,
                ),
            ),
        ),
        Row(
            "watch",
            (
                Panel(
                    "textfile_age",
                    Kind.BARS,
                    "s",
                    'max by (instance) (time() - node_textfile_mtime_seconds{file!~".*/run_outcomes.prom"})',
                    legend="{{instance}}",
                    limits=(Limit("TextfileStale", 3600),),
                ),
                Panel(
                    "records_age",
                    Kind.NUMBER,
                    "s",
                    'max by (instance) (time() - node_textfile_mtime_seconds{file=~".*/run_outcomes.prom"})',
                    legend="{{instance}}",
                    limits=(Limit("TextfileStale", 93600),),
                ),
                Panel(
                    "channels",
                    Kind.BARS,
                    "short",
                    "sum by (integration) (increase(alertmanager_notifications_failed_total[10m]))"
                    " and on (integration) sum by (integration) (alertmanager_notifications_total) > 0",
                    legend="{{integration}}",
                    limits=(Limit("NotificationChannelFailing", 0, first=0.5),),
                ),
            ),
        ),
    ),
)
