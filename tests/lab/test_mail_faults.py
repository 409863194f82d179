"""Broken configuration, full disks, missing tables and killed runs leave the mail service working and nothing lost."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import yaml

from tests.lab.mailing import DOMAIN, MAILDIRS, changes, deploy, smtp
from tests.lab.reaching import play, secrets, sure, undone_by, until, waiting

pytestmark = pytest.mark.lab
PROBE = f"sonda@{DOMAIN}"
STATE = "sha256sum /etc/dovecot/dovecot.conf /etc/postfix/main.cf; "
STATE += "systemctl show -P ActiveEnterTimestamp dovecot postfix"


def set_to(name: str, value: object) -> tuple[str, str]:
    """Gives the option that overrides one variable of the role."""
    return ("-e", json.dumps({name: value}))


def arrived(subject: str) -> str:
    """Gives the shell condition that a message with a subject is in the probe's mailbox."""
    return f"grep -rqs 'Subject: {subject}' {MAILDIRS}/sonda/Maildir"


@pytest.mark.parametrize(
    "line",
    [
        "mail_location = maildir:~/Maildir",  # a setting of Dovecot 2.3 on 2.4
        "kimsenin_bilmedigi = 1",
    ],
)
def test_a_configuration_that_dovecot_refuses_does_not_land(line: str) -> None:
    """The checker sees the staged file; files, processes and mail stay as they were, and the run is red."""
    before = sure("mail1", STATE)
    done = play("mail_servers", *set_to("mail_server_certificate_pair", f"/etc/ssl/estate/mail.pem\n{line}"))
    assert done.returncode != 0
    assert line.split(" ")[0] in done.stdout
    assert sure("mail1", STATE) == before


def test_a_dovecot_of_another_generation_is_refused() -> None:
    """The version is asked, and another one than 2.4 is a clear refusal, not a guess."""
    before = sure("mail1", STATE)
    old = "printf '#!/bin/sh\\necho 2.3.19.1\\n' >/usr/local/sbin/dovecot; chmod 755 /usr/local/sbin/dovecot"
    with undone_by("mail1", "rm -f /usr/local/sbin/dovecot"):
        sure("mail1", old)
        done = play("mail_servers", *set_to("mail_server_imap_connections_per_address", 18))
    assert done.returncode != 0
    assert "Dovecot 2.3.19.1 is installed" in " ".join(done.stdout.split())
    assert sure("mail1", STATE) == before


def test_a_restart_that_a_failed_run_left_out_is_caught_up() -> None:
    """The file is written, the next task fails, the repeat finds nothing to write and restarts all the same."""
    limit = set_to("mail_server_imap_connections_per_address", 17)
    try:
        broken = play("mail_servers", *limit, *set_to("mail_server_services", [{"name": "no-such.service"}]))
        assert broken.returncode != 0
        assert "17" in sure("mail1", "grep mail_max_userip_connections /etc/dovecot/dovecot.conf")
        drift = play("mail_servers", *limit, "--check", "--diff")
        assert "behind /etc/dovecot/dovecot.conf" in drift.stdout
        repaired = play("mail_servers", *limit)
        assert repaired.returncode == 0, repaired.stdout
        started = sure("mail1", 'date -d "$(systemctl show -P ActiveEnterTimestamp dovecot)" +%s')
        assert int(started) >= int(sure("mail1", "stat -c %Y /etc/dovecot/dovecot.conf"))
        assert "changed=0" in play("mail_servers", *limit).stdout
    finally:
        assert play("mail_servers").returncode == 0


def test_mail_waits_while_the_alias_table_is_missing_and_the_deploy_brings_it_back(tmp_path: Path) -> None:
    table = "/etc/postfix/aliases.cdb"
    with undone_by("mail1", f"[ ! -e {table}.away ] || mv {table}.away {table}; postfix reload"):
        sure("mail1", f"mv {table} {table}.away; postfix reload")
        assert smtp(f"postmaster@{DOMAIN}")[0].startswith("451 4.3.0")
        planned = changes(tmp_path)
        assert {change["action"] for change in planned} == {"create"}
        sure("mail1", f"rm {table}.away")
        deploy("mailboxes", "mail_servers")
    assert changes(tmp_path) == []
    assert [reply[:3] for reply in smtp(f"postmaster@{DOMAIN}", f"yok.boyle@{DOMAIN}")] == ["250", "550"]


