"""On a full log disk the journal goes on in memory; that is told, and with room all of it gets back to the disk."""

import re
from collections.abc import Iterator
from time import sleep

import pytest

from tests.lab.reaching import sure

pytestmark = pytest.mark.lab
HOST = "outside1"
PLACE = "/var/log/journal"
FILLER = "estate-test-filler"
MEASURED = "/var/tmp/estate-test-journal.prom"
LOOK = f"PYTHONPATH=/usr/local/lib/estate python3 -B -m exporters.journal --longest 8 --textfile {MEASURED}"


def _measured() -> dict[str, float]:
    """Leaves a sign, looks, and gives the figures."""
    text = sure(HOST, f"{LOOK}; cat {MEASURED}")
    return {name: float(value) for name, value in re.findall(r"(?m)^bim_journal_(\w+) (\S+)$", text)}


@pytest.fixture
def small_disk() -> Iterator[None]:
    """Lets the journal write to a small file system of its own, and in the end where it did before."""
    again = "systemctl restart systemd-journald; journalctl --flush"
    sure(
        HOST,
        f"systemctl stop estate-journal.timer; mount -t tmpfs -o size=24m,mode=2755 tmpfs {PLACE}; {again}",
    )
    try:
        yield
    finally:
        sure(HOST, f"systemctl stop {FILLER} 2>/dev/null || true; rm -f {PLACE}/ballast {MEASURED}")
        sure(HOST, f"umount --lazy {PLACE}; {again}; systemctl start estate-journal.timer")


def test_a_full_log_disk_is_told_and_nothing_is_lost(small_disk: None) -> None:
    begun = _measured()
    assert begun["gap_start_timestamp_seconds"] == 0
    # The journal drops its own oldest files to go on; what filled the disk takes that room as well.
    fill = f"while sleep 0.2; do cat /dev/zero >>{PLACE}/ballast; done 2>/dev/null"
    sure(HOST, f"systemd-run --quiet --collect --unit={FILLER} sh -c '{fill}'; sleep 1")
    for _ in range(5):
        sure(HOST, "head -c 3000000 /dev/urandom | base64 -w 30000 | systemd-cat -t flood || true; sleep 1")
        _measured()
    sleep(8)
    during = _measured()
    assert during["gap_start_timestamp_seconds"] == during["last_sign_timestamp_seconds"]
    assert (during["gap_end_timestamp_seconds"], during["gap_seconds"] > 8) == (0, True)
    process = sure(HOST, "systemctl show -P MainPID systemd-journald; logger -t estate-test the last words")
    sure(HOST, f"systemctl stop {FILLER}; rm {PLACE}/ballast")
    after = _measured()
    assert after["last_sign_timestamp_seconds"] > during["last_sign_timestamp_seconds"]
    kept = sure(HOST, f"journalctl --directory={PLACE} --identifier=estate-test --output=cat | tail -1")
    assert kept == "the last words"
    assert sure(HOST, "systemctl show -P MainPID systemd-journald") == process, "nobody restarted it"
