"""Makes the enclosures of municipal letters: small, valid files of the usual kinds, the same bytes every time.

Nothing is really compressed: what zlib makes of the same input differs from one version to the next.
"""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from random import Random


@dataclass(frozen=True)
class Enclosure:
    """Is one attached file."""

    name: str
    maintype: str
    subtype: str
    content: bytes


def pdf(dice: Random) -> bytes:
    """Gives a PDF of one page with a scanned-looking stream inside."""
    stream = zlib.compress(dice.randbytes(dice.randrange(4_000, 24_000)), level=0)
    objects = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R>>",
        b"<</Length %d/Filter/FlateDecode>>stream\n%s\nendstream" % (len(stream), stream),
    ]
    out, places = b"%PDF-1.4\n", []
    for number, content in enumerate(objects, start=1):
        places.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, content)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    size = len(objects) + 1
    return (
        out
        + b"xref\n0 %d\n0000000000 65535 f \n%strailer<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n"
        % (
            size,
            table,
            size,
            len(out),
        )
    )


def png(dice: Random) -> bytes:
    """Gives a picture of a few hundred coloured points."""
    width = dice.randrange(20, 80)
    rows = b"".join(b"\0" + dice.randbytes(3 * width) for _ in range(width))

    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    head = struct.pack(">IIBBBBB", width, width, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", head)
        + chunk(b"IDAT", zlib.compress(rows, level=0))
        + chunk(b"IEND", b"")
    )


def office(dice: Random) -> bytes:
    """Gives a zip archive with the frame of an office document; its clock is fixed."""
    store = io.BytesIO()
    with zipfile.ZipFile(store, "w") as archive:
        for name, content in (
            ("mimetype", b"application/zip"),
            ("content.xml", b"<belge/>"),
            ("ek.bin", dice.randbytes(3000)),
        ):
            archive.writestr(zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0)), content)
    return store.getvalue()


def csv(dice: Random) -> bytes:
    """Gives a list as Turkish Excel wants it: byte order mark, semicolons, decimal comma."""
    rows = ["Mahalle;Tutar (TL)"]
    rows += [
        f"{place};{dice.randrange(100, 99999)},{dice.randrange(100):02d}"
        for place in ("Çiğdem", "Işıklar", "İnönü", "Şirinyer")
    ]
    return b"\xef\xbb\xbf" + "\r\n".join(rows).encode() + b"\r\n"


def calendar(dice: Random) -> bytes:
    """Gives an invitation."""
    day = f"202611{dice.randrange(1, 29):02d}T0{dice.randrange(6, 9)}0000Z"
    lines = (
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//Gumuscagil//TR",
        "BEGIN:VEVENT",
        f"UID:{day}@gumuscagil",
        f"DTSTART:{day}",
        "SUMMARY:Encümen toplantısı",
        "END:VEVENT",
        "END:VCALENDAR",
    )
    return "\r\n".join(lines).encode() + b"\r\n"


KINDS: tuple[tuple[str, str, str, Callable[[Random], bytes]], ...] = (
    ("Encümen Kararı İmza.pdf", "application", "pdf", pdf),
    ("Şantiye fotoğrafı.png", "image", "png", png),
    (
        "Bütçe Gerçekleşme Çizelgesi.xlsx",
        "application",
        "vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        office,
    ),
    (
        "Görüş Yazısı (ıslak imzalı).docx",
        "application",
        "vnd.openxmlformats-officedocument.wordprocessingml.document",
        office,
    ),
    ("mahalle_ödeme_listesi.csv", "text", "csv", csv),
    ("toplantı daveti.ics", "text", "calendar", calendar),
    ("plan-notu.zip", "application", "zip", office),
)


def enclosure(dice: Random) -> Enclosure:
    """Gives one enclosure of any kind."""
    name, maintype, subtype, make = dice.choice(KINDS)
    return Enclosure(name, maintype, subtype, make(dice))
