"""Opens the vault of an environment for the deploys; values stay in memory."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

from pyinfra.api.exceptions import PyinfraError
from ruamel.yaml import YAML

from estate.runs.environment import Environment
from pyinfra_deploys.facts import vault_file


class Whispered:
    """Is text for a command's standard input that shows itself in no log, message or repr."""

    def __init__(self, text: str) -> None:
        """Keeps the text."""
        self._text = text

    def __iter__(self) -> Iterator[str]:
        """Gives the text as one line."""
        return iter([self._text])

    def readlines(self) -> list[str]:
        """Gives the text as one line, as often as it is asked for (a retry asks again)."""
        return [self._text]

    def __repr__(self) -> str:
        """Hides the text."""
        return "(hidden)"


def secret(environment: Environment, name: str) -> Any:
    """Gives one value of the vault, or refuses saying what is missing."""
    values = _opened(environment)
    if name not in values:
        raise PyinfraError(f"{_vault(environment)} holds no {name}. Add it with: ansible-vault edit")
    return values[name]


def _vault(environment: Environment) -> Path:
    return environment.inventory / "group_vars" / "all" / "vault.yml"


@cache
def _opened(environment: Environment) -> dict[str, Any]:
    values: dict[str, Any] = YAML(typ="safe").load(_quickly(environment) or _by_ansible(environment)) or {}
    return values


def password(environment: Environment) -> bytes:
    """Gives what seals the vault and the captures of an environment, as scripts/vault-password prints it."""
    program = environment.root / "scripts" / "vault-password"
    variables = {**os.environ, "ESTATE_ENVIRONMENT": environment.name}
    try:
        asked = subprocess.run([program], capture_output=True, check=True, env=variables)
    except (OSError, subprocess.SubprocessError) as error:
        told = getattr(error, "stderr", None) or str(error).encode()
        raise PyinfraError(f"{program}: {told.decode(errors='replace').strip()}") from None
    if not (found := bytes(asked.stdout.strip(b"\r\n"))):
        raise PyinfraError(f"{program}: it printed no password for {environment.name}")
    return found


def _quickly(environment: Environment) -> str | None:
    """Opens the vault with what scripts/vault-password prints; None leaves it to ansible-vault, which says why not."""
    try:
        return vault_file.opened(_vault(environment).read_bytes(), password(environment))
    except (OSError, PyinfraError):
        return None


def _by_ansible(environment: Environment) -> str:
    # A program of its own: imported here, Ansible and gevent each patch the same parts of the standard library.
    program = Path(sys.executable).with_name("ansible-vault")
    done = subprocess.run(
        [program, "view", _vault(environment)],
        cwd=environment.root,
        capture_output=True,
        text=True,
        check=False,
        # Ansible refuses to start under a locale that this machine has not generated.
        env={**os.environ, "ESTATE_ENVIRONMENT": environment.name, "PAGER": "cat", "LC_ALL": "C.UTF-8"},
    )
    if done.returncode:
        raise PyinfraError(
            f"asked to open {_vault(environment)}: {done.stderr.strip()}. "
            "In the lab `./scripts/estate lab up` makes it; elsewhere scripts/vault-password has to print its password."
        )
    return done.stdout
