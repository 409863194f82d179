"""Writes, per unit, the pack of who may do what that its director signs, and records each review."""

from __future__ import annotations

import csv
import hashlib
import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from estate.declared.estate import Estate
from estate.declared.holdings import Holding, director_group, holdings, unit_group
from estate.declared.people import Person
from estate.declared.turkish import collation_key
from estate.records.shapes import STRICT
from estate.report.cells import safe
from estate.report.render import to_pdf
from estate.review.history import Entry
from estate.review.receipt import items

COLUMNS = (
    *("Sicil", "Ad Soyad", "Unvan", "Durum", "Kullanıcı adı", "Adresler", "Gruplar", "Paylaşımlar"),
    *("İnternet", "Dahili", "Hesap tarihi", "Son gün"),
)
STATES = {"waiting": "başlayacak", "active": "etkin", "left": "ayrıldı (kapalı)", "expired": "silinecek"}
NOT_RECORDED = "kayıtta yok"
NOT_READABLE = "kayıt okunamadı"


@dataclass(frozen=True)
class Review:
    """States that a pack was written, and, once a director signed it, who did.

    `sha256` is that of the PDF, so that the signed paper can be matched with what was printed. `deputy` tells why
    somebody signed who does not direct the unit.
    """

    unit: str
    day: date
    people: int
    sha256: str
    at: datetime
    who: str
    signed_by: str | None = None
    deputy: str | None = None

    __pydantic_config__ = STRICT


@dataclass(frozen=True)
class Pack:
    """The review pack of one unit on one day: `rows` in the order of the Turkish alphabet, as COLUMNS say.

    `unread` counts the runs that cannot be read: people and rights are those declared, but dates of accounts may lack.
    """

    unit: str
    name: str
    day: date
    rows: tuple[tuple[str, ...], ...]
    directors: tuple[str, ...]
    unread: int = 0

    def csv(self) -> bytes:
        """Gives the pack as a table that Turkish Excel opens by double click."""
        stream = io.StringIO(newline="")
        writer = csv.writer(stream, delimiter=";", lineterminator="\r\n")
        writer.writerows([safe(cell) for cell in row] for row in (COLUMNS, *self.rows))
        return b"\xef\xbb\xbf" + stream.getvalue().encode("utf-8")

    def pdf(self, municipality: str) -> bytes:
        """Gives the pack as the page that is signed; the same content gives the same bytes."""
        engine = Environment(
            loader=FileSystemLoader(Path(__file__).parent / "templates"),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
        )
        page = engine.get_template("review.html.j2").render(
            pack=self, municipality=municipality, columns=COLUMNS, day=f"{self.day:%d.%m.%Y}"
        )
        return to_pdf(page, hashlib.sha256(page.encode()).hexdigest())


def packs(
    estate: Estate, today: date, histories: Mapping[str, Sequence[Entry]], unread: int = 0
) -> list[Pack]:
    """Gives the pack of every unit: its people, and those of other units that its groups let in.

    A director signs it: where `unread` runs could not be read, each pack says so itself.
    """
    held = [one for one in holdings(estate, today) if one.account]
    return [
        Pack(
            unit=unit.slug,
            name=unit.name,
            day=today,
            rows=tuple(
                _row(estate, one, histories.get(one.person.personnel_number, ()), unread)
                for one in _in_order(held)
                if one.person.unit == unit.slug or unit_group(unit.slug) in one.groups
            ),
            directors=tuple(
                one.person.display_name for one in _in_order(held) if director_group(unit.slug) in one.groups
            ),
            unread=unread,
        )
        for unit in estate.organisation.directorates
    ]


def _in_order(held: Iterable[Holding]) -> list[Holding]:
    return sorted(
        held, key=lambda one: (collation_key(one.person.surname), collation_key(one.person.given_name))
    )


def _row(estate: Estate, holding: Holding, entries: Sequence[Entry], unread: int) -> tuple[str, ...]:
    person = holding.person
    found: dict[str, list[str]] = {}
    account = None
    for item in items(estate, holding, entries):
        right = {"share": " (yazma)" if item.writes else " (okuma)"}.get(item.kind, "")
        found.setdefault(item.kind, []).append(item.what + right)
        account = item.entry if item.kind == "account" else account
    return (
        person.personnel_number,
        person.display_name,
        person.title,
        STATES[holding.state],
        person.user or "",
        *(", ".join(found.get(kind, [])) for kind in ("address", "group", "share", "internet", "extension")),
        f"{account.at:%d.%m.%Y}" if account else NOT_READABLE if unread else NOT_RECORDED,
        _last_day(person),
    )


def _last_day(person: Person) -> str:
    """Gives the last day of work as the record tells it, and since when access is closed when that is not the next."""
    if person.end is None or person.end == date.max:
        return ""
    early = person.cut_off is not None and person.cut_off <= person.end
    closed = f" (erişim {person.cut_off:%d.%m.%Y} gününden itibaren kapalı)" if early else ""
    return f"{person.end:%d.%m.%Y}{closed}"
