"""Measuring works on the living estate: every target answers, alerts arrive by two ways, files are never half.

Changes nothing that other tests rely on: the node exporter of the outside host, the mail password of Alertmanager and
the settings of a probe of its own are what it touches, and it puts them back.
"""

import json
import re
import urllib.parse
import urllib.request
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import yaml

from estate.declared import load
from tests.lab.reaching import LAB, ROOT, estate, on, sure, undone_by, until, waiting

pytestmark = pytest.mark.lab
ESTATE = load(LAB.inventory)
(WATCH,) = ESTATE.hosts["monitoring_servers"]
(MAIL,) = ESTATE.hosts["mail_servers"]
(OUTSIDE,) = ESTATE.hosts["outside_organisations"]
OUTSIDERS = {OUTSIDE, *ESTATE.hosts["telephone_operators"]}
ADDRESS = {name: host.address for name, host in ESTATE.networks.hosts.items()}
PROMETHEUS, ALERTMANAGER = f"http://{ADDRESS[WATCH]}:9090", f"http://{ADDRESS[WATCH]}:9093"
TEXTFILES = "/var/lib/prometheus/node-exporter"
CATALOGUE = yaml.safe_load((ROOT / "exporters/catalogue.yml").read_text("utf-8"))
PASSWORD = "/etc/prometheus/mail-password"
FETCH = "import urllib.request as u; print(u.urlopen('http://{}:9100/metrics', timeout=10).read().decode())"


def ask(query: str) -> list[dict[str, Any]]:
    """Asks Prometheus from the management network, as a person would."""
    url = f"{PROMETHEUS}/api/v1/query?{urllib.parse.urlencode({'query': query})}"
    with urllib.request.urlopen(url, timeout=10) as answer:
        found: list[dict[str, Any]] = json.load(answer)["data"]["result"]
    return found


def value(query: str) -> float:
    """Gives the one value of a query; a query without a result is 0."""
    found = ask(query)
    return float(found[0]["value"][1]) if found else 0.0


def exposed(host: str) -> str:
    """Gives what the node exporter of a host says to the monitoring host."""
    return sure(WATCH, f'python3 -c "{FETCH.format(ADDRESS[host])}"')


def logged(alert: str, since: datetime) -> list[dict[str, Any]]:
    """Gives what the second channel wrote down of an alert since a time."""
    lines = [json.loads(line) for line in sure(WATCH, "cat /var/log/estate/alerts-*.jsonl").splitlines()]
    return [
        line for line in lines if line["alert"] == alert and line["received"] >= f"{since:%Y-%m-%dT%H:%M:%SZ}"
    ]


