"""Generates the secrets of the lab on first use, encrypted as production's are; never changes one that exists."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from estate.declared.turkish import ascii_of
from estate.lab.errors import LabError
from estate.lab.places import Places, settle
from estate.records.files import write_text
from estate.switches.sheet import FIRST, SECRETS

if TYPE_CHECKING:
    from ansible.parsing.vault import VaultLib

CERTIFICATE_YEARS = 10


def ensure_secrets(places: Places) -> bool:
    """Adds the names that the vault of the lab lacks; False when it already held all of them."""
    password = places.state / "vault-password"
    vault = places.subjects / "vault.yml"
    if not password.exists():
        _refuse_orphan(vault, password)
        settle(password, secrets.token_urlsafe(32) + "\n", 0o600)
    lib = _vault_of(password.read_text().strip())
    held = _open(lib, vault)
    wanted = complete(held, _declared(places))
    if wanted == held:
        return False
    text = yaml.safe_dump(wanted, allow_unicode=True, sort_keys=True, width=1000)
    write_text(vault, lib.encrypt(text.encode()).decode(), 0o600)
    return True


def opened(places: Places) -> dict[str, Any]:
    """Returns the secrets of the lab."""
    password = (places.state / "vault-password").read_text().strip()
    return _open(_vault_of(password), places.subjects / "vault.yml")


def complete(held: Mapping[str, Any], declared: Mapping[str, Any]) -> dict[str, Any]:
    """Returns the secrets with every missing one added: passwords of programs and backups, authority, token."""
    kept = dict(held)
    mail = declared.get("mail", {})
    users = [account["user"] for account in mail.get("accounts", [])]
    users += [mail[probe]["account"] for probe in ("canary", "probe") if probe in mail]
    jobs = declared.get("backups", {}).get("jobs", [])
    users += [account["user"] for account in declared.get("directory", {}).get("service_accounts", [])]
    _add_passwords(kept, "vault_directory_passwords", users)
    kept.setdefault("vault_directory_server_administrator_password", _password())
    kept.setdefault("vault_mail_server_reader_password", _password())
    _add_passwords(kept, "vault_backup_client_repository_key", [job["id"] for job in jobs])
    _add_passwords(kept, "vault_backup_client_credentials", [job["host"] for job in jobs])
    for name in (
        "vault_monitoring_webhook_token",
        "vault_grafana_admin_password",
        "vault_grafana_secret_key",
    ):
        kept.setdefault(name, _password())
    for name in (*SECRETS.values(), *FIRST) if "switches" in declared else ():
        kept.setdefault(name, _password())
    if telephony := declared.get("telephony"):
        kept.setdefault("vault_telephone_exchange_secret_key", secrets.token_urlsafe(32))
        _add_passwords(kept, "vault_telephone_trunk_passwords", [row["name"] for row in telephony["trunks"]])
        kept.setdefault("vault_telephone_subscriber_password", _password())
    if "vault_certificate_authority_key" not in kept:
        organisation = declared.get("organisation", {})
        key, certificate = make_authority(f"{ascii_of(str(organisation.get('name', 'Lab')))} Root CA")
        kept["vault_certificate_authority_key"] = key
        kept["vault_certificate_authority_certificate"] = certificate
    return kept


def make_authority(common_name: str) -> tuple[str, str]:
    """Returns the PEM texts of a new EC P-256 key and of its self-signed certificate, valid ten years."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)])
    start = datetime.now(UTC) - timedelta(hours=1)
    usage = x509.KeyUsage(False, False, False, False, False, True, True, False, False)
    identifier = x509.SubjectKeyIdentifier.from_public_key(key.public_key())
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(start)
        .not_valid_after(start + timedelta(days=365 * CERTIFICATE_YEARS))
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(usage, critical=True)
        .add_extension(identifier, critical=False)
        .sign(key, hashes.SHA256())
    )
    plain = serialization.NoEncryption()
    encoding, shape = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8
    return (
        key.private_bytes(encoding, shape, plain).decode(),
        certificate.public_bytes(encoding).decode(),
    )


def _password() -> str:
    """Draws until the rules of the directory are met: of random letters one in 150 has neither digit nor sign."""
    while True:
        drawn = secrets.token_urlsafe(18)
        if all(any(is_of(letter) for letter in drawn) for is_of in (str.isupper, str.islower, str.isdigit)):
            return drawn


def _add_passwords(kept: dict[str, Any], name: str, keys: list[str]) -> None:
    old = dict(kept.get(name, {}))
    kept[name] = old | {key: _password() for key in keys if key not in old}


def _declared(places: Places) -> dict[str, Any]:
    found = {}
    paths = {
        name: places.subjects / f"{name}.yml" for name in ("organisation", "mail", "directory", "backups")
    }
    paths |= {name: places.inventory / "estate" / f"{name}.yml" for name in ("switches", "telephony")}
    for subject, path in paths.items():
        if path.exists():
            found[subject] = (yaml.safe_load(path.read_text()) or {}).get(f"estate_{subject}", {})
    return found


def _vault_of(password: str) -> VaultLib:
    # Loading Ansible takes a second, which the commands that only look need not wait for.
    from ansible.constants import DEFAULT_VAULT_ID_MATCH
    from ansible.parsing.vault import VaultLib, VaultSecret

    return VaultLib([(DEFAULT_VAULT_ID_MATCH, VaultSecret(password.encode()))])


def _open(lib: VaultLib, vault: Path) -> dict[str, Any]:
    if not vault.exists():
        return {}
    try:
        return yaml.safe_load(lib.decrypt(vault.read_text())) or {}
    except Exception as wrong:
        raise LabError(
            f"opened the secrets of the lab ({vault})",
            str(wrong).splitlines()[0],
            "Bring back the var/lab/vault-password that belongs to it, or remove the file to get new secrets and "
            "build the hosts anew (`./scripts/estate lab down`, `./scripts/estate lab up`)",
        ) from wrong


def _refuse_orphan(vault: Path, password: Path) -> None:
    if vault.exists():
        raise LabError(
            f"opened the secrets of the lab ({vault})",
            f"its password file {password} is missing",
            "Bring the password back, or remove the vault file to get new secrets and build the hosts anew",
        )
