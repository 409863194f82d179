"""A monitoring server that does not answer the control host brings the administrators a letter, and its return another.

Only the way from the control host is cut, on that host: the monitoring server and all who ask it go on undisturbed.
"""

import json
from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest

from estate.declared import load
from tests.lab.control_place import CONTROL, VAR, as_estate, fired, placed
from tests.lab.reaching import LAB, ROOT, play, sure, until

pytestmark = pytest.mark.lab
ESTATE = load(LAB.inventory)
(WATCH,), (MAIL,) = ESTATE.hosts["monitoring_servers"], ESTATE.hosts["mail_servers"]
PORT = 9098
UNIT, TABLE, KEPT = "estate-watchdog", "inet deneme", f"{VAR}/watchdog.json"
(READER, *_) = next(
    one.members for one in ESTATE.mail.aliases if one.alias == ESTATE.organisation.directorate_of_it
)


def _letters(subject: str) -> int:
    """Counts the letters of a subject in the mailbox of one of the administrators."""
    search = f"doveadm search -u {READER}@{ESTATE.mail.domain} HEADER Subject '{subject}: {WATCH}'"
    return len(sure(MAIL, search).splitlines())


def _cut(host: str, ports: str, verdict: str) -> None:
    """Lets nothing through from the control host to some ports of a host."""
    address = ESTATE.networks.hosts[host].address
    rule = f"ip daddr {address} tcp dport {{ {ports} }} {verdict}"
    chain = f"chain out {{\ntype filter hook output priority 0\n{rule}\n}}"
    sure(CONTROL, "nft -f -", f"table {TABLE} {{\n{chain}\n}}\n")


def _ended() -> tuple[str, str]:
    """Tells the exit code of the service and what systemd makes of it."""
    shown = sure(CONTROL, f"systemctl show --value --property=ExecMainStatus,ActiveState {UNIT}.service")
    code, state = sorted(shown.split())
    return code, state


def _later(what: str, by: timedelta) -> None:
    """Lets time go by: what is remembered is that much older."""
    kept = json.loads(sure(CONTROL, f"cat {KEPT}"))
    kept[what] = (datetime.fromisoformat(kept[what]) - by).isoformat()
    sure(CONTROL, f"cat >{KEPT}", json.dumps(kept))


@pytest.fixture(scope="module")
def second_way() -> Iterator[str]:
    """Declares a second way that leads to the control host itself; gives the folder of a receiver for it."""
    told = {"gitops_controller_webhook_url": f"http://127.0.0.1:{PORT}/?yol=%20"}
    told["gitops_controller_webhook_token"] = "deneme-anahtari"
    done = play("control_hosts", "--limit", CONTROL, "-e", json.dumps(told))
    assert done.returncode == 0, done.stdout[-3000:]
    folder = "/run/deneme-alerts"
    program = (ROOT / "exporters/alert_log.py").read_text("utf-8")
    sure(CONTROL, f"mkdir -p {folder}/exporters; cat >{folder}/exporters/alert_log.py", program)
    sure(CONTROL, f"printf deneme-anahtari >{folder}/token")
    try:
        yield folder
    finally:
        sure(CONTROL, f"systemctl stop deneme-alerts || true; rm -r {folder}")
        done = play("control_hosts", "--limit", CONTROL)
        assert done.returncode == 0, done.stdout[-3000:]


def _received(folder: str) -> list[dict[str, str]]:
    """Gives what the second way was told, as the receiver of alerts writes it down."""
    return [json.loads(line) for line in sure(CONTROL, f"cat {folder}/alerts-*.jsonl").splitlines()]


@pytest.fixture
def listening(second_way: str) -> Iterator[None]:
    """Gives the control host this commit, and every way back that a test cut."""
    with placed(UNIT):
        try:
            yield
        finally:
            sure(CONTROL, f"nft delete table {TABLE} 2>/dev/null || true")


def test_people_are_told_past_a_monitoring_server_that_is_silent(listening: None, second_way: str) -> None:
    begun, over = _letters("İzleme sustu"), _letters("İzleme yeniden çalışıyor")
    assert json.loads(as_estate("estate watchdog --json"))["watches"]
    fired(UNIT)
    assert _ended() == ("0", "inactive") and json.loads(sure(CONTROL, f"cat {KEPT}"))["answered"]

    _cut(WATCH, "9090, 9093", "drop")
    told = fired(UNIT)
    assert "Prometheus does not answer" in told and "Alertmanager does not answer" in told, told
    assert _ended() == ("4", "inactive") and _letters("İzleme sustu") == begun, "it is young"

    sure(CONTROL, f"nft delete table {TABLE}")
    _cut(WATCH, "9090, 9093", "reject")
    _later("silent", timedelta(minutes=11))
    _cut(MAIL, "22", "reject")
    assert "nobody was told" in fired(UNIT) and _ended() == ("3", "failed")

    run = f"python3 -B -m exporters.alert_log --port {PORT} --token-file {second_way}/token --directory {second_way}"
    sure(CONTROL, f"systemd-run --collect --unit=deneme-alerts --working-directory={second_way} {run}")
    assert "İzleme sustu" in fired(UNIT) and _ended() == ("4", "inactive"), "the mail server is dead too"
    received = [(one["alert"], one["status"], one["labels"]) for one in _received(second_way)]
    assert received == [("MonitoringSilent", "firing", {"instance": WATCH})]

    sure(CONTROL, f"nft delete table {TABLE}")
    kept = json.loads(sure(CONTROL, f"cat {KEPT}"))
    sure(CONTROL, f"cat >{KEPT}", json.dumps(kept | {"told": None}))
    _cut(WATCH, "9090, 9093", "reject")
    assert "İzleme sustu" in fired(UNIT) and _ended() == ("4", "inactive")
    assert until(lambda: _letters("İzleme sustu") == begun + 1, 30), "the letter never arrived"
    fired(UNIT)
    assert _letters("İzleme sustu") == begun + 1, "they know"

    sure(CONTROL, f"nft delete table {TABLE}")
    assert "İzleme yeniden çalışıyor" in fired(UNIT) and _ended() == ("0", "inactive")
    assert until(lambda: _letters("İzleme yeniden çalışıyor") == over + 1, 30), "the all-clear never arrived"
