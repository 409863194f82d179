"""Uses the web proxy as a person would, and counts by profile what its log says was let through and refused.

A stranger must be asked who it is; the account of the proxy itself must be recognised by the directory and refused
for want of a profile. Both together need everything that a person needs: TLS, Squid, directory, groups.
"""

from __future__ import annotations

import argparse
import base64
import http.client
import json
import socket
import ssl
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from exporters.textfile import Textfile

SETTINGS = Path("/etc/estate/web-proxy.json")
NOBODY = "none"
TIMEOUT_SECONDS = 15
NOWHERE = "http://sonda.invalid/"
"""An address that does not exist: the answer is the proxy's own."""


@dataclass
class Counted:
    """Is how far the log was read, and what was counted so far: profile and result to requests."""

    inode: int = 0
    offset: int = 0
    requests: dict[str, int] = field(default_factory=dict)


def result_of(line: str, profiles: Iterable[str]) -> tuple[str, str] | None:
    """Gives profile and result of a line of the log; None for one that asks who somebody is, and for a broken one."""
    parts = line.split()
    if len(parts) != 12:
        return None
    profile, said = parts[3], parts[10]
    action, _, code = said.partition("/")
    if code == "407":
        return None
    return profile if profile in profiles else NOBODY, "denied" if action.startswith(
        "TCP_DENIED"
    ) else "allowed"


def count(log: Path, counted: Counted, profiles: Iterable[str]) -> Counted:
    """Counts what was written since the last time; of a log that was rotated the rest first, then the new one."""
    known = tuple(profiles)
    now = log.stat() if log.exists() else None
    if now is None:
        return counted
    if now.st_ino != counted.inode:
        rotated = next(
            (path for path in log.parent.glob(f"{log.name}*") if path.stat().st_ino == counted.inode), None
        )
        if rotated is not None:
            _read(rotated, counted, known)
        counted.inode, counted.offset = now.st_ino, 0
    elif now.st_size < counted.offset:
        counted.offset = 0
    _read(log, counted, known)
    return counted


def _read(path: Path, counted: Counted, profiles: tuple[str, ...]) -> None:
    with path.open("rb") as file:
        file.seek(counted.offset)
        for raw in file:
            if not raw.endswith(b"\n"):
                break  # still being written
            counted.offset += len(raw)
            found = result_of(raw.decode("utf-8", "replace"), profiles)
            if found is not None:
                key = " ".join(found)
                counted.requests[key] = counted.requests.get(key, 0) + 1


def load(path: Path) -> Counted:
    """Gives what was counted before; nothing on a new host."""
    return Counted(**json.loads(path.read_text("utf-8"))) if path.exists() else Counted()


def keep(path: Path, counted: Counted) -> None:
    """Writes down what was counted, in one step."""
    new = path.with_name(f".{path.name}.new")
    new.write_text(json.dumps(vars(counted)), "utf-8")
    new.replace(path)


def status(settings: Mapping[str, Any], credentials: str = "") -> int:
    """Gives the proxy's answer to a request, as a stranger or with credentials; 0 when there is none."""
    context = ssl.create_default_context()
    headers = {"Host": "sonda.invalid"}
    if credentials:
        headers["Proxy-Authorization"] = f"Basic {base64.b64encode(credentials.encode()).decode()}"
    try:
        with (
            socket.create_connection((settings["address"], settings["port"]), TIMEOUT_SECONDS) as plain,
            context.wrap_socket(plain, server_hostname=settings["proxy"]) as secured,
        ):
            connection = http.client.HTTPConnection(settings["proxy"])
            connection.sock = secured
            connection.request("GET", NOWHERE, headers=headers)
            return connection.getresponse().status
    except (OSError, http.client.HTTPException) as error:
        print(f"web_proxy: {settings['proxy']}: {type(error).__name__}: {error}", file=sys.stderr)
        return 0


def measure(settings: Mapping[str, Any], counted: Counted) -> Textfile:
    """Gives the measurements: who was answered how, and what was counted."""
    out = Textfile()
    password = Path(settings["password"]).read_text("utf-8").strip()
    known = status(settings, f"{settings['user']}:{password}")
    out.set("bim_internet_proxy_check_success", status(settings) == 407, check="stranger")
    out.set("bim_internet_proxy_check_success", known == 403, check="directory")
    out.lay_down("bim_internet_requests_total")
    for key, number in counted.requests.items():
        profile, _, result = key.partition(" ")
        out.set("bim_internet_requests_total", number, profile=profile, result=result)
    return out


def main() -> int:
    """Measures once; 0 when it could be written."""
    parser = argparse.ArgumentParser(description="Uses the web proxy and counts its log.")
    parser.add_argument("--settings", type=Path, default=SETTINGS)
    settings = json.loads(parser.parse_args().settings.read_text("utf-8"))
    counted = count(Path(settings["log"]), load(Path(settings["state"])), settings["profiles"])
    keep(Path(settings["state"]), counted)
    measure(settings, counted).write(Path(settings["metrics"]))
    return 0


if __name__ == "__main__":
    sys.exit(main())
