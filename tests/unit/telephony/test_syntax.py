"""C27: a semicolon survives, and what Asterisk would misread is refused, never shortened."""

import pytest

from estate.telephony.syntax import LONGEST, UnwritableError, setting, short, word


def _as_asterisk_reads(line: str) -> str:
    """Reads one line like Asterisk's main/config.c: cuts comments, joins escaped semicolons, strips both sides."""
    at = 0
    while (at := line.find(";", at)) >= 0:
        line = line[: at - 1] + line[at:] if at and line[at - 1] == "\\" else line[:at]
    _, _, value = line.partition("=")
    return value.removeprefix(">").strip()


@pytest.mark.parametrize("value", ["Ab;cd#12", r"a\;b", ";", ">x", "a;b;;c", r"tail\ "[:-1], "x = y", "[x]"])
def test_a_value_is_read_back_as_it_was(value: str) -> None:
    assert _as_asterisk_reads(setting("password", value)) == value


@pytest.mark.parametrize("value", ["Gümüş", "a\nb", " a", "a ", "a;--b", "a\x7f"])
def test_a_value_that_would_be_misread_is_refused(value: str) -> None:
    with pytest.raises(UnwritableError, match=r"^password: "):
        setting("password", value)


@pytest.mark.parametrize("value", ["", "a,b", "a|b", "${X}", "a)", 'a"b'])
def test_an_argument_with_a_meaning_of_its_own_is_refused(value: str) -> None:
    with pytest.raises(UnwritableError, match="meaning of its own"):
        word(value, "name of 2801")


def test_a_line_is_refused_before_it_would_be_cut() -> None:
    assert short("x" * LONGEST) == "x" * LONGEST
    with pytest.raises(UnwritableError, match="declare fewer"):
        short("x" * (LONGEST + 1))
