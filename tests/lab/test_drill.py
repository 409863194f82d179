"""A drill is green when the service really came back, and each fault turns it red for its own reason."""

import json
import shlex
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from estate.drill import evidence, session
from estate.drill.conductor import Reach, Transcript, hold
from estate.drill.holding import prepared
from estate.drill.identity import ASK, Target
from estate.drill.scenario import Step
from estate.drill.session import Session
from estate.lab.observe import look
from estate.lab.places import locate
from tests.lab.reaching import LAB, ROOT, estate, on, sure
from tests.lab.rehearsing import expected, seen

pytestmark = pytest.mark.lab


def _standing() -> dict[str, Any] | None:
    """Gives the record of the newest drill when it was this one, passed, and its target still stands as it left it."""
    path = evidence.newest(LAB.var / "evidence")
    if path is None or "drill1" not in {one.name for one in look(locate()).hosts if one.sshd}:
        return None
    record: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    marked = on("drill1", ASK).stdout.split()[1:] == [record["id"]]
    return (
        {"exit": 0, **record}
        if marked and (record["scenario"], record["result"]) == ("mail", "passed")
        else None
    )


@pytest.fixture(scope="module")
def held() -> Iterator[dict[str, Any]]:
    """Is the whole drill: the one that the demo has just held, else one of its own; the target stays for the faults."""
    if standing := _standing():
        yield standing
        estate("lab", "down", "drill1")
        return
    sure("mon1", "systemctl start estate-mail-probe.service")
    sure("mail1", "systemctl start estate-backup@eposta.service")
    done = estate("drill", "run", "mail", "--reason", "test", "--json")
    answer = json.loads(done.stdout.splitlines()[-1])
    yield {"exit": done.returncode, **json.loads(Path(answer["record"]).read_text(encoding="utf-8"))}
    estate("lab", "down", "drill1")


def test_the_service_comes_back_as_promised(held: dict[str, Any]) -> None:
    assert (held["exit"], held["result"], held["problems"]) == (0, "passed", [])
    order = sorted(held["phases"], key=held["phases"].__getitem__)
    assert order == ["decided", "host_up", "configured", "restored", "accepted"]
    assert 0 < held["rto_seconds"] <= held["rto_target_seconds"]
    assert 0 < held["rpo_seconds"] <= held["rpo_target_seconds"]
    assert held["not_tested"] and held["restore"]["files"] > 100


def test_the_evidence_holds(held: dict[str, Any]) -> None:
    assert estate("evidence", "verify", held["id"]).returncode == 0
    folder = LAB.var / "evidence" / held["id"]
    assert all(finding.holds for finding in evidence.verify(folder))
    assert "ansible-playbook" in (folder / "transcript.log").read_text(encoding="utf-8")


def test_the_living_service_was_not_touched(held: dict[str, Any]) -> None:
    transcript = (LAB.var / "evidence" / held["id"] / "transcript.log").read_text(encoding="utf-8")
    begun = datetime.fromisoformat(held["started"]).timestamp()
    for unit in ("postfix.service", "dovecot.service"):
        since = sure("mail1", f"systemctl show -p ActiveEnterTimestamp --value {unit}")
        started = float(sure("mail1", f"date -d {shlex.quote(since)} +%s"))
        assert started < begun, f"{unit} on the living host was restarted during the drill"
    assert "mail1 | CHANGED" not in transcript and "changed: [mail1]" not in transcript


FAULTS = (
    "mail_wrong_key",
    "mail_wrong_repository",
    "mail_no_repository",
    "mail_clock_behind",
    "mail_dead_repository",
    "mail_wrong_instance",
    "mail_full_disk",
    "mail_truncated_pack",
    "mail_empty_source",
    "mail_stale_backup",
)
"""In the order of the matrix; the others are the command's alone, for they take longer."""


@pytest.mark.parametrize("fault", FAULTS)
def test_each_fault_is_seen_for_its_own_reason(held: dict[str, Any], fault: str) -> None:
    assert held["result"] == "passed"
    outcome, words = seen(fault)
    assert outcome == expected(fault), words


@pytest.fixture
def drill(held: dict[str, Any]) -> Session:
    """Is the drill ready to be held."""
    assert held["result"] == "passed"
    return prepared(LAB, "mail")


STATE = "find /srv/mail /etc/dovecot -type f | sort | xargs -d '\\n' stat -c '%n %i' | sha256sum"


def test_a_living_host_is_refused_before_anything_is_touched(drill: Session) -> None:
    before = sure("mail1", STATE)
    with pytest.raises(session.DrillError, match="serves people"):
        session.refuse_unfit(replace(drill, declared={**drill.declared, "target": "mail1"}), "restored")
    assert sure("mail1", STATE) == before


def test_the_wrong_instance_behind_the_right_name_is_not_touched(tmp_path: Path) -> None:
    config = tmp_path / "config"
    address = sure("mail1", "hostname -I").split()[0]
    known = f"Host drill1\n  HostName {address}\n  HostKeyAlias mail1\n"
    config.write_text(known + LAB.ssh_config.read_text("utf-8"), encoding="utf-8")
    before = sure("mail1", STATE)
    touched = tmp_path / "touched"
    step = Step("restored", "wipes", ("touch", str(touched)), destructive=True)
    held = hold(
        [step],
        Target("drill1", "any-run", ("mail1",)),
        Transcript(tmp_path / "t.log", ROOT),
        Reach(config),
        bool,
    )
    assert "the machine that answers is mail1" in held.problem and not touched.exists()
    assert sure("mail1", STATE) == before


def test_rehearsals_do_not_count_as_drills(held: dict[str, Any]) -> None:
    listed = json.loads(estate("drill", "list", "--json").stdout)
    assert [row["id"] for row in listed if row["rehearsal"]] == [] and held["id"] in [
        row["id"] for row in listed
    ]
