"""Confirms that a machine is the drill's own target and nothing else, before anything on it is changed.

The target of a drill is marked when it has been built: `/etc/estate/drill` holds the run id. A destructive
step runs only while the machine that answers has the declared name, carries this run's mark and belongs to no
group that serves people. One missing answer is a refusal, never a guess.
"""

from __future__ import annotations

import shlex
from dataclasses import dataclass

MARK = "/etc/estate/drill"
ASK = f"hostname; cat {MARK} 2>/dev/null || echo none"


class WrongTargetError(Exception):
    """Says which machine answered instead of the target; nothing was touched."""


@dataclass(frozen=True)
class Target:
    """States who the target must be: its inventory name, this drill's run id, the living hosts."""

    host: str
    run: str
    living: tuple[str, ...]


def mark_command(run: str) -> str:
    """Returns the shell command that marks a freshly built machine as this drill's target.

    It refuses a machine that already carries another mark.
    """
    quoted = shlex.quote(run)
    return (
        f'mkdir -p /etc/estate && {{ [ ! -e {MARK} ] || [ "$(cat {MARK})" = {quoted} ]; }} '
        f"&& echo {quoted} > {MARK}"
    )


def confirm_name(target: Target, hostname: str) -> None:
    """Raises WrongTargetError unless the answering machine has the target's name and is not a living host."""
    if target.host in target.living:
        raise WrongTargetError(f"{target.host} serves people: it can never be the target of a drill")
    found = hostname.strip().split(".")[0]
    if found != target.host:
        raise WrongTargetError(
            f"asked for {target.host}, but the machine that answers is {found or 'nobody'}"
        )


def confirm(target: Target, answer: str) -> None:
    """Raises WrongTargetError unless `answer`, the output of ASK, is that of this drill's marked target."""
    lines = [*answer.splitlines(), "", ""]
    confirm_name(target, lines[0])
    if lines[1].strip() != target.run:
        raise WrongTargetError(
            f"{target.host} does not carry the mark of {target.run}, but {lines[1] or 'none'}"
        )
