"""What looks found becomes measurements: what nobody saw has no sample, and no silence reads as good."""

from datetime import timedelta
from pathlib import Path
from typing import Any

from estate.records.captures import Capture, note
from estate.switches.state import Misplaced, SwitchState
from exporters import recorded_switches
from exporters.damaged import Damaged
from exporters.textfile import Textfile
from tests.unit.monitoring.samples import NOON, estate, switch

NAME, AT = "sw-ana-kat1", NOON.timestamp()


def _measured(var: Path, damaged: Damaged | None = None) -> dict[str, dict[tuple[str, ...], float]]:
    out = Textfile()
    recorded_switches.write(out, estate(), var / "switches", damaged or Damaged())
    return out.samples


def test_without_records_only_what_is_declared_is_told(tmp_path: Path) -> None:
    found = _measured(tmp_path)
    assert set(found) == {"bim_switches", "bim_switch_link", "bim_switch_looked_timestamp_seconds"}
    assert {("sw-ana-omurga", "Gi1/0/26"), ("sw-ana-kat3", "25")} < set(found["bim_switch_link"])
    assert set(found["bim_switch_looked_timestamp_seconds"].values()) == {0}
    assert sum(found["bim_switches"].values()) == 4


def test_a_look_is_told_and_others_stay_unknown(tmp_path: Path) -> None:
    stray = Misplaced("tel-2401", "00:53:4e:24:01:01", 20, "here", "there")
    switch(tmp_path, drift="corrective", startup_differs=True, misplaced=(stray,))
    found = _measured(tmp_path)
    assert found["bim_switch_up"] == {(NAME,): 1}
    assert {kind: value for (_, kind), value in found["bim_switch_config_state"].items()} == {
        "in_sync": 0,
        "pending": 0,
        "corrective": 1,
        "unverifiable": 0,
    }
    assert found["bim_switch_config_drift"] == found["bim_switch_startup_differs"] == {(NAME,): 1}
    assert found["bim_switch_misplaced_addresses"] == {(NAME,): 1}
    assert found["bim_switch_ports"] == {
        (NAME, "used"): 1,
        (NAME, "free"): 0,
        (NAME, "disabled"): 1,
        (NAME, "err_disabled"): 0,
    }
    assert found["bim_switch_port_errors_total"] == {
        (NAME, "Gi1/0/1", "received"): 7,
        (NAME, "Gi1/0/1", "sent"): 2,
        (NAME, "Gi1/0/2", "received"): 0,
    }
    assert found["bim_switch_config_backup_last_success_timestamp_seconds"] == {(NAME,): AT}


def test_a_switch_that_did_not_answer_is_down_and_nothing_else(tmp_path: Path) -> None:
    later = NOON + timedelta(days=2)
    silent = SwitchState(NAME, later, NOON, "no answer", "unverifiable", later, "it did not answer")
    switch(tmp_path, **{key: getattr(silent, key) for key in ("looked_at", "failure", "drift", "ports")})
    (tmp_path / f"switches/captures/{NAME}.json").unlink()
    found: dict[str, Any] = _measured(tmp_path)
    assert (found["bim_switch_up"][NAME,], found["bim_switch_looked_timestamp_seconds"][NAME,]) == (
        0,
        later.timestamp(),
    )
    assert found["bim_switch_last_contact_timestamp_seconds"] == {(NAME,): AT}
    told = {name for name, samples in found.items() if any(NAME in key for key in samples)}
    assert told == {
        "bim_switch_up",
        "bim_switch_config_state",
        "bim_switch_link",
        "bim_switch_looked_timestamp_seconds",
        "bim_switch_last_contact_timestamp_seconds",
    }


def test_the_newer_contact_counts_and_a_refused_copy_is_none(tmp_path: Path) -> None:
    switch(tmp_path, last_contact=NOON + timedelta(hours=1))
    assert _measured(tmp_path)["bim_switch_last_contact_timestamp_seconds"] == {(NAME,): AT + 3600}
    note(tmp_path / "switches/captures", Capture(NAME, None, None, False, None, 0, "truncated"))
    assert "bim_switch_config_backup_last_success_timestamp_seconds" not in _measured(tmp_path)


def test_a_damaged_record_is_told_and_costs_no_other_switch(tmp_path: Path) -> None:
    for name in (NAME, "sw-ana-kat3"):
        switch(tmp_path, name)
    for what in ("captures", "state"):
        (tmp_path / f"switches/{what}/{NAME}.json").write_text('{"switch": "sw-', "utf-8")
    damaged = Damaged()
    found = _measured(tmp_path, damaged)
    assert found["bim_switch_config_backup_last_success_timestamp_seconds"] == {("sw-ana-kat3",): AT}
    assert found["bim_switch_up"] == {("sw-ana-kat3",): 1}
    assert found["bim_switch_looked_timestamp_seconds"][NAME,] == 0
    assert " ".join(damaged.words()).count(f"{NAME}.json: not a valid record") == 2
