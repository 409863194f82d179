"""The mail service keeps its promises while it is used, attacked and renewed; real daemons, real clients."""

import json
import os
import shlex
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from estate.declared.estate import Estate, load
from estate.verify.mail import verdicts

pytestmark = pytest.mark.lab
ROOT = Path(__file__).parents[2]
BIN = Path(sys.executable).parent
DOMAIN = "gumuscagil.bel.example"
MAILDIRS = f"/srv/mail/{DOMAIN}"
PORTS = {25: "-starttls smtp", 587: "-starttls smtp", 465: "", 993: ""}
SEND = """
import json, smtplib, sys
asked = json.load(sys.stdin)
for recipient in asked["recipients"]:
    with smtplib.SMTP("10.40.20.10", 25, "mx.komsu.bel.example", timeout=20) as smtp:
        smtp.ehlo()
        reply = smtp.mail(asked["sender"])
        if reply[0] == 250:
            reply = smtp.rcpt(recipient)
        if reply[0] == 250:
            body = ("x" * 70 + chr(10)) * (asked["size"] // 72)
            reply = smtp.data("Subject: kutu " + recipient + chr(10) + chr(10) + body)
        print(reply[0], reply[1].decode())
"""


@pytest.fixture(scope="module")
def declared() -> Estate:
    return load(ROOT / "inventories/lab")


def on(host: str, script: str) -> str:
    """Runs a shell script on a host of the lab and gives what it printed; fails with its complaint."""
    command = ["ssh", "-F", str(ROOT / "var/lab/ssh/config"), host, "sh -eu"]
    done = subprocess.run(command, input=script, capture_output=True, text=True)
    assert done.returncode == 0, f"{host}: {script}\n{done.stdout}\n{done.stderr}"
    return done.stdout.strip()


def until(condition: str) -> str:
    """Gives a shell loop that waits up to 30 s for a condition and fails when it does not come."""
    return f"i=0; until {condition}; do i=$((i+1)); [ $i -lt 60 ] || exit 1; sleep 0.5; done"


def play(*options: str) -> subprocess.CompletedProcess[str]:
    """Runs the playbook of the mail servers."""
    command = [BIN / "ansible-playbook", "playbooks/mail_servers.yml", *options]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True)


def pyinfra(deploy: str, group: str, *options: str, **environment: str) -> str:
    """Runs a deploy as a timer would, without $SHELL, and gives what it printed; fails with that."""
    command = [BIN / "pyinfra", "-y", "pyinfra_deploys/inventory.py", f"pyinfra_deploys/{deploy}.py"]
    command += ["--limit", group, *options]
    settings = {**os.environ, **environment}
    settings.pop("SHELL", None)
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, env=settings)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


def changes(folder: Path, **environment: str) -> list[dict[str, Any]]:
    """Plans the accounts without changing anything."""
    path = folder / "changes.json"
    pyinfra("mailboxes", "mail_servers", "--dry", "--data", f"changes_file={path}", **environment)
    planned: list[dict[str, Any]] = json.loads(path.read_text(encoding="utf-8"))
    return planned


def smtp(*recipients: str, sender: str = "memur@komsu.bel.example", size: int = 0) -> list[str]:
    """Writes from outside to each recipient, straight to port 25; gives the last reply to each."""
    asked = json.dumps({"recipients": recipients, "sender": sender, "size": size})
    return on("outside1", f"echo {shlex.quote(asked)} | python3 -c {shlex.quote(SEND)}").splitlines()


def served(port: int) -> str:
    """Reads, as a stranger, the serial number of the certificate that a port serves now."""
    ask = f"openssl s_client -connect 10.40.20.10:{port} {PORTS[port]} </dev/null 2>/dev/null"
    return on("outside1", f"{ask} | openssl x509 -noout -serial")


def on_disk() -> str:
    """Reads the serial number of the certificate that lies on the disk."""
    return on("mail1", "openssl x509 -in /etc/ssl/estate/mail.crt -noout -serial")


@contextmanager
def undone_by(host: str, script: str) -> Iterator[None]:
    """Undoes a fault whatever the test says."""
    try:
        yield
    finally:
        on(host, script)


def test_the_service_passes_every_verdict_from_outside(declared: Estate, tmp_path: Path) -> None:
    observed = tmp_path / "observed.json"
    pyinfra("observe_mail", "outside_organisations", "--data", f"observed_file={observed}")
    judged = verdicts(declared.mail, json.loads(observed.read_text(encoding="utf-8")))
    assert [verdict for verdict in judged if verdict.result != "passed"] == []
    assert len(judged) == 9


def test_a_converged_host_is_left_alone() -> None:
    for options in ((), ("--check",)):
        done = play(*options)
        assert done.returncode == 0, done.stdout
        assert "changed=0" in done.stdout


