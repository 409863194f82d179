"""Uses a mail server as a stranger and as its people do, and answers what happened. Runs on a host outside.

    python3 mail_exchange_on_host.py < question.json

The question: {target, target6 (or null), server_name, ca (PEM), domain, login, password, sender, maildir (of the
sender, on this host), via (mx: through this host's own mail server; direct: to the target), token,
deadline_seconds}. The answer is one JSON object on stdout: one entry for each check; an entry with `error` says that
the check could not be made, one with `not_asked` that it has no meaning for this target. What was sent is taken out
of the mailboxes again. Standard library only.
"""

from __future__ import annotations

import base64
import email.message
import email.policy
import email.utils
import imaplib
import json
import smtplib
import socket
import ssl
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

Answer = dict[str, Any]
SUBJECT = "Sınama: Gümüşçağıl’dan İğneada’ya ışık, çağrı, öğüt, ŞİŞLİ"
BODY = "Değerli komşumuz,\n\nBu ileti posta hizmetinin çalıştığını sınar; yanıt beklenmez. ĞÜŞİÖÇ ğüşıöç\n"
PATIENCE = 25  # Dovecot lets whoever guessed wrong wait, up to 17 s


class Imap(imaplib.IMAP4_SSL):
    """Is the IMAP server at an address, whose certificate is checked for its public name."""

    def __init__(self, question: Answer) -> None:
        """Connects, or raises OSError (the certificate's faults included)."""
        self.public_name = question["server_name"]
        super().__init__(question["target"], 993, ssl_context=trust(question), timeout=PATIENCE)

    def _create_socket(self, timeout: float | None) -> ssl.SSLSocket:
        plain = socket.create_connection((self.host, self.port), timeout)
        context: ssl.SSLContext = self.ssl_context
        return context.wrap_socket(plain, server_hostname=self.public_name)


class Smtp(smtplib.SMTP):
    """Is the SMTP server at an address; STARTTLS and port 465 check the certificate for its public name."""

    def __init__(self, question: Answer, port: int, address: str = "target") -> None:
        """Connects as the other organisation's mail server, or raises OSError."""
        self.wrapped = port == 465
        self.question = question
        helo = "mx." + question["sender"].partition("@")[2]
        super().__init__(question[address], port, local_hostname=helo, timeout=PATIENCE)

    def _get_socket(self, host: str, port: int, timeout: float) -> socket.socket:
        plain = socket.create_connection((host, port), timeout)
        # smtplib takes the name for STARTTLS from here
        self._host = self.question["server_name"]
        return self.secured(plain) if self.wrapped else plain

    def secured(self, plain: socket.socket) -> ssl.SSLSocket:
        """Wraps a connection in TLS."""
        return trust(self.question).wrap_socket(plain, server_hostname=self.question["server_name"])

    def begin_tls(self) -> Smtp:
        """Switches to TLS, or raises."""
        self.starttls(context=trust(self.question))
        self.ehlo()
        return self


