"""Receipts on real hosts: one look tells what moved, a forged receipt too; --fast rightly leaves out what holds."""

from __future__ import annotations

import json
import shlex
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from estate.receipts import looking, systemd_bus
from estate.receipts.laying import PLACE
from estate.records.drift import HostDrift
from estate.runs.environment import Environment
from tests.lab.reaching import LAB, estate, sure, undone_by

pytestmark = pytest.mark.lab
PROGRAM = "/usr/local/lib/estate/exporters/shares.py"
SCRIPT = "/usr/local/lib/estate/share-free"
BINARY = "/usr/bin/smbclient"
APPLIED = "/var/lib/estate/applied/squid"
HAND = f"""
cp -p {PROGRAM} /root/drift-program; echo '# by hand' >> {PROGRAM}
chmod 0700 {SCRIPT}
systemctl stop prometheus-node-exporter
mv {BINARY} {BINARY}.away
usermod --shell /bin/sh estate-measure
"""
ALL_UNITS = f"""
import json, subprocess
listed = subprocess.run(["systemctl", "list-units", "--all", "--output=json"], capture_output=True, check=True)
units = [one["unit"] for one in json.loads(listed.stdout)] + ["nosuch", "ssh"]
asked = "--property={",".join((*systemd_bus.STATES, systemd_bus.RELOAD))}"
def shown():
    done = subprocess.run(["systemctl", "show", asked, "--", *units], capture_output=True, text=True, check=True)
    return [dict(line.split("=", 1) for line in one.splitlines()) for one in done.stdout.split("\\n\\n")]
before, ours, after = shown(), Asked(units).answers(), shown()
print(json.dumps([[unit, ours[unit], b] for unit, b, a in zip(units, before, after, strict=True) if a == b]))
"""
BACK = f"""
cat /root/drift-program > {PROGRAM}; rm /root/drift-program
chmod 0755 {SCRIPT}
systemctl start prometheus-node-exporter
mv {BINARY}.away {BINARY}
usermod --shell /usr/sbin/nologin estate-measure
"""


def look(host: str, environment: Environment = LAB) -> HostDrift:
    """Looks at one host."""
    (seen,) = [one for one in looking.look(environment, [host]).hosts if one.host == host]
    return seen


@contextmanager
def moved(host: str, script: str, back: str) -> Iterator[None]:
    """Changes a host by hand, and puts it back whatever becomes of it."""
    assert look(host).state == "in_sync", f"{host} has to be applied by this checkout first: {look(host)}"
    try:
        sure(host, script)
        yield
    finally:
        sure(host, back)
    assert look(host).state == "in_sync"


def test_what_a_hand_moved_is_told_thing_by_thing_and_since_when() -> None:
    with moved("files1", HAND, BACK):
        seen, again = look("files1"), look("files1")
    told = {
        (one.kind, one.key): (one.expected, one.found.partition(", since ")[0]) for one in seen.differences
    }
    assert told == {
        ("file", PROGRAM): ("content as laid down", "other content"),
        ("file", SCRIPT): ("mode 0755", "mode 0700"),
        ("unit", "prometheus-node-exporter"): ("active", "inactive"),
        ("package", "smbclient"): ("all its files", f"without {BINARY}"),
        ("user", "estate-measure"): ("shell /usr/sbin/nologin", "shell /bin/sh"),
    }
    assert (seen.state, seen.broken, again.since) == ("corrective", 5, seen.since)
    assert "by hand" not in looking.path(LAB).read_text("utf-8")


@pytest.mark.parametrize("host", sorted(LAB.groups()["all"]))
def test_systemd_says_of_every_unit_what_systemctl_shows(host: str) -> None:
    """Of those that did not start or end meanwhile."""
    program = Path(systemd_bus.__file__).read_text("utf-8") + ALL_UNITS
    wrong = None
    for _ in range(3):  # a timer's work may begin and end while it is asked about
        told = json.loads(sure(host, "exec python3 -IS -", program))
        assert len(told) > 100
        differing = {unit: (ours, shown) for unit, ours, shown in told if ours != shown}
        wrong = {unit: pair for unit, pair in differing.items() if wrong is None or unit in wrong}
    assert wrong == {}


def test_a_unit_file_that_systemd_has_not_read_is_told() -> None:
    folder = "/etc/systemd/system/prometheus-node-exporter.service.d"
    laid = f"mkdir {folder}; printf '[Service]\\nNice=5\\n' > {folder}/hand.conf"
    with moved("files1", laid, f"rm -r {folder}"):
        told = [(one.key, one.expected) for one in look("files1").differences]
    assert told == [("prometheus-node-exporter", "its unit file read by systemd")]


