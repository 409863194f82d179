"""The certificate served is compared with the one on disk, port by port, in the port's own protocol."""

import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from exporters.certificates import Port, measure

END = datetime(2027, 2, 1, tzinfo=UTC)


def renew(path: Path) -> None:
    """Writes a new key and certificate, of another serial number, into one PEM file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "eposta")])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(END - timedelta(days=90))
        .not_valid_after(END)
        .sign(key, hashes.SHA256())
    )
    path.write_bytes(
        certificate.public_bytes(serialization.Encoding.PEM)
        + key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    )


@contextmanager
def daemon(path: Path, protocol: str) -> Iterator[int]:
    """Serves, like a daemon, the certificate it read at its start; gives its port."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(path)
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def serve() -> None:
            while True:
                try:
                    client, _ = listening.accept()
                except OSError:
                    return
                try:
                    if protocol in BEGINNINGS:
                        BEGINNINGS[protocol](client)
                    with context.wrap_socket(client, server_side=True) as secured:
                        secured.recv(64)
                except OSError:
                    client.close()

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield listening.getsockname()[1]
        listening.shutdown(socket.SHUT_RDWR)
    thread.join(5)


def _offer_starttls(client: socket.socket) -> None:
    client.sendall(b"220 eposta ESMTP\r\n")
    client.recv(256)
    client.sendall(b"250-eposta\r\n250 STARTTLS\r\n")
    client.recv(256)
    client.sendall(b"220 go ahead\r\n")


def _agree_to_tls_of_ldap(client: socket.socket) -> None:
    asked = client.recv(256)
    agreed = asked[1:2] == bytes([len(asked) - 2]) and asked.endswith(b"\x80\x161.3.6.1.4.1.1466.20037")
    client.sendall(
        b"\x30\x0c\x02\x01\x01\x78\x07\x0a\x01" + (b"\x00" if agreed else b"\x02") + b"\x04\x00\x04\x00"
    )


BEGINNINGS = {"smtp": _offer_starttls, "ldap": _agree_to_tls_of_ldap}


@pytest.mark.parametrize("protocol", ["tls", "smtp", "ldap"])
def test_a_renewal_that_nobody_loaded_is_seen(tmp_path: Path, protocol: str) -> None:
    disk = tmp_path / "mail.crt"
    renew(disk)
    with daemon(disk, protocol) as number:
        port = Port("eposta", number, protocol, str(disk), host="127.0.0.1")  # type: ignore[arg-type]
        before, problems = measure([port])
        renew(disk)
        after, _ = measure([port])
    labels = f'{{port="{number}",service="eposta"}}'
    assert problems == []
    assert f"bim_certificate_served_matches{labels} 1.0" in before.render()
    assert f"bim_certificate_served_matches{labels} 0.0" in after.render()
    assert f"bim_certificate_check_success{labels} 1.0" in after.render()


def test_the_end_of_the_served_one_counts(tmp_path: Path) -> None:
    disk = tmp_path / "mail.crt"
    renew(disk)
    with daemon(disk, "tls") as number:
        out, _ = measure([Port("eposta", number, "tls", str(disk), host="127.0.0.1")])
    (found,) = out.samples["bim_certificate_expiry_timestamp_seconds"].values()
    assert datetime.fromtimestamp(found, UTC) == END


def test_what_cannot_be_read_is_a_failed_check_and_no_difference(tmp_path: Path) -> None:
    disk = tmp_path / "mail.crt"
    renew(disk)
    with daemon(disk, "tls") as number:
        out, told = measure(
            [
                Port("eposta", number, "tls", str(tmp_path / "missing.crt"), host="127.0.0.1"),
                Port("eposta", 1, "tls", str(disk), host="127.0.0.1"),
            ]
        )
    assert set(out.samples["bim_certificate_check_success"].values()) == {0.0}
    assert "bim_certificate_served_matches" not in out.samples
    assert [problem.split(": ")[0] for problem in told] == [str(tmp_path / "missing.crt"), "127.0.0.1:1"]


def test_a_port_that_takes_the_question_and_never_answers_costs_itself_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("exporters.certificates.TIMEOUT_SECONDS", 0.2)
    disk = tmp_path / "mail.crt"
    renew(disk)
    with daemon(disk, "tls") as number, socket.create_server(("127.0.0.1", 0)) as mute:
        silent = mute.getsockname()[1]
        ports = [
            *(
                Port("eposta", silent, protocol, str(disk), host="127.0.0.1")
                for protocol in ("tls", "smtp", "ldap")
            ),  # type: ignore[arg-type]
            Port("eposta", number, "tls", str(disk), host="127.0.0.1"),
        ]
        out, told = measure(ports)
    read = out.samples["bim_certificate_check_success"].values()
    assert sorted(read) == [0.0, 1.0] and len(told) == 3, "three ways to begin, one port"
    assert set(out.samples["bim_certificate_served_matches"].values()) == {1.0}
