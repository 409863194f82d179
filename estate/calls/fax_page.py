"""Draws the page that a proving fax sends, and reads the pages back out of the document that was mailed."""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import Any

from PIL import Image, ImageDraw, ImageFont, UnidentifiedImageError

WIDTH, HEIGHT = 1728, 1100
"""Dots of a line, as every fax has them, and lines of the page: half of an A4 in fine resolution."""
RESOLUTION = (204, 196)
"""Dots an inch across and down: fine. With these a fax has nothing to scale."""
BLACK, WHITE = 0, 1
TEXT = (
    "GUMUSCAGIL BELEDIYESI - BILGI ISLEM MUDURLUGU",
    "Faks deneme sayfasi: bu sayfa santralin hattini sinamak icindir.",
    "Sayi: E-20261126-0042   Konu: Yagmur suyu hatti bakimi",
    "Cinarli Mahallesi 4712 ada 15 parsel, 3.250,75 TL",
    "Bakim pazartesi 08.30 ile 17.00 arasinda yapilacaktir.",
    "Ilgili birimler: Fen Isleri, Zabita, Halkla Iliskiler",
    "0123456789  abcdefghijklmnopqrstuvwxyz  ABCDEFGHIJKLMNOPQRSTUVWXYZ",
)
"""Invented, and ASCII: the font that comes with Pillow knows no more."""
Rows = tuple[bytes, ...]
"""The lines of a page from top to bottom, eight dots a byte; the highest bit is the leftmost, 1 is white."""


def page(mark: str) -> Rows:
    """Draws the page of one fax: text, the mark that no other fax has, a frame, single dots and thin lines."""
    image = Image.new("1", (WIDTH, HEIGHT), WHITE)
    pen = ImageDraw.Draw(image)
    for number, line in enumerate((*TEXT, mark)):
        pen.text((90, 60 + number * 84), line, BLACK, ImageFont.load_default(40))
    pen.rectangle((40, 30, WIDTH - 41, HEIGHT - 31), outline=BLACK, width=3)
    for step in range(120):
        pen.point((90 + step * 3, 780 + step % 7), BLACK)
        pen.line((500 + step * 9, 760, 500 + step * 9, 760 + step), BLACK, 1 + step % 3)
    pen.ellipse((90, 820, 390, 1050), outline=BLACK, width=2)
    return _rows(image)


def tiff(pages: Sequence[Rows]) -> bytes:
    """Writes pages as a fax takes them: bilevel, in fine resolution, compressed as in group 4."""
    first, *others = [Image.frombytes("1", (WIDTH, len(rows)), b"".join(rows)) for rows in pages]
    out = io.BytesIO()
    first.save(
        out,
        "TIFF",
        save_all=True,
        append_images=others,
        compression="group4",
        dpi=RESOLUTION,
        tiffinfo={278: HEIGHT},
    )
    return out.getvalue()


def smudged(rows: Rows) -> Rows:
    """Gives the page with one line turned white: a fault that somebody reading it would not see."""
    inked = max(range(len(rows)), key=lambda at: sum((~byte & 0xFF).bit_count() for byte in rows[at]))
    return (*rows[:inked], b"\xff" * (WIDTH // 8), *rows[inked + 1 :])


def pages(document: bytes) -> tuple[Rows, ...]:
    """Gives the picture of every page of a PDF; raises ValueError for what is no PDF of one picture a page."""
    from pypdf import PdfReader  # half a second that no other verb has to wait for
    from pypdf.errors import PyPdfError

    try:
        return tuple(_rows(_picture(sheet)) for sheet in PdfReader(io.BytesIO(document)).pages)
    except (PyPdfError, UnidentifiedImageError, OSError, KeyError) as wrong:
        raise ValueError(f"the document cannot be read: {wrong}") from None


def _picture(sheet: Any) -> Image.Image:
    (found,) = sheet.images
    if found.image is None:
        raise ValueError("the document holds a picture that nobody can read")
    image: Image.Image = found.image
    return image


def _rows(image: Image.Image) -> Rows:
    data, wide = image.convert("1", dither=Image.Dither.NONE).tobytes(), -(-image.width // 8)
    return tuple(data[at : at + wide] for at in range(0, len(data), wide))
