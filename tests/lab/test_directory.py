"""The directory keeps its promises while it is used, attacked, renewed and copied; a real domain, real clients."""

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

from estate.declared.estate import load
from tests.lab.reaching import LAB, play, secrets, sure, undone_by, until, waiting
from tests.lab.reaching import on as asked

pytestmark = pytest.mark.lab
ESTATE = load(LAB.inventory)
DIRECTORY = ESTATE.directory
HOST = DIRECTORY.host
ADDRESS = ESTATE.networks.hosts[HOST].address
NAME = f"{HOST}.{ESTATE.networks.domain}"
REALM = DIRECTORY.realm.lower()
OWN = f"OU={DIRECTORY.base_ou},{DIRECTORY.base_dn}"
PROGRAM, OTHER = DIRECTORY.service_accounts[0].user, DIRECTORY.service_accounts[-1].user
CERTIFICATE, KEY = "/etc/ssl/estate/directory.crt", "/etc/ssl/estate/directory.key"
PORTS = {389: "-starttls ldap", 636: "", 3269: ""}
MEASURED = "/var/lib/prometheus/node-exporter/directory.prom"
COPY = "/var/backups/samba/domain.json"
POLICY = "Şifre Politikası – Yazı İşleri Müdürlüğü"
BACKUP = "cd /; PYTHONPATH=/usr/local/lib/estate python3 -B -m exporters.directory_backup"


@cache
def vault() -> dict[str, Any]:
    """Opens the vault of the lab, which is there only where the lab is."""
    opened: dict[str, Any] = yaml.safe_load(secrets())
    return opened


def password(user: str) -> str:
    """Gives the password of a program or a shared mailbox."""
    return str(vault()["vault_directory_passwords"][user])


def search(user: str, word: str, *options: str, url: str = f"ldaps://{NAME}") -> tuple[int, str]:
    """Binds as an account with clients of the host itself; gives the result code of LDAP and what was said."""
    words = " ".join(options) or f"-b '{OWN}' -s base dn"
    call = f"ldapsearch -x -LLL -y /dev/stdin -H {url} -D {user}@{REALM} {words}"
    done = asked(HOST, call, word)
    return done.returncode, done.stdout + done.stderr


def served(port: int) -> str:
    """Reads, as a stranger, the serial number of the certificate that a port serves now."""
    ask = f"openssl s_client -connect {ADDRESS}:{port} {PORTS[port]} </dev/null 2>/dev/null"
    return sure(HOST, f"{ask} | openssl x509 -noout -serial")


def on_disk() -> str:
    """Reads the serial number of the certificate that lies on the disk."""
    return sure(HOST, f"openssl x509 -in {CERTIFICATE} -noout -serial")


def started() -> str:
    """Tells which run of Samba this is."""
    return sure(HOST, "systemctl show -p MainPID --value samba-ad-dc")


@contextmanager
def an_account(user: str, word: str) -> Iterator[None]:
    """Has an account of nobody for the length of a test."""
    sure(HOST, f"samba-tool user delete {user} 2>/dev/null || true")
    sure(HOST, f'read -r word; samba-tool user create {user} "$word"', word + "\n")  # nobody's, for a minute
    with undone_by(HOST, f"samba-tool user delete {user}"):
        yield


def test_the_realms_names_are_answered_here_and_others_passed_on() -> None:
    for service in ("_ldap._tcp", "_kerberos._udp", "_kpasswd._tcp"):
        assert sure(HOST, f"dig +short @{ADDRESS} {service}.{REALM} SRV").endswith(f"{HOST}.{REALM}.")
    assert sure(HOST, f"dig +short @{ADDRESS} {REALM} A") == str(ADDRESS)
    assert sure(HOST, f"dig +short @{ADDRESS} {ESTATE.mail.outside_domain} MX")


@pytest.mark.parametrize("url", [f"ldaps://{NAME}", f"ldaps://{HOST}.{REALM}"])
def test_a_program_reads_in_tls_by_every_name(url: str) -> None:
    code, said = search(PROGRAM, password(PROGRAM), url=url)
    assert (code, f"dn: {OWN}" in said) == (0, True)


def test_a_password_goes_through_tls_or_not_at_all() -> None:
    assert search(PROGRAM, password(PROGRAM), url=f"ldap://{NAME}")[0] == 8
    assert (
        search(PROGRAM, password(PROGRAM), "-ZZ", "-b", f"'{OWN}'", "-s", "base", url=f"ldap://{NAME}")[0]
        == 0
    )
    assert search(PROGRAM, "Yanlis-Parola-1453")[0] == 49


