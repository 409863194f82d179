"""Makes a switch a host of pyinfra: `@netmiko/sw-ana-kat1`; facts are commands it shows something for.

Registered as the connector `netmiko`. Host data: `switch_platform`, `switch_address`, `switch_port`, and as
`switch_known_hosts` the file with its host key.
The login is the declared local user with the password of the vault; the first time, before that user is there, another
one named by `switch_user`, with `vault_switches_first_password` and `vault_switches_first_enable`. Nothing is written
through this session: a push opens its own (`connectors/pushing.py`). `switch_login=later` logs in when something is
asked, so that a deploy learns why a switch does not answer.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from ipaddress import ip_address
from typing import Any

from pyinfra.api.exceptions import ConnectError, PyinfraError
from pyinfra.api.host import Host
from pyinfra.connectors.base import BaseConnector
from pyinfra.connectors.util import CommandOutput, OutputLine

from estate.runs.environment import Environment
from estate.switches.sheet import FIRST, SECRETS
from pyinfra_deploys.connectors.console import Console
from pyinfra_deploys.connectors.dialects import DIALECTS
from pyinfra_deploys.connectors.way import SwitchError, Way
from pyinfra_deploys.facts.declaration import declared
from pyinfra_deploys.facts.vault import secret

_DATA: dict[str, dict[str, Any]] = {}


def named(switches: Mapping[str, dict[str, Any]]) -> tuple[str, dict[str, Any]]:
    """Gives one name for an inventory that stands for all these switches, by name with their host data.

    pyinfra looks through all that is installed for every name, which costs more than reading the switch.
    """
    _DATA.update(switches)
    return f"@netmiko/{','.join(switches)}", {}


def ways(host: Host) -> tuple[Way, Way]:
    """Gives the way to a switch now, and with the login that is declared for it.

    Raises:
        PyinfraError: its host key is not known, its platform not spoken, or the vault lacks a secret.
    """
    environment, data = Environment.chosen(), host.data
    local = declared(environment).switches.base.local_user
    known, address = data.get("switch_known_hosts"), str(data.switch_address)
    if not known and not ip_address(address).is_loopback:
        raise PyinfraError(f"{host.name}: no switch_known_hosts names a file with its host key")
    if data.switch_platform not in DIALECTS:
        raise PyinfraError(f"{host.name}: {data.switch_platform!r} is none of {', '.join(DIALECTS)}")
    password = str(secret(environment, SECRETS["local_password"]))
    procurve = data.switch_platform == "hp_procurve"  # its manager has one password for both
    enable = password if procurve else str(secret(environment, SECRETS["enable"]))
    own = Way(
        name=host.name,
        platform=data.switch_platform,
        address=address,
        port=int(data.get("switch_port", 22)),
        user=local,
        password=password,
        enable=enable,
        known_hosts=known,
    )
    user = str(data.get("switch_user") or local)
    if user == local:
        return own, own
    first = str(secret(environment, FIRST[0]))
    enable = first if procurve else str(secret(environment, FIRST[1]))
    return own.with_login(user, first, enable), own


class NetmikoConnector(BaseConnector):
    """Holds one privileged session to a switch, opened when pyinfra connects and again when something is asked."""

    handles_execution = True

    @staticmethod
    def make_names_data(name: str) -> Iterator[tuple[str, dict[str, Any], list[str]]]:
        """Gives each of the switches, parted by commas, as one host of the group `switches`."""
        if not name:
            raise PyinfraError("@netmiko needs the name of a switch: @netmiko/sw-ana-kat1")
        for each in name.split(","):
            yield each, dict(_DATA.get(each, {})), ["switches"]

    def connect(self) -> None:
        """Logs in, unless `switch_login` says later; a switch that does not let in is unreachable, with the reason."""
        self._console: Console | None = None
        try:
            if self.host.data.get("switch_login") != "later":
                self.console()
        except (SwitchError, PyinfraError) as error:
            raise ConnectError(str(error)) from None

    def disconnect(self) -> None:
        """Ends the session; lines for logins are few on a switch."""
        if self._console is not None:
            self._console.close()
            self._console = None

    def run_shell_command(
        self, command: Any, print_output: bool = False, print_input: bool = False, **arguments: Any
    ) -> tuple[bool, CommandOutput]:
        """Gives what the switch shows for a command that begins with `show`; no other is taken."""
        text = str(command.get_raw_value() if hasattr(command, "get_raw_value") else command)
        try:
            if not text.startswith("show "):
                raise SwitchError(
                    f"{self.host.name}: {text.split()[0]!r} shows nothing, and this session only reads"
                )
            answer = self.console().ask(text)
        except SwitchError as error:
            return False, CommandOutput([OutputLine("stderr", str(error))])
        return True, CommandOutput(
            [OutputLine("stdout", answer)]
        )  # one for each line would cost what SSH does

    def put_file(self, *arguments: Any, **more: Any) -> bool:
        """Is not possible."""
        raise PyinfraError(f"{self.host.name} is a switch: no file is laid on it")

    def get_file(self, *arguments: Any, **more: Any) -> bool:
        """Is not possible."""
        raise PyinfraError(f"{self.host.name} is a switch: no file is read from it")

    def hand_over(self) -> Console | None:
        """Gives the session away, to whoever closes it; None when there is none."""
        handed, self._console = self._console, None
        return handed

    def console(self) -> Console:
        """Gives the session, for reading alone; logs in when there is none.

        Raises:
            NotReachedError: with the reason.
        """
        if self._console is None:
            self._console = Console(ways(self.host)[0])
        return self._console
