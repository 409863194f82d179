"""Who somebody is and what that opens: the directory, shared folders, the way to the web."""

from __future__ import annotations

from estate.dashboards.questions import share_of_limit
from estate.dashboards.shapes import Board, Kind, Limit, Panel, Row, State

BOARD = Board(
    "directory",
    (
        Row(
            "directory",
            (
                Panel(
                    "checks",
                    Kind.STATES,
                    "none",
                    "min by (instance, check) (bim_directory_check_success)",
                    legend="{{instance}} {{check}}",
                    states=(State(0, "silent", alert="DirectoryDown"), State(1, "answering")),
                    width=12,
                ),
                Panel(
                    "accounts",
                    Kind.BARS,
                    "short",
                    "sum by (type, state) (bim_accounts) > 0",
                    legend="{{type}} {{state}}",
                    width=12,
                ),
            ),
        ),
        Row(
            "people",
            (
                Panel(
                    "unproven",
                    Kind.NUMBER,
                    "short",
                    "max (bim_departures_unproven)",
                    limits=(Limit("DepartureUnproven", 0, first=1),),
                    width=4,
                ),
                Panel("orphaned", Kind.NUMBER, "short", "sum (bim_accounts_orphaned)", width=4),
                Panel("stale", Kind.NUMBER, "short", "sum (bim_accounts_stale)", width=4),
                Panel(
                    "memberships",
                    Kind.NUMBER,
                    "short",
                    "sum by (system) (bim_group_membership_drift)",
                    legend="{{system}}",
                    width=4,
                ),
                Panel(
                    "operations",
                    Kind.BARS,
                    "short",
                    "sum by (operation, result) (bim_account_operations_total)",
                    legend="{{operation}} {{result}}",
                ),
            ),
        ),
        Row(
            "shares",
            (
                Panel(
                    "shares_missing",
                    Kind.NUMBER,
                    "short",
                    'sum (bim_shares{state="missing"})',
                    limits=(Limit("ShareMissing", 0, first=1),),
                    width=4,
                ),
                Panel(
                    "share_rights",
                    Kind.NUMBER,
                    "short",
                    "sum (bim_share_acl_drift)",
                    limits=(Limit("ShareAclDrift", 0, first=1),),
                    width=4,
                ),
                Panel(
                    "share_full",
                    Kind.BARS,
                    "percentunit",
                    "topk(15, max by (share) (bim_share_used_bytes / bim_share_quota_bytes))",
                    legend="{{share}}",
                    limits=(Limit("ShareAlmostFull", 0.9),),
                ),
                Panel(
                    "share_bytes", Kind.COURSE, "bytes", "sum (bim_share_used_bytes)", legend="{{instance}}"
                ),
            ),
        ),
        Row(
            "web",
            (
                Panel(
                    "proxy",
                    Kind.STATES,
                    "none",
                    "min by (instance, check) (bim_internet_proxy_check_success)",
                    legend="{{instance}} {{check}}",
                    states=(State(0, "silent", alert="ProxyDown"), State(1, "answering")),
                ),
                Panel(
                    "lists",
                    Kind.BARS,
                    "percentunit",
                    share_of_limit(
                        "bim_internet_filter_update_timestamp_seconds",
                        "bim_internet_filter_max_age_seconds",
                        "instance, list",
                    ),
                    legend="{{list}}",
                    limits=(Limit("FilterListStale", 1, share=True),),
                    states=(State(-1, "never", alert="FilterListStale"),),
                ),
                Panel(
                    "requests",
                    Kind.COURSE,
                    "reqps",
                    "sum by (profile, result) (rate(bim_internet_requests_total[5m]))",
                    legend="{{profile}} {{result}}",
                ),
            ),
        ),
    ),
)
