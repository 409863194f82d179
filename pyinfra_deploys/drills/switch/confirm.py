"""Judges the newest capture of a lost switch, and whether the spare one is blank and of its model; changes nothing.

    ESTATE_DRILL=switch pyinfra -y pyinfra_deploys/drills/switch/spare_inventory.py
        pyinfra_deploys/drills/switch/confirm.py --data not_after=2026-11-26T09:00:00+03:00 --data result_file=FILE

`result_file` gets what was found: passed, or why nothing can be restored.
"""

from __future__ import annotations

from pyinfra.context import host

from pyinfra_deploys.operations import switch_rehearsal

switch_rehearsal.confirm(host)
