"""Numbers, dates and letters come out as a Turkish reader writes them, on any machine."""

from datetime import datetime

import pytest

from estate.report.figures import Status, Value
from estate.report.period import ReportError, turkish_zone
from estate.report.wording import Language, chapters, lower, order, upper

TR, EN = (Language.of(code, turkish_zone()) for code in ("tr", "en"))


@pytest.mark.parametrize(
    ("number", "decimals", "turkish", "english"),
    [
        (1785.25, 2, "1.785,25", "1,785.25"),
        (1234567, 0, "1.234.567", "1,234,567"),
        (-12.5, 1, "-12,5", "-12.5"),
        (0.5, 0, "1", "1"),
        (1.005, 2, "1,01", "1.01"),
        (0, 1, "0,0", "0.0"),
    ],
)
def test_numbers(number: float, decimals: int, turkish: str, english: str) -> None:
    assert (TR.number(number, decimals), EN.number(number, decimals)) == (turkish, english)


def test_percent_stands_before_the_number_in_turkish() -> None:
    assert (TR.percent(0.987), EN.percent(0.987)) == ("%98,7", "98.7 %")
    assert (TR.share(0.0004), TR.share(0.0006), TR.share(0)) == ("< %0,1", "%0,1", "%0,0")
    assert (TR.percent(0.9999), TR.percent(1, brief=True)) == ("%100,0", "%100")


def test_dates_are_local() -> None:
    moment = datetime.fromisoformat("2026-01-04T21:30:00+00:00")
    assert (TR.date(moment), TR.moment(moment)) == ("05.01.2026", "05.01.2026 00:30")
    assert (TR.month(moment), EN.month(moment)) == ("Ocak 2026", "January 2026")


def test_all_months_have_their_names() -> None:
    names = [TR.month(datetime(2026, month, 15, tzinfo=turkish_zone())) for month in range(1, 13)]
    assert " ".join(name.split()[0] for name in names) == (
        "Ocak Şubat Mart Nisan Mayıs Haziran Temmuz Ağustos Eylül Ekim Kasım Aralık"
    )


def test_letters_keep_their_dots() -> None:
    assert upper("Gümüşçağıl Belediyesi iğne ılık") == "GÜMÜŞÇAĞIL BELEDİYESİ İĞNE ILIK"
    assert lower("IŞIK İNCİ") == "ışık inci"


def test_units_of_the_municipality_stand_in_turkish_order() -> None:
    mixed = ["Zabıta", "Çevre", "Cenaze", "Dağıtım", "Ilıca", "İmar", "Itfaiye-Ek", "Şehir", "Su"]
    assert sorted(mixed, key=order) == [
        "Cenaze",
        "Çevre",
        "Dağıtım",
        "Ilıca",
        "Itfaiye-Ek",
        "İmar",
        "Su",
        "Şehir",
        "Zabıta",
    ]
    assert sorted(["zam", "çam", "cam", "ılık", "ilik", "dağ"], key=order) == [
        "cam",
        "çam",
        "dağ",
        "ılık",
        "ilik",
        "zam",
    ]


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0.42, "0,42 sn"),
        (45.25, "45,3 sn"),
        (192.4, "3 dk 12 sn"),
        (14400, "4 sa"),
        (90061, "1 gün 1 sa"),
        (59.97, "1 dk"),
    ],
)
def test_durations(seconds: float, text: str) -> None:
    assert TR.duration(seconds) == text


@pytest.mark.parametrize(
    ("amount", "text"),
    [(0, "0 B"), (999, "999 B"), (999_950, "1,0 MB"), (12_400_000, "12,4 MB"), (1.8e12, "1,8 TB")],
)
def test_sizes(amount: float, text: str) -> None:
    assert TR.size(amount) == text


def test_what_is_not_known_is_said_and_never_zero() -> None:
    values = [Value(None, status) for status in (Status.NOT_MEASURED, Status.UNDEFINED, Status.NEVER)]
    assert [TR.value(value, "message") for value in values] == ["ölçülmedi", "–", "hiç olmadı"]
    assert [EN.value(value, "message") for value in values] == ["not measured", "–", "never"]
    assert TR.value(Value(1785.0, Status.PARTIAL), "message") == "1.785 ileti (eksik veri)"


def test_an_unknown_language_is_refused() -> None:
    with pytest.raises(ReportError, match="Choose one of: tr, en"):
        Language.of("de", turkish_zone())


def test_the_report_has_the_chapters_of_the_file_plan() -> None:
    assert [chapter.number for chapter in chapters()] == list(range(19))
    assert [chapter.number for chapter in chapters() if chapter.filled] == [0, 1, 3, 4, 5, 6, 7, 8, 16, 18]
