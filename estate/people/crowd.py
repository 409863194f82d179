"""Invents a municipality of full size for benchmarks and tests: the same people for the same seed, with every trap.

Names are common ones, in every letter that Turkish has; no frequency and no person is real.
"""

from __future__ import annotations

import random
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from typing import Any

from estate.declared import Estate
from estate.declared.organisation import Directorate
from estate.declared.people import Person
from estate.declared.turkish import upper
from estate.people.changes import Edit, add
from estate.people.roster import Roster

GIVEN = """
Ayşe Fatma Emine Hatice Zeynep Elif Meryem Şerife Zehra Sultan Hanife Merve Havva Özlem Songül Gülsüm
Sevgi Çiğdem Ümmühan Tuğçe Büşra Kübra Şule İpek İrem Işıl Ilgaz Öykü Ülkü Yağmur Buğlem Müzeyyen
Nilüfer Lâmia Nâlan Rânâ Hüsnâ Mehmet Mustafa Ahmet Ali Hüseyin Hasan İbrahim İsmail Osman Yusuf Murat
Ömer Ramazan Halil Süleyman Abdullah Mahmut Recep Salih Fatih Kadir Emre Uğur Çağatay Doğukan Göktuğ
Oğuzhan Tuğrul Ünal Şahin Işın Ilgın Nâzım Kâzım Âkif Hâmit Sâdık Nûri Rüştü Zekî
""".split()  # noqa: SIM905 - read as a list of words, not of quotation marks
SURNAMES = """
Yılmaz Kaya Demir Şahin Çelik Yıldız Yıldırım Öztürk Aydın Özdemir Arslan Doğan Kılıç Aslan Çetin Kara
Koç Kurt Özkan Şimşek Polat Özcan Korkmaz Çakır Erdoğan Yavuz Can Acar Şen Aktaş Güler Yalçın Güneş
Bozkurt Bulut Keskin Ünal Turan Gül Özer Işık Kaplan Avcı Sarı Tekin Taş Köse Yüksel Ateş Aksoy Ağaoğlu
Büyükçağlayangil Küçükçömlekçioğlu Değirmencioğlu İğneci Iğdır Ilıcalı Şıkoğlu
""".split()  # noqa: SIM905 - read as a list of words, not of quotation marks
TITLES = {
    "memur": ("Memur", "Şef", "VHKİ", "Bilgisayar İşletmeni", "Mühendis", "Tekniker", "Zabıta Memuru"),
    "sozlesmeli": ("Mimar", "Avukat", "Programcı", "Çözümleyici", "Şehir Plancısı"),
    "isci": ("Sürekli İşçi", "İş Makinesi Operatörü"),
    "sirket": ("Şirket Personeli", "Santral Operatörü"),
    "firma": ("Yüklenici Teknisyeni",),
}
FIRST_NUMBER = 200_001


def enlarged(estate: Estate, day: date, total: int = 1500, seed: int = 5) -> list[Edit]:
    """Gives the joiners that fill every directorate to its declared staff, and people of vendors up to the total.

    Each directorate has as many accounts as it declares; the rest of its staff, and vendors, have none.
    """
    dice, roster = random.Random(seed), Roster(estate, day)
    rows = [*_staff(estate), *(None for _ in range(total))][: max(0, total - len(estate.people))]
    edits = []
    for number, row in enumerate(rows, start=FIRST_NUMBER):
        status, unit, account = row if row is not None else ("firma", None, False)
        fields = {**_name(dice), **_work(dice, status, unit, estate, day)}
        edits.append(add(roster, str(number), fields, account=account))
    return edits


def _staff(estate: Estate) -> Iterator[tuple[str, str, bool]]:
    """Yields status, unit and whether there is an account, for every post that nobody holds yet."""
    for unit in estate.organisation.directorates:
        there = [person for person in estate.people if person.unit == unit.slug]
        accounts = unit.accounts - sum(1 for person in there if person.user)
        for status, posts in _open(unit, there):
            for _ in range(posts):
                yield status, unit.slug, accounts > 0
                accounts -= 1


def _open(unit: Directorate, there: Iterable[Person]) -> Iterator[tuple[str, int]]:
    held = Counter(str(person.status) for person in there)
    for status, posts in unit.staff:
        yield status, max(0, posts - held[status])


def _name(dice: random.Random) -> dict[str, str]:
    given = " ".join(dice.sample(GIVEN, 2 if dice.random() < 0.15 else 1))
    joint = dice.choice([" ", "-"]) if dice.random() < 0.1 else ""
    return {
        "given_name": given,
        "surname": joint.join(dice.sample(SURNAMES, 2)) if joint else dice.choice(SURNAMES),
    }


def _work(dice: random.Random, status: str, unit: str | None, estate: Estate, day: date) -> dict[str, Any]:
    start = day - timedelta(days=dice.randint(30, 9_000))
    end = start + timedelta(days=365 * 30) if status == "firma" else None
    if dice.random() < 0.01:
        start = day + timedelta(days=dice.randint(1, 60))
    elif dice.random() < 0.01:
        end = day - timedelta(days=dice.randint(1, 20))
    site = None if unit is None else dice.choice(estate.sites).code
    title = dice.choice(TITLES[status])
    return {"title": title, "status": status, "unit": unit, "site": site, "start": start, "end": end}


def exported(people: Iterable[Person], seed: int = 5) -> bytes:
    """Gives the export of a personnel system that knows these people, as such systems write it."""
    dice = random.Random(seed)
    lines = ["SİCİL;AD;SOYAD;BİRİM;UNVAN;STATÜ;YER;BAŞLANGIÇ;BİTİŞ"]
    for person in people:
        cells = [person.given_name, person.surname, person.unit or "", person.title]
        match dice.randrange(8):
            case 0:
                cells = [upper(cells[0]), upper(cells[1]), cells[2], upper(cells[3])]
            case 1:
                cells = [unicodedata.normalize("NFD", cell) for cell in cells]
            case 2:
                cells = ["  " + cell.replace(" ", "\u00a0") + " " for cell in cells]
        days = [day.strftime("%d.%m.%Y") if day else "" for day in (person.start, person.end)]
        lines.append(
            ";".join([person.personnel_number, *cells, person.status.upper(), person.site or "", *days])
        )
    return "\r\n".join([*lines, ""]).encode("utf-8-sig")
