"""The mail service keeps its promises while it is used, attacked and renewed; real daemons, real clients."""

import json
from pathlib import Path

import pytest

from estate.declared.estate import Estate
from estate.verify.mail import verdicts
from tests.lab.mailing import DOMAIN, MAILDIRS, changes, deploy, smtp
from tests.lab.reaching import play, sure, undone_by, waiting

pytestmark = pytest.mark.lab
PORTS = {25: "-starttls smtp", 587: "-starttls smtp", 465: "", 993: ""}


def served(port: int) -> str:
    """Reads, as a stranger, the serial number of the certificate that a port serves now."""
    ask = f"openssl s_client -connect 10.40.20.10:{port} {PORTS[port]} </dev/null 2>/dev/null"
    return sure("outside1", f"{ask} | openssl x509 -noout -serial")


def on_disk() -> str:
    """Reads the serial number of the certificate that lies on the disk."""
    return sure("mail1", "openssl x509 -in /etc/ssl/estate/mail.crt -noout -serial")


def test_the_service_passes_every_verdict_from_outside(declared: Estate, tmp_path: Path) -> None:
    observed = tmp_path / "observed.json"
    deploy("observe_mail", "outside_organisations", "--data", f"observed_file={observed}")
    judged = verdicts(declared.mail, json.loads(observed.read_text(encoding="utf-8")))
    assert [verdict for verdict in judged if verdict.result != "passed"] == []
    assert len(judged) == 9


@pytest.mark.parametrize("locale", ["C.UTF-8", "tr_TR.UTF-8"])
def test_every_spelling_leads_to_one_mailbox(tmp_path: Path, locale: str) -> None:
    """I becomes i, never ı, whatever locale the controller speaks; no second directory appears."""
    assert changes(tmp_path, LC_ALL=locale, LANG=locale) == []
    box = f"{MAILDIRS}/isil.igdir/Maildir/new"
    sure("mail1", f"mkdir -p {box}; chown -R vmail:vmail {MAILDIRS}")
    before = int(sure("mail1", f"ls {box} | wc -l"))
    local = ("ISIL.IGDIR", "Isil.Igdir", "MUDURLER", "isil.igdir+kurul")
    assert [reply[:3] for reply in smtp(*(f"{one}@{DOMAIN.upper()}" for one in local))] == ["250"] * 4
    sure("mail1", waiting(f"[ $(ls {box} | wc -l) -ge {before + 4} ]"))
    assert int(sure("mail1", f"ls {box} | wc -l")) == before + 4
    names = sure("mail1", f"ls {MAILDIRS}; ls /srv/mail").split()
    assert [name for name in names if name != name.lower() or not name.isascii()] == []


def test_a_catch_all_gets_nothing_that_has_a_mailbox() -> None:
    """No such address is declared; where somebody adds one, it takes what nobody else has, and only that."""
    table, caught = "/etc/postfix/aliases", f"{MAILDIRS}/sonda/Maildir"
    local = ("ISIL.IGDIR", "MUDURLER", "Bilgi", "isil.igdir+kurul", "yok.boyle")
    with undone_by("mail1", f"mv {table}.kept {table}; postmap cdb:{table}"):
        sure(
            "mail1",
            f"cp -a {table} {table}.kept; echo '@{DOMAIN} sonda@{DOMAIN}' >>{table}; postmap cdb:{table}",
        )
        assert [reply[:3] for reply in smtp(*(f"{one}@{DOMAIN}" for one in local))] == ["250"] * 5
        sure("mail1", waiting(f"grep -rqs '^Subject: kutu yok.boyle' {caught}"))
        sure("mail1", waiting("[ \"$(postqueue -p)\" = 'Mail queue is empty' ]"))
    others = "|".join(local[:-1]).replace("+", ".")
    assert sure("mail1", f"grep -rEhs '^Subject: kutu ({others})@' {caught} || true") == ""


def _measured() -> dict[str, float]:
    """Measures the server from inside, and gives every sample."""
    text = sure(
        "mail1", "systemctl start estate-mail-server; cat /var/lib/prometheus/node-exporter/mail_server.prom"
    )
    rows = [line.rpartition(" ") for line in text.splitlines() if line[0] != "#"]
    return {name: float(value) for name, _, value in rows}


