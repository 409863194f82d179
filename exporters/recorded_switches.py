"""Turns what the last looks at switches and the last copies of their configurations found into measurements."""

from __future__ import annotations

from collections import Counter
from functools import partial
from pathlib import Path

from estate.declared.estate import Estate
from estate.records import read as read_record
from estate.records.captures import Capture, record
from estate.switches.names import short
from estate.switches.state import KINDS, SwitchState
from exporters.damaged import Damaged
from exporters.textfile import Textfile

PORT_STATES = {"up": "used", "down": "free", "disabled": "disabled", "err_disabled": "err_disabled"}
"""The states of ports in the words of the report: a port is used when something answers on it."""


def _state(folder: Path, name: str) -> SwitchState | None:
    path = folder / "state" / f"{name}.json"
    return read_record(path, SwitchState) if path.exists() else None


def write(out: Textfile, estate: Estate, folder: Path, damaged: Damaged) -> None:
    """Lays down every declared switch, and of each what is on record below `folder`; what is not has no sample.

    A damaged record counts as none. The time of the last look is there for every switch, 0 where nobody ever looked.
    """
    counts = Counter((switch.site, switch.model) for switch in estate.switches.switches)
    for (site, model), count in sorted(counts.items()):
        out.set("bim_switches", count, site=site, model=model, state="active")
    for switch in estate.switches.switches:
        for link in switch.links:
            out.set(
                "bim_switch_link",
                1,
                device=switch.name,
                port=short(estate.switches.port(switch, link.port) or link.port),
            )
        seen = damaged.unless("switches", partial(_state, folder, switch.name))
        copied = damaged.unless("switches", partial(record, folder / "captures", switch.name))
        out.set(
            "bim_switch_looked_timestamp_seconds",
            seen.looked_at.timestamp() if seen else 0,
            device=switch.name,
        )
        if seen is not None:
            _seen(out, seen)
        _copied(out, switch.name, seen, copied)


def _seen(out: Textfile, seen: SwitchState) -> None:
    """Lays down what a switch told; one that did not answer told nothing, so only that is known."""
    name = seen.switch
    out.set("bim_switch_up", seen.failure is None, device=name)
    for kind in KINDS:
        out.set("bim_switch_config_state", seen.drift == kind, device=name, kind=kind)
    if seen.drift != "unverifiable":
        out.set("bim_switch_config_drift", seen.drift != "in_sync", device=name)
    if seen.failure is not None:
        return
    if seen.startup_differs is not None:
        out.set("bim_switch_startup_differs", seen.startup_differs, device=name)
    out.set("bim_switch_misplaced_addresses", len(seen.misplaced), device=name)
    for state, word in PORT_STATES.items():
        out.set("bim_switch_ports", sum(port.state == state for port in seen.ports), device=name, state=word)
    for port in seen.ports:
        for way, errors in (("received", port.errors_in), ("sent", port.errors_out)):
            if errors is not None:
                out.set(
                    "bim_switch_port_errors_total", errors, device=name, port=short(port.name), direction=way
                )


def _copied(out: Textfile, name: str, seen: SwitchState | None, copied: Capture | None) -> None:
    contacts = [each.last_contact for each in (seen, copied) if each is not None and each.last_contact]
    if contacts:
        out.set("bim_switch_last_contact_timestamp_seconds", max(contacts).timestamp(), device=name)
    if copied is not None and copied.taken_at is not None:
        at = copied.taken_at.timestamp()
        out.set("bim_switch_config_backup_last_success_timestamp_seconds", at, device=name)
