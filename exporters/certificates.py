"""Compares the certificate each port serves with the one on disk, so that a renewal nobody loaded is seen.

A daemon keeps in memory the certificate it read at start. Looking at the file alone stays green while people
are served an expired one; so the serial number served is read from the port, in the port's own protocol.
"""

from __future__ import annotations

import argparse
import smtplib
import socket
import ssl
import sys
from collections.abc import Iterable
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Literal

import yaml
from cryptography import x509

from exporters.textfile import DIRECTORY, Textfile

TIMEOUT_SECONDS = 10
# The request to begin TLS in LDAP (RFC 4511, 4.14): one message of fixed bytes; its answer ends in result code 0.
LDAP_BEGIN_TLS = b"\x30\x1d\x02\x01\x01\x77\x18\x80\x161.3.6.1.4.1.1466.20037"
LDAP_AGREED = b"\x0a\x01\x00"


class CheckError(Exception):
    """Says which port or file could not be read, and why."""


@dataclass(frozen=True)
class Port:
    """States one port to be looked at: who serves there, how TLS begins, and the file it should serve."""

    service: str
    port: int
    protocol: Literal["tls", "smtp", "ldap"]
    certificate: str
    host: str = "localhost"
    name: str = ""


def load(path: Path) -> list[Port]:
    """Reads the list of ports, or raises CheckError naming what is wrong with it."""
    try:
        return [Port(**row) for row in yaml.safe_load(path.read_text(encoding="utf-8")) or []]
    except (OSError, yaml.YAMLError) as error:
        raise CheckError(f"{path}: cannot be read: {error}") from None
    except TypeError as error:
        raise CheckError(f"{path}: {error}; wanted {', '.join(f.name for f in fields(Port))}") from None


def served(port: Port) -> x509.Certificate:
    """Fetches the certificate a client would be shown on the port.

    The chain is not judged here: an expired or strange certificate is exactly what must still be read.
    """
    unjudged = ssl.create_default_context()
    unjudged.check_hostname = False
    unjudged.verify_mode = ssl.CERT_NONE
    name = port.name or port.host
    try:
        if port.protocol == "smtp":
            with smtplib.SMTP(port.host, port.port, timeout=TIMEOUT_SECONDS) as client:
                client._host = name  # type: ignore[attr-defined]  # the name sent as SNI
                client.starttls(context=unjudged)
                return _certificate(client.sock)
        with socket.create_connection((port.host, port.port), TIMEOUT_SECONDS) as plain:
            if port.protocol == "ldap":
                _begin_tls_of_ldap(plain)
            with unjudged.wrap_socket(plain, server_hostname=name) as secured:
                return _certificate(secured)
    except (OSError, smtplib.SMTPException) as error:
        raise CheckError(f"{port.host}:{port.port}: {type(error).__name__}: {error}") from None


def on_disk(path: Path) -> x509.Certificate:
    """Reads the first certificate of a PEM file: the one a daemon shows."""
    try:
        return x509.load_pem_x509_certificates(path.read_bytes())[0]
    except (OSError, ValueError) as error:
        raise CheckError(f"{path}: {error}") from None


def measure(ports: Iterable[Port]) -> tuple[Textfile, list[str]]:
    """Looks at every port and gives the measurements and the problems met.

    Where port or file cannot be read nothing is said about their being equal: that is a failed check, not a
    difference.
    """
    out, problems = Textfile(), []
    for port in ports:
        labels = {"service": port.service, "port": str(port.port)}
        out.set("bim_certificate_check_success", 0, **labels)
        try:
            shown = served(port)
            out.set("bim_certificate_expiry_timestamp_seconds", _expiry(shown), **labels)
            equal = shown.serial_number == on_disk(Path(port.certificate)).serial_number
            out.set("bim_certificate_served_matches", equal, **labels)
            out.set("bim_certificate_check_success", 1, **labels)
        except CheckError as error:
            problems.append(str(error))
    return out, problems


def main() -> int:
    """Measures the declared ports once; 0 when every one could be read."""
    parser = argparse.ArgumentParser(description="Compares served certificates with those on disk.")
    parser.add_argument("--ports", type=Path, default=Path("/etc/estate/certificates.yml"))
    parser.add_argument("--textfile", type=Path, default=DIRECTORY / "certificates.prom")
    arguments = parser.parse_args()
    try:
        out, problems = measure(load(arguments.ports))
    except CheckError as error:
        print(f"certificates: {error}", file=sys.stderr)
        return 2
    out.write(arguments.textfile)
    for problem in problems:
        print(f"certificates: {problem}", file=sys.stderr)
    return 1 if problems else 0


def _certificate(connection: object) -> x509.Certificate:
    if not isinstance(connection, ssl.SSLSocket):
        raise CheckError("the connection did not become TLS")
    raw = connection.getpeercert(binary_form=True)
    if not raw:
        raise CheckError("no certificate was shown")
    return x509.load_der_x509_certificate(raw)


def _begin_tls_of_ldap(plain: socket.socket) -> None:
    plain.sendall(LDAP_BEGIN_TLS)
    if LDAP_AGREED not in plain.recv(4096):
        raise CheckError("the server did not agree to begin TLS")


def _expiry(certificate: x509.Certificate) -> float:
    return certificate.not_valid_after_utc.timestamp()


if __name__ == "__main__":
    sys.exit(main())
