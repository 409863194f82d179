"""Gives the telephone exchange its extensions, trunks, dial plan, mailboxes, queues, and the settings of telephones.

    pyinfra pyinfra_deploys/inventory.py pyinfra_deploys/telephony.py --limit telephone_exchanges [--dry]

`--data changes_file=PATH` writes the planned changes there as JSON, also with --dry. `--data today=2026-12-31` plans
for that day instead of the one of the municipality's clock. `--data confirm_removals=N` allows a plan that takes away N
extensions, more than estate_telephony.max_removal_ratio. Files in /etc/asterisk/local are left alone and named.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date

from pyinfra.api.exceptions import PyinfraError
from pyinfra.context import host

from estate.declared.directory import TELEPHONES
from estate.declared.estate import Estate, load
from estate.declared.telephony import Telephony
from estate.handover.deletions import VOICEMAIL, Deletions, deleted_boxes, key_of_box
from estate.handover.papers import Papers
from estate.plan import telephony as planned
from estate.plan import voicemail_boxes
from estate.plan.removals import refused
from estate.runs.environment import Environment
from estate.telephony import figures, voicemail
from estate.telephony.lines import lines
from estate.telephony.provisioning.files import provisioning_files, stale
from estate.telephony.provisioning.writing import UnsayableError
from estate.telephony.rendering import rendered
from estate.telephony.secrets import Secrets
from estate.telephony.syntax import UnwritableError
from pyinfra_deploys.facts import typed
from pyinfra_deploys.facts.telephony import Exchange, Texts, question
from pyinfra_deploys.facts.vault import secret
from pyinfra_deploys.operations import telephony
from pyinfra_deploys.operations.mail_tables import Purging


def announcements(told: Telephony) -> str:
    """Gives the texts of the announcements by name, as the exchange lets them be spoken."""
    spoken = {one.name: one.text for one in told.announcements}
    return json.dumps(spoken, ensure_ascii=False, indent=1, sort_keys=True) + "\n"


def files_of_sets(environment: Environment, estate: Estate, today: date, master: str) -> Mapping[str, str]:
    """Gives the files that telephone sets fetch, with the login for the directory that lies in the vault."""
    searching = secret(environment, "vault_directory_passwords").get(TELEPHONES)
    authority = secret(environment, "vault_certificate_authority_certificate")
    return provisioning_files(estate, today, master, searching, authority)


def texts(
    environment: Environment, estate: Estate, today: date
) -> tuple[Mapping[str, str], Mapping[str, str]]:
    """Gives the files of the exchange and those of sets; raises PyinfraError for a value that no file can hold."""
    secrets = Secrets(
        secret(environment, "vault_telephone_exchange_secret_key"),
        secret(environment, "vault_telephone_trunk_passwords"),
    )
    try:
        files = {
            **rendered(estate, today, secrets),
            "prompts.json": announcements(estate.telephony),
            figures.FILE: figures.text(estate, today),
        }
        return files, files_of_sets(environment, estate, today, secrets.key)
    except (UnwritableError, UnsayableError) as wrong:
        raise PyinfraError(str(wrong)) from None


def give_telephones() -> None:
    """Observes, plans, tells the plan, and changes the host where it differs."""
    environment = Environment.chosen()
    estate = load(environment.inventory)
    today = typed.today(estate)
    files, sets = texts(environment, estate, today)
    held = host.get_fact(Exchange, _stdin=question("observe"))
    if held is None:
        raise PyinfraError(f"{host.name}: the exchange could not be looked at; the reason stands above")
    gone = stale(held.holding.sets, sets)
    known = lines(estate, today)
    boxes = voicemail_boxes.boxes(estate, known, voicemail.numbers(estate, known), held.boxes, today)
    changes = (
        *planned.plan(planned.wanted(files, sets), planned.ours(held.holding, {*sets, *gone}), host.name),
        *voicemail_boxes.changes(boxes, held.boxes, planned.SUBJECT, host.name),
    )
    allowed = planned.removable(estate.telephony.max_removal_ratio, len(known))
    refusal = refused(changes, planned.SUBJECT, allowed, typed.confirmed_removals())
    notices = tuple(planned.notices(changes, held.local, held.calls))
    typed.keep(changes, refusal, notices, wanted=(files, sets))
    records = Deletions(Papers(environment.var).deletions_folder, VOICEMAIL, host.name)
    present = frozenset(key_of_box(key.partition("-")[0], box.holder) for key, box in held.boxes.items())
    purged = deleted_boxes(boxes.leaving, host.name, typed.run(), records.unsettled())
    telephony.hold(
        name=f"Give {host.name} its telephones ({len(changes)} changes)",
        texts=Texts(files, sets, gone, boxes),
        purging=Purging(records, purged, present),
        needed=bool(changes),
        refusal=refusal,
    )


if "telephone_exchanges" in host.groups:
    give_telephones()