def test_mail_waits_while_the_directory_is_away_and_flows_when_it_is_back() -> None:
    """Nobody is told that a mailbox does not exist, and nobody's password is called wrong."""
    login = f"doveadm auth test {PROBE} yanlis || true"
    with undone_by("dir1", "systemctl start samba-ad-dc"):
        sure("dir1", "systemctl stop samba-ad-dc")
        assert [reply[:5] for reply in smtp(PROBE, f"yok.boyle@{DOMAIN}")] == ["451 4", "451 4"]
        assert "temp" in sure("mail1", login + " 2>&1").lower()
    assert until(lambda: smtp(PROBE)[0].startswith("250"), 30)
    assert smtp(f"yok.boyle@{DOMAIN}")[0].startswith("550 5.1.1")


def test_a_full_mailbox_is_refused_at_the_door_and_its_quota_is_repaired(tmp_path: Path) -> None:
    tiny = "dn: CN=sonda,OU=Kutular,OU=Belediye,DC=ad,DC=gumuscagil,DC=bel,DC=example\nchangetype: modify\n"
    tiny += "replace: maxStorage\nmaxStorage: 1\n"
    try:
        sure("dir1", "ldbmodify -H /var/lib/samba/private/sam.ldb", tiny)
        sure("mail1", f"doveadm quota recalc -u {PROBE}")
        assert smtp(PROBE, size=20_000_000)[0].startswith("552 5.2.2")
        [change] = changes(tmp_path, "people", "directory_servers")
        assert "sonda" in change["key"]
        assert "1" in change["before"]
    finally:
        deploy("people", "directory_servers")
    assert smtp(PROBE)[0].startswith("250")


@contextmanager
def small_disk(path: str, megabytes: int) -> Iterator[None]:
    """Puts a small file system with the same content over a directory, and later its content back below it."""
    small = "/mnt/small"
    swap = "systemctl stop postfix dovecot; {}; systemctl start dovecot postfix"
    mount = f"mkdir -p {small}; mount -t tmpfs -o size={megabytes}m tmpfs {small}; cp -a {path}/. {small}/; "
    sure("mail1", swap.format(f"{mount} mount --move {small} {path}"))
    try:
        yield
    finally:
        back = f"rm -f {path}/ballast; mount --move {path} {small}; cp -a --update {small}/. {path}/"
        sure("mail1", swap.format(f"{back}; umount {small}; rmdir {small}"))


def test_a_full_queue_disk_asks_senders_to_come_back_and_recovers_alone() -> None:
    """Below the reserve every sender is told 452; when there is room again, nothing has to be restarted."""
    with small_disk("/var/spool/postfix", 90):
        assert smtp(PROBE)[0].startswith("250")
        sure("mail1", "head -c 60000000 /dev/zero >/var/spool/postfix/ballast")
        assert smtp(PROBE)[0].startswith("452 4.3.1")
        sure("mail1", "rm /var/spool/postfix/ballast")
        assert smtp(PROBE)[0].startswith("250")
        sure("mail1", waiting("[ \"$(postqueue -p)\" = 'Mail queue is empty' ]"))


def test_a_full_mail_store_keeps_mail_in_the_queue_and_bounces_nothing() -> None:
    """The words "no space" behind the door is no full mailbox: the queue keeps the mail until there is room."""
    size = int(sure("mail1", "du -sm /srv/mail | cut -f1")) + 4
    with small_disk("/srv/mail", size):
        sure("mail1", "cat /dev/zero >/srv/mail/ballast 2>/dev/null || true")
        assert smtp(f"SONDA+dolu@{DOMAIN}", size=300_000)[0].startswith("250")
        sure("mail1", waiting("postqueue -p | grep -q 'said: 451 4'"))
        assert sure("mail1", "postqueue -p | grep -ci '^ *sonda+dolu'") == "1"
        sure("mail1", "rm /srv/mail/ballast; postqueue -f")
        sure("mail1", waiting("[ \"$(postqueue -p)\" = 'Mail queue is empty' ]"))
        sure("mail1", arrived("kutu SONDA.dolu"))
    assert "status=bounced" not in sure("mail1", "journalctl -u postfix --since -2min | grep dolu")


