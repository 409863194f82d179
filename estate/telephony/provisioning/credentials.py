"""Draws what a telephone set proves itself by, and what guards its menus; nothing drawn is stored."""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass, field

from estate.telephony.lines import Line
from estate.telephony.secrets import drawn, secret

HIDDEN = "(secret)"
"""Stands for a secret where the file of a set is shown."""


@dataclass(frozen=True)
class Credentials:
    """Holds the key that everything is drawn from; with None, secrets show themselves as HIDDEN.

    `directory` is the password with which sets search the directory; without it they do not search.
    """

    master: str | None = field(repr=False)
    directory: str | None = field(repr=False, default=None)

    def account(self, line: Line) -> str:
        """Gives what an extension registers with."""
        if self.master is None:
            return HIDDEN
        return secret(self.master, line.number, line.holder, line.secret_issued)

    def admin(self, mac: str) -> str:
        """Gives the password of the menus of a set: sixteen letters and digits, which every make can take."""
        return self._drawn("admin", mac)[:16]

    def fetching(self, mac: str) -> str:
        """Gives the password with which a set fetches its file; it stays, as a set that was off must still get in."""
        return self._drawn("prov", mac)[:24]

    def htpasswd(self, mac: str) -> str:
        """Gives the line of the web server's password file: salted SHA-1, which nginx checks without cost.

        A slow hash protects words of people; these are 120 random bits, and two thousand sets fetch every night.
        """
        user = user_of(mac)
        salt = self._drawn("salt", mac)[:12].encode()
        digest = hashlib.sha1(self.fetching(mac).encode() + salt, usedforsecurity=False).digest()
        return f"{user}:{{SSHA}}{base64.b64encode(digest + salt).decode()}\n"

    def _drawn(self, *parts: str) -> str:
        if self.master is None:
            return HIDDEN
        return base64.b32encode(drawn(self.master, *parts)).decode()


def user_of(mac: str) -> str:
    """Gives the name a set fetches with, which is how file names spell its address: twelve small letters and digits."""
    return mac.replace(":", "")
