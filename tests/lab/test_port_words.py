"""A port description that is no UTF-8 costs itself at most: the switch is still read, and the port can be named.

The exporter of the monitoring host, with its own module, asks an agent of two ports that stands beside it meanwhile.
Changes nothing.
"""

import re

import pytest

from estate.declared import load
from tests.lab.reaching import LAB, sure

pytestmark = pytest.mark.lab
(WATCH,) = load(LAB.inventory).hosts["monitoring_servers"]
AGENT = r"""
import socket, subprocess, sys, tempfile, threading, time, urllib.request, yaml
ALIAS = bytes.fromhex("DE6566206F646173FD")
X, T = "1.3.6.1.2.1.31.1.1.1.", "1.3.6.1.2.1.2.2.1."

def ber(tag, body):
    size = len(body)
    head = bytes([size]) if size < 128 else bytes([0x82, size >> 8, size & 255])
    return bytes([tag]) + head + body

def oid(text):
    parts = list(map(int, text.split(".")))
    out = [parts[0] * 40 + parts[1]]
    for part in parts[2:]:
        more = [part & 127]
        while part := part >> 7:
            more.insert(0, part & 127 | 128)
        out += more
    return ber(6, bytes(out))

def parts_of(data):
    found = []
    while data:
        size, at = data[1], 2
        if size & 128:
            at, size = 2 + (size & 127), int.from_bytes(data[2:2 + (size & 127)], "big")
        found.append((data[0], data[at:at + size]))
        data = data[at + size:]
    return found

def text_of(body):
    numbers, value = [body[0] // 40, body[0] % 40], 0
    for byte in body[1:]:
        value = value << 7 | byte & 127
        if not byte & 128:
            numbers.append(value)
            value = 0
    return tuple(numbers)

rows = {}
for port in (1, 2):
    rows[f"{X}1.{port}"] = ber(4, b"Gi1/0/%d" % port)
    rows[f"{X}18.{port}"] = ber(4, ALIAS if port == 1 else b"Muhasebe Sefligi")
    rows[f"{T}7.{port}"] = ber(2, b"\x01")
rows["1.3.6.1.2.1.1.3.0"] = ber(0x43, b"\x01")
rows["1.3.6.1.2.1.1.5.0"] = ber(4, b"sw-deneme")
table = sorted((tuple(map(int, name.split("."))), value) for name, value in rows.items())

def answer(packet):
    version, community, (kind, pdu) = parts_of(parts_of(packet)[0][1])
    number, first, second, wanted = parts_of(pdu)
    asked = [text_of(parts_of(one)[0][1]) for _, one in parts_of(wanted[1])]
    told = []
    for name in asked:
        if kind == 0xA0:
            told.append((name, dict(table).get(name, ber(0x80, b""))))
            continue
        after = [row for row in table if row[0] > name][: int.from_bytes(second[1], "big") if kind == 0xA5 else 1]
        told += after or [(name, ber(0x82, b""))]
    binds = b"".join(ber(0x30, oid(".".join(map(str, name))) + value) for name, value in told)
    body = ber(2, number[1]) + ber(2, b"\0") + ber(2, b"\0") + ber(0x30, binds)
    return ber(0x30, ber(2, version[1]) + ber(4, community[1]) + ber(0xA2, body))

door = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
door.bind(("127.0.0.1", 0))

def serve():
    while True:
        packet, who = door.recvfrom(65535)
        door.sendto(answer(packet), who)

threading.Thread(target=serve, daemon=True).start()
with tempfile.TemporaryDirectory() as place:
    config = yaml.safe_load(open("/etc/prometheus/snmp.yml"))
    config["auths"] = {"test": {"version": 2, "community": "deneme"}}
    open(f"{place}/snmp.yml", "w").write(yaml.safe_dump(config))
    asker = subprocess.Popen(
        ["prometheus-snmp-exporter", f"--config.file={place}/snmp.yml", "--web.listen-address=127.0.0.1:9118"],
        stderr=subprocess.DEVNULL,
    )
    try:
        url = f"http://127.0.0.1:9118/snmp?target=127.0.0.1:{door.getsockname()[1]}&auth=test&module=interfaces"
        for _ in range(50):
            try:
                with urllib.request.urlopen(url, timeout=20) as told:
                    sys.stdout.buffer.write(told.read())
                break
            except urllib.error.HTTPError as error:
                sys.exit(error.read().decode())
            except urllib.error.URLError:
                time.sleep(0.2)
    finally:
        asker.kill()
"""


def test_bytes_of_another_alphabet_cost_that_description_alone() -> None:
    place = "/tmp/estate-test-agent.py"
    told = sure(WATCH, f"cat > {place}; trap 'rm -f {place}' EXIT; python3 -B {place}", AGENT)
    read = dict(re.findall(r'(?m)^ifAdminStatus{ifAlias="(.*)",ifName="(.*)"} 1$', told))
    (bad,) = set(read) - {"Muhasebe Sefligi"}
    assert {name: port for name, port in read.items() if name != bad} == {"Muhasebe Sefligi": "Gi1/0/2"}
    assert (bad, read[bad]) == ("\ufffdef odas\ufffd", "Gi1/0/1"), (
        "what the alert SwitchDescriptionUnreadable looks for"
    )