def test_the_server_is_measured_from_inside_and_no_letter_is_counted_twice() -> None:
    delivered = 'bim_mail_messages_total{direction="inbound",result="delivered"}'
    rejected = 'bim_mail_messages_total{direction="inbound",result="rejected"}'
    before = _measured()
    replies = smtp(f"isil.igdir@{DOMAIN}", f"sonda@{DOMAIN}", f"yok.boyle@{DOMAIN}")
    assert [reply[:3] for reply in replies] == ["250", "250", "550"]
    sure("mail1", waiting("[ \"$(postqueue -p)\" = 'Mail queue is empty' ]"))
    after, again = _measured(), _measured()
    assert (after[delivered], after[rejected]) == (before[delivered] + 1, before[rejected] + 1)
    assert (again[delivered], again['bim_mail_queue_messages{queue="deferred"}']) == (after[delivered], 0)
    people = sum(
        value for name, value in after.items() if name.startswith("bim_mailboxes") and "personal" in name
    )
    used = sum(value for name, value in after.items() if name.startswith("bim_mail_storage_used_bytes"))
    allowed = sum(value for name, value in after.items() if name.startswith("bim_mail_storage_quota_bytes"))
    assert people > 40 and 0 < used < allowed


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
    before = sure("mail1", "sha256sum /etc/postfix/main.cf")
    done = play("mail_servers", "-e", f"@{extra}")
    assert done.returncode != 0
    assert f"trusted_networks holds {network}: whoever comes" in " ".join(done.stdout.split())
    assert sure("mail1", "sha256sum /etc/postfix/main.cf") == before


def test_no_service_of_postfix_runs_in_a_chroot_and_a_stale_copy_harms_nobody() -> None:
    """The copy of resolv.conf below the spool names a dead server, yet names are found and mail goes out."""
    assert sure("mail1", "postconf -F '*/*/chroot' | grep -v '= n$' || true") == ""
    copy = "/var/spool/postfix/etc"
    with undone_by("mail1", f"rm -rf {copy}; postfix reload"):
        sure("mail1", f"mkdir -p {copy}; echo nameserver 192.0.2.54 >{copy}/resolv.conf; postfix reload")
        letter = "printf 'Subject: dis\\n\\nmerhaba\\n'"
        sure("mail1", f"{letter} | sendmail -f sonda@{DOMAIN} memur@komsu.bel.example")
        sure("outside1", waiting("grep -rq '^Subject: dis' /srv/memur/Maildir/new"))
        sure("outside1", "grep -rl '^Subject: dis' /srv/memur/Maildir/new | xargs rm")


def test_a_certificate_renewed_by_others_is_served_on_every_port() -> None:
    """Renewed outside Ansible, only the hook runs; a key that does not fit leaves the old pair in service."""
    folder = "/etc/ssl/estate"
    make = "openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=yeni"
    before = on_disk()
    with undone_by("mail1", f"rm -f {folder}/new.*"):
        sure("mail1", f"cd {folder}; {make} -keyout new.key -out new.crt 2>/dev/null")
        sure("mail1", f"systemctl stop mail-certificate.path; cp {folder}/new.crt {folder}/mail.crt")
        sure("mail1", "! systemctl start mail-certificate.service; postfix reload; systemctl reload dovecot")
        assert {port: served(port) for port in PORTS} == dict.fromkeys(PORTS, before)
        sure("mail1", f"cp {folder}/new.key {folder}/mail.key; systemctl start mail-certificate.service")
        new = on_disk()
        assert new != before
        assert {port: served(port) for port in PORTS} == dict.fromkeys(PORTS, new)
    # Another authority signed it: the role starts the watch and replaces the certificate.
    done = play("mail_servers")
    assert done.returncode == 0, done.stdout


def test_a_certificate_renewed_by_the_role_is_taken_up_by_the_watch_alone() -> None:
    """The daemons are not restarted by the role for it; who watches the files is the machine itself."""
    before = on_disk()
    sure("mail1", "rm /etc/ssl/estate/mail.crt")
    started = sure("mail1", "systemctl show -P ActiveEnterTimestamp dovecot postfix")
    done = play("mail_servers")
    assert done.returncode == 0, done.stdout
    sure("mail1", waiting("! systemctl is-active -q mail-certificate.service"))
    assert on_disk() != before
    assert {port: served(port) for port in PORTS} == dict.fromkeys(PORTS, on_disk())
    assert sure("mail1", "systemctl show -P ActiveEnterTimestamp dovecot postfix") == started
    assert sure("mail1", "systemctl is-failed mail-certificate.service || true") == "inactive"
