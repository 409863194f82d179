"""Brings the measurements made on the control machine to the textfile directory of the monitoring hosts.

    pyinfra pyinfra_deploys/inventory.py pyinfra_deploys/measurements.py --data measurements=PATH

The file arrives under another name and is renamed into place, so that no scrape ever sees half of it, and by a name
of its own, for two may arrive at once. It is put there also when its content is the same: its age tells when the
records were last looked at.
"""

from __future__ import annotations

import os
from pathlib import Path

from pyinfra.api.exceptions import PyinfraError
from pyinfra.context import host
from pyinfra.operations import files, server

PLACE = "/var/lib/prometheus/node-exporter/run_outcomes.prom"
ASIDE = f"/var/lib/prometheus/node-exporter/.run_outcomes.{os.getpid()}.new"


def deliver() -> None:
    """Puts the file that `--data measurements=PATH` names in its place, in one step."""
    source = Path(str(host.data.get("measurements") or ""))
    if not source.is_file():
        raise PyinfraError(
            f"measurements={host.data.get('measurements')!r} is no file. Make it with "
            "`python -m exporters.run_outcomes --output PATH`, or run `./scripts/estate measure`, which does both."
        )
    files.put(
        name="Lay the measurements aside",
        src=str(source.resolve()),
        dest=ASIDE,
        mode="644",
        add_deploy_dir=False,
        force=True,
    )
    server.shell(name="Put the measurements in place", commands=[f"mv -f {ASIDE} {PLACE}"])


if "monitoring_servers" in host.groups:
    deliver()