def test_a_program_writes_nothing() -> None:
    change = f"dn: CN={OTHER},OU=Hizmet,{OWN}\nchangetype: modify\nreplace: description\ndescription: x\n"
    computer = f"dn: CN=SAHTE,CN=Computers,{DIRECTORY.base_dn}\nchangetype: add\nobjectClass: computer\n"
    for ldif in (change, computer + "sAMAccountName: SAHTE$\n"):
        call = f"ldapmodify -x -y $key -H ldaps://{NAME} -D {PROGRAM}@{REALM}"
        script = f'umask 077; key=$(mktemp); read word; printf %s "$word" >$key; {call}; code=$?; rm $key; exit $code'
        done = asked(
            HOST, script.replace("; code=$?", " && code=0 || code=$?"), f"{password(PROGRAM)}\n{ldif}"
        )
        assert done.returncode in (50, 53, 19), done.stdout + done.stderr


def test_who_guesses_is_locked_out_and_the_owner_waits() -> None:
    right = "Dogru-Parola-1923"
    with an_account("deneme.kilit", right):
        assert search("deneme.kilit", right)[0] == 0
        for _ in range(DIRECTORY.password.lockout_threshold):
            assert search("deneme.kilit", "Yanlis-Parola-1453")[0] == 49
        code, said = search("deneme.kilit", right)
        assert (code, "data 775" in said) == (49, True), said
        sure(HOST, "samba-tool user unlock deneme.kilit")
        assert search("deneme.kilit", right)[0] == 0


@pytest.mark.parametrize("user", [OTHER, ESTATE.mail.probe.account])
def test_who_guesses_at_a_program_locks_nobody_out(user: str) -> None:
    """A program cannot wait, and anybody who reaches the directory can guess; its password is too long for that."""
    for _ in range(DIRECTORY.password.lockout_threshold + 2):
        code, said = search(user, "Yanlis-Parola-1453")
        assert (code, "data 52e" in said) == (49, True), said
    assert search(user, password(user), f"-b 'OU=Hizmet,{OWN}' -s base dn")[0] == 0


def test_a_program_gets_no_short_password_by_hand() -> None:
    done = asked(
        HOST, f"read -r word; samba-tool user setpassword {OTHER} --newpassword=$word", "Kisa-1923-Kisa\n"
    )
    assert done.returncode != 0 and "check_password_restrictions" in done.stderr
    assert search(OTHER, password(OTHER))[0] == 0


def test_somebody_put_among_the_programs_is_taken_out() -> None:
    with an_account("deneme.kilit", "Dogru-Parola-1923"):
        sure(HOST, "samba-tool group addmembers programlar deneme.kilit")
        done = play("directory_servers", "--limit", HOST, "--diff")
        assert "deneme.kilit" in done.stdout and "changed=1" in done.stdout, done.stdout
        held = sure(HOST, "samba-tool group listmembers programlar").split()
    programs = [one.user for one in DIRECTORY.service_accounts]
    boxes = [one.user for one in ESTATE.mail.accounts if one.type == "servis"]
    assert sorted(held) == sorted([*programs, *boxes])


@pytest.mark.parametrize("weak", ["Kisa-1", "yalnizcakucukharf"])
def test_a_weak_password_is_refused(weak: str) -> None:
    done = asked(HOST, f"samba-tool user create deneme.zayif {weak}")
    assert done.returncode != 0 and "check_password_restrictions" in done.stderr
    assert "deneme.zayif" not in sure(HOST, "samba-tool user list")


def test_a_changed_secret_is_set_once_and_shown_nowhere(tmp_path: Path) -> None:
    administrator = vault()["vault_directory_server_administrator_password"]
    fresh = "Yeni-Sir-1881-" + password(OTHER)[:12]
    changed = tmp_path / "changed.yml"
    passwords = {**vault()["vault_directory_passwords"], OTHER: fresh}
    changed.write_text(yaml.safe_dump({"directory_server_passwords": passwords}), encoding="utf-8")
    before = search(OTHER, password(OTHER))[0]
    try:
        done = play("directory_servers", "--limit", HOST, "-e", f"@{changed}", "--diff", "-vvv")
        assert (before, done.returncode) == (0, 0), done.stdout
        assert f"{OTHER}: password set" in done.stdout and "changed=1" in done.stdout
        for secret in (fresh, administrator, *vault()["vault_directory_passwords"].values()):
            assert secret not in done.stdout + done.stderr
        assert (search(OTHER, password(OTHER))[0], search(OTHER, fresh)[0]) == (49, 0)
        assert "changed=0" in play("directory_servers", "--limit", HOST, "-e", f"@{changed}").stdout
    finally:
        back = play("directory_servers", "--limit", HOST)
    assert "changed=1" in back.stdout and search(OTHER, password(OTHER))[0] == 0


def test_rights_given_by_hand_are_taken_back() -> None:
    sure(HOST, f"samba-tool group addmembers 'Domain Admins' {OTHER}")
    assert "changed=1" in play("directory_servers", "--limit", HOST).stdout
    assert OTHER not in sure(HOST, "samba-tool group listmembers 'Domain Admins'")


def test_a_renewed_certificate_is_served_without_a_restart() -> None:
    run, old = started(), on_disk()
    sure(HOST, f"rm {CERTIFICATE}")
    done = play("directory_servers", "--limit", HOST)
    assert done.returncode == 0, done.stdout
    assert on_disk() != old and {port: served(port) for port in PORTS} == dict.fromkeys(PORTS, on_disk())
    assert started() == run
    assert search(PROGRAM, password(PROGRAM))[0] == 0


