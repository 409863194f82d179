#!/usr/bin/python3
"""Mails a fax that arrived as PDF, and what became of one that was sent; whole pages only are called a success.

usage: fax_arrived.py received|sent --to ADDRESS --line NUMBER --peer NUMBER --status S --pages N --file PATH.tif
Called by the dial plan with filtered arguments, as the user of the exchange. The mail goes to the queue of this host,
which keeps it until the mail server takes it; the image is kept until the mail is in the queue, and that of a fax that
was not sent whole until it is. Standard library only; runs tiff2pdf, tiffinfo and sendmail. Exit: 0 in the queue, 1 not
(the image stays where it is).
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from email.message import EmailMessage
from pathlib import Path

SENDER = Path("/etc/nullmailer/allmailfrom")
SENDMAIL = ["/usr/sbin/sendmail", "-t", "-i"]


def pages_of(image: Path) -> int:
    """Counts the pages of an image; 0 when there is none or it is damaged."""
    if not image.is_file():
        return 0
    told = subprocess.run(
        ["tiffinfo", str(image)], capture_output=True, text=True, errors="replace", check=False
    )
    return told.stdout.count("TIFF Directory at") or told.stdout.count("=== TIFF directory")


def verdict(kind: str, status: str, pages: int, image_pages: int) -> tuple[bool, str]:
    """Says whether a fax came over whole, and the words of the notice. A part of the pages is a failure."""
    if kind == "received":
        whole = status == "SUCCESS" and pages > 0
        return (
            whole,
            f"{pages} sayfa alındı" if whole else f"{max(pages, image_pages)} sayfa – EKSİK OLABİLİR",
        )
    whole = status == "SUCCESS" and pages == image_pages > 0
    return whole, f"{pages}/{image_pages} sayfa – " + ("gönderildi" if whole else "BAŞARISIZ")


def notice(asked: argparse.Namespace, whole: bool, words: str, document: bytes) -> EmailMessage:
    """Writes the mail, with the document when there is one."""
    mail = EmailMessage()
    direction = "Gelen faks" if asked.kind == "received" else "Giden faks"
    peer = asked.peer or "numara gizli"
    mail["From"] = f"Santral <{SENDER.read_text(encoding='utf-8').strip()}>"
    mail["To"] = asked.to
    mail["Subject"] = f"{direction}: {peer} – {words}"
    mail["Auto-Submitted"] = "auto-generated"
    lines = [f"{direction}, hat {asked.line}", f"Karşı numara: {peer}", f"Sonuç: {words}"]
    if not whole:
        lines.append(f"Santralin verdiği durum: {asked.status}")
        if asked.kind == "sent":
            lines.append(f"Belge santralde duruyor, yeniden gönderilebilir: {asked.file}")
    mail.set_content("\n".join(lines) + "\n")
    if document:
        mail.add_attachment(
            document, maintype="application", subtype="pdf", filename=f"faks-{asked.line}.pdf"
        )
    return mail


def main(arguments: list[str]) -> int:
    """Converts, mails, and removes the image of a fax that is in the queue and has nothing left to be sent."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("kind", choices=["received", "sent"])
    for name in ("to", "line", "status", "file"):
        parser.add_argument(f"--{name}", required=True)
    parser.add_argument("--peer", default="")
    parser.add_argument("--pages", type=lambda text: int(text or 0), default=0)
    asked = parser.parse_args(arguments)
    image = Path(asked.file)
    image_pages = pages_of(image)
    document = b""
    if image_pages:
        document = subprocess.run(["tiff2pdf", str(image)], capture_output=True, check=False).stdout
    whole, words = verdict(asked.kind, asked.status, asked.pages, image_pages)
    mail = notice(asked, whole, words, document)
    done = subprocess.run(SENDMAIL, input=mail.as_bytes(), check=False)
    if done.returncode:
        print(f"the mail about {image} is not in the queue", file=sys.stderr)
        return 1
    if (whole or asked.kind == "received") and (document or not image_pages):
        image.unlink(missing_ok=True)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
