"""Shared folders are used as people, scanners and strangers do: real Samba, real directory, smbclient on another host.

Gives two people and no other a password of its own; what it puts into folders it takes out again.
"""

from __future__ import annotations

import re
import secrets as chance
import shlex
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest
import yaml

from tests.lab.peopling import second_checkout
from tests.lab.reaching import ROOT, on, play, secrets, sure, undone_by, until
from tests.lab.sharing import CLIENT, ESTATE, GROUP, NAME, REALM, RESTORE, SERVER, audit, deploy, planned, smb

pytestmark = pytest.mark.lab
OWN, OTHER = "tugba.degirmencioglu", "nebi.hulusi"  # of ik, and of yazi
PROM = "/var/lib/prometheus/node-exporter/shares.prom"
WORD = f"Deneme-{chance.token_hex(6)}-Ş"
PURGE = "/usr/local/lib/estate/purge_recycled.py"


@pytest.fixture(scope="module", autouse=True)
def people() -> None:
    """Gives the two people a password; folders stand as declared."""
    assert deploy(ROOT, "--limit", SERVER).returncode == 0
    for person in (OWN, OTHER):
        sure(CLIENT, f"samba-tool user setpassword {person} --newpassword={WORD!r}")


@pytest.fixture
def token() -> Iterator[str]:
    """A name no other test uses; whatever bears it is removed."""
    name = f"deneme-{chance.token_hex(4)}"
    yield name
    sure(SERVER, f"find /srv/shares -depth -name '*{name}*' -exec rm -rf {{}} +")


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A second checkout over the same lab, whose people and folders a test may edit."""
    return second_checkout(tmp_path_factory.mktemp("files"))


def drift(share: str) -> float:
    """Gives how many rights of a folder differ, as last measured."""
    return float(sure(SERVER, f"grep -F 'bim_share_acl_drift{{share=\"{share}\"}}' {PROM}").split()[-1])


def test_a_second_run_of_the_deploy_changes_nothing(tmp_path: Path) -> None:
    assert planned(ROOT, tmp_path) == {}


def test_a_person_writes_and_reads_in_the_folder_of_the_unit(token: str) -> None:
    sure(CLIENT, f"echo içerik-{token} > /run/{token}")
    name = f"Bütçe Işık {token}.txt"
    said = smb(OWN, WORD, "ik", f'put /run/{token} "{name}"', f'get "{name}" /run/{token}.back', "ls")
    assert name in said and "NT_STATUS" not in said, said
    assert sure(CLIENT, f"cat /run/{token}.back; rm /run/{token}*") == f"içerik-{token}"
    owner = sure(SERVER, f"stat -c '%U' /srv/shares/ik/{shlex.quote(name)}")
    assert owner == "root", "who owns a file may change its rights"


def test_others_and_strangers_are_refused() -> None:
    assert "NT_STATUS_ACCESS_DENIED" in smb(OTHER, WORD, "ik", "ls")
    assert "NT_STATUS_LOGON_FAILURE" in smb(OWN, f"{WORD}x", "ik", "ls")
    old = "--no-pass --max-protocol=SMB2_10 --option='client min protocol=SMB2_02'"
    for options, answer in (
        ("--no-pass", "NT_STATUS_(ACCESS_DENIED|LOGON_FAILURE)"),
        (old, "NT_STATUS_NOT_SUPPORTED"),
    ):
        done = on(CLIENT, f"smbclient {options} //{NAME}/ik -c ls 2>&1")
        assert done.returncode and re.search(answer, done.stdout), done.stdout


def test_kerberos_alone_is_enough() -> None:
    with undone_by(CLIENT, "KRB5CCNAME=/run/deneme.cc kdestroy -q 2>/dev/null || true"):
        sure(CLIENT, f"KRB5CCNAME=/run/deneme.cc kinit {OWN}@{REALM}", f"{WORD}\n")
        said = sure(CLIENT, f"KRB5CCNAME=/run/deneme.cc smbclient //{NAME}/ik --use-kerberos=required -c ls")
        assert "blocks of size" in said


def test_everybody_reads_announcements_and_only_their_authors_write(token: str) -> None:
    said = smb(OWN, WORD, "duyuru", "ls", f"put /etc/hostname {token}")
    assert "blocks of size" in said and f"NT_STATUS_ACCESS_DENIED opening remote file \\{token}" in said
    assert "NT_STATUS" not in smb(OWN, WORD, "ortak", f"put /etc/hostname {token}", f"del {token}")


def test_a_scanner_puts_in_and_sees_nothing(token: str) -> None:
    box = "tarama-yazi"
    scan = partial(
        smb, "svc-tarayici", yaml.safe_load(secrets())["vault_directory_passwords"]["svc-tarayici"], box
    )
    assert "NT_STATUS" not in scan(f"put /etc/hostname {token}.pdf")
    for command in ("ls", f"get {token}.pdf /run/{token}", f"put /etc/hosts {token}.pdf"):
        assert "NT_STATUS_ACCESS_DENIED" in scan(command), command
    assert "NT_STATUS" not in smb(OTHER, WORD, box, f"get {token}.pdf /dev/null", f"del {token}.pdf")
    assert "NT_STATUS_ACCESS_DENIED" in smb(OWN, WORD, box, "ls")


def test_deleted_files_wait_in_the_bin_of_who_deleted_them_until_their_days_are_over(token: str) -> None:
    smb(OWN, WORD, "ik", f"mkdir {token}", f"put /etc/hostname {token}/a.txt", f"del {token}/a.txt")
    smb(
        OWN,
        WORD,
        "ik",
        f"put /etc/hosts {token}/a.txt",
        f"del {token}/a.txt",
        f"put /etc/hosts {token}/a.tmp",
    )
    smb(OWN, WORD, "ik", f"del {token}/a.tmp")
    folder = f"/srv/shares/ik/.geri-donusum/{OWN}/{token}"
    assert sure(SERVER, f"ls {folder} | sort").splitlines() == ["Copy #1 of a.txt", "a.txt"]
    assert sure(SERVER, f"stat -c %a /srv/shares/ik/.geri-donusum/{OWN}") == "700"
    assert "NT_STATUS" not in smb(OWN, WORD, "ik", f"get .geri-donusum/{OWN}/{token}/a.txt /dev/null")
    sure(SERVER, f"systemctl start estate-share-recycle; ls '{folder}/a.txt'")
    record = '{"shares": {"ik": {"recycle_days": 0}}}'
    sure(
        SERVER, f"echo {shlex.quote(record)} > /run/{token}.json; python3 {PURGE} --record /run/{token}.json"
    )
    assert on(SERVER, f"rm /run/{token}.json; ls '{folder}/a.txt'").returncode != 0


def test_the_access_log_names_person_address_folder_and_file(token: str) -> None:
    since = sure(SERVER, "date +%s")
    smb(
        OWN,
        WORD,
        "ik",
        f"put /etc/hostname {token}.txt",
        f"rename {token}.txt {token}2.txt",
        f"del {token}2.txt",
    )
    smb(OTHER, WORD, "duyuru", f"put /etc/hostname {token}.txt")
    address = str(ESTATE.networks.hosts[CLIENT].address)
    who = f"{GROUP}\\{OWN}|{address}|ik"
    for operation in ("create_file|ok", "renameat|ok", "unlinkat|ok"):
        assert audit(since, f"{who}|{operation}", token), operation
    assert audit(since, f"{GROUP}\\{OTHER}|{address}|duyuru|create_file|fail", token)
    assert not audit(since, WORD)


def test_a_right_given_by_hand_is_measured_shown_and_taken_back(token: str, tmp_path: Path) -> None:
    file = f"/srv/shares/ik/{token}.txt"
    smb(OWN, WORD, "ik", f"put /etc/hostname {token}.txt")
    sure(SERVER, f"setfacl -m u:{OTHER}:rw {file}; setfacl -m g:birim-yazi:rwx /srv/shares/ik")
    sure(SERVER, "systemctl start estate-shares")
    assert drift("ik") == 2
    changes = planned(ROOT, tmp_path)
    assert set(changes) == {"share ik", f"share ik: {token}.txt"}
    assert "group:birim-yazi:rwx" in changes["share ik"]["before"]
    assert changes[f"share ik: {token}.txt"]["before"] == f"user:{OTHER}:rw-"
    assert deploy(ROOT, "--limit", SERVER).returncode == 0
    assert planned(ROOT, tmp_path) == {}
    sure(SERVER, "systemctl start estate-shares")
    assert drift("ik") == 0


def test_clients_are_shown_the_quota_as_the_size_of_the_disk(token: str) -> None:
    """And no more than shown: what is written beyond it is measured, not refused."""
    quota = next(share.quota_bytes for share in ESTATE.shares.shares if share.name == "ik")
    sure(SERVER, "systemctl start estate-shares")
    assert until(lambda: f"{quota // 1024} blocks of size 1024" in smb(OWN, WORD, "ik", "ls"), 60)


def test_a_mover_is_cut_off_at_once_although_the_ticket_is_still_good(checkout: Path, token: str) -> None:
    """The session that is open is closed, a new one with the ticket of this morning is refused; others stay."""
    people = checkout / "inventories/lab/estate/people.yml"
    text = people.read_text("utf-8")
    record = next(row for row in text.split("\n  - ") if f"user: {OTHER}\n" in row)
    lines = [line for line in record.splitlines() if "extension:" not in line]
    moved = "\n".join(lines).replace("unit: yazi", "unit: ik")
    out = f"/run/{token}"
    client = "smbclient --use-kerberos=required"
    held = f"(echo ls; while [ ! -e {out}.go ]; do sleep 0.2; done; echo ls) | timeout 120 {client} //{NAME}"
    try:
        for person in (OTHER, OWN):
            sure(CLIENT, f"KRB5CCNAME={out}.{person} kinit {person}@{REALM}", f"{WORD}\n")
        started = (
            f"KRB5CCNAME={out}.{OTHER}; export KRB5CCNAME; ({held}/yazi > {out}.yazi 2>&1 &) >/dev/null 2>&1"
        )
        sure(CLIENT, started)
        sure(
            CLIENT,
            f"KRB5CCNAME={out}.{OWN}; export KRB5CCNAME; ({held}/ik > {out}.ik 2>&1 &) >/dev/null 2>&1",
        )
        assert until(lambda: {"yazi", "ik"} <= set(sure(SERVER, "smbstatus -S").split()), 30)
        people.write_text(text.replace(record, moved), "utf-8")
        done = deploy(checkout, "--limit", SERVER)
        assert done.returncode == 0, done.stdout + done.stderr
        sure(CLIENT, f"touch {out}.go; sleep 2")
        assert "NT_STATUS_NETWORK_NAME_DELETED" in sure(CLIENT, f"cat {out}.yazi")
        assert sure(CLIENT, f"grep -c blocks {out}.ik") == "2", "somebody else's session was closed"
        again = on(CLIENT, f"KRB5CCNAME={out}.{OTHER} {client} //{NAME}/yazi -c ls 2>&1")
        assert "NT_STATUS_ACCESS_DENIED" in again.stdout, again.stdout
    finally:
        people.write_text(text, "utf-8")
        assert deploy(ROOT, "--limit", SERVER).returncode == 0
        sure(CLIENT, f"touch {out}.go; sleep 1; rm -f {out}*")
    assert "blocks of size" in smb(OTHER, WORD, "yazi", "ls")


def test_a_folder_no_longer_declared_is_moved_aside_with_its_content(checkout: Path, token: str) -> None:
    shares = checkout / "inventories/lab/estate/shares.yml"
    text = shares.read_text("utf-8")
    more = f"""    - name: {token}
      kind: ortak
      title_tr: Deneme
      quota_bytes: 1048576
      write_groups: [birim-ik]
      recycle_days: 1
