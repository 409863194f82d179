"""Writes what a mailbox answers after its owner left, as a Sieve script (RFC 5228, vacation: RFC 5230); pure."""

from __future__ import annotations

REPEAT_DAYS = 7
"""A sender is told again after so many days."""


def script(name: str, unit: str, address: str, hand_over: str | None, municipality: str) -> str:
    """Gives the script of one mailbox.

    Whoever writes is told in Turkish that the person left; the mail is kept, and a copy goes to `hand_over`
    (an address) when there is one. `address` is the mailbox's own.
    """
    told = [
        "Sayın ilgili,",
        "",
        f"{name} kurumumuzdaki görevinden ayrılmıştır.",
        (
            f"İletiniz, gereği için {unit} birimine aktarılmıştır."
            if hand_over
            else f"İletiniz okunmamaktadır; lütfen {unit} birimine başvurunuz."
        ),
        "",
        municipality,
        "",
        "Bu ileti kendiliğinden gönderilmiştir.",
    ]
    lines = ['require ["copy", "vacation"];']
    if hand_over:
        lines.append(f"redirect :copy {_quoted(hand_over)};")
    lines += [
        f"vacation :days {REPEAT_DAYS} :from {_quoted(address)} :addresses [{_quoted(address)}]",
        f"  :subject {_quoted('Otomatik yanıt: ' + name + ' görevinden ayrılmıştır')}",
        f"  {_quoted(chr(10).join(told))};",
    ]
    return "\n".join(lines) + "\n"


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
