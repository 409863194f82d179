"""A drill is green when the service really came back, and each fault turns it red for its own reason."""

import json
import shlex
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from estate.cli.drill import _prepared
from estate.drill import evidence, session
from estate.drill.conductor import Reach, Transcript, hold
from estate.drill.identity import ASK, Target
from estate.drill.scenario import Step
from estate.drill.session import Session
from estate.lab.observe import look
from estate.lab.places import locate
from estate.runs.session import session as open_run
from tests.lab.reaching import LAB, ROOT, estate, on, sure

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


def _rehearse(faulty: Session) -> dict[str, Any]:
    with open_run(LAB, "drill", "fault") as opened:
        result, path = session.run(faulty, opened.run, "restored")
        opened.result = "ok" if result == "passed" else "failed"
    return json.loads(path.read_text(encoding="utf-8")) | {"result": result}


def _wipe() -> None:
    sure("drill1", "find /srv/mail -mindepth 1 -delete")


@pytest.fixture
def drill(held: dict[str, Any]) -> Session:
    """Is the drill ready to be rehearsed with a fault."""
    assert held["result"] == "passed"
    return _prepared(LAB, "mail")


def _envelope(drill: Session, tmp_path: Path, **changes: str) -> Path:
    path = tmp_path / "eposta.json"
    path.write_text(json.dumps(json.loads(drill.envelope.read_text("utf-8")) | changes), encoding="utf-8")
    path.chmod(0o600)
    return path


@pytest.fixture
def copied(drill: Session, tmp_path: Path) -> Iterator[Session]:
    """Is the drill with a copy of the repository, which a test may damage."""
    url = json.loads(drill.envelope.read_text(encoding="utf-8"))["repository_url"].rstrip("/")
    faulty = f"{url.rpartition('/')[0]}/fault"
    source, place = _folder(url), _folder(faulty)
    sure("backup1", f"rm -rf {place}; cp -a {source} {place}; rm -rf {place}/locks/*")
    yield replace(drill, envelope=_envelope(drill, tmp_path, repository_url=f"{faulty}/"))
    sure("backup1", f"rm -rf {place}")


def _folder(url: str) -> str:
    """Names the folder of a repository on the backup server by its URL."""
    return f"/srv/restic{urlsplit(url).path.rstrip('/')}"


def _problems(record: dict[str, Any]) -> str:
    return " | ".join(record["problems"])


def test_the_wrong_key_is_named(drill: Session, tmp_path: Path) -> None:
    record = _rehearse(replace(drill, envelope=_envelope(drill, tmp_path, key="yanlis-anahtar")))
    assert record["result"] == "failed" and "wrong_key" in _problems(record)


def test_a_truncated_pack_is_found_by_content(copied: Session) -> None:
    _wipe()
    place = _folder(json.loads(copied.envelope.read_text("utf-8"))["repository_url"])
    biggest = "find . -type f -printf '%s %p\\n' | sort -n | tail -1 | cut -d' ' -f2"
    sure("backup1", f"cd {place}/data && truncate -s 1000 $({biggest})")
    record = _rehearse(copied)
    assert record["result"] == "failed"
    assert "compared by content" in _problems(record) and "/srv/mail/" in _problems(record)


def test_an_empty_source_is_no_backup(copied: Session) -> None:
    _wipe()
    _empty_snapshot(copied)
    record = _rehearse(copied)
    assert record["result"] == "failed"
    assert "empty" in _problems(record) or "no_listing" in _problems(record)


def _empty_snapshot(copied: Session) -> None:
    """Adds a snapshot of an empty folder to the copied repository, as a job whose source was not mounted would."""
    envelope = json.loads(copied.envelope.read_text("utf-8"))
    place = _folder(envelope["repository_url"])
    command = (
        f"mkdir -p /tmp/bos/srv/mail && cd /tmp/bos && restic -q -r {place} --no-cache backup srv"
        f" --tag job={envelope['job']} --host mail1; chown -R --reference=/srv/restic {place}"
    )
    sure("backup1", f"read -r RESTIC_PASSWORD; export RESTIC_PASSWORD; {command}", envelope["key"] + "\n")


def test_a_stale_backup_breaks_the_promised_loss(drill: Session) -> None:
    late = datetime.now(UTC) + timedelta(hours=2)
    record = _rehearse(replace(drill, lost_at=late))
    assert record["result"] == "failed" and "data loss (RPO)" in _problems(record)
    assert record["rpo_seconds"] > record["rpo_target_seconds"]


STATE = "find /srv/mail /etc/dovecot -type f | sort | xargs -d '\\n' stat -c '%n %i' | sha256sum"


def test_a_living_host_is_refused_before_anything_is_touched(drill: Session) -> None:
    before = sure("mail1", STATE)
    with pytest.raises(session.DrillError, match="serves people"):
        _rehearse(replace(drill, declared={**drill.declared, "target": "mail1"}))
    assert sure("mail1", STATE) == before


def test_the_wrong_instance_behind_the_right_name_is_not_touched(drill: Session, tmp_path: Path) -> None:
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


def test_an_unreachable_repository_is_an_error_not_a_failure(drill: Session, tmp_path: Path) -> None:
    url = json.loads(drill.envelope.read_text("utf-8"))["repository_url"].replace(":8000", ":8001")
    record = _rehearse(replace(drill, envelope=_envelope(drill, tmp_path, repository_url=url)))
    assert record["result"] == "error"


def test_rehearsals_do_not_count_as_drills(held: dict[str, Any]) -> None:
    listed = json.loads(estate("drill", "list", "--json").stdout)
    assert [row["id"] for row in listed if row["rehearsal"]] == [] and held["id"] in [
        row["id"] for row in listed
    ]