"""
    try:
        shares.write_text(text + more, "utf-8")
        assert deploy(checkout, "--limit", SERVER).returncode == 0
        assert "NT_STATUS" not in smb(OWN, WORD, token, "put /etc/hostname belge.txt")
    finally:
        shares.write_text(text, "utf-8")
        done = deploy(ROOT, "--limit", SERVER)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "NT_STATUS_BAD_NETWORK_NAME" in smb(OWN, WORD, token, "ls")
    assert sure(SERVER, f"ls /srv/shares/.kaldirilan/{token}-*/belge.txt")


def test_too_many_removals_are_refused_and_change_nothing(checkout: Path) -> None:
    shares = checkout / "inventories/lab/estate/shares.yml"
    text = shares.read_text("utf-8")
    before = sure(SERVER, "ls /srv/shares; md5sum /etc/samba/shares.conf")
    try:
        shares.write_text(
            text[: text.index("    - name: ozelkalem")] + text[text.index("    - name: ortak") :], "utf-8"
        )
        done = deploy(checkout, "--limit", SERVER)
    finally:
        shares.write_text(text, "utf-8")
    assert done.returncode != 0 and "would lose 25 of 29" in done.stdout + done.stderr
    assert sure(SERVER, "ls /srv/shares; md5sum /etc/samba/shares.conf") == before


def test_a_clock_that_is_off_stops_before_any_password() -> None:
    """A stand-in for `net` says six minutes: a lab host has no clock of its own that could be set."""
    shim = """cat > /usr/local/sbin/net <<'SHIM'
