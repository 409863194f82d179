"""The secrets of the lab are made once, kept, and encrypted so that Ansible itself can read them."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml
from ansible.parsing.vault import VaultLib, VaultSecret
from cryptography import x509
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from estate.lab.errors import LabError
from estate.lab.places import CHECKOUT, Places
from estate.lab.secrets import complete, ensure_secrets

MAIL = "estate_mail: {accounts: [{user: su.er}], canary: {account: kanarya}, probe: {account: sonda}}\n"
BACKUPS = "estate_backups: {jobs: [{id: eposta, host: mail1}]}\n"


@pytest.fixture
def declared(places: Places) -> Places:
    (places.subjects / "mail.yml").write_text(MAIL)
    (places.subjects / "backups.yml").write_text(BACKUPS)
    (places.subjects / "directory.yml").write_text(
        "estate_directory: {service_accounts: [{user: svc-eposta}]}\n"
    )
    (places.subjects / "organisation.yml").write_text("estate_organisation: {name: Gümüşçağıl Belediyesi}\n")
    return places


def _read(places: Places) -> dict[str, object]:
    password = (places.state / "vault-password").read_text().strip().encode()
    lib = VaultLib([("default", VaultSecret(password))])
    loaded: dict[str, object] = yaml.safe_load(lib.decrypt((places.subjects / "vault.yml").read_text()))
    return loaded


def test_every_account_job_and_client_gets_a_password(declared: Places) -> None:
    assert ensure_secrets(declared)
    held = _read(declared)
    mail = held["vault_directory_passwords"]
    assert isinstance(mail, dict)
    assert set(mail) == {"su.er", "kanarya", "sonda", "svc-eposta"}
    assert min(len(word) for word in mail.values()) >= 20
    assert isinstance(held["vault_backup_client_repository_key"], dict)
    assert set(held["vault_backup_client_repository_key"]) == {"eposta"}
    assert isinstance(held["vault_backup_client_credentials"], dict)
    assert set(held["vault_backup_client_credentials"]) == {"mail1"}
    assert held["vault_monitoring_webhook_token"]


def test_an_exchange_gets_a_key_for_its_telephones_and_a_password_for_each_trunk(declared: Places) -> None:
    ensure_secrets(declared)
    assert not [name for name in _read(declared) if name.startswith("vault_telephone_")]
    folder = declared.inventory / "estate"
    folder.mkdir(exist_ok=True)
    (folder / "telephony.yml").write_text("estate_telephony: {trunks: [{name: ana}, {name: yedek}]}\n")
    ensure_secrets(declared)
    held = _read(declared)
    trunks = held["vault_telephone_trunk_passwords"]
    assert isinstance(trunks, dict) and set(trunks) == {"ana", "yedek"}
    assert len(str(held["vault_telephone_exchange_secret_key"])) == 43  # of 32 bytes
    assert held["vault_telephone_subscriber_password"]


def test_the_vault_and_its_password_are_for_root_alone(declared: Places) -> None:
    ensure_secrets(declared)
    for path in (declared.state / "vault-password", declared.subjects / "vault.yml"):
        assert path.stat().st_mode & 0o777 == 0o600
    assert (declared.subjects / "vault.yml").read_text().startswith("$ANSIBLE_VAULT;1.1;AES256\n")


def test_a_second_run_changes_nothing(declared: Places) -> None:
    ensure_secrets(declared)
    before = (declared.subjects / "vault.yml").read_bytes()
    assert not ensure_secrets(declared)
    assert (declared.subjects / "vault.yml").read_bytes() == before


def test_a_new_account_is_added_and_nothing_else_changes(declared: Places) -> None:
    ensure_secrets(declared)
    before = _read(declared)
    (declared.subjects / "mail.yml").write_text(MAIL.replace("{user: su.er}", "{user: su.er}, {user: yeni}"))
    assert ensure_secrets(declared)
    after = _read(declared)
    passwords = after["vault_directory_passwords"]
    assert isinstance(passwords, dict)
    assert passwords.pop("yeni")
    assert after == before


def test_every_password_is_one_that_the_directory_takes(monkeypatch: pytest.MonkeyPatch) -> None:
    """A draw without digits and signs is refused by Samba's rule: a lab was born that could not be built."""
    drawn = iter(["abcdefghijklmnopqrstuvWX", "ABCDEFGHIJ0123456789-_-_", "abcdefghijKLMNOPQR012345"] * 9)
    monkeypatch.setattr("estate.lab.secrets.secrets.token_urlsafe", lambda _length: next(drawn))
    made = complete({}, {"mail": {"accounts": [{"user": "su.er"}]}})
    assert made["vault_directory_server_administrator_password"] == "abcdefghijKLMNOPQR012345"
    assert set(made["vault_directory_passwords"].values()) == {"abcdefghijKLMNOPQR012345"}


def test_the_authority_is_an_ascii_named_ca_of_its_own_key() -> None:
    made = complete({}, {"organisation": {"name": "Gümüşçağıl Belediyesi"}})
    certificate = x509.load_pem_x509_certificate(made["vault_certificate_authority_certificate"].encode())
    key = load_pem_private_key(made["vault_certificate_authority_key"].encode(), None)
    assert certificate.subject.rfc4514_string() == "CN=Gumuscagil Belediyesi Root CA"
    assert certificate.public_key() == key.public_key()
    assert certificate.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    assert (certificate.not_valid_after_utc - certificate.not_valid_before_utc).days == 3650


def test_a_vault_without_its_password_is_never_overwritten(declared: Places) -> None:
    ensure_secrets(declared)
    (declared.state / "vault-password").unlink()
    with pytest.raises(LabError, match=r"its password file .* is missing"):
        ensure_secrets(declared)
    (declared.state / "vault-password").write_text("wrong\n")
    with pytest.raises(LabError, match="Bring back"):
        ensure_secrets(declared)


def _door(tmp_path: Path, environment: str) -> subprocess.CompletedProcess[str]:
    (tmp_path / "scripts").mkdir(exist_ok=True)
    door = shutil.copy(CHECKOUT / "scripts" / "vault-password", tmp_path / "scripts")
    settings = {**os.environ, "ESTATE_ENVIRONMENT": environment}
    return subprocess.run([door], capture_output=True, text=True, env=settings, check=False)


def test_ansible_is_given_the_password_of_its_environment(tmp_path: Path) -> None:
    (tmp_path / "var" / "town").mkdir(parents=True)
    (tmp_path / "var" / "town" / "vault-password").write_text("secret\n")
    assert _door(tmp_path, "town").stdout == "secret\n"
    missing = _door(tmp_path, "lab")
    assert (missing.returncode, missing.stdout) == (1, "")
    assert "asked for the vault password of lab" in missing.stderr
