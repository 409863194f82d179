"""A measurement ends, whatever it asks: units are bounded, a target that hangs is no answer, exporters are local."""

import re
import socket
from pathlib import Path

import pytest
import yaml

from exporters import web_proxy

ROOT = Path(__file__).parents[3]
UNITS = {
    path.name.removesuffix(".j2"): path.read_text("utf-8")
    for path in (ROOT / "roles").glob("*/templates/root/etc/systemd/system/*.service.j2")
    if "-m exporters." in path.read_text("utf-8")
}
ROLE = ROOT / "roles/monitoring"


@pytest.mark.parametrize("unit", sorted(UNITS))
def test_a_unit_that_measures_is_ended_in_time(unit: str) -> None:
    """A oneshot service has no limit of its own: one that hangs would never be started again by its timer."""
    text = UNITS[unit]
    assert "Type=oneshot" not in text or re.search(r"(?m)^TimeoutStartSec=\S", text)


def test_every_program_that_measures_hosts_has_a_unit() -> None:
    started = {name for text in UNITS.values() for name in re.findall(r"-m exporters\.(\w+)", text)}
    assert {"certificates", "clock", "directory_health", "journal", "mail_probe", "mail_server"} <= started
    assert {
        "shares",
        "telephone_exchange",
        "web_lists",
        "web_proxy",
        "backup_repository",
        "call_probe",
    } <= started


def test_a_proxy_that_takes_the_question_and_never_answers_is_no_answer(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(web_proxy, "TIMEOUT_SECONDS", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as mute:
        settings = {"address": "127.0.0.1", "port": mute.getsockname()[1], "proxy": "vekil.example"}
        assert web_proxy.status(settings) == 0
    assert "TimeoutError" in capsys.readouterr().err


def test_a_device_that_is_asked_through_another_cannot_hold_up_its_round() -> None:
    """Switches are asked one target each; a silent one is given up within its own, shorter, time."""
    text = (ROLE / "templates/root/etc/prometheus/prometheus.yml.j2").read_text("utf-8")
    assert "scrape_timeout: {{ monitoring_snmp_seconds // 2 }}s" in text
    snmp = (ROLE / "templates/root/etc/prometheus/snmp.yml.j2").read_text("utf-8")
    waits = [int(number) for number in re.findall(r"(?m)^    (?:timeout|retries): (\d+)", snmp)]
    defaults = yaml.safe_load((ROLE / "defaults/main.yml").read_text("utf-8"))
    assert len(waits) == 2 and waits[0] * (1 + waits[1]) < defaults["monitoring_snmp_seconds"] // 2
    probes = (ROLE / "templates/root/etc/prometheus/blackbox.yml.j2").read_text("utf-8")
    assert probes.count("    timeout: ") == probes.count("    prober: ")
