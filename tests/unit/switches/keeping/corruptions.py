"""Breaks a good capture in every way that was seen or feared: small functions, bytes in, bytes out."""

from collections.abc import Callable

Corruption = Callable[[bytes], bytes]
ALL: dict[str, Corruption] = {}
IOS_ONLY: dict[str, Corruption] = {}
PROCURVE_ONLY: dict[str, Corruption] = {}


def of(to: dict[str, Corruption]) -> Callable[[Corruption], Corruption]:
    def named(function: Corruption) -> Corruption:
        to[function.__name__] = function
        return function

    return named


def rows(text: bytes) -> list[bytes]:
    return text.splitlines(keepends=True)


def middle(text: bytes, what: bytes) -> bytes:
    """Puts bytes between two lines in the middle."""
    lines = rows(text)
    return b"".join([*lines[: len(lines) // 2], what, *lines[len(lines) // 2 :]])


def replaced(text: bytes, old: bytes, new: bytes, count: int = -1) -> bytes:
    assert old in text, old
    return text.replace(old, new, count)


@of(ALL)
def nothing_at_all(text: bytes) -> bytes:
    return b""


@of(ALL)
def blank_lines_only(text: bytes) -> bytes:
    return b"\n\n  \n"


@of(ALL)
def heading_only(text: bytes) -> bytes:
    return b"".join(rows(text)[:3])


@of(ALL)
def host_name_only(text: bytes) -> bytes:
    return b"".join(line for line in rows(text) if line.startswith(b"hostname "))


@of(ALL)
def cut_after_a_tenth(text: bytes) -> bytes:
    return text[: len(text) // 10]


@of(ALL)
def cut_in_half(text: bytes) -> bytes:
    return text[: len(text) // 2]


@of(ALL)
def cut_in_the_last_section(text: bytes) -> bytes:
    lines = rows(text)
    last = max(at for at, line in enumerate(lines) if line.startswith((b"line ", b"vlan ")))
    return b"".join(lines[: last + 1])


@of(ALL)
def beginning_lost(text: bytes) -> bytes:
    return text[len(text) // 3 :]


@of(ALL)
def first_screen_lost(text: bytes) -> bytes:
    return b"".join(rows(text)[12:])


@of(ALL)
def most_of_the_middle_lost(text: bytes) -> bytes:
    lines = rows(text)
    return b"".join([*lines[:20], *lines[-10:]])


@of(ALL)
def two_texts_in_one(text: bytes) -> bytes:
    return text + text


@of(ALL)
def second_half_twice(text: bytes) -> bytes:
    return text + b"".join(rows(text)[len(rows(text)) // 2 :])


@of(ALL)
def one_section_twice(text: bytes) -> bytes:
    lines = rows(text)
    at = next(number for number, line in enumerate(lines) if line.startswith(b"interface "))
    return b"".join([*lines[:at], lines[at], lines[at + 1], *lines[at:]])


@of(ALL)
def host_name_twice(text: bytes) -> bytes:
    name = host_name_only(text)
    return replaced(text, name, name + name)


@of(ALL)
def another_switch(text: bytes) -> bytes:
    return replaced(text, b"sw-ana-", b"sw-gar-")


@of(ALL)
def a_longer_name(text: bytes) -> bytes:
    name = host_name_only(text)
    return replaced(text, name, name.replace(b"sw-ana-kat", b"sw-ana-kat1"))


@of(ALL)
def no_host_name(text: bytes) -> bytes:
    return replaced(text, host_name_only(text), b"")


@of(ALL)
def blanks_lost(text: bytes) -> bytes:
    return b"".join(line.lstrip(b" ") for line in rows(text))


@of(ALL)
def upper_case(text: bytes) -> bytes:
    return text.upper()


@of(ALL)
def sorted_lines(text: bytes) -> bytes:
    return b"".join(sorted(rows(text)))


@of(ALL)
def reversed_lines(text: bytes) -> bytes:
    return b"".join(reversed(rows(text)))


@of(ALL)
def ports_lost(text: bytes) -> bytes:
    """Lost are 40 % of the lines, sections of ports and all."""
    lines = rows(text)
    return b"".join([*lines[: len(lines) * 3 // 10], *lines[len(lines) * 7 // 10 :]])


@of(ALL)
def more_ports_than_the_model(text: bytes) -> bytes:
    section = (
        b"interface GigabitEthernet1/0/60\n" if b"GigabitEthernet" in text else b"interface 40\n   exit\n"
    )
    return replaced(text, b"interface ", section + b"interface ", 1)
