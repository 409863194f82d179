"""Certificates of the internal authority are judged and signed on the controller; no private key ever travels."""

from __future__ import annotations

import datetime
import ipaddress
from typing import Any

from ansible.errors import AnsibleActionFail, AnsibleError
from ansible.plugins.action import ActionBase
from ansible.template import trust_as_template
from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

ARGUMENTS: dict[str, dict[str, Any]] = {
    "name": {"type": "str", "required": True},
    "subject_alt_names": {"type": "list", "elements": "str"},
    "certificate": {"type": "path", "required": True},
    "key": {"type": "path", "required": True},
    "chain": {"type": "path"},
    "owner": {"type": "str", "default": "root"},
    "group": {"type": "str", "default": "root"},
    "mode": {"type": "str", "default": "0640"},
    "valid_days": {"type": "int", "default": 397},
    "renew_before_days": {"type": "int", "default": 30},
}
CLOCK_DIFFERENCE = datetime.timedelta(hours=1)


def alternative(name: str) -> x509.GeneralName:
    """Gives a subject alternative name: an address where it reads as one, a host name otherwise."""
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name)


def reason_to_issue(
    certificate_pem: str,
    key_matches: bool,
    authority: x509.Certificate,
    wanted: dict[str, Any],
    now: datetime.datetime,
) -> str:
    """Says why a certificate has to be issued, or nothing when the one on the host still serves."""
    if not certificate_pem:
        return "there is none"
    try:
        found = x509.load_pem_x509_certificate(certificate_pem.encode())
        names = found.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except (ValueError, x509.ExtensionNotFound):
        return "the one on the host is not readable"
    if not key_matches:
        return "the key on the host belongs to another certificate"
    try:
        found.verify_directly_issued_by(authority)
    except (ValueError, TypeError, InvalidSignature):
        return "another authority signed it"
    if set(names) != {alternative(name) for name in wanted["subject_alt_names"]}:
        return "it carries other names"
    rest = found.not_valid_after_utc - now
    if rest < datetime.timedelta(days=wanted["renew_before_days"]):
        return f"it ends in less than {wanted['renew_before_days']} days"
    return ""


def signed(
    request_pem: str,
    authority: x509.Certificate,
    authority_key: Any,
    wanted: dict[str, Any],
    now: datetime.datetime,
) -> str:
    """Gives a certificate for the request's key and the declared names; what else the request asks is ignored."""
    request = x509.load_pem_x509_csr(request_pem.encode())
    if not request.is_signature_valid:
        raise AnsibleActionFail("issued_certificate: the host's signing request is damaged. Run again.")
    end = min(now + datetime.timedelta(days=wanted["valid_days"]), authority.not_valid_after_utc)
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, wanted["name"])])
    names = x509.SubjectAlternativeName([alternative(name) for name in wanted["subject_alt_names"]])
    usage = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH])
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(authority.subject)
        .public_key(request.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - CLOCK_DIFFERENCE)
        .not_valid_after(end)
        .add_extension(names, critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(usage, critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(authority_key.public_key()), critical=False
        )
    )
    return builder.sign(authority_key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM).decode()


def checked_authority(pem: str, wanted: dict[str, Any], now: datetime.datetime) -> x509.Certificate:
    """Gives the authority's certificate; refuses one that ends before what it is to sign would be renewed."""
    authority = x509.load_pem_x509_certificate(pem.encode())
    if authority.not_valid_after_utc - now < datetime.timedelta(days=wanted["renew_before_days"]):
        raise AnsibleActionFail(
            f"issued_certificate: the authority itself ends on {authority.not_valid_after_utc:%Y-%m-%d}. Nothing was "
            "issued. Make a new one (roles/certificate_authority/RUNBOOK.md) and run again."
        )
    return authority


class ActionModule(ActionBase):  # type: ignore[misc]
    """Inspects on the host, judges and signs here, installs on the host."""

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        """Gives one result: unchanged, or changed with the reason."""
        super().run(tmp, task_vars)
        _, wanted = self.validate_argument_spec(argument_spec=ARGUMENTS)
        if wanted["subject_alt_names"] is None:
            wanted["subject_alt_names"] = [wanted["name"]]
        if wanted["renew_before_days"] >= wanted["valid_days"]:
            raise AnsibleActionFail(
                "issued_certificate: renew_before_days has to be smaller than valid_days."
            )
        variables = task_vars or {}
        now = datetime.datetime.now(datetime.UTC).replace(microsecond=0)
        authority_pem = self._secret("vault_certificate_authority_certificate")
        authority = checked_authority(authority_pem, wanted, now)
        facts = variables.get("ansible_facts") or {}
        base = {key: wanted[key] for key in ("name", "certificate", "key", "chain", "owner", "group", "mode")}
        base["chain_content"] = authority_pem
        base["predicted"] = facts.get("estate_predicted", {}) if self._task.check_mode else {}
        found = self._step("inspect", base, variables)
        if found.get("failed"):
            return found
        certificate = found.pop("certificate_content", "")
        reason = reason_to_issue(certificate, found.pop("key_matches", False), authority, wanted, now)
        found["reason"] = reason
        if not reason:
            return found
        if self._task.check_mode:
            return {**self._step("predict", base, variables), "reason": reason}
        return {**self._issue(base, authority, wanted, now, variables), "reason": reason}

    def _issue(
        self,
        base: dict[str, Any],
        authority: x509.Certificate,
        wanted: dict[str, Any],
        now: datetime.datetime,
        variables: dict[str, Any],
    ) -> dict[str, Any]:
        asked = self._step("request", base, variables)
        if asked.get("failed"):
            return asked
        secret = self._secret("vault_certificate_authority_key").encode()
        authority_key = serialization.load_pem_private_key(secret, password=None)
        certificate = signed(asked["request"], authority, authority_key, wanted, now)
        return self._step("install", {**base, "certificate_content": certificate}, variables)

    def _step(self, step: str, base: dict[str, Any], variables: dict[str, Any]) -> dict[str, Any]:
        arguments = {**base, "step": step}
        return dict(self._execute_module("issued_certificate", module_args=arguments, task_vars=variables))

    def _secret(self, name: str) -> str:
        """Gives a value of the vault; it is used here and handed to no module but as a public certificate."""
        try:
            return str(self._templar.template(trust_as_template("{{ " + name + " }}")))
        except AnsibleError as error:
            raise AnsibleActionFail(
                f"issued_certificate: {name} is not in the vault of this inventory. Make the authority first "
                "(roles/certificate_authority/README.md)."
            ) from error
