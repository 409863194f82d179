"""Gives every file that the web server of the exchange holds for telephone sets, by its name below its folder."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import date

from estate.declared.estate import Estate
from estate.declared.phone_models import known_models
from estate.telephony.provisioning import book
from estate.telephony.provisioning.credentials import Credentials
from estate.telephony.provisioning.families import family
from estate.telephony.provisioning.sets import AUTHORITY, Sets

PASSWORDS = ".htpasswd"


def provisioning_files(
    estate: Estate,
    today: date,
    master: str,
    directory_password: str | None = None,
    authority: str | None = None,
) -> Mapping[str, str]:
    """Gives the files of all declared sets, a phone book for each make among them, and who may fetch what.

    `directory_password` is that of the account svc-telefon: without it sets do not search the directory. `authority` is
    the certificate of the internal authority (PEM), which sets fetch to trust the exchange. Raises UnsayableError.
    """
    sets = Sets(estate, today, Credentials(master, directory_password), authority is not None)
    phones = estate.telephony.phones
    found = {sets.file(phone): sets.text(phone) for phone in phones}
    kinds = {family(known_models()[phone.model].family).book for phone in phones}
    listed = book.entries(estate, today) if kinds else ()
    found |= {book.NAMES[kind]: book.text(kind, listed) for kind in sorted(kinds)}
    found[PASSWORDS] = "".join(sorted(sets.credentials.htpasswd(phone.mac) for phone in phones))
    if authority is not None:
        found[AUTHORITY] = authority
    return found


def stale(held: Iterable[str], wanted: Iterable[str]) -> tuple[str, ...]:
    """Gives the names of files that were for a set or a make and are wanted no more; what people laid there stays."""
    names = {re.escape(name) for name in (*book.NAMES.values(), PASSWORDS, AUTHORITY)}
    kinds = {family(model.family).file for model in known_models().values()}
    names |= {re.escape(kind).replace(r"\{mac\}", "[0-9a-f]{12}") for kind in kinds}
    ours = re.compile("|".join(sorted(names)))
    return tuple(sorted(name for name in set(held) - set(wanted) if ours.fullmatch(name)))