@pytest.mark.parametrize("locale", ["C.UTF-8", "tr_TR.UTF-8"])
def test_every_spelling_leads_to_one_mailbox(tmp_path: Path, locale: str) -> None:
    """I becomes i, never ı, whatever locale the controller speaks; no second directory appears."""
    assert changes(tmp_path, LC_ALL=locale, LANG=locale) == []
    box = f"{MAILDIRS}/isil.igdir/Maildir/new"
    on("mail1", f"mkdir -p {box}; chown -R vmail:vmail {MAILDIRS}")
    before = int(on("mail1", f"ls {box} | wc -l"))
    local = ("ISIL.IGDIR", "Isil.Igdir", "MUDURLER", "isil.igdir+kurul")
    assert [reply[:3] for reply in smtp(*(f"{one}@{DOMAIN.upper()}" for one in local))] == ["250"] * 4
    on("mail1", until(f"[ $(ls {box} | wc -l) -ge {before + 4} ]"))
    assert int(on("mail1", f"ls {box} | wc -l")) == before + 4
    names = on("mail1", f"ls {MAILDIRS}; ls /srv/mail").split()
    assert [name for name in names if name != name.lower() or not name.isascii()] == []


def test_strangers_write_neither_to_nobody_nor_in_our_name() -> None:
    assert smtp(f"yok.boyle@{DOMAIN}")[0].startswith("550 5.1.1")
    assert smtp(f"sonda@{DOMAIN}", sender=f"mehmet.yilmaz@{DOMAIN}")[0].startswith("553 5.7.1")


@pytest.mark.parametrize("network", ["0.0.0.0/0", "::/0", "10.0.0.0/8", "10.40.20.1/32"])
def test_a_network_that_would_open_the_relay_is_refused(
    declared: Estate, tmp_path: Path, network: str
) -> None:
    """Everyone, a range that holds a gateway, or a gateway itself (behind which strangers stand)."""
    mail = declared.mail.model_dump(mode="json")
    mail["trusted_networks"].append(network)
    extra = tmp_path / "mail.json"
    extra.write_text(json.dumps({"estate_mail": mail}), encoding="utf-8")
    before = on("mail1", "sha256sum /etc/postfix/main.cf")
    done = play("-e", f"@{extra}")
    assert done.returncode != 0
    assert f"trusted_networks holds {network}: whoever comes" in " ".join(done.stdout.split())
    assert on("mail1", "sha256sum /etc/postfix/main.cf") == before


def test_no_service_of_postfix_runs_in_a_chroot_and_a_stale_copy_harms_nobody() -> None:
    """The copy of resolv.conf below the spool names a dead server, yet names are found and mail goes out."""
    assert on("mail1", "postconf -F '*/*/chroot' | grep -v '= n$' || true") == ""
    copy = "/var/spool/postfix/etc"
    with undone_by("mail1", f"rm -rf {copy}; postfix reload"):
        on("mail1", f"mkdir -p {copy}; echo nameserver 192.0.2.54 >{copy}/resolv.conf; postfix reload")
        letter = "printf 'Subject: dis\\n\\nmerhaba\\n'"
        on("mail1", f"{letter} | sendmail -f sonda@{DOMAIN} memur@komsu.bel.example")
        on("outside1", until("grep -rq '^Subject: dis' /srv/memur/Maildir/new"))
        on("outside1", "grep -rl '^Subject: dis' /srv/memur/Maildir/new | xargs rm")


def test_a_certificate_renewed_by_others_is_served_on_every_port() -> None:
    """Renewed outside Ansible, only the hook runs; a key that does not fit leaves the old pair in service."""
    folder = "/etc/ssl/estate"
    make = "openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=yeni"
    before = on_disk()
    with undone_by("mail1", f"rm -f {folder}/new.*"):
        on("mail1", f"cd {folder}; {make} -keyout new.key -out new.crt 2>/dev/null")
        on("mail1", f"systemctl stop mail-certificate.path; cp {folder}/new.crt {folder}/mail.crt")
        on("mail1", "! systemctl start mail-certificate.service; postfix reload; systemctl reload dovecot")
        assert {port: served(port) for port in PORTS} == dict.fromkeys(PORTS, before)
        on("mail1", f"cp {folder}/new.key {folder}/mail.key; systemctl start mail-certificate.service")
        new = on_disk()
        assert new != before
        assert {port: served(port) for port in PORTS} == dict.fromkeys(PORTS, new)
    done = play()  # another authority signed it: the role starts the watch and replaces the certificate
    assert done.returncode == 0, done.stdout


def test_a_certificate_renewed_by_the_role_is_taken_up_by_the_watch_alone() -> None:
    """The daemons are not restarted by the role for it; who watches the files is the machine itself."""
    before = on_disk()
    on("mail1", "rm /etc/ssl/estate/mail.crt")
    started = on("mail1", "systemctl show -P ActiveEnterTimestamp dovecot postfix")
    done = play()
    assert done.returncode == 0, done.stdout
    on("mail1", until("! systemctl is-active -q mail-certificate.service"))
    assert on_disk() != before
    assert {port: served(port) for port in PORTS} == dict.fromkeys(PORTS, on_disk())
    assert on("mail1", "systemctl show -P ActiveEnterTimestamp dovecot postfix") == started
    assert on("mail1", "systemctl is-failed mail-certificate.service || true") == "inactive"