def test_no_password_is_shown_by_the_deploys(tmp_path: Path) -> None:
    """The most talkative run tells passwords to nobody, nor does the file of changes."""
    held = yaml.safe_load(secrets())
    passwords = [*held["vault_directory_passwords"].values(), held["vault_mail_server_reader_password"]]
    sure("mail1", "rm /etc/postfix/aliases.cdb")
    observed, file = tmp_path / "observed.json", tmp_path / "c.json"
    told = deploy("mailboxes", "mail_servers", "-vvv", "--debug", "--data", f"changes_file={file}")
    told += deploy(
        "observe_mail", "outside_organisations", "-vvv", "--debug", "--data", f"observed_file={observed}"
    )
    told += file.read_text() + observed.read_text()
    assert len(passwords) > 5
    assert [password for password in passwords if password in told] == []
    assert "postmaster" in file.read_text()


def test_a_deploy_that_would_remove_many_addresses_needs_their_number(tmp_path: Path) -> None:
    """Six strange addresses are shown by a dry run, kept by a plain run, removed when it is meant."""
    table = "/etc/postfix/aliases"
    sure(
        "mail1", f"for i in 1 2 3 4 5 6; do echo eski$i@{DOMAIN} {PROBE} >>{table}; done; postmap cdb:{table}"
    )
    try:
        assert [change["action"] for change in changes(tmp_path)] == ["delete"] * 6
        with pytest.raises(AssertionError, match=r"would lose 6 of \d+ .*--confirm-removals 6"):
            deploy("mailboxes", "mail_servers")
        assert sure("mail1", f"grep -c ^eski {table}") == "6"
    finally:
        deploy("mailboxes", "mail_servers", "--data", "confirm_removals=6")
    assert sure("mail1", f"grep -c ^eski {table} || true") == "0"


def test_a_person_who_left_logs_in_no_more_and_is_answered_for() -> None:
    """100137 left long ago; an account that was forgotten is closed, and mail for it is kept and answered."""
    left, word = f"mustafa.kaya@{DOMAIN}", "Eski-Parola-1453"
    base = "OU=Belediye,DC=ad,DC=gumuscagil,DC=bel,DC=example"
    made = f"samba-tool user create mustafa.kaya {word} --use-username-as-cn --mail-address={left}"
    made += " --userou=OU=park,OU=Birimler,OU=Belediye"
    known = f"dn: CN=mustafa.kaya,OU=park,OU=Birimler,{base}\nchangetype: modify\n"
    known += "add: employeeID\nemployeeID: 100137\n"
    login = f"doveadm auth test {left} {word} 2>&1 || true"
    with undone_by("dir1", "samba-tool user delete mustafa.kaya"):
        sure("dir1", made)
        sure("dir1", "ldbmodify -H /var/lib/samba/private/sam.ldb", known)
        assert "auth succeeded" in sure("mail1", login)
        deploy("people", "directory_servers")
        assert "auth failed" in sure("mail1", login)
        sure("outside1", "rm -f /srv/memur/Maildir/new/*")
        sure(
            "mail1", f"rm -f {MAILDIRS}/mustafa.kaya/.dovecot.lda-dupes"
        )  # who was told is not told again for a week
        assert smtp(left)[0].startswith("250")
        sure("mail1", waiting(f"grep -rqs 'kutu {left}' {MAILDIRS}/mustafa.kaya/Maildir/new"))
        answer = "grep -rlis '^Auto-Submitted: auto-replied' /srv/memur/Maildir/new"
        sure("outside1", waiting(f"{answer} | grep -q ."))
        told = sure("outside1", f"cat $({answer})")
        assert f"From: {left}" in told
        assert "Park ve Bahçeler Müdürlüğü birimine başvurunuz" in told
