"""The ground every host stands on, met from outside and on the running system, not in its files."""

from __future__ import annotations

import shutil
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from tests.lab.reaching import BIN, LAB, ROOT, Answer, on, ran, sure

pytestmark = pytest.mark.lab

HOST = "mon1"
NETWORKS = yaml.safe_load((LAB.inventory / "group_vars/all/networks.yml").read_text("utf-8"))[
    "estate_networks"
]
ADDRESS = NETWORKS["hosts"][HOST]["address"]
NO_KEYS = ("-o", "PubkeyAuthentication=no", "-o", "BatchMode=yes", "-o", "ControlPath=none")


def converge(*options: str, roles: Path | None = None, cwd: Path = ROOT, **variables: str) -> Answer:
    argv: list[str | Path] = [
        BIN / "ansible-playbook",
        "-i",
        LAB.inventory,
        "playbooks/operating_systems.yml",
        *options,
    ]
    place = {"ANSIBLE_CONFIG": str(cwd / "ansible.cfg"), "ANSIBLE_ROLES_PATH": str(roles or cwd / "roles")}
    return ran(argv, cwd=cwd, **place, ANSIBLE_NOCOLOR="1", **variables)


def altered_roles(tmp_path: Path, file: str, old: str, new: str) -> Path:
    """A copy of the roles with one place of operating_system altered."""
    roles = tmp_path / "roles"
    shutil.copytree(ROOT / "roles", roles)
    path = roles / "operating_system" / file
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    return roles


def reaches(port: int) -> bool:
    try:
        socket.create_connection((ADDRESS, port), timeout=3).close()
    except TimeoutError:
        return False
    return True


@pytest.fixture
def listener() -> Iterator[int]:
    """A service on the host that no role opened the firewall for."""
    port, unit = 8099, "estate-test-listener"
    program = f'import socket,time; s=socket.create_server((\\"\\",{port})); time.sleep(60)'
    sure(HOST, f'systemd-run --quiet --collect --unit={unit} python3 -c "{program}"')
    sure(HOST, f"for i in 1 2 3 4 5 6 7 8 9; do ss -ltn | grep -q :{port} && exit 0; sleep 0.3; done; exit 1")
    yield port
    sure(HOST, f"systemctl stop {unit}")


def test_a_port_that_nobody_opened_is_dropped_though_a_service_listens(listener: int) -> None:
    assert sure(HOST, f"timeout 2 bash -c '</dev/tcp/127.0.0.1/{listener}' && echo open") == "open"
    assert reaches(22)
    assert not reaches(listener)


def test_ssh_is_open_to_the_administrators_network_only() -> None:
    probe = f"timeout 3 bash -c '</dev/tcp/{ADDRESS}/22' 2>/dev/null || echo $?"
    assert sure("mail1", probe) == "124", "a server in another VLAN meets silence"


def test_sshd_takes_keys_only_and_no_old_algorithms() -> None:
    assert "Permission denied (publickey)." in on(HOST, "true", options=NO_KEYS).stderr
    old = ("-o", "Ciphers=aes128-ctr", "-o", "ControlPath=none", "-o", "LogLevel=INFO")
    assert "no matching cipher found" in on(HOST, "true", options=old).stderr


@pytest.mark.parametrize(
    ("noon", "offset"),
    [
        ("2015-11-01 12:00", "+0300"),
        ("2015-11-09 12:00", "+0200"),
        ("2016-01-15 12:00", "+0200"),
        ("2016-10-31 12:00", "+0300"),
        ("2026-01-05 12:00", "+0300"),
    ],
)
def test_the_host_counts_time_as_turkey_did_and_does(noon: str, offset: str) -> None:
    assert sure(HOST, f"date --date='{noon}' +%z") == offset


def test_turkish_order_is_there_and_the_host_itself_speaks_none() -> None:
    letters = "printf '%s\\n' ı i h g ğ z ş s | LC_ALL=tr_TR.UTF-8 sort | tr -d '\\n'"
    assert sure(HOST, letters) == "gğhıisşz"
    assert sure(HOST, "systemctl show-environment | grep ^LANG= || cat /etc/locale.conf") == "LANG=C.UTF-8"


def test_the_journal_outlives_a_restart_and_has_a_limit() -> None:
    assert sure(HOST, "test -d /var/log/journal/$(cat /etc/machine-id) && echo kept") == "kept"
    assert "max 512M" in sure(
        HOST, "journalctl --unit=systemd-journald --output=cat --grep='System Journal' | tail -1"
    )


def test_hosts_know_each_other_without_a_name_server() -> None:
    assert sure("backup1", "getent hosts mail1.gumuscagil.bel.example").split()[0] in (
        "10.40.20.10",
        "fd00:40:20::10",
    )
    assert "nameserver" not in sure("backup1", "cat /etc/resolv.conf")


def test_another_checkout_of_another_user_changes_nothing(tmp_path: Path) -> None:
    clone = tmp_path / "elsewhere"
    subprocess.run(["git", "clone", "-q", str(ROOT), str(clone)], check=True)
    secret = str(ROOT / "scripts/vault-password")
    answer = converge(
        "--limit", HOST, cwd=clone, USER="ayse", LOGNAME="ayse", ANSIBLE_VAULT_PASSWORD_FILE=secret
    )
    assert "changed=0" in answer.stdout, answer.stdout + answer.stderr


