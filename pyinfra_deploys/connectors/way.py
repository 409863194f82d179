"""Reaches a switch over SSH: who logs in, how long is waited, and in plain words why nobody gets in."""

from __future__ import annotations

import logging
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import Any

from netmiko import BaseConnection, ssh_dispatcher
from netmiko.exceptions import NetmikoAuthenticationException, NetmikoTimeoutException, ReadTimeout
from paramiko import HostKeys, SSHClient, SSHException

for _talker in ("netmiko", "paramiko"):
    logging.getLogger(_talker).setLevel(logging.CRITICAL)  # at DEBUG they write down every line, secrets too

SSH_PORT = 22


class SwitchError(Exception):
    """Something a switch did or did not do; the text says what was asked and what was seen, without secrets."""


class NotReachedError(SwitchError):
    """Nobody can log in: no answer, all lines taken; `refused`: the login itself, so it must not be tried again."""

    def __init__(self, text: str, refused: bool = False) -> None:
        super().__init__(text)
        self.refused = refused


class SilentError(SwitchError):
    """The switch stopped to answer, or the session ended."""


class LineRefusedError(SwitchError):
    """The switch did not take a line, or asked something that nobody foresaw."""


@dataclass(frozen=True)
class Way:
    """How a switch is reached; the secrets show themselves nowhere.

    `known_hosts` is a file with its host key; without one any key is taken, which is for loopback only. `login_seconds`
    is how long a slow TACACS server may think, `answer_seconds` how long the switch may be silent after a line.
    """

    name: str
    platform: str
    address: str
    port: int = 22
    user: str = ""
    password: str = field(default="", repr=False)
    enable: str = field(default="", repr=False)
    known_hosts: str | None = None
    connect_seconds: float = 10.0
    login_seconds: float = 45.0
    answer_seconds: float = 15.0

    def with_login(self, user: str, password: str, enable: str) -> Way:
        """Gives the same way with another login."""
        return replace(self, user=user, password=password, enable=enable)


def connected(way: Way) -> BaseConnection:
    """Gives a session that netmiko opened and prepared, without privilege where the platform asks for it apart.

    Raises:
        NotReachedError: with the reason.
    """
    settings: dict[str, Any] = {
        "device_type": way.platform,
        "host": way.address,
        "port": way.port,
        "username": way.user,
        "password": way.password,
        "secret": way.enable,
        "encoding": "latin-1",  # every byte is a letter, so none is lost
        "conn_timeout": way.connect_seconds,
        "banner_timeout": way.connect_seconds,
        "auth_timeout": way.login_seconds,
        "read_timeout_override": way.answer_seconds,
        "use_keys": False,
        "allow_agent": False,
    }
    kind = _kind(way.platform, way.known_hosts)
    settings["ssh_strict"] = bool(way.known_hosts)
    where = f"{way.name} ({way.address}:{way.port})"
    try:
        return kind(**settings)
    except NetmikoAuthenticationException as error:
        slow = "timeout" in str(error).lower()
        what = f"no decision within {way.login_seconds:.0f} s" if slow else "user or password is refused"
        raise NotReachedError(
            f"{where}: {what}; it was tried once, so that no account is locked", True
        ) from None
    except (NetmikoTimeoutException, ReadTimeout, SSHException, OSError, ValueError, EOFError) as error:
        raise NotReachedError(f"{where}: {_short(error)}") from None


@cache
def _kind(platform: str, known_hosts: str | None) -> type[BaseConnection]:
    """Gives netmiko's session of a platform for the host keys of a file, which is read once for all its switches."""
    kind: type[BaseConnection] = ssh_dispatcher(platform)
    keys = HostKeys(known_hosts if known_hosts and Path(known_hosts).is_file() else None)

    class Session(kind):  # type: ignore[misc,valid-type]
        def _try_session_preparation(self, force_data: bool = True) -> None:
            # What is done first with an IOS asks for a prompt by itself; the empty line waits a tenth of a second.
            super()._try_session_preparation(force_data and platform != "cisco_ios")

        def disable_paging(self, *arguments: Any, **more: Any) -> str:
            # The console says `terminal length 0` to an IOS itself, and looks at the answer.
            return "" if platform == "cisco_ios" else str(super().disable_paging(*arguments, **more))

        def _build_ssh_client(self) -> SSHClient:
            client: SSHClient = super()._build_ssh_client()
            where = self.host if self.port == SSH_PORT else f"[{self.host}]:{self.port}"
            for name, key in (keys.lookup(where) or {}).items():
                client.get_host_keys().add(where, name, key)
            return client

    return Session


def _short(error: Exception) -> str:
    text = " ".join(str(error).split())
    if "banner" in text:
        return "it closes the connection before SSH begins: all lines taken, or it starts"
    if "TCP connection to device failed" in text:
        return "nobody answers there"
    if "not found in known_hosts" in text or "host key" in text.lower():
        return "its host key is not the known one"
    if "Pattern not detected" in text:
        return "logged in, then it did not answer in time, or the enable secret is wrong"
    return text[:160] or type(error).__name__
