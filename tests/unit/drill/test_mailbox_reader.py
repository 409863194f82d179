"""Nobody can log in where the port is closed or the certificate false; a host that is away is no answer."""

import imaplib
import ssl

import pytest

from pyinfra_deploys.drills.mail import mailbox_reader

REQUEST = {"address": "192.0.2.1", "port": 993, "server_name": "posta.example", "domain": "bel.example"}
REQUEST |= {"users": ["veli", "ayse"], "reader": "okuyucu", "password": "x", "canary": "kanarya"}


@pytest.mark.parametrize(
    ("fault", "answers"),
    [
        (imaplib.IMAP4.error("refused"), True),
        (ssl.SSLCertVerificationError("certificate has expired"), True),
        (ConnectionRefusedError(111, "closed"), True),
        (TimeoutError("away"), False),
        (OSError(113, "No route to host"), False),
    ],
)
def test_who_cannot_log_in_is_told_from_a_host_that_is_away(
    monkeypatch: pytest.MonkeyPatch, fault: Exception, answers: bool
) -> None:
    def connect(*where: object) -> None:
        raise fault

    monkeypatch.setattr(mailbox_reader, "Server", connect)
    if answers:
        assert mailbox_reader.read(REQUEST)["refused"] == ["ayse", "veli"]
    else:
        with pytest.raises(OSError, match=r"away|No route"):
            mailbox_reader.read(REQUEST)
