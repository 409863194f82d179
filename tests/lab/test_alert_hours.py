"""The Alertmanager that stands holds warnings back outside office hours, by the municipality's clock and no other.

Its clock cannot be set, so its zone is: a copy of it, with the configuration of the host, reads that zone from a file
so far ahead or behind that the hands of the municipality's clock stand at the wanted moment. The zone of the
process itself is another one. Changes nothing on the host.
"""

import json
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from estate.declared import load
from tests.lab.reaching import LAB, sure

pytestmark = pytest.mark.lab
ESTATE = load(LAB.inventory)
(WATCH,) = ESTATE.hosts["monitoring_servers"]
ZONE = ESTATE.organisation.time_zone
TOLD = {
    "2026-01-05T05:35:00+00:00": True,  # Monday 08:35
    "2026-07-06T05:35:00+00:00": True,  # Monday 08:35: no summer time in Turkey
    "2026-01-05T05:25:00+00:00": False,  # Monday 08:25
    "2026-01-04T21:30:00+00:00": False,  # Sunday in UTC, Monday 00:30 there
    "2027-03-10T08:00:00+00:00": False,  # Wednesday, a feast
}
COPY = r"""
import http.server, json, os, pathlib, struct, subprocess, sys, tempfile, threading, time, urllib.request, yaml
zone, hands = sys.argv[1], json.loads(sys.argv[2])
told = {number: set() for number in range(len(hands))}

class Told(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        told[int(self.path.strip("/"))] |= {one["labels"]["severity"] for one in body["alerts"]}
        self.send_response(200)
        self.end_headers()
    def log_message(self, *words):
        pass

def start(number, wanted, aside):
    place = pathlib.Path(aside, str(number))
    (place / zone).parent.mkdir(parents=True)
    ahead = int(wanted - time.time())
    head = b"TZif\0" + bytes(15) + struct.pack(">6l", 0, 0, 0, 0, 1, 4)
    (place / zone).write_bytes(head + struct.pack(">lBB", ahead, 0, 0) + b"XXX\0")
    config = yaml.safe_load(open("/etc/prometheus/alertmanager.yml"))
    config["templates"] = []
    config["receivers"] = [
        {"name": one["name"], "webhook_configs": [{"url": f"http://127.0.0.1:{door.server_port}/{number}"}]}
        for one in config["receivers"]
    ]
    config["route"] |= {"group_wait": "1s", "group_interval": "1s"}
    (place / "config.yml").write_text(yaml.safe_dump(config))
    return subprocess.Popen(
        ["prometheus-alertmanager", f"--config.file={place}/config.yml", f"--storage.path={place}/data",
         f"--web.listen-address=127.0.0.1:{29100 + number}", "--cluster.listen-address="],
        env={**os.environ, "ZONEINFO": str(place), "TZ": "America/New_York"},
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )

def raise_alerts(number):
    alerts = [{"labels": {"alertname": "Deneme", "severity": one}} for one in ("warning", "critical")]
    request = urllib.request.Request(
        f"http://127.0.0.1:{29100 + number}/api/v2/alerts", data=json.dumps(alerts).encode(),
        headers={"Content-Type": "application/json"})
    for _ in range(100):
        try:
            return urllib.request.urlopen(request, timeout=5).close()
        except OSError:
            time.sleep(0.2)
    raise SystemExit(f"no Alertmanager at {29100 + number}")

door = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Told)
threading.Thread(target=door.serve_forever, daemon=True).start()
with tempfile.TemporaryDirectory() as aside:
    copies = [start(number, wanted, aside) for number, wanted in enumerate(hands)]
    try:
        for number in told:
            raise_alerts(number)
        end = time.time() + 30
        while time.time() < end and not all("critical" in each for each in told.values()):
            time.sleep(0.2)
        time.sleep(4)  # four more chances to tell what should wait
    finally:
        for copy in copies:
            copy.kill()
            copy.wait()
print(json.dumps([sorted(each) for each in told.values()]))
"""


def test_warnings_wait_for_the_office_and_critical_ones_do_not() -> None:
    moments = [datetime.fromisoformat(text) for text in TOLD]
    local = [at.astimezone(ZoneInfo(ZONE)) for at in moments]
    hands = [at.replace(tzinfo=ZoneInfo("UTC")).timestamp() for at in local]
    said = sure(
        WATCH,
        f"cat > /tmp/estate-test-hours.py; trap 'rm -f /tmp/estate-test-hours.py' EXIT; "
        f"python3 -B /tmp/estate-test-hours.py {ZONE} '{json.dumps(hands)}'",
        COPY,
    )
    told = dict(zip(TOLD, json.loads(said.splitlines()[-1]), strict=True))
    assert told == {at: ["critical", "warning"] if both else ["critical"] for at, both in TOLD.items()}


def test_the_heartbeat_arrives_again_and_again() -> None:
    """Whoever waits outside for it can tell a dead watch from a quiet one: it comes at night too, and by itself."""
    hours = json.loads(
        sure(WATCH, "amtool --alertmanager.url=http://127.0.0.1:9093 -o json alert query alertname=Watchdog")
    )
    (alert,) = hours
    assert [one["name"] for one in alert["receivers"]] == ["watchdog"] and alert["status"][
        "state"
    ] == "active"
    lines = sure(WATCH, "grep -h '\"Watchdog\"' /var/log/estate/alerts-*.jsonl | tail -2").splitlines()
    received = [datetime.fromisoformat(json.loads(line)["received"]) for line in lines]
    now = datetime.fromisoformat(sure(WATCH, "date -u +%Y-%m-%dT%H:%M:%S+00:00"))
    assert len(received) == 2 and (now - received[-1]).total_seconds() < 2 * 300 + 60, received
