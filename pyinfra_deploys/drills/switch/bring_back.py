"""Restores the newest capture of a lost switch on the spare one, by the same push as `switch_restore`, and proves it.

    ESTATE_DRILL=switch pyinfra -y pyinfra_deploys/drills/switch/spare_inventory.py
        pyinfra_deploys/drills/switch/bring_back.py --data not_after=2026-11-26T09:00:00+03:00 --data result_file=FILE

Capture and switch are judged anew first. What is on record of the living switch stays as it is.
"""

from __future__ import annotations

from pyinfra.context import host

from pyinfra_deploys.operations import switch_rehearsal

switch_rehearsal.restore(name=f"Restore the newest capture of {host.name} on {host.data.drill_spare}")
