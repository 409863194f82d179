"""Opens the vault of an environment for the mail deploys; values stay in memory."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from typing import Any

from ansible.parsing.vault import AnsibleVaultError, VaultLib, VaultSecret
from pyinfra.api.exceptions import PyinfraError
from ruamel.yaml import YAML

from estate.runs.environment import Environment


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
    vault = environment.inventory / "group_vars" / "all" / "vault.yml"
    program = environment.root / "scripts" / "vault-password"
    asked = f"asked for {name} of {vault}"
    try:
        password = subprocess.run(
            [str(program)],
            capture_output=True,
            check=True,
            env={**os.environ, "ESTATE_ENVIRONMENT": environment.name},
        ).stdout.strip()
        text = VaultLib([("default", VaultSecret(password))]).decrypt(vault.read_bytes())
    except (OSError, subprocess.CalledProcessError) as error:
        raise PyinfraError(f"{asked}: {error}. In the lab `estate lab up` makes both.") from None
    except AnsibleVaultError:
        raise PyinfraError(f"{asked}: the password that {program} prints does not open it.") from None
    values = YAML(typ="safe").load(text.decode()) or {}
    if name not in values:
        raise PyinfraError(f"{asked}: it holds no such name. Add it with: ansible-vault edit {vault}")
    return values[name]
