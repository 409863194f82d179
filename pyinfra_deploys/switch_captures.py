"""Keeps what switches run and start from: sealed byte by byte for a restore, redacted in Git for people.

    pyinfra -y pyinfra_deploys/switch_inventory.py pyinfra_deploys/switch_captures.py [--limit sw-ana-kat1]

Nothing is written to a switch. A capture that is not whole, not of this switch or not of now is refused, and the last
good one stays. `--data anew=REASON`: what was kept before is not compared with, because the switch was exchanged or
emptied on purpose, or because the vault password is another one. With --dry no switch is read.
"""

from __future__ import annotations

from pyinfra.context import host

from pyinfra_deploys.operations import switch_captures
from pyinfra_deploys.operations.switch_captures import Captures


def capture_all() -> None:
    """Reads this switch in the round that all switches of the run make up; all are read before one is told of."""
    captures = Captures.of(host.state, {"anew": host.data.get("anew")})
    switch_captures.capture(name="Read running and startup configuration", captures=captures)
    switch_captures.end(name="Keep what is good", captures=captures)


if "switches" in host.groups:
    capture_all()
