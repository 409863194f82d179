"""Gives each telephone set its settings, every account and key of its model written, used or not."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache, cached_property

from estate.declared.calling import Phone
from estate.declared.directory import TELEPHONES
from estate.declared.estate import Estate
from estate.declared.numbering import holders
from estate.declared.phone_models import PhoneModel, known_models
from estate.telephony.lines import Line, lines
from estate.telephony.provisioning import book
from estate.telephony.provisioning.credentials import Credentials, user_of
from estate.telephony.provisioning.families import Family, Part, family
from estate.telephony.provisioning.writing import CLEAR, Setting, UnsayableError, written

TLS_PORT = 5061
PICKUP = "*8"
VOICEMAIL = "*97"
EXPIRES_SECONDS = 600
REFETCH_SECONDS = 86_400
AUTHORITY = "ca.crt"
"""The certificate of the internal authority, beside the files of the sets."""


@dataclass(frozen=True)
class Sets:
    """All telephone sets of an estate on a day; `authority` tells whether the internal authority is handed out."""

    estate: Estate
    today: date
    credentials: Credentials
    authority: bool = False

    @cached_property
    def _lines(self) -> Mapping[str, Line]:
        return {line.number: line for line in lines(self.estate, self.today)}

    @cached_property
    def _labels(self) -> Mapping[str, str]:
        """Gives the name of every number, with its own letters."""
        return {each.number: each.name for each in holders(self.estate.telephony, self.estate.people)}

    @cached_property
    def server(self) -> str:
        """Gives the name that stays when the exchange is built anew on another host; its certificate carries it."""
        return self.estate.telephony.service_name

    def file(self, phone: Phone) -> str:
        """Gives the name of the file a set asks for, the address in small letters."""
        return _family(phone).file.format(mac=user_of(phone.mac))

    def text(self, phone: Phone) -> str:
        """Gives the file of a set; raises UnsayableError for a model nobody knows or a value that cannot be written."""
        found = _family(phone)
        try:
            return written(found, self.settings(phone))
        except UnsayableError as wrong:
            raise UnsayableError(f"telephone set {phone.mac}: {wrong}") from None

    def settings(self, phone: Phone) -> Iterator[Setting]:
        """Yields every setting of a set: its own, its accounts, its keys, the search in the directory."""
        found, model = _family(phone), _model(phone)
        own = self._own(phone, found)
        yield from _filled(found, "set", own)
        yield from _filled(found, "authority" if self.authority else "no_authority", own)
        for n in range(1, model.accounts + 1):
            line = self._lines.get(phone.extensions[n - 1]) if n <= len(phone.extensions) else None
            if line is None:
                yield from _unused(model.family, "no_account", n)
            else:
                yield from _filled(found, "account", {**own, **self._account(line), "n": str(n)})
        yield from self._keys(phone, model, found, own)
        searching = self._directory()
        yield from _filled(found, "directory" if searching else "no_directory", own | searching)

    def _own(self, phone: Phone, found: Family) -> dict[str, str]:
        base, switches = f"{self.server}/", self.estate.switches.base
        return {
            "clear": CLEAR,
            "file": self.file(phone),
            "server": self.server,
            "path": self.server,
            "url": f"https://{base}",
            "book": f"https://{base}{book.NAMES[found.book]}",
            "authority": f"https://{base}{AUTHORITY}",
            "user": user_of(phone.mac),
            "password": self.credentials.fetching(phone.mac),
            "admin_password": self.credentials.admin(phone.mac),
            "clock": f"{switches.ntp_hosts[0]}.{self.estate.networks.domain}",
            "log_host": str(switches.log_host.address),
            "pickup": PICKUP,
            "tls_port": str(TLS_PORT),
            "expires": str(EXPIRES_SECONDS),
            "refetch_seconds": str(REFETCH_SECONDS),
            "refetch_minutes": str(REFETCH_SECONDS // 60),
        }

    def _account(self, line: Line) -> dict[str, str]:
        """Gives the values of an account: `name` goes over the wire in ASCII, `label` stands on the screen alone."""
        return {
            "number": line.number,
            "name": line.name,
            "label": f"{line.number} {self._labels.get(line.number, line.name)}",
            "secret": self.credentials.account(line),
            "voicemail": VOICEMAIL if line.voicemail else CLEAR,
        }

    def _keys(
        self, phone: Phone, model: PhoneModel, found: Family, own: Mapping[str, str]
    ) -> Iterator[Setting]:
        watched = {key.position: key for key in phone.keys}
        for position in range(1, model.last_key + 1):
            aside = position > model.keys
            n = position - model.keys if aside else position
            values = {**own, "n": str(n), "before": str(n - 1)}
            if key := watched.get(position):
                values |= {"number": key.extension, "label": key.label}
                yield from _filled(found, "watch_side_key" if aside else "watch_key", values)
            elif position <= len(phone.extensions) and phone.extensions[position - 1] in self._lines:
                number = phone.extensions[position - 1]
                values |= {"account": str(position), "label": self._labels.get(number, number)}
                yield from _filled(found, "line_key", values)
            else:
                yield from _unused(model.family, "no_side_key" if aside else "no_key", n)

    def _directory(self) -> dict[str, str]:
        """Gives how sets search the directory; nothing when its account is not declared or has no password here."""
        directory = self.estate.directory
        declared = any(each.user == TELEPHONES for each in directory.service_accounts)
        if not declared or self.credentials.directory is None:
            return {}
        realm = directory.realm.lower()
        return {
            "directory_host": f"{directory.host}.{self.estate.networks.domain}",
            "directory_base": f"OU={directory.base_ou},{directory.base_dn}",
            "directory_user": f"{TELEPHONES}@{realm}",
            "directory_password": self.credentials.directory,
        }


def _model(phone: Phone) -> PhoneModel:
    model = known_models().get(phone.model)
    if model is None:
        raise UnsayableError(f"telephone set {phone.mac}: {phone.model} is no known model")
    return model


def _family(phone: Phone) -> Family:
    return family(_model(phone).family)


@cache
def _unused(name: str, part: Part, n: int) -> tuple[Setting, ...]:
    """Gives the settings of an account or key that is not used, the same in every set of a family."""
    found = family(name)
    return tuple(_filled(found, part, {"clear": CLEAR, "n": str(n), "before": str(n - 1)}))


def _filled(found: Family, part: Part, values: Mapping[str, str]) -> Iterator[Setting]:
    for name, value in found.parts.get(part, {}).items():
        yield name.format_map(values), value.format_map(values)
