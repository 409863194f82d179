"""Reads what a restored domain holds, and what its copy was said to hold, from the target of a drill.

    pyinfra pyinfra_deploys/inventory.py pyinfra_deploys/drills/directory/read_domain.py --limit TARGET
        --data result_file=PATH

Writes what `exporters/directory_restore.py` left on the target to `result_file` on this machine; changes nothing.
"""

from __future__ import annotations

from pathlib import Path

from pyinfra.api import FactBase
from pyinfra.api.exceptions import PyinfraError
from pyinfra.context import host

from estate.records import write_text

LEFT = "/var/backups/samba/restored.json"


class RestoredDomain(FactBase[str]):
    """Gives the text that the restoring program left."""

    def command(self) -> str:
        """Reads the file."""
        return f"cat {LEFT}"

    def process(self, output: list[str]) -> str:
        """Returns the text."""
        return "\n".join(output)


def read() -> None:
    """Keeps the answer."""
    if not host.data.get("result_file"):
        raise PyinfraError("give --data result_file=PATH; see the head of this file")
    answer = host.get_fact(RestoredDomain)
    if not answer:
        raise PyinfraError(f"{host.name}: {LEFT} could not be read; the reason stands above")
    write_text(Path(host.data.result_file), answer + "\n")


read()