#!/bin/sh
echo "$@" >> /run/deneme-net
case "$1 $2" in
'ads info') echo 'Server time offset: -360' ;;
*) exit 1 ;;
esac
SHIM
chmod 755 /usr/local/sbin/net"""
    with undone_by(SERVER, "rm -f /usr/local/sbin/net /run/deneme-net"):
        sure(SERVER, shim)
        done = play("file_servers", "--limit", SERVER)
        asked = sure(SERVER, "cat /run/deneme-net")
    assert done.returncode != 0 and "saat farkı 360 s" in done.stdout
    assert f"{NAME} and {CLIENT}." in done.stdout, "both hosts are named"
    assert "ads join" not in asked


def test_joining_shows_the_password_to_nobody() -> None:
    password = yaml.safe_load(secrets())["vault_directory_server_administrator_password"]
    login = f"username = Administrator\npassword = {password}\n"
    watch = "while [ ! -e /run/deneme-stop ]; do cat /proc/[0-9]*/cmdline /proc/[0-9]*/environ 2>/dev/null | "
    watch += "tr '\\0' '\\n' >> /run/deneme-seen; sleep 0.02; done"
    with undone_by(SERVER, "touch /run/deneme-stop; sleep 0.2; rm -f /run/deneme-*"):
        sure(SERVER, "net ads leave -A /dev/stdin", login)
        sure(SERVER, f"rm -f /run/deneme-*; ({watch}) >/dev/null 2>&1 & echo started")
        done = play("file_servers", "--limit", SERVER, "--diff", "-vvv")
        sure(SERVER, "touch /run/deneme-stop")
        seen = sure(SERVER, "cat /run/deneme-seen | sort -u")
    assert done.returncode == 0, done.stdout[-3000:]
    assert "join-domain" in seen, "nothing was watched while it joined"
    assert password not in seen and password not in done.stdout + done.stderr
    assert sure(SERVER, "net ads testjoin") == "Join is OK"
    assert until(lambda: "blocks of size" in smb(OWN, WORD, "ik", "ls"), 30)


def test_a_backup_keeps_rights_and_the_canary(token: str) -> None:
    """What comes back has the same list of rights, under the same numbers, and tells how old it is."""
    name, file = f"Işık {token}.txt", shlex.quote(f"/srv/shares/ik/Işık {token}.txt")
    assert "NT_STATUS" not in smb(OWN, WORD, "ik", f'put /etc/hostname "{name}"')
    sure(SERVER, "systemctl start estate-shares; systemctl start estate-backup@dosya")
    canary = sure(SERVER, "cat /srv/shares/.kanarya/son")
    assert time.time() - float(canary) < 300
    assert float(sure(SERVER, f"grep ^bim_canary {PROM}").split()[-1]) == float(canary)
    with undone_by(SERVER, f"rm -rf /srv/{token}"):
        sure(SERVER, f"python3 - /srv/{token} >&2", RESTORE)
        for path in (file, "/srv/shares/ik"):
            lists = sure(SERVER, f"cd /; getfacl -cp {path}; cd /srv/{token}; getfacl -cp .{path}")
            before, after = lists.split("\n\n") if "\n\n" in lists else (lists, "")
            assert before.strip() == after.strip() and "birim-ik:rwx" in before, lists
        assert sure(SERVER, f"cat /srv/{token}/srv/shares/.kanarya/son") == canary
