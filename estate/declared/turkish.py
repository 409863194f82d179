"""Treats Turkish letters by Turkish rules, whatever the locale: case, folding to ASCII, order in lists.

The one place for it: `str.lower`, `casefold`, Jinja's `lower` and SQL's `LOWER` turn I into i, and İ into two letters.
"""

from __future__ import annotations

import unicodedata
from functools import lru_cache

_ALPHABET = "abcçdefgğhıijklmnoöpqrsştuüvwxyz"
_RANKS = {letter: rank for rank, letter in enumerate(_ALPHABET, start=20)}
_RANKS |= {digit: rank for rank, digit in enumerate("0123456789", start=10)} | {" ": 1}
_UNKNOWN = 100
_TO_LOWER = str.maketrans("Iİ", "ıi")
_TO_UPPER = str.maketrans("ıi", "Iİ")
_TO_ASCII = str.maketrans(
    {"ı": "i", "İ": "I", "ß": "ss", "æ": "ae", "Æ": "AE", "œ": "oe", "Œ": "OE", "ø": "o", "Ø": "O"}
    | {"đ": "d", "Đ": "D", "ł": "l", "Ł": "L", "ə": "e", "Ə": "E"}
)


def tidy(text: str) -> str:
    """Gives a text in composed letters, with single blanks inside, none around, and nothing invisible.

    Blanks of every kind count (the no-break space too). An i with a dot above it is what a program leaves behind that
    lowered İ by other rules; it becomes i.
    """
    composed = unicodedata.normalize("NFC", text).replace("i\u0307", "i")
    return " ".join("".join(c for c in composed if unicodedata.category(c) != "Cf").split())


def lower(text: str) -> str:
    """Gives the text in small letters: I becomes ı, İ becomes i."""
    return unicodedata.normalize("NFC", text).translate(_TO_LOWER).lower()


def upper(text: str) -> str:
    """Gives the text in capitals: i becomes İ, ı becomes I."""
    return unicodedata.normalize("NFC", text).translate(_TO_UPPER).upper()


def title(text: str) -> str:
    """Gives the text with a capital at the start of each word and small letters after it: ÇAĞRI becomes Çağrı."""
    small, letters, inside = lower(text), [], False
    for letter in small:
        letters.append(letter if inside else upper(letter))
        inside = letter.isalpha()
    return "".join(letters)


def is_capitals(text: str) -> bool:
    """Tells whether a text has letters and all of them are capitals."""
    return text.isupper()


def ascii_of(text: str) -> str:
    """Gives the text in ASCII, case and blanks kept: letters lose their marks, what has no likeness is left out."""
    parted = unicodedata.normalize("NFKD", unicodedata.normalize("NFC", text).translate(_TO_ASCII))
    return parted.encode("ascii", "ignore").decode()


@lru_cache(maxsize=1 << 14)  # the same few words stand in thousands of rows
def fold(text: str) -> str:
    """Gives a text as machines spell it: small letters a-z and digits, everything else dropped.

    The same for a text and its capitals, composed or decomposed, with circumflex or without.
    """
    return "".join(c for c in ascii_of(lower(tidy(text))) if "a" <= c <= "z" or "0" <= c <= "9")


def collation_key(text: str) -> tuple[tuple[int, ...], str, str]:
    """Gives the key that sorts texts by the Turkish alphabet (c ç, g ğ, ı i, o ö, s ş, u ü).

    Marks outside the alphabet (â, î, û, é), capitals and punctuation only decide between texts that are equal without.
    """
    small = lower(tidy(text))
    return tuple(rank for letter in small for rank in _ranks(letter)), small, text


def _ranks(letter: str) -> tuple[int, ...]:
    if letter in _RANKS:
        return (_RANKS[letter],)
    if not letter.isalnum():
        return ()
    plain = ascii_of(letter).lower()
    return tuple(_RANKS[c] for c in plain if c in _RANKS) or (_UNKNOWN + ord(letter),)