def test_a_daemon_that_did_not_take_its_configuration_up_is_told() -> None:
    """C76: as after a run that died between writing and restarting, when all files are right."""
    lost = f"cp -p {APPLIED} /root/drift-applied; echo '{{}}' > {APPLIED}"
    with moved("proxy1", lost, f"mv /root/drift-applied {APPLIED}"):
        seen = look("proxy1")
    assert ("unit", "squid", "runs /etc/squid as it is") in {
        (one.kind, one.key, one.expected) for one in seen.differences
    }


def test_a_forged_a_foreign_and_a_lost_receipt_are_told() -> None:
    others = shlex.quote((LAB.var / "receipts/files1.json").read_text("utf-8"))
    faults = {
        "it is not signed by the control machine": f"sed -i 's/nologin/noligon/' {PLACE}",
        "that of files1 in lab": f"printf %s {others} > {PLACE}",
        "none": f"rm {PLACE}",
    }
    found = {}
    for told, script in faults.items():
        with moved(
            "proxy1", f"cp -p {PLACE} /root/drift-receipt; {script}", f"mv /root/drift-receipt {PLACE}"
        ):
            (found[told],) = look("proxy1").differences
    assert {told: one.found for told, one in found.items()} == {told: told for told in faults}
    assert {one.kind for one in found.values()} == {"receipt"}


def test_an_apply_that_has_nothing_to_change_lays_a_lost_receipt_anew() -> None:
    sure("proxy1", f"rm -f {PLACE}")
    plan = json.loads(estate("plan", "--limit", "proxy1", "--json").stdout)
    assert plan["changes"] == []
    applied = estate("apply", plan["run"])
    assert (applied.returncode, look("proxy1").state) == (0, "in_sync"), applied.stderr


def test_what_is_declared_anew_is_pending_and_the_file_is_named(tmp_path: Path) -> None:
    overlay = tmp_path / "more.yml"
    overlay.write_text("file_servers: {hosts: {files1: {}}}\n", "utf-8")
    before = look("files1")
    seen = look("files1", Environment("lab", LAB.root, (overlay,)))
    assert (before.state, seen.state, len(seen.moved), seen.differences) == ("in_sync", "pending", 1, ())
    assert seen.moved[0].endswith("more.yml (new)")


def test_fast_leaves_out_a_host_that_holds_and_the_full_check_agrees() -> None:
    assert look("proxy1").state == "in_sync"
    fast = estate("plan", "--fast", "--limit", "proxy1", "--json")
    plan = json.loads(fast.stdout)
    assert (fast.returncode, plan["changes"], "ansible-playbook" in fast.stderr) == (0, [], False)
    assert [line.partition(":")[0] for line in plan["notices"]] == ["proxy1"]
    applied = estate("apply", plan["run"], "--fast", "--json")
    assert (applied.returncode, "ansible-playbook" in applied.stderr) == (0, False), applied.stderr
    assert json.loads(applied.stdout)["hosts"] == {"proxy1": {"skipped": 1}}
    proven = estate("drift", "--prove", "--limit", "proxy1", "--json")
    assert proven.returncode == 0, proven.stdout + proven.stderr
    proof = json.loads(proven.stdout)["proof"]
    assert (proof["hosts"], proof["contradicted"]) == (["proxy1"], [])


def test_a_right_that_a_hand_gave_is_told_as_corrective_and_named() -> None:
    """Records have no receipt: a plan remembers what was wanted when they were last as they had to be."""

    def shares() -> tuple[str, list[str]]:
        planned = estate("plan", "--fast", "--limit", "files1")
        assert planned.returncode == 0, planned.stdout + planned.stderr
        beside = json.loads(estate("drift", "--limit", "files1", "--json").stdout)["beside"]
        (one,) = [one for one in beside if one["name"] == "shares"]
        return one["state"], one["names"]

    assert shares() == ("in_sync", [])
    with undone_by("files1", "setfacl -x g:birim-yazi /srv/shares/ik"):
        sure("files1", "setfacl -m g:birim-yazi:rwx /srv/shares/ik")
        state, names = shares()
    assert (state, len(names)) == ("corrective", 1), names
    assert names[0].startswith("update ") and "ik" in names[0]
    assert shares() == ("in_sync", [])