def test_whoever_renews_the_certificate_samba_takes_it_up_and_clients_still_verify() -> None:
    old = on_disk()
    keep = f"rm -rf /root/kept; mkdir -m 0700 /root/kept; cp -p {CERTIFICATE} {KEY} /root/kept/"
    strange = (
        f"openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 20 -subj /CN={NAME}"
    )
    back = f"cp -p /root/kept/directory.key {KEY}; cp -p /root/kept/directory.crt {CERTIFICATE}; rm -r /root/kept"
    sure(HOST, keep)
    with undone_by(HOST, back):
        sure(HOST, f"{strange} -keyout {KEY} -out {CERTIFICATE} 2>/dev/null")
        assert until(lambda: served(636) == on_disk() != old, 60)
        assert search(PROGRAM, password(PROGRAM))[0] == 255, "a strange certificate was believed"
        sure(HOST, "systemctl start estate-directory-health.service || true")
        assert 'check="ldaps"} 0.0' in sure(HOST, f"cat {MEASURED}")
    assert until(lambda: {port: served(port) for port in PORTS} == dict.fromkeys(PORTS, old), 60)
    assert search(PROGRAM, password(PROGRAM))[0] == 0
    sure(HOST, "systemctl start estate-directory-health.service")
    assert play("directory_servers", "--limit", HOST).returncode == 0  # it notes that the files were touched


def test_every_way_in_is_measured_and_a_dated_record_is_left() -> None:
    sure(HOST, "systemctl start estate-directory-health.service")
    measured = sure(HOST, f"cat {MEASURED}")
    found = dict(re.findall(r'bim_directory_check_success\{check="(\w+)"\} ([01])', measured))
    assert found == dict.fromkeys(("dns", "kerberos", "ldap", "ldaps"), "1")
    (canary,) = re.findall(r"bim_canary_last_timestamp_seconds\{.*\} (\S+)", measured)
    assert abs(float(canary) - float(sure(HOST, "date +%s"))) < 120


def test_samba_that_does_not_answer_is_measured() -> None:
    with undone_by(
        HOST, "systemctl start samba-ad-dc; " + waiting("[ -S /var/lib/samba/private/ldap_priv/ldapi ]")
    ):
        sure(HOST, "systemctl stop samba-ad-dc; systemctl start estate-directory-health.service")
        assert sure(HOST, f"grep -c '^bim_directory_check_success.* 0.0' {MEASURED}") == "4"
    assert until(lambda: search(PROGRAM, password(PROGRAM))[0] == 0, 60)
    sure(HOST, "systemctl start estate-directory-health.service")


@contextmanager
def a_policy() -> Iterator[str]:
    """Has a policy whose name has Turkish letters; gives its identifier."""
    words = f"-A /dev/stdin -H ldap://{HOST}.{REALM}"
    administrator = vault()["vault_directory_server_administrator_password"]
    credentials = f"username=Administrator\npassword={administrator}\n"
    made = sure(HOST, f"cd /tmp; samba-tool gpo create '{POLICY}' {words} 2>&1", credentials)
    (identifier,) = re.findall(r"\{[0-9A-F-]+\}", made)
    try:
        sure(HOST, f"samba-tool gpo setlink '{OWN}' '{identifier}' {words}", credentials)
        yield identifier
    finally:
        sure(HOST, f"samba-tool gpo del '{identifier}' {words}", credentials)


@pytest.fixture
def policy() -> Iterator[str]:
    """Has it for the length of a test."""
    with a_policy() as identifier:
        yield identifier


def test_a_copy_is_complete_or_red(policy: str) -> None:
    """Names, links and rights are in it; one folder less in sysvol, and the run fails and keeps the copy before."""
    sure(HOST, BACKUP)
    copy = json.loads(sure(HOST, f"cat {COPY}"))
    (kept,) = [one for one in copy["policies"] if one["id"] == policy]
    assert (kept["name"], kept["linked"]) == (POLICY, [OWN])
    folder = f"/var/lib/samba/sysvol/{REALM}/Policies/{policy}"
    assert f"{REALM}/Policies/{policy}/GPT.INI" in copy["rights"]
    before = sure(HOST, "sha256sum /var/backups/samba/domain.tar")
    with undone_by(HOST, f"mv '/root/{policy}' '{folder}'"):
        sure(HOST, f"mv '{folder}' '/root/{policy}'")
        done = asked(HOST, BACKUP)
        assert done.returncode == 1 and POLICY in done.stderr
        assert sure(HOST, "sha256sum /var/backups/samba/domain.tar") == before


def test_the_backup_takes_the_copy() -> None:
    sure(HOST, "systemctl start estate-backup@dizin.service")
    assert "domain.tar" in sure(HOST, "cat /var/lib/estate/backup/dizin/content.jsonl")
