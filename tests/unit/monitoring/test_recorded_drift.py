"""A look at receipts becomes measurements: what nobody saw has no state, and no silence reads as good."""

from datetime import timedelta
from pathlib import Path

from exporters import recorded_drift
from exporters.damaged import Damaged
from exporters.textfile import Textfile
from tests.unit.monitoring.samples import NOON, drift, estate

AT = NOON.timestamp()


def _measured(var: Path) -> dict[str, dict[tuple[str, ...], float]]:
    out = Textfile()
    recorded_drift.write(out, estate(), var / "drift.json", Damaged())
    return out.samples


def test_without_a_look_every_host_is_there_and_was_never_looked_at(tmp_path: Path) -> None:
    found = _measured(tmp_path)
    assert set(found["bim_drift_last_look_timestamp_seconds"].values()) == {0}
    assert ("mail1",) in found["bim_drift_last_look_timestamp_seconds"]
    assert ("drill1",) not in found["bim_drift_last_look_timestamp_seconds"]
    assert found["bim_drift_proof_timestamp_seconds"] == {(): 0}
    assert "bim_drift_host_state" not in found


def test_a_look_is_told_and_others_stay_unknown(tmp_path: Path) -> None:
    drift(tmp_path, looked_at=NOON + timedelta(hours=1))
    found = _measured(tmp_path)
    states = {
        state: value for (host, state), value in found["bim_drift_host_state"].items() if host == "files1"
    }
    assert (states.pop("corrective"), set(states.values()), len(states)) == (1, {0}, 4)
    told = {state: value for (_, state), value in found["bim_drift_promises"].items()}
    assert told == {"in_sync": 7, "corrective": 2, "unverifiable": 1}
    assert found["bim_drift_since_timestamp_seconds"] == {("files1",): AT}
    assert found["bim_drift_last_look_timestamp_seconds"][("files1",)] == AT + 3600
    assert found["bim_drift_proof_contradictions"][("files1",)] == 2
    assert found["bim_drift_proof_contradictions"][("mail1",)] == 0
    assert found["bim_drift_proof_timestamp_seconds"] == {(): AT}


def test_a_host_that_does_not_answer_tells_of_no_promise(tmp_path: Path) -> None:
    drift(tmp_path, state="unreachable")
    assert "bim_drift_promises" not in _measured(tmp_path)
