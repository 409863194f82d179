"""Claims hosts for the commit that is about to be applied, or writes down how that ended.

    pyinfra pyinfra_deploys/inventory.py pyinfra_deploys/revisions.py --data asked_file=PATH --data answers=FOLDER

The file holds, per host, the question of facts/revision_on_host.py; each answer goes to FOLDER/HOST.json. This is the
book-keeping of an apply and no part of what is declared: it stands in no plan.
"""

from __future__ import annotations

import json
from pathlib import Path

from pyinfra.api.exceptions import PyinfraError
from pyinfra.api.host import Host
from pyinfra.api.state import State
from pyinfra.context import host
from pyinfra.operations import python

from estate import records
from pyinfra_deploys.facts.on_host import on_host

ON_HOST = Path(__file__).parent / "facts" / "revision_on_host.py"


def ask(state: State, host: Host, question: str, answer_file: str) -> None:
    """Asks one host and keeps its answer."""
    good, output = host.run_shell_command(command=on_host(ON_HOST), _stdin=[question])
    if not good:
        raise PyinfraError(
            f"{host.name}: its revision can neither be read nor written; the reason stands above"
        )
    records.write(Path(answer_file), json.loads(output.stdout))


def revisions() -> None:
    """Asks this host what the file of questions holds for it."""
    for name in ("asked_file", "answers"):
        if not host.data.get(name):
            raise PyinfraError(f"say where questions and answers are: --data {name}=PATH")
    questions = json.loads(Path(str(host.data.asked_file)).read_text(encoding="utf-8"))
    if host.name in questions:
        python.call(
            name="Ask which commit the host carries",
            function=ask,
            question=json.dumps(questions[host.name]),
            answer_file=str(Path(str(host.data.answers)) / f"{host.name}.json"),
        )


revisions()
