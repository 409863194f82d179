"""Gives the controller its way into the lab hosts: a key pair, pinned host keys, a guarded SSH configuration."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from pathlib import Path

from estate.lab.commands import Runner
from estate.lab.namespaces import LINK
from estate.lab.places import Places, settle
from estate.lab.topology import Attachment, Topology

INIT = Path(__file__).with_name("init.sh")


def ensure_access(runner: Runner, places: Places, topology: Topology) -> None:
    """Makes keys once, and writes what SSH and each host need; existing keys stay."""
    key = places.ssh / "id_ed25519"
    _ensure_key(runner, key, "controller of the lab")
    _ensure_key(runner, places.signing, "administrator of the lab")
    pinned = []
    for host, cable in topology.hosts.items():
        own = places.host(host) / "ssh_host_ed25519_key"
        _ensure_key(runner, own, host)
        pinned.append(known_host(cable, own.with_suffix(".pub").read_text()))
        for name, text in host_files(cable, topology).items():
            settle(places.host(host) / name, text)
        settle(places.host(host) / "authorized_keys", key.with_suffix(".pub").read_text())
        settle(places.host(host) / "init", INIT.read_text(), 0o755)
    settle(places.ssh / "known_hosts", "".join(sorted(pinned)))
    settle(places.ssh / "is-up", is_up_script(places.checkout), 0o755)
    settle(places.ssh / "is-down", IS_DOWN_SCRIPT, 0o755)
    settle(places.ssh / "config", ssh_config(places.ssh, topology.hosts))


def host_files(cable: Attachment, topology: Topology) -> Mapping[str, str]:
    """Returns the files that give a host its name and its name servers."""
    full = f"{cable.host}.{topology.domain}"
    own = "".join(f"{address.ip}\t{full} {cable.host}\n" for address in cable.addresses)
    servers = "".join(f"nameserver {server}\n" for server in topology.name_servers)
    return {
        "hostname": f"{full}\n",
        "hosts": f"127.0.0.1\tlocalhost\n::1\tlocalhost ip6-localhost ip6-loopback\n{own}",
        "resolv.conf": f"search {topology.domain}\n{servers}",
    }


def known_host(cable: Attachment, public_key: str) -> str:
    """Returns the line that pins a host's key to its name and its addresses."""
    names = ",".join([cable.host, *(str(address.ip) for address in cable.addresses)])
    return f"{names} {' '.join(public_key.split()[:2])}\n"


def ssh_config(folder: Path, hosts: Mapping[str, Attachment]) -> str:
    """Returns an SSH configuration that knows the hosts and contacts no address while the lab is down.

    The test is a script without arguments, because paramiko's reader (pyinfra) can run nothing else.
    """
    known = "".join(f"Host {name}\n  HostName {cable.address}\n" for name, cable in hosts.items())
    return f"""\
# Written by `./scripts/estate lab up`.
Match !exec "{folder}/is-up"
  ProxyCommand {folder}/is-down
  LogLevel QUIET
{known}Host *
  User root
  IdentityFile {folder}/id_ed25519
  IdentitiesOnly yes
  UserKnownHostsFile {folder}/known_hosts
  GlobalKnownHostsFile /dev/null
  StrictHostKeyChecking yes
  UpdateHostKeys no
  ConnectTimeout 10
  ServerAliveInterval 5
  ServerAliveCountMax 3
  LogLevel ERROR
"""


def is_up_script(checkout: Path) -> str:
    """Returns the test whether the lab of this checkout is up: its cable carries the path of its owner."""
    return f"#!/bin/sh\ngrep -qsxF -e {shlex.quote(str(checkout))} /sys/class/net/{LINK}/ifalias\n"


IS_DOWN_SCRIPT = (
    "#!/bin/sh\necho 'the lab of this checkout is down: run `./scripts/estate lab up`' >&2\nexit 1\n"
)


def _ensure_key(runner: Runner, path: Path, comment: str) -> None:
    if path.exists() and path.with_suffix(".pub").exists():
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    aside = path.with_name(f"{path.name}.new")
    for old in (aside, aside.with_name(f"{aside.name}.pub")):
        old.unlink(missing_ok=True)
    runner.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", comment, "-f", str(aside)])
    aside.with_name(f"{aside.name}.pub").rename(path.with_suffix(".pub"))
    aside.rename(path)
