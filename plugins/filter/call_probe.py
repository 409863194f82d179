"""What is declared of telephones becomes the question that the call probe asks by itself."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

from ansible.errors import AnsibleFilterError

from estate.calls import naming
from estate.calls.catalogue import chosen
from estate.calls.question import question
from estate.declared import Refusal, load


def call_probe_question(inventory: str, key: str, authority: str) -> str:
    """Gives the question of the daily scenarios as JSON, the same text for the same declaration on every day.

    It knows no outside telephone: what needs one is left out, as in production.
    """
    if not key:
        raise AnsibleFilterError("call_probe_question: without the key of the vault no telephone registers")
    try:
        estate = load(Path(inventory))
    except Refusal as refusal:
        raise AnsibleFilterError(f"call_probe_question: {refusal}") from None
    # Telephones of the probe are nobody's, so that the day does not matter.
    today, exchange = date.min, estate.networks.hosts[estate.telephony.exchange]
    where = naming.Where(str(exchange.address), estate.telephony.service_name)
    lines = naming.telephones(estate, today, key, where, None)
    asked = question(chosen(daily=True), lines, naming.words(estate, today, None), authority, by_day=False)
    return json.dumps(asked.asked, sort_keys=True, indent=1)


class FilterModule:
    """Offers the filter to Ansible."""

    def filters(self) -> dict[str, Any]:
        """Gives the filter by name."""
        return {"call_probe_question": call_probe_question}
