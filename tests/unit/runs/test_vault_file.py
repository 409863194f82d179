"""The vault is opened as ansible-vault sealed it, and by nothing else than the right password."""

import subprocess
import sys
from pathlib import Path

import pytest

from estate.runs.environment import Environment
from pyinfra_deploys.facts import vault
from pyinfra_deploys.facts.vault_file import opened, sealed, unsealed

TEXT = "vault_deneme:\n  ölçüm: Şifre-1\n"


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Gives a checkout with a vault that the real program sealed."""
    root = tmp_path_factory.mktemp("checkout")
    script, file = root / "scripts/vault-password", root / "inventories/lab/group_vars/all/vault.yml"
    for path in (script, file):
        path.parent.mkdir(parents=True)
    script.write_text("#!/bin/sh\necho 'Kapı parolası'\n", "utf-8")
    script.chmod(0o700)
    file.write_text(TEXT, "utf-8")
    sealing = [
        Path(sys.executable).with_name("ansible-vault"),
        "encrypt",
        "--vault-password-file",
        script,
        file,
    ]
    bare = {"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8"}  # and no ansible.cfg, which names another password
    subprocess.run(sealing, check=True, capture_output=True, env=bare, cwd=root)
    return root


def test_what_ansible_sealed_is_opened_by_the_right_password_alone(root: Path) -> None:
    sealed = (root / "inventories/lab/group_vars/all/vault.yml").read_bytes()
    assert opened(sealed, "Kapı parolası".encode()) == TEXT
    assert opened(sealed.replace(b"1.1;AES256", b"1.2;AES256;lab"), "Kapı parolası".encode()) == TEXT
    assert opened(sealed, b"Kapi parolasi") is None
    body = bytearray(sealed)
    body[-3] = ord("0") if body[-3] != ord("0") else ord("1")
    for damaged in (bytes(body), sealed[:-20], TEXT.encode(), b"$ANSIBLE_VAULT;1.0;AES\n00", b""):
        assert opened(damaged, "Kapı parolası".encode()) is None


def test_what_is_sealed_here_is_opened_byte_by_byte_and_never_reads_the_same() -> None:
    content = bytes(range(256)) * 3
    first, second = sealed(content, b"Kasa-1"), sealed(content, b"Kasa-1")
    assert first != second and max(map(len, first.split(b"\n"))) == 80
    assert unsealed(first, b"Kasa-1") == unsealed(second, b"Kasa-1") == content
    assert unsealed(first, b"Kasa-2") is None and sealed(b"", b"x").startswith(b"$ANSIBLE_VAULT;1.1;AES256\n")


def test_a_deploy_does_not_start_ansible_for_it(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(vault, "_by_ansible", lambda environment: pytest.fail("Ansible was started"))
    assert vault.secret(Environment("lab", root), "vault_deneme") == {"ölçüm": "Şifre-1"}


def test_what_cannot_be_opened_so_is_left_to_ansible(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    other = Environment("lab", root / "none")
    monkeypatch.setattr(vault, "_by_ansible", lambda environment: "vault_deneme: Ansible")
    assert vault.secret(other, "vault_deneme") == "Ansible"
