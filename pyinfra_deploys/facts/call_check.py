"""Places the calls of a question from the probe; asks what the operator of the lab saw, sent, and what was mailed."""

from __future__ import annotations

from pathlib import Path

from pyinfra.api.command import StringCommand

from pyinfra_deploys.facts.on_host import on_host

EXPORTERS = Path(__file__).parents[2] / "exporters"
PARTS = ("call_tones", "call_dialog", "call_raw", "call_phone", "call_scene", "call_steps")
"""The modules of the program, each after those it needs."""
SEEN = Path(__file__).with_name("operator_calls_on_host.py")
FAXED = Path(__file__).with_name("operator_fax_on_host.py")
MAILED = Path(__file__).with_name("probe_mail_on_host.py")


def check() -> StringCommand:
    """Gives the command that answers a question of calls; it is asked on standard input."""
    modules = {f"exporters.{name}": EXPORTERS / f"{name}.py" for name in PARTS}
    return on_host(EXPORTERS / "call_check.py", modules)


def seen() -> StringCommand:
    """Gives the command that tells which calls an operator of the lab saw since a moment."""
    return on_host(SEEN)


def faxed() -> StringCommand:
    """Gives the command that has an operator of the lab send faxes, or tells what became of them."""
    return on_host(FAXED)


def mailed() -> StringCommand:
    """Gives the command that reads what the exchange mailed to the probe's mailbox."""
    return on_host(MAILED)
