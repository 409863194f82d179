"""The drill of the directory is green when the domain really came back, and red when somebody cannot log in."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.lab import rehearsing
from tests.lab import test_directory as directory
from tests.lab.reaching import LAB, estate, on, play, sure

pytestmark = pytest.mark.lab
TARGET = next(drill.target for drill in directory.ESTATE.drills if drill.id == "directory")
LOGIN = directory.ESTATE.mail.probe.account
# Whoever holds a file of the half-made domain is killed as soon as there is one.
KILLER = """
until [ -e /var/lib/samba.making/private/sam.ldb ]; do sleep 0.1; done; sleep 0.3
for process in /proc/[0-9]*; do
  if ls -l $process/fd 2>/dev/null | grep -q samba.making; then kill -9 ${process#/proc/}; fi
done
"""


def _held(*words: str) -> dict[str, Any]:
    done = estate("drill", "run", "directory", "--reason", "test", "--json", *words)
    answer = json.loads(done.stdout.splitlines()[-1])
    return {"exit": done.returncode, **json.loads(Path(answer["record"]).read_text(encoding="utf-8"))}


@pytest.fixture(scope="module")
def held() -> Iterator[dict[str, Any]]:
    """Holds the drill once, whole, with a policy that has a Turkish name; its target stays for the faults."""
    with directory.a_policy():
        sure(directory.HOST, "systemctl start estate-directory-health.service estate-backup@dizin.service")
    yield _held()
    estate("lab", "down", TARGET)


def test_the_domain_comes_back_as_promised(held: dict[str, Any]) -> None:
    assert (held["exit"], held["result"], held["problems"]) == (0, "passed", [])
    assert 0 < held["rto_seconds"] <= held["rto_target_seconds"]
    assert 0 < held["rpo_seconds"] <= held["rpo_target_seconds"]
    checks = {check["check"] for check in held["checks"]}
    assert {f"{what} of the domain" for what in ("accounts", "members", "policies", "rights")} < checks


def test_names_with_turkish_letters_and_the_only_controller_are_what_came_back(held: dict[str, Any]) -> None:
    answer = json.loads((LAB.var / "evidence" / held["id"] / "domain.json").read_text(encoding="utf-8"))
    assert directory.POLICY in [policy["name"] for policy in answer["after"]["policies"]]
    assert answer["controllers"] == [TARGET.upper()]


def test_the_living_directory_was_not_touched(held: dict[str, Any]) -> None:
    transcript = (LAB.var / "evidence" / held["id"] / "transcript.log").read_text(encoding="utf-8")
    assert (
        f"changed: [{directory.HOST}]" not in transcript and f"{directory.HOST} | CHANGED" not in transcript
    )
    assert directory.search(LOGIN, directory.password(LOGIN))[0] == 0


FAULTS = [fault.id for fault in rehearsing.FAULTS.values() if fault.drill == "directory"]


@pytest.mark.parametrize("fault", FAULTS)
def test_each_fault_is_seen_for_its_own_reason(held: dict[str, Any], fault: str) -> None:
    assert held["result"] == "passed"
    outcome, words = rehearsing.seen(fault)
    assert outcome == rehearsing.expected(fault), words


def test_a_domain_that_was_killed_half_made_is_made_anew(held: dict[str, Any]) -> None:
    overlay = LAB.var / "evidence" / held["id"] / "overlay.yml"
    here = ("-i", str(LAB.inventory), "-i", str(overlay), "--limit", TARGET)
    sure(TARGET, "systemctl stop samba-ad-dc; rm -rf /var/lib/samba")
    sure(TARGET, "cat >/root/killer; systemd-run --quiet --collect sh /root/killer", KILLER)
    assert play("directory_servers", *here).returncode != 0
    assert on(TARGET, "test -e /var/lib/samba/private/sam.ldb").returncode == 1
    assert play("directory_servers", *here).returncode == 0
    assert "changed=0" in play("directory_servers", *here).stdout
