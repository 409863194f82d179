"""Uses the directory as its clients do, and leaves a dated record in it by which a loss of data is measured.

Each way in is tried by itself: names (a service record of the realm), Kerberos (a ticket for the host's own key),
LDAP in TLS (certificate and name verified), and a record written and read back through the running server. No
password is needed for any of them.
"""

from __future__ import annotations

import argparse
import socket
import ssl
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass, fields
from datetime import UTC, datetime
from pathlib import Path

import yaml

from exporters.textfile import DIRECTORY, Textfile

SETTINGS = Path("/etc/estate/directory.yml")
PRIVATE = Path("/var/lib/samba/private")
TIMEOUT_SECONDS = 20


class HealthError(Exception):
    """Says which way into the directory does not work, and with what words."""


@dataclass(frozen=True)
class Settings:
    """States the directory: its realm, this controller, the name clients use, and where the dated record stands."""

    service: str
    realm: str
    controller: str
    address: str
    name: str
    ca_file: str
    canary: str
    backup_folder: str

    @classmethod
    def load(cls, path: Path) -> Settings:
        """Reads the settings, or raises HealthError naming what is wrong with them."""
        try:
            return cls(**yaml.safe_load(path.read_text(encoding="utf-8")))
        except (OSError, yaml.YAMLError) as error:
            raise HealthError(f"settings {path}: cannot be read: {error}") from None
        except TypeError as error:
            raise HealthError(
                f"settings {path}: {error}; wanted {', '.join(f.name for f in fields(cls))}"
            ) from None


def asked(command: list[str], stdin: str = "") -> str:
    """Runs a client and gives its answer; raises HealthError with its words when it fails."""
    try:
        done = subprocess.run(
            command, input=stdin, capture_output=True, text=True, errors="replace", timeout=TIMEOUT_SECONDS
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise HealthError(f"{command[0]}: {error}") from None
    if done.returncode:
        words = (done.stderr or done.stdout).strip().splitlines()
        raise HealthError(f"{command[0]}: exit {done.returncode}: {words[-1] if words else 'no words'}")
    return done.stdout


def names(settings: Settings) -> None:
    """Asks this controller's own name server where the realm's directory is."""
    record = f"_ldap._tcp.{settings.realm.lower()}"
    answer = asked(["dig", "+short", "+time=5", "+tries=2", f"@{settings.address}", record, "SRV"])
    if not any(line.strip().endswith(f".{settings.realm.lower()}.") for line in answer.splitlines()):
        raise HealthError(f"dig {record}: no answer names a controller of the realm: {answer.strip()!r}")


def kerberos(settings: Settings) -> None:
    """Gets a ticket with the host's own key; it is kept nowhere."""
    principal = f"{settings.controller}$@{settings.realm}"
    keytab = str(PRIVATE / "secrets.keytab")
    asked(["kinit", "-k", "-t", keytab, "-c", "MEMORY:health", "-l", "1m", principal])


def ldaps(settings: Settings) -> None:
    """Opens the port that clients use, and verifies certificate and name as they have to."""
    try:
        judging = ssl.create_default_context(cafile=settings.ca_file)
        with (
            socket.create_connection((settings.address, 636), TIMEOUT_SECONDS) as plain,
            judging.wrap_socket(plain, server_hostname=settings.name),
        ):
            pass
    except OSError as error:
        raise HealthError(f"{settings.name}:636: {type(error).__name__}: {error}") from None


def record(settings: Settings, now: datetime) -> float:
    """Writes the dated record through the running server and reads it back; gives its time."""
    stamp = now.strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    server = "ldapi://" + str(PRIVATE / "ldap_priv/ldapi").replace("/", "%2F")
    change = f"dn: {settings.canary}\nchangetype: modify\nreplace: description\ndescription: {stamp}\n"
    try:
        asked(["ldbmodify", "-H", server], change)
    except HealthError:
        new = f"dn: {settings.canary}\nchangetype: add\nobjectClass: container\ndescription: {stamp}\n"
        asked(["ldbmodify", "-H", server], new)
    found = asked(["ldbsearch", "-H", server, "-b", settings.canary, "-s", "base", "description"])
    if f"description: {stamp}" not in found:
        raise HealthError(f"{settings.canary}: written, but another value is read")
    return now.timestamp()


CHECKS: dict[str, Callable[[Settings], None]] = {"dns": names, "kerberos": kerberos, "ldaps": ldaps}


def tried(settings: Settings, now: datetime, before: float) -> tuple[dict[str, str], float]:
    """Tries every way in; gives the problem met on each (nothing where it works) and the time of the last record."""
    problems = dict.fromkeys((*CHECKS, "ldap"), "")
    for name, check in CHECKS.items():
        try:
            check(settings)
        except HealthError as error:
            problems[name] = str(error)
    canary = before
    try:
        canary = record(settings, now)
    except HealthError as error:
        problems["ldap"] = str(error)
    return problems, canary


def measurements(service: str, problems: dict[str, str], canary: float) -> Textfile:
    """Turns what was met into the measurements of the directory."""
    out = Textfile()
    for check, problem in problems.items():
        out.set("bim_directory_check_success", not problem, check=check)
    out.set("bim_canary_last_timestamp_seconds", canary, service=service)
    return out


def last_canary(textfile: Path) -> float:
    """Gives the time of the last record that was written, as the file of the last run says; 0 when none was."""
    try:
        lines = textfile.read_text(encoding="utf-8").splitlines()
    except OSError:
        return 0.0
    found = [line for line in lines if line.startswith("bim_canary_last_timestamp_seconds{")]
    return float(found[0].rsplit(" ", 1)[1]) if found else 0.0


def main() -> int:
    """Measures once; 0 when every way in works, 1 when one does not, 2 when nothing could be measured."""
    parser = argparse.ArgumentParser(description="Uses the directory as its clients do.")
    parser.add_argument("--settings", type=Path, default=SETTINGS)
    parser.add_argument("--textfile", type=Path, default=DIRECTORY / "directory.prom")
    arguments = parser.parse_args()
    try:
        settings = Settings.load(arguments.settings)
    except HealthError as error:
        print(f"directory health: {error}", file=sys.stderr)
        return 2
    problems, canary = tried(settings, datetime.now(UTC), last_canary(arguments.textfile))
    measurements(settings.service, problems, canary).write(arguments.textfile)
    for check, problem in problems.items():
        if problem:
            print(f"directory health: {check}: {problem}", file=sys.stderr)
    return 1 if any(problems.values()) else 0


if __name__ == "__main__":
    sys.exit(main())