def raise_alert(name: str) -> None:
    """Hands Alertmanager an alert as Prometheus would; it ends by itself after a few minutes."""
    ends = (datetime.now(UTC) + timedelta(minutes=3)).isoformat()
    alert = {
        "labels": {"alertname": name, "severity": "critical", "instance": "deneme"},
        "annotations": {"summary": f"Deneme uyarısı: {name} (ğüşıöç)", "description": "A test."},
        "endsAt": ends,
    }
    request = urllib.request.Request(
        f"{ALERTMANAGER}/api/v2/alerts",
        data=json.dumps([alert]).encode(),
        headers={"Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request, timeout=10) as answer:
        assert answer.status == 200


def test_every_managed_host_answers() -> None:
    up = {row["metric"]["instance"]: row["value"][1] for row in ask('up{job="node"}')}
    assert up == dict.fromkeys(ESTATE.hosts["managed"], "1")


def test_every_rule_is_evaluated_without_an_error() -> None:
    with urllib.request.urlopen(f"{PROMETHEUS}/api/v1/rules", timeout=10) as answer:
        rules = [rule for group in json.load(answer)["data"]["groups"] for rule in group["rules"]]
    assert len(rules) > 20 and [rule["name"] for rule in rules if rule["health"] != "ok"] == []


@pytest.mark.parametrize("host", ESTATE.hosts["managed"])
def test_what_a_host_exposes_agrees_with_the_catalogue(host: str) -> None:
    text = exposed(host)
    helps = dict(re.findall(r"(?m)^# HELP (bim_\S+) (.+)$", text))
    kinds = dict(re.findall(r"(?m)^# TYPE (bim_\S+) (\S+)$", text))
    assert helps == {name: CATALOGUE[name]["help"] for name in helps}
    assert kinds == {name: CATALOGUE[name]["type"] for name in kinds}
    assert "\nnode_textfile_scrape_error 0\n" in text


def test_certificates_are_read_from_the_ports_that_people_use() -> None:
    read = ask("bim_certificate_check_success")
    found = {(row["metric"]["instance"], int(row["metric"]["port"])): row["value"][1] for row in read}
    (proxy,), (backup,), directory = (
        ESTATE.hosts["web_proxies"],
        ESTATE.hosts["backup_repositories"],
        ESTATE.directory.host,
    )
    ports = {(directory, 389), (directory, 636), (proxy, ESTATE.web_access.port)}
    ports |= {(backup, ESTATE.backups.repository.port)}
    assert {(MAIL, 25), (MAIL, 993), *ports} <= set(found) and set(found.values()) == {"1"}, found
    assert ask("bim_certificate_expiry_timestamp_seconds - time() < 30 * 86400") == []


def test_the_way_to_the_web_is_tried_as_a_browser_finds_it() -> None:
    """In TLS, with the certificate verified; a stranger is asked who it is."""
    assert value('probe_success{service="internet"}') == 1
    assert value('probe_http_status_code{service="internet"}') == 407


def test_every_clock_is_compared_with_the_directorys() -> None:
    """A host made a moment ago writes its first comparison within a minute and a half."""
    server = ESTATE.directory.host
    expected = set(ESTATE.hosts["managed"]) - {server, *OUTSIDERS}

    def compared() -> dict[str, float]:
        rows = ask("bim_clock_offset_seconds")
        return {row["metric"]["instance"]: float(row["value"][1]) for row in rows}

    assert until(lambda: set(compared()) == expected, 150), compared()
    found = compared()
    assert {host: seconds for host, seconds in found.items() if abs(seconds) > 10} == {}
    assert ask(f'bim_clock_check_success{{server!="{server}"}}') == []


# Answers as Samba does, a minute and a half behind: the hosts of the lab share one clock, which nobody may set.
LATE = r"""
import socket, time
door = socket.create_server(("127.0.0.1", 3890))
while True:
    caller = door.accept()[0]
    caller.recv(4096)
    now = time.strftime("%Y%m%d%H%M%S.0Z", time.gmtime(time.time() - 90)).encode()
    head = b'0-\x02\x01\x01d(\x04\x000$0"\x04\x0bcurrentTime1\x13\x04\x11'
    caller.sendall(head + now + b"0\x0c\x02\x01\x01e\x07\n\x01\x00\x04\x00\x04\x00")
    caller.close()
"""
CLOCK, STAND_IN = "/run/systemd/system/estate-clock.service.d", "estate-test-clock"


@pytest.fixture
def late_directory() -> Iterator[None]:
    """Lets the mail server compare its clock with a stand-in for the directory for one test."""
    call = "/usr/bin/python3 -B -m exporters.clock --address 127.0.0.1 --port 3890"
    override = f"[Service]\nExecStart=\nExecStart={call} --server {ESTATE.directory.host}\n"
    gone = f"systemctl stop {STAND_IN} 2>/dev/null || true"
    measure = "systemctl daemon-reload; systemctl start estate-clock"
    with undone_by(MAIL, f"{gone}; rm -rf {CLOCK} /run/{STAND_IN}.py; {measure}"):
        sure(MAIL, f"{gone}; cat > /run/{STAND_IN}.py", LATE)
        sure(MAIL, f"systemd-run -q --collect --unit={STAND_IN} python3 /run/{STAND_IN}.py")
        sure(MAIL, waiting("ss -Hltn sport = :3890 | grep -q ."))
        sure(MAIL, f"mkdir -p {CLOCK}; cat > {CLOCK}/test.conf; {measure}", override)
        yield


@pytest.mark.usefixtures("late_directory")
def test_a_clock_that_is_off_is_told_with_both_hosts() -> None:
    """At 90 s, long before Kerberos calls it a wrong password; that it becomes news after minutes, promtool proves."""
    assert until(lambda: bool(ask('ALERTS{alertname="ClockSkew"}')), 60)
    assert value(f'bim_clock_offset_seconds{{instance="{MAIL}"}}') == pytest.approx(90, abs=5)
    [told] = [row["metric"] for row in ask('ALERTS{alertname=~"ClockSkew.*"}')]
    assert (told["alertname"], told["instance"], told["server"]) == ("ClockSkew", MAIL, ESTATE.directory.host)


def test_only_those_who_should_may_ask() -> None:
    for host, address, port in ((OUTSIDE, ADDRESS[WATCH], 9090), (OUTSIDE, ADDRESS[MAIL], 9100)):
        knock = f"timeout 4 bash -c '</dev/tcp/{address}/{port}'"
        assert on(host, knock).returncode != 0, f"{host} reaches {address}:{port}"
    assert on(WATCH, f"timeout 4 bash -c '</dev/tcp/{ADDRESS[MAIL]}/9100'").returncode == 0


def test_the_probe_sends_reads_and_leaves_a_canary() -> None:
    counted = 'bim_mail_probe_runs_total{result="success"}'
    before = value(counted)
    assert "read back after" in sure(
        WATCH,
        "systemctl start estate-mail-probe; journalctl -u estate-mail-probe -n 1 -o cat --grep 'mail probe'",
    )
    assert until(lambda: value(counted) > before, 30)
    box = f"{ESTATE.mail.canary.account}@{ESTATE.mail.domain}"
    stands = sure(MAIL, f"doveadm -f flow fetch -u {box} hdr.x-estate-canary mailbox INBOX | tail -1")
    written = datetime.fromisoformat(stands.strip().rpartition("=")[2].replace("Z", "+00:00"))
    assert until(lambda: abs(value("bim_canary_last_timestamp_seconds") - written.timestamp()) < 0.01, 30)


def test_a_probe_that_cannot_log_in_counts_a_failure_and_keeps_the_last_success() -> None:
    place = "/var/tmp/estate-test-probe"
    script = f"""set -e; umask 077; mkdir -p {place}; cp /var/lib/estate-mail-probe/state.json {place}/state.json
    sed 's/^canary_password: .*/canary_password: yanlis/' /etc/estate/mail-probe.yml > {place}/settings.yml
    cd {place}; PYTHONPATH=/usr/local/lib/estate python3 -B -m exporters.mail_probe --settings settings.yml \
      --state state.json --textfile probe.prom || echo "exit $?"
    cat probe.prom; echo; cat /var/lib/estate-mail-probe/state.json; rm -rf {place}"""
    said = sure(WATCH, script)
    kept = json.loads(said.splitlines()[-1])
    assert "exit 1" in said and "AUTHENTICATIONFAILED" in said and "yanlis" not in said
    assert f'result="failure",service="eposta"}} {kept["runs"]["failure"] + 1:.1f}' in said
    last = re.search(r'bim_mail_probe_last_success_timestamp_seconds\{service="eposta"\} (\S+)', said)
    assert last and float(last[1]) == pytest.approx(kept["last_success"])


def test_old_canaries_are_expunged_and_the_newest_stays() -> None:
    """A mailbox is searched by the day of its server's zone: two days ahead is after every message, at any hour."""
    place, probe = "/var/tmp/estate-test-probe", ESTATE.mail.probe.account
    script = f"""set -e; umask 077; mkdir -p {place}; cd {place}
    secret=$(sed -n 's/^sender_password: //p' /etc/estate/mail-probe.yml)
    sed -e 's/^canary: .*/canary: {probe}/' -e "s|^canary_password: .*|canary_password: $secret|" \
      -e 's/^keep_days: .*/keep_days: -2/' /etc/estate/mail-probe.yml > settings.yml
    for run in 1 2; do PYTHONPATH=/usr/local/lib/estate python3 -B -m exporters.mail_probe \
      --settings settings.yml --state state.json --textfile probe.prom; done
    cat probe.prom; rm -rf {place}"""
    said = sure(WATCH, script)
    assert 'bim_mail_probe_runs_total{result="success",service="eposta"} 2.0' in said
    assert 'bim_canary_records{service="eposta"} 1.0' in said


@pytest.fixture
def stopped_exporter() -> Iterator[datetime]:
    """Stops the node exporter of the outside host for one test."""
    since = datetime.now(UTC)
    sure(OUTSIDE, "systemctl stop prometheus-node-exporter")
    yield since
    sure(OUTSIDE, "systemctl start prometheus-node-exporter")


def test_a_host_that_is_gone_is_told_by_mail_and_by_the_second_way(stopped_exporter: datetime) -> None:
    assert until(lambda: bool(logged("HostDown", stopped_exporter)), 150)
    (told,) = logged("HostDown", stopped_exporter)[:1]
    assert told["status"] == "firing" and told["labels"]["instance"] == OUTSIDE
    assert told["summary"] == f"{OUTSIDE} makinesine ulaşılamıyor."
    reader = f"{ESTATE.mail.aliases[-2].members[-1]}@{ESTATE.mail.domain}"
    minutes = (datetime.now(UTC) - stopped_exporter).seconds // 60 + 2
    search = f"doveadm search -u {reader} TEXT HostDown SAVEDSINCE {minutes}mins"
    assert until(lambda: bool(sure(MAIL, search)), 30)


@pytest.fixture
def refusing_mail() -> Iterator[None]:
    """Lets mail refuse the alerts of Alertmanager for one test: its password is wrong, and it tries it very often."""
    sure(WATCH, f"cp -a {PASSWORD} {PASSWORD}.kept && echo yanlis > {PASSWORD}")
    yield
    sure(WATCH, f"mv -f {PASSWORD}.kept {PASSWORD}")


def test_an_alert_that_mail_refuses_arrives_by_the_second_way(refusing_mail: None) -> None:
    since, failed = datetime.now(UTC), 'sum(alertmanager_notifications_failed_total{integration="email"})'
    before = value(failed)
    alert = f"DenemePostaReddi{since:%H%M%S}"  # Alertmanager tells one alert once
    raise_alert(alert)
    assert until(lambda: bool(logged(alert, since)), 60)
    assert until(lambda: value(failed) > before, 180)
    assert until(lambda: bool(ask('ALERTS{alertname="NotificationChannelFailing",alertstate="firing"}')), 60)
    locked = (
        f"samba-tool user show {ESTATE.mail.probe.account} --attributes=msDS-User-Account-Control-Computed"
    )
    assert sure(ESTATE.directory.host, locked).endswith("-Computed: 0"), (
        "the account of the mail probe is locked"
    )


def test_a_directory_made_anew_is_read_without_a_restart() -> None:
    fresh = f"{TEXTFILES}/deneme.prom"
    made = f"rm -rf {TEXTFILES}; install -d -m 3775 -g estate-metrics {TEXTFILES}; echo 'deneme 7' > {fresh}"
    held = sure(OUTSIDE, f"ls {TEXTFILES}").split()
    assert set(held) <= {"journal.prom"}, "what is there would be lost; only this one is soon written anew"
    sure(OUTSIDE, made)
    try:
        assert "\ndeneme 7\n" in exposed(OUTSIDE)
    finally:
        sure(OUTSIDE, f"rm -f {fresh}")


def test_measurements_of_records_arrive_whole() -> None:
    before = sure(WATCH, f"stat -c %i {TEXTFILES}/run_outcomes.prom 2>/dev/null || true")
    done = estate("measure", "--json")
    assert done.returncode == 0, done.stderr
    made = json.loads(done.stdout)
    arrived = sure(WATCH, f"cat {TEXTFILES}/run_outcomes.prom")
    assert made["hosts"] == [WATCH] and made["fallen"] == {}
    assert arrived == (ROOT / made["file"]).read_text("utf-8").strip()
    assert sure(WATCH, f"stat -c %i {TEXTFILES}/run_outcomes.prom") != before
    counted = re.compile(r"^bim_(?:accounts|mailboxes_orphaned)\b.*$", re.M)
    runs, accounts = sorted((LAB.var / "runs").iterdir()), counted.findall(arrived)
    done = estate("measure", "--recorded", "--json")  # asks nobody again, and hands on what was told
    assert done.returncode == 0, done.stderr
    again = sure(WATCH, f"cat {TEXTFILES}/run_outcomes.prom; ls -A {TEXTFILES} | grep new || true")
    assert again == (ROOT / json.loads(done.stdout)["file"]).read_text("utf-8").strip()
    assert accounts and counted.findall(again) == accounts
    assert sorted((LAB.var / "runs").iterdir()) == runs
    assert until(lambda: bool(ask('bim_dr_drills_total{scenario="mail"}')), 30)