def trust(question: Answer) -> ssl.SSLContext:
    """Gives a context that trusts the municipality's own authority and nobody else."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.load_verify_locations(cadata=question["ca"])
    return context


def letter(question: Answer, token: str, sender: str, recipient: str) -> email.message.EmailMessage:
    """Gives a dated message with a Turkish subject and one attachment of a Turkish name."""
    message = email.message.EmailMessage(policy=email.policy.SMTP)
    message["From"], message["To"] = sender, recipient
    message["Subject"] = f"{SUBJECT} {token}"
    message["Date"] = email.utils.formatdate(localtime=True)
    message["Message-ID"] = f"<{token}@{sender.partition('@')[2]}>"
    message.set_content(BODY)
    message.add_attachment(BODY.encode(), "text", "plain", filename="Görüşme Tutanağı İmar.txt")
    return message


def received(raw: bytes) -> Answer:
    """Gives what a reader sees of a message."""
    message = email.message_from_bytes(raw, policy=email.policy.default)
    assert isinstance(message, email.message.EmailMessage)
    text = message.get_body(("plain",))
    return {
        "subject": str(message["Subject"]),
        "text": text.get_content().replace("\r\n", "\n") if text else "",
        "attachments": [part.get_filename() for part in message.iter_attachments()],
    }


def await_message(question: Answer, token: str) -> Answer:
    """Waits until a message is in the INBOX, reads it over IMAPS as its owner and takes it out again."""
    began = time.monotonic()
    while time.monotonic() - began < question["deadline_seconds"]:
        with Imap(question) as imap:
            imap.login(question["login"], question["password"])
            imap.select("INBOX")
            for number in imap.search(None, "HEADER", "Message-ID", f"<{token}@")[1][0].split():
                raw = imap.fetch(number, "(BODY.PEEK[])")[1][0]
                imap.store(number, "+FLAGS.SILENT", r"(\Deleted)")
                imap.expunge()
                assert isinstance(raw, tuple)
                return {"found": True, "seconds": round(time.monotonic() - began, 2), **received(raw[1])}
        time.sleep(0.5)
    return {"found": False, "seconds": round(time.monotonic() - began, 2)}


def inward(question: Answer) -> Answer:
    """Writes to the municipality and reads the message there."""
    token = question["token"] + "-in"
    message = letter(question, token, question["sender"], question["login"])
    if question["via"] == "mx":
        with smtplib.SMTP("127.0.0.1", 25, timeout=PATIENCE) as smtp:
            smtp.send_message(message)
    else:
        with Smtp(question, 25).begin_tls() as smtp:
            smtp.send_message(message)
    return await_message(question, token)


def upper_case(question: Answer) -> Answer:
    """Writes to the same mailbox in capitals and finds the message in the same INBOX."""
    token = question["token"] + "-upper"
    message = letter(question, token, question["sender"], question["login"])
    with Smtp(question, 25).begin_tls() as smtp:
        smtp.sendmail(question["sender"], [question["login"].upper()], message.as_bytes())
    return await_message(question, token)


def outward(question: Answer) -> Answer:
    """Logs in on 587, writes to the other organisation and finds the message in the Maildir on this host."""
    token = question["token"] + "-out"
    message = letter(question, token, question["login"], question["sender"])
    began = time.monotonic()
    with Smtp(question, 587).begin_tls() as smtp:
        smtp.login(question["login"], question["password"])
        smtp.send_message(message)
    while time.monotonic() - began < question["deadline_seconds"]:
        for path in Path(question["maildir"]).glob("new/*"):
            raw = path.read_bytes()
            if f"<{token}@".encode() in raw:
                path.unlink()
                return {"found": True, "seconds": round(time.monotonic() - began, 2), **received(raw)}
        time.sleep(0.5)
    return {"found": False, "seconds": round(time.monotonic() - began, 2)}


def reply(code_and_text: tuple[int, bytes]) -> Answer:
    """Gives an SMTP reply as data."""
    code, text = code_and_text
    return {"code": code, "text": text.decode(errors="replace")}


def relay(question: Answer, address: str) -> Answer:
    """Asks, as a stranger, to pass mail on to a third domain."""
    with Smtp(question, 25, address) as smtp:
        smtp.ehlo()
        smtp.mail(question["sender"])
        return reply(smtp.rcpt("ucuncu.kisi@" + question["sender"].partition("@")[2]))


def unknown_recipient(question: Answer) -> Answer:
    """Writes to a mailbox that does not exist."""
    with Smtp(question, 25) as smtp:
        smtp.ehlo()
        smtp.mail(question["sender"])
        return reply(smtp.rcpt("olmayan.kutu@" + question["domain"]))


def open_login(question: Answer) -> Answer:
    """Looks whether a password could travel in the clear: AUTH before STARTTLS on 25 and 587, IMAP on 143."""
    answer: Answer = {}
    for port in (25, 587):
        with Smtp(question, port) as smtp:
            smtp.ehlo()
            answer[f"auth_offered_{port}"] = smtp.has_extn("auth")
            answer[f"auth_answer_{port}"] = smtp.docmd("AUTH", "PLAIN AHkAeQ==")[0]
    try:
        socket.create_connection((question["target"], 143), 3).close()
        answer["imap_143"] = "open"
    except OSError:
        answer["imap_143"] = "closed"
    return answer


def wrong_password(question: Answer) -> Answer:
    """Tries a wrong password on 587 and on 993."""
    wrong = base64.b64encode(f"\0{question['login']}\0yanlis-parola".encode()).decode()
    with Smtp(question, 587).begin_tls() as smtp:
        answer: Answer = {"code_587": smtp.docmd("AUTH", f"PLAIN {wrong}")[0]}
    with Imap(question) as imap:
        try:
            imap.login(question["login"], "yanlis-parola")
            answer["imap"] = "let in"
        except imaplib.IMAP4.error:
            answer["imap"] = "refused"
    return answer


def served_serials(question: Answer) -> Answer:
    """Reads the serial number of the certificate that each port serves."""
    with Imap(question) as imap:
        serials = {"993": serial_of(imap.sock)}
    for port in (25, 465, 587):
        with Smtp(question, port) as smtp:
            serials[str(port)] = serial_of((smtp if smtp.wrapped else smtp.begin_tls()).sock)
    return serials


def serial_of(connection: socket.socket | None) -> str:
    """Gives the serial number of the certificate on the other side of a connection."""
    assert isinstance(connection, ssl.SSLSocket)
    certificate = connection.getpeercert()
    assert certificate is not None
    return str(certificate["serialNumber"])


# Wrong passwords come last: the server answers the next login from here more slowly after one.
CHECKS: dict[str, Callable[[Answer], Answer]] = {
    "inward": inward,
    "outward": outward,
    "upper_case": upper_case,
    "relay_ipv4": lambda question: relay(question, "target"),
    "relay_ipv6": lambda question: relay(question, "target6"),
    "unknown_recipient": unknown_recipient,
    "open_login": open_login,
    "served_serials": served_serials,
    "wrong_password": wrong_password,
}


def main() -> int:
    """Makes every check, whatever became of the others."""
    question = json.load(sys.stdin)
    answer: Answer = {}
    for name, check in CHECKS.items():
        if name == "relay_ipv6" and not question["target6"]:
            answer[name] = {"not_asked": "the target has no IPv6 address"}
            continue
        try:
            answer[name] = check(question)
        except (OSError, smtplib.SMTPException, imaplib.IMAP4.error) as fault:
            answer[name] = {"error": f"{type(fault).__name__}: {fault}"}
    print(json.dumps(answer, ensure_ascii=False))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
