"""Fills the mailboxes of the lab with half a year of invented letters, once, and writes down what lies there.

    pyinfra pyinfra_deploys/inventory.py pyinfra_deploys/correspondence.py --limit mail_servers

`--data manifest_file=PATH` names the list of letters with their hashes, against which a drill compares what a restore
brought back; without it, the environment's known messages. Only for invented municipalities: run it nowhere
else than in the lab.
"""

from __future__ import annotations

from pathlib import Path

from pyinfra.api.exceptions import PyinfraError
from pyinfra.context import host
from pyinfra.operations import python

from estate import records
from estate.declared.estate import load
from estate.runs.environment import Environment
from pyinfra_deploys.facts.mail_correspondence import StoredLetters, question
from pyinfra_deploys.operations import mail_correspondence


def fill() -> None:
    """Stores the letters that are missing and writes the list when it is not the same already."""
    environment = Environment.chosen()
    if environment.name != "lab":
        raise PyinfraError(
            f"invented letters belong in the lab, not in {environment.name!r}; nothing was stored"
        )
    estate = load(environment.inventory)
    writers = mail_correspondence.writers(estate)
    letters = mail_correspondence.correspondence(estate.mail.domain, writers)
    mailboxes = sorted({letter.mailbox for letter in letters})
    stored = host.get_fact(
        StoredLetters, _stdin=question(mailboxes, ["INBOX", "Sent", mail_correspondence.ARCHIVE])
    )
    if stored is None:
        raise PyinfraError(
            f"{host.name}: mailboxes could not be listed; give the directory its people first (people.py)"
        )
    missing = [one for one in letters if (one.mailbox, one.folder, one.message_id) not in stored]
    mail_correspondence.store(name=f"Store letters in {host.name} ({len(missing)} missing)", letters=missing)
    path = Path(host.data.get("manifest_file") or environment.known_messages)
    listed = records.to_json(mail_correspondence.manifest(letters), indent=1) + "\n"
    if not path.exists() or path.read_text(encoding="utf-8") != listed:
        python.call(
            name=f"Write down what lies there: {path}", function=records.write_text, path=path, text=listed
        )


if "mail_servers" in host.groups:
    fill()
