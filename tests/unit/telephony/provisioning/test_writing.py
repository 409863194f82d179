"""What is written into the file of a set reads back equal, or is refused: for every text."""

import random
from xml.etree import ElementTree as ET

import pytest

from estate.telephony.provisioning import book
from estate.telephony.provisioning.families import family
from estate.telephony.provisioning.writing import UnsayableError, said, written

LETTERS = "&<>\"'%;#=[]{}@| \\aZ09çğıİöşüÇĞÖŞÜâîû€\u00a0\U0001f4de"
BAD = "\x00\x07\n\r\t\x85\u2028\ud800\ufffe\uffff"
XML = ("grandstream", "snom")


def texts(count: int = 300) -> list[str]:
    draw = random.Random(29)
    return ["", "  ", "&amp;", "]]>", "<!--", *LETTERS] + [
        "".join(draw.choices(LETTERS, k=draw.randrange(1, 40))) for _ in range(count)
    ]


def read_back(name: str, text: str) -> tuple[str, str]:
    """Gives a label and the label of a key out of a file that was written with them."""
    found = family(name)
    label = next(key for key, value in found.parts["account"].items() if value == "{label}").format(n=3)
    key = next(key for key, value in found.parts["watch_key"].items() if value == "{label}").format(
        n=3, before=2
    )
    settings = [(label, text)]
    if key.endswith("@label"):
        settings.append((key.removesuffix("@label"), "blf"))
    root = ET.fromstring(written(found, [*settings, (key, text)]))
    if name == "grandstream":
        items = {item.get("name"): item.text or "" for item in root.iter("item")}
        return items[label], items[key]
    [text_of] = root.findall("phone-settings/user_idle_text[@idx='3']")
    [fkey] = root.findall("functionKeys/fkey[@idx='2']")
    return text_of.text or "", fkey.get("label") or ""


@pytest.mark.parametrize("name", XML)
def test_xml_reads_back_equal_for_every_text(name: str) -> None:
    assert [text for text in texts() if read_back(name, text) != (text, text)] == []


def test_lines_read_back_equal_or_are_refused() -> None:
    found, lost = family("yealink"), []
    for text in texts():
        try:
            head, line = written(found, [("account.1.label", text)]).splitlines()
        except UnsayableError:
            assert text != text.strip()
            continue
        if (head, line.partition(" = ")) != ("#!version:1.0.0.1", ("account.1.label", " = ", text)):
            lost.append(text)
    assert lost == []


@pytest.mark.parametrize("name", ["yealink", *XML])
@pytest.mark.parametrize("letter", BAD)
def test_letters_that_no_format_carries_are_refused_and_named(name: str, letter: str) -> None:
    setting = ("/functionKeys/fkey[1]@label" if name == "snom" else "account.1.label", f"a{letter}b")
    with pytest.raises(UnsayableError, match=r"write it on one line"):
        written(family(name), [setting])


@pytest.mark.parametrize("text", ["%NULL%", "%EMPTY%", "a %NULL%", "a %EMPTY% b", " a", "a "])
def test_a_value_that_a_set_would_read_otherwise_is_refused(text: str) -> None:
    with pytest.raises(UnsayableError, match="another value"):
        written(family("yealink"), [("account.1.label", text)])


@pytest.mark.parametrize("kind", book.NAMES)
def test_a_phone_book_reads_back_equal_for_every_text(kind: str) -> None:
    names = [text for text in texts(60) if said(text, "name")]
    root = ET.fromstring(book.text(kind, [book.Entry("A & <B>", name, "2401") for name in names]))
    found = [element.get("Name") for element in root.iter("Unit")]
    found += [element.text for element in root.iter("FirstName")]
    found += [(element.text or "").removesuffix(", A & <B>") for element in root.iter("Name")]
    assert sorted(map(str, found)) == sorted(names)
