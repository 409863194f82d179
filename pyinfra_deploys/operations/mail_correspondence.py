"""Makes some hundred letters of an invented municipality, the same bytes every time, and stores them in mailboxes."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Generator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from pathlib import Path
from random import Random

from pyinfra.api.command import StringCommand
from pyinfra.api.operation import operation

from estate.declared.estate import Estate
from pyinfra_deploys.facts.on_host import on_host
from pyinfra_deploys.facts.vault import Whispered
from pyinfra_deploys.operations.mail_letters import enclosure

ON_HOST = Path(__file__).parents[1] / "facts" / "mail_correspondence_on_host.py"
SEED = 20260504
THREADS = 90
BEGIN = datetime(2026, 5, 4, 8, 30, tzinfo=timezone(timedelta(hours=3)))
WORKING_DAYS = 140
ARCHIVE = "Arşiv"
SUBJECTS = (
    "Ağustos ayı encümen gündemi",
    "İmar planı değişikliği: 1/1000 ölçekli uygulama",
    "Çöp toplama güzergâhı ve şoför çizelgesi",
    "Işıklandırma arızası – Şehit Öğretmenler Caddesi",
    "Ücretsiz kurs başvuruları (gençlik merkezi)",
    "İhale dosyası: asfalt, bordür ve yağmur suyu ızgarası",
    "Kâğıt ve kırtasiye ihtiyaç listesi",
    "Yıllık izin çizelgesi güncellendi",
    "ĞÜŞİÖÇ ğüşıöç – yazıcı Türkçe harfleri bozuyor",
    "Belediye otobüsü hat 12: durak yeri değişikliği hakkında vatandaş görüşleri "
    "ve Ulaşım Koordinasyon Kurulu’na gönderilecek yazı taslağı",
    "RE: quotation for street lighting / aydınlatma teklifi",
    "Su kesintisi duyurusu: 23.10.2026, 09.00–17.00",
)
PARAGRAPHS = (
    "Ekte sunulan çizelgenin incelenerek görüşünüzün iletilmesini rica ederim.",
    "Sayın meslektaşım, konuyla ilgili öğleden sonra kısa bir görüşme yapabilir miyiz?",
    "Vatandaşımızın dilekçesi ilgi tutulmuş, gereği için müdürlüğünüze gönderilmiştir.",
    "Bütçe kalemi 03.2.1.01’den karşılanması uygun görülmüştür; ığdır, İğdır, ILGIN, ilgin.",
    "Toplantı tutanağı imzaya açılmıştır. Şantiye şefi de çağrılmalıdır.",
)
CHARSETS = ("utf-8", "utf-8", "utf-8", "iso-8859-9", "windows-1254")


@dataclass(frozen=True)
class Letter:
    """Is one message as it lies in one folder of one mailbox."""

    mailbox: str
    folder: str
    message_id: str
    received: datetime
    seen: bool
    content: bytes

    @property
    def digest(self) -> str:
        """SHA-256 of the content with LF line ends: what a reader gets, however the server stores it."""
        return hashlib.sha256(self.content.replace(b"\r\n", b"\n")).hexdigest()


@dataclass(frozen=True)
class Writer:
    """Is somebody with a mailbox, or a shared one."""

    user: str
    name: str


def writers(estate: Estate) -> tuple[Writer, ...]:
    """Gives everybody who may have written: people with a mailbox who have no end, and shared mailboxes."""
    people = [one for one in estate.people if one.user and one.mail and one.end is None]
    shared = [account for account in estate.mail.accounts if account.type == "ortak"]
    return (
        *(Writer(str(one.user), one.display_name) for one in people),
        *(Writer(one.user, one.name) for one in shared),
    )


def correspondence(domain: str, people: Sequence[Writer]) -> tuple[Letter, ...]:
    """Gives the letters of half a year among these people, the same bytes every time."""
    dice = Random(SEED)
    letters: list[Letter] = []
    for number in range(THREADS):
        letters += _thread(domain, dice.sample(people, 2), number, dice)
    return tuple(letters)


def _thread(domain: str, pair: Sequence[Writer], number: int, dice: Random) -> list[Letter]:
    subject = dice.choice(SUBJECTS)
    at = BEGIN + timedelta(days=dice.randrange(WORKING_DAYS) * 7 / 5, minutes=dice.randrange(540))
    archived, letters, earlier = dice.random() < 0.2, [], list[str]()
    for turn in range(dice.choice((1, 1, 2, 2, 3))):
        sender, recipient = (pair[0], pair[1]) if turn % 2 == 0 else (pair[1], pair[0])
        message_id = f"<yazi-{number:03d}-{turn}@{domain}>"
        message = _message(domain, sender, recipient, "Ynt: " * bool(turn) + subject, dice)
        message["Date"], message["Message-ID"] = format_datetime(at), message_id
        if earlier:
            message["In-Reply-To"], message["References"] = earlier[-1], " ".join(earlier)
        content = message.as_bytes()
        folder = ARCHIVE if archived else "INBOX"
        letters.append(Letter(recipient.user, folder, message_id, at, dice.random() < 0.8, content))
        if turn:
            letters.append(Letter(sender.user, "Sent", message_id, at, True, content))
        earlier.append(message_id)
        at += timedelta(hours=dice.randrange(1, 30))
    return letters


def _message(domain: str, sender: Writer, recipient: Writer, subject: str, dice: Random) -> EmailMessage:
    message = EmailMessage(policy=SMTP)
    message["From"] = Address(sender.name, sender.user, domain)
    message["To"] = Address(recipient.name, recipient.user, domain)
    message["Subject"] = subject
    lines = dice.sample(PARAGRAPHS, dice.randrange(1, 4))
    text = "\n\n".join([f"Merhaba {recipient.name},", *lines, "İyi çalışmalar dilerim", sender.name]) + "\n"
    charset = dice.choice(CHARSETS)
    message.set_content(text.encode(charset, "replace").decode(charset), charset=charset)
    if dice.random() < 0.3:
        message.add_alternative(
            f"<html lang=tr><body><p>{'</p><p>'.join(lines)}</p></body></html>\n", subtype="html"
        )
    for _ in range(dice.choice((0, 0, 1, 1, 2))):
        file = enclosure(dice)
        message.add_attachment(file.content, file.maintype, file.subtype, filename=file.name)
    _fix_boundaries(message, dice)
    return message


def _fix_boundaries(message: EmailMessage, dice: Random) -> None:
    for part in message.walk():
        if part.is_multipart():
            part.set_boundary(f"=_{dice.getrandbits(64):016x}")


def manifest(letters: Sequence[Letter]) -> list[dict[str, str]]:
    """Gives what a restored mail server must still hold: mailbox, folder, message id and hash of each letter."""
    return [
        {"mailbox": one.mailbox, "folder": one.folder, "message_id": one.message_id, "sha256": one.digest}
        for one in letters
    ]


def parcel(letters: Sequence[Letter]) -> Whispered:
    """Gives the standard input of the storing program."""
    return Whispered(
        json.dumps(
            {
                "do": "store",
                "letters": [
                    {
                        "mailbox": one.mailbox,
                        "folder": one.folder,
                        "received": one.received.timestamp(),
                        "seen": one.seen,
                        "content": base64.b64encode(one.content).decode(),
                    }
                    for one in letters
                ],
            }
        )
    )


@operation()
def store(letters: Sequence[Letter]) -> Generator[StringCommand, None, None]:
    """Puts letters into mailboxes, byte for byte and with the date they came, in one command."""
    if letters:
        command = on_host(ON_HOST)
        command.connector_arguments["_stdin"] = parcel(letters)
        yield command