@pytest.mark.parametrize(
    ("file", "old", "new", "says"),
    [
        (
            "templates/root/etc/ssh/sshd_config.d/10-estate.conf.j2",
            "PasswordAuthentication no",
            "PasswordAuthentikation no",
            "Bad configuration option: PasswordAuthentikation",
        ),
        ("templates/root/etc/nftables.conf.j2", "policy drop", "policy dropp", "syntax error"),
    ],
)
def test_a_broken_template_changes_neither_file_nor_service(
    tmp_path: Path, file: str, old: str, new: str, says: str
) -> None:
    state = (
        "systemctl show --property=MainPID,ActiveEnterTimestampMonotonic,StateChangeTimestampMonotonic ssh nftables;"
        "sha256sum /etc/ssh/sshd_config.d/* /etc/nftables.conf; nft list ruleset | grep -v counter"
    )
    before = sure(HOST, state)
    answer = converge("--limit", HOST, roles=altered_roles(tmp_path, file, old, new))
    assert answer.returncode == 2 and says in answer.stdout and "Nothing was changed" in answer.stdout, (
        answer.stdout
    )
    assert sure(HOST, state) == before


def test_sources_that_do_not_answer_do_not_land(tmp_path: Path) -> None:
    before = sure(HOST, "cat /etc/apt/sources.list.d/estate.sources")
    dead = '{"operating_system_apt_sources": [{"types": "deb", "uris": "file:/srv/none", "suites": "./"}]}'
    answer = converge("--limit", HOST, "-e", dead)
    assert answer.returncode == 2 and "/srv/none" in answer.stdout and "Nothing was changed" in answer.stdout
    assert sure(HOST, "cat /etc/apt/sources.list.d/estate.sources") == before


def test_a_firewall_that_shuts_the_controller_out_is_refused() -> None:
    before = sure(HOST, "nft list chain inet estate services")
    answer = converge(
        "--limit", HOST, "-e", '{"operating_system_firewall": [{"port": 22, "from": ["YEDEKLEME"]}]}'
    )
    assert answer.returncode == 2 and "lets nobody at 10.40.10.5" in answer.stdout, answer.stdout
    assert sure(HOST, "nft list chain inet estate services") == before


@pytest.mark.parametrize(
    ("path", "false", "says"),
    [
        (
            "/usr/lib/os-release",
            "printf 'ID=debian\\nVERSION_CODENAME=bookworm\\n'",
            "runs debian bookworm, not debian trixie",
        ),
        (
            "/usr/share/zoneinfo/Europe/Istanbul",
            "cat /usr/share/zoneinfo/Europe/Helsinki",
            "counts +0200 in January 2026",
        ),
    ],
)
def test_a_host_of_another_release_or_with_old_time_is_refused(path: str, false: str, says: str) -> None:
    sure(HOST, f"cp -a {path} {path}.kept && {false} > {path}.false && mv {path}.false {path}")
    try:
        answer = converge("--limit", HOST)
    finally:
        sure(HOST, f"mv {path}.kept {path}")
    assert answer.returncode == 2 and says in answer.stdout and "Nothing was changed" in answer.stdout
    assert "changed=0" in answer.stdout


def test_what_was_altered_by_hand_on_the_running_host_is_put_right() -> None:
    """Files and services were altered together: putting the file right alone would leave the service open."""
    drop_in = "/etc/ssh/sshd_config.d/10-estate.conf"
    sure(
        HOST,
        f"sed -i 's/^PasswordAuthentication no/PasswordAuthentication yes/; /^AuthenticationMethods/d' {drop_in}",
    )
    sure(HOST, "systemctl reload ssh; nft flush ruleset")
    offered = on(HOST, "true", options=NO_KEYS).stderr
    answer = converge("--limit", HOST)
    assert "publickey,password" in offered and answer.returncode == 0, answer.stdout
    assert "Permission denied (publickey)." in on(HOST, "true", options=NO_KEYS).stderr
    assert "policy drop" in sure(HOST, "nft list chain inet estate input")


def test_a_restart_lost_with_a_failed_run_is_made_good(tmp_path: Path) -> None:
    """The run writes the journal's new limit and dies; the next run sees unchanged files and restarts all the same."""
    limit = ("--limit", HOST, "-e", "operating_system_journal_max_bytes=268435456")
    process = "systemctl show --property=MainPID --value systemd-journald"
    before = sure(HOST, process)
    dying = altered_roles(
        tmp_path,
        "tasks/main.yml",
        "- name: Run what is laid down",
        "- ansible.builtin.fail:\n- name: Run what is laid down",
    )
    try:
        assert converge(*limit, roles=dying).returncode == 2
        assert sure(HOST, process) == before, "written, not taken up"
        drift = converge(*limit, "--check", "--diff")
        assert "changed=1" in drift.stdout and "behind /etc/systemd/journald.conf.d" in drift.stdout
        assert converge(*limit).returncode == 0
        assert sure(HOST, process) != before
        lines = sure(HOST, f"journalctl _PID=$({process}) --output=cat --grep='System Journal' | tail -1")
        assert "max 256M" in lines
    finally:
        assert converge("--limit", HOST).returncode == 0
