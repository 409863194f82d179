"""A certificate is issued when the one on the host no longer serves, and only then; no private key travels."""

from __future__ import annotations

import datetime
import grp
import json
import os
import pwd
import subprocess
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

Plugin = Callable[[str], ModuleType]
Playbook = Callable[..., "subprocess.CompletedProcess[str]"]
NOW = datetime.datetime(2026, 11, 1, tzinfo=datetime.UTC)
WANTED: dict[str, Any] = {
    "name": "eposta.example",
    "subject_alt_names": ["eposta.example", "10.40.20.10"],
    "valid_days": 397,
    "renew_before_days": 30,
}


def authority(
    days: int = 3650, start: datetime.datetime = NOW
) -> tuple[x509.Certificate, ec.EllipticCurvePrivateKey]:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "İç CA")])
    builder = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    builder = (
        builder.serial_number(1)
        .not_valid_before(start)
        .not_valid_after(start + datetime.timedelta(days=days))
    )
    builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
    return builder.sign(key, hashes.SHA256()), key


def request() -> str:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "asks-for-another-name.example")])
    made = x509.CertificateSigningRequestBuilder().subject_name(name).sign(key, hashes.SHA256())
    return made.public_bytes(serialization.Encoding.PEM).decode()


@pytest.fixture
def action(plugin: Plugin) -> ModuleType:
    return plugin("action/issued_certificate")


def test_what_is_signed_carries_the_declared_names_not_the_asked_ones(action: ModuleType) -> None:
    ca, key = authority()
    made = x509.load_pem_x509_certificate(action.signed(request(), ca, key, WANTED, NOW).encode())
    assert made.subject.rfc4514_string() == "CN=eposta.example"
    names = made.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert names.get_values_for_type(x509.DNSName) == ["eposta.example"]
    assert [str(address) for address in names.get_values_for_type(x509.IPAddress)] == ["10.40.20.10"]
    assert made.not_valid_after_utc == NOW + datetime.timedelta(days=397)


def test_one_that_serves_is_kept_and_each_fault_has_its_reason(action: ModuleType) -> None:
    ca, key = authority()
    made = action.signed(request(), ca, key, WANTED, NOW)

    def reason(pem: str = made, matches: bool = True, ca: Any = ca, now: Any = NOW, **more: Any) -> str:
        return str(action.reason_to_issue(pem, matches, ca, {**WANTED, **more}, now))

    assert reason() == ""
    assert reason(now=NOW + datetime.timedelta(days=367)) == ""
    assert reason(now=NOW + datetime.timedelta(days=368)) == "it ends in less than 30 days"
    assert reason(pem="") == "there is none"
    assert reason(pem="-----BEGIN CERTIFICATE-----\nhalf") == "the one on the host is not readable"
    assert reason(matches=False) == "the key on the host belongs to another certificate"
    assert reason(ca=authority()[0]) == "another authority signed it"
    assert reason(subject_alt_names=["eposta.example"]) == "it carries other names"


def test_an_authority_near_its_end_signs_nothing(action: ModuleType) -> None:
    ca, key = authority(days=29)
    pem = ca.public_bytes(serialization.Encoding.PEM).decode()
    with pytest.raises(action.AnsibleActionFail, match="the authority itself ends on 2026-11-30"):
        action.checked_authority(pem, WANTED, NOW)
    long, key = authority(days=100)
    made = x509.load_pem_x509_certificate(action.signed(request(), long, key, WANTED, NOW).encode())
    assert made.not_valid_after_utc == long.not_valid_after_utc


@pytest.mark.slow
def test_on_a_host_it_is_issued_once_renewed_by_names_and_the_secret_stays_here(
    playbook: Playbook, tmp_path: Path
) -> None:
    ca, key = authority(start=datetime.datetime.now(datetime.UTC) - datetime.timedelta(days=1))
    kind = (serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    secret = key.private_bytes(*kind).decode()
    variables = {
        "vault_certificate_authority_key": secret,
        "vault_certificate_authority_certificate": ca.public_bytes(serialization.Encoding.PEM).decode(),
    }
    (tmp_path / "vault.json").write_text(json.dumps(variables), encoding="utf-8")
    tasks = f"""
- issued_certificate:
    name: eposta.example
    owner: {pwd.getpwuid(os.getuid()).pw_name}
    group: {grp.getgrgid(os.getgid()).gr_name}
    certificate: {tmp_path}/tls/a.crt
    key: {tmp_path}/tls/a.key
    chain: {tmp_path}/tls/ca.crt
    subject_alt_names: "{{{{ names | default(['eposta.example']) }}}}"
"""
    vault = ("-e", f"@{tmp_path}/vault.json", "-vvv", "--diff")
    predicted = playbook(tasks, "--check", *vault)
    assert "changed=1" in predicted.stdout and not (tmp_path / "tls").exists()
    first = playbook(tasks, *vault)
    assert "changed=1" in first.stdout and "reason: there is none" in first.stdout, first.stdout
    serial = x509.load_pem_x509_certificate((tmp_path / "tls/a.crt").read_bytes()).serial_number
    assert "changed=0" in playbook(tasks, *vault).stdout
    assert "changed=0" in playbook(tasks, "--check", *vault).stdout
    renewed = playbook(tasks, *vault, "-e", '{"names": ["eposta.example", "imap.example"]}')
    assert "it carries other names" in renewed.stdout
    assert x509.load_pem_x509_certificate((tmp_path / "tls/a.crt").read_bytes()).serial_number != serial
    assert (tmp_path / "tls/a.key").stat().st_mode & 0o777 == 0o640
    assert sorted(path.name for path in (tmp_path / "tls").iterdir()) == ["a.crt", "a.key", "ca.crt"]
    assert secret.splitlines()[1] not in first.stdout + first.stderr + renewed.stdout + predicted.stdout
    assert "PRIVATE KEY" not in first.stdout
