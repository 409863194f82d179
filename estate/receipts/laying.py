"""Lays a signed receipt on every host on which a run ended well, over one round trip each."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from estate.receipts import inputs, keeping, ssh
from estate.receipts.promised import Promised
from estate.records.receipts import Receipt
from estate.runs.environment import Environment

PLACE = "/var/lib/estate/receipt.json"
LAY = f"umask 077 && mkdir -p /var/lib/estate && cat > {PLACE}.new && mv -fT {PLACE}.new {PLACE}"
NOTHING = Promised((), ())


@dataclass(frozen=True)
class Made:
    """Names what all receipts of one run have in common."""

    run: str
    revision: str
    inputs: Mapping[str, Mapping[str, str]]


def lay(
    environment: Environment, made: Made, hosts: Iterable[str], promised: Mapping[str, Promised]
) -> dict[str, ssh.Answer]:
    """Lays the receipts and gives what each host said.

    A host of which nothing was promised gets none; that it was applied is kept here all the same.
    """

    def one(host: str) -> ssh.Answer:
        held, own = promised.get(host, NOTHING), made.inputs[host]
        receipt = Receipt(
            environment=environment.name,
            host=host,
            run=made.run,
            revision=made.revision,
            at=datetime.now(UTC).replace(microsecond=0),
            digest=inputs.digest(own),
            inputs=own,
            promised=held.promises,
            unverifiable=held.unverifiable,
        )
        envelope = keeping.sealed(environment.var, receipt)
        answer = ssh.Answer("", "", True)
        if held.promises:
            answer = ssh.ask(environment.ssh_config, host, LAY, envelope)
        if not answer.failure:
            keeping.keep(environment.var, host, envelope)
        return answer

    keeping.ensure_key(environment.var)  # once, before many would make it at once
    return ssh.each(hosts, one)
