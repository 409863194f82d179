"""Derives names for machines that nobody had before."""

from __future__ import annotations

import random

import pytest
from pydantic import TypeAdapter

from estate.declared.fields import UserName
from estate.declared.people import Status
from estate.people.naming import Names, NamingError, derive


def name(given: str, surname: str, *taken: str, status: Status = "memur") -> tuple[str, str]:
    names = derive(given, surname, status, set(taken))
    return names.user, names.sam_account_name


def test_first_given_name_and_last_surname() -> None:
    assert name("Fatma", "Yılmaz Öztürk") == ("fatma.ozturk", "fatma.ozturk")
    assert name("Ayşe", "Yıldız-Öztürk")[0] == "ayse.yildizozturk"
    assert name("  Ali  Can ", "O'Neil")[0] == "ali.oneil"
    assert name("S\u0327eyma", "Göğüş") == name("Şeyma", "Göğüş") == ("seyma.gogus", "seyma.gogus")


def test_a_collision_joins_given_names_then_surnames_then_counts() -> None:
    taken = ["ayse.demir"]
    for expected in ("aysenur.demir", "aysenur.yilmazdemir", "ayse.demir2", "ayse.demir3"):
        found, _ = name("Ayşe Nur", "Yılmaz Demir", *taken)
        assert found == expected
        taken.append(found)


def test_names_are_told_apart_exactly() -> None:
    """A name that begins another, or that a pattern would take for it, is free."""
    assert name("Ali", "Can", "ali.can2", "aliosman.can", "alixcan", "xali.can")[0] == "ali.can"


def test_a_long_login_has_a_short_one_of_its_own() -> None:
    assert name("Abdurrahman", "Karaosmanoğlu") == ("abdurrahman.karaosmanoglu", "a.karaosmanoglu")
    assert name("Abdülkadir", "Karaosmanoğlu", "a.karaosmanoglu")[1] == "a.karaosmanoglu2"
    long = "Küçükçömlekçiosmanoğullarından"
    first = name("Ali", long)
    assert first[1] == "a.kucukcomlekciosman"
    assert name("Ayşe", long, *first)[1] == "a.kucukcomlekciosma2"


def test_a_short_login_never_ends_in_a_dot() -> None:
    vendor = name("Muhammed", "Kılıçarslanoğlugil", status="firma")
    assert vendor == ("f.muhammed.kilicarslanoglugil", "f.m.kilicarslanoglug")
    assert not any(derive("A" * n, "B", "memur", ()).user.endswith(".") for n in range(1, 80))


def test_a_vendor_is_seen_by_the_name() -> None:
    assert name("Veli", "Firma", status="firma") == ("f.veli.firma", "f.veli.firma")
    assert name("Veli", "Firma", "f.veli.firma", status="firma")[0] == "f.veli.firma2"


@pytest.mark.parametrize(
    "given, surname", [("-", "Kaya"), ("Ali", "..."), ("Иван", "Kaya"), ("3. Ali", "Kaya")]
)
def test_a_name_without_letters_is_refused(given: str, surname: str) -> None:
    with pytest.raises(NamingError, match="does not begin with a letter that folds to a-z"):
        name(given, surname)


def test_a_thousand_homonyms_keep_apart() -> None:
    dice, taken, found = random.Random(5), set[str](), list[Names]()
    for _ in range(1000):
        given = " ".join(dice.sample(["Ali", "Âli", "ALİ", "Can", "Işıl", "İşil"], dice.choice([1, 2])))
        surname = dice.choice(["Can", "Işık", "İşik", "Küçükçömlekçioğlugillerden"])
        names = derive(given, surname, dice.choice(["memur", "firma"]), taken)
        assert not {names.user, names.sam_account_name} & taken
        taken |= {names.user, names.sam_account_name}
        found.append(names)
    assert all(len(names.sam_account_name) <= 20 for names in found)
    assert all(TypeAdapter(UserName).validate_python(name) for name in taken)
