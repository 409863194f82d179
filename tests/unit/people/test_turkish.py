"""Treats Turkish letters by Turkish rules under every locale."""

from __future__ import annotations

import os
import subprocess
import sys
import unicodedata
from pathlib import Path

import pytest

from estate.declared import turkish
from estate.declared.turkish import ascii_of, collation_key, fold, is_capitals, lower, tidy, title, upper


@pytest.mark.parametrize(
    "text, small, capitals",
    [
        ("IŞIK", "ışık", "IŞIK"),
        ("İşık", "işık", "İŞIK"),
        ("ığdır İğneci", "ığdır iğneci", "IĞDIR İĞNECİ"),
        ("Âdem Kâmil", "âdem kâmil", "ÂDEM KÂMİL"),
    ],
)
def test_case_is_turkish(text: str, small: str, capitals: str) -> None:
    assert (lower(text), upper(text)) == (small, capitals)
    assert (lower(capitals), upper(small)) == (small, capitals)


@pytest.mark.parametrize(
    "capitals, name",
    [
        ("ÇAĞRI", "Çağrı"),
        ("HATİCE ILICALI", "Hatice Ilıcalı"),
        ("GÜL-NİHAL D'ARCY", "Gül-Nihal D'Arcy"),
        ("ŞEF (İHALE-BÜRO)", "Şef (İhale-Büro)"),
        ("MÜDÜR V.", "Müdür V."),
    ],
)
def test_capitals_become_a_name(capitals: str, name: str) -> None:
    assert is_capitals(capitals) and not is_capitals(name)
    assert title(capitals) == name


@pytest.mark.parametrize(
    "text, folded",
    [
        ("Özgür", "ozgur"),
        ("ÜNLÜ", "unlu"),
        ("Şeyma", "seyma"),
        ("S\u0327eyma", "seyma"),
        ("Göğüş", "gogus"),
        ("Hâkan", "hakan"),
        ("İ", "i"),
        ("I\u0307", "i"),
        ("i\u0307", "i"),
        ("I", "i"),
        ("Yıldız-Öztürk", "yildizozturk"),
        ("O'Neil", "oneil"),
        ("René", "rene"),
        ("Əliyeva", "eliyeva"),
        ("Weiß", "weiss"),
        ("Ali\u00a0Can", "alican"),
        ("-", ""),
        ("Иван", ""),
    ],
)
def test_folding_keeps_a_likeness_of_every_letter(text: str, folded: str) -> None:
    assert fold(text) == folded
    assert fold(unicodedata.normalize("NFD", text)) == folded
    assert fold(upper(text)) == folded


def test_tidying_takes_blanks_and_invisible_characters() -> None:
    assert tidy("\ufeff  Ayşe\u00a0 Gül \t") == "Ayşe Gül"
    assert tidy("Ali\u200bCan\u00ad") == "AliCan"
    assert tidy("i\u0307lgin") == "ilgin"


def test_ascii_keeps_case_and_blanks() -> None:
    assert ascii_of("Gümüşçağıl İlçe Belediyesi") == "Gumuscagil Ilce Belediyesi"


def test_lists_follow_the_turkish_alphabet() -> None:
    names = ["Zabıta", "Çevre", "Cenaze", "Dağıtım", "Ilıca", "İmar", "Itfaiye-Ek", "Şehir", "Su"]
    assert sorted(names, key=collation_key) == (
        ["Cenaze", "Çevre", "Dağıtım", "Ilıca", "Itfaiye-Ek", "İmar", "Su", "Şehir", "Zabıta"]
    )
    words = ["ilik", "zam", "çam", "ılık", "cam", "dağ"]
    assert sorted(words, key=collation_key) == ["cam", "çam", "dağ", "ılık", "ilik", "zam"]


def test_marks_blanks_and_digits_have_their_place() -> None:
    names = ["Kâzımoğlu", "Kazı", "Kaya", "Âdem", "Adem", "Alican", "Ali Can", "Ali 2", "1. Ali", "Adım"]
    assert sorted(names, key=collation_key) == (
        ["1. Ali", "Adem", "Âdem", "Adım", "Ali 2", "Ali Can", "Alican", "Kaya", "Kazı", "Kâzımoğlu"]
    )


@pytest.mark.parametrize("locale", ["C", "C.UTF-8", "tr_TR.UTF-8"])
def test_no_locale_changes_a_name(locale: str) -> None:
    program = (
        "import locale, sys; sys.path.insert(0, sys.argv[1]); from turkish import fold, lower, title\n"
        "try: locale.setlocale(locale.LC_ALL, '')\nexcept locale.Error: pass\n"
        "print(fold('IŞIK İnci'), ascii(lower('IİŞ')), ascii(title('ILGIN')))"
    )
    found = subprocess.run(
        [sys.executable, "-c", program, str(Path(turkish.__file__).parent)],
        env={**os.environ, "LC_ALL": locale, "LANG": locale, "PYTHONUTF8": "1"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert found.stdout.split() == ["isikinci", "'\\u0131i\\u015f'", "'Ilg\\u0131n'"]
