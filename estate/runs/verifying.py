"""Uses the services as people do, through pyinfra, and keeps what the judges say of it."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from estate.declared.estate import Estate
from estate.records import RecordError, Verdict
from estate.runs import clock
from estate.runs.environment import Environment
from estate.runs.refused import Exit, RefusedError
from estate.runs.session import Deploy, Session, session
from estate.verify import directory, mail, overall, telephony


@dataclass(frozen=True)
class Subject:
    """Pairs the deploy that uses a service with the judge of what it saw.

    `letters` tells that its drill reads again what was delivered before the loss.
    """

    deploy: Deploy
    judge: Callable[[Estate, Mapping[str, Any]], Sequence[Verdict]]
    letters: bool = False


SUBJECTS = {
    "mail": Subject(
        Deploy("observe_mail", ("outside_organisations", "mail_servers")),
        lambda estate, observed: mail.verdicts(estate.mail, observed),
        letters=True,
    ),
    "directory": Subject(
        Deploy("observe_directory", ("file_servers",)),
        lambda estate, observed: directory.verdicts(estate, observed, clock.today(estate)),
    ),
    "telephony": Subject(
        Deploy("observe_telephony", ("monitoring_servers",)),
        lambda estate, observed: telephony.verdicts(estate.telephony, observed),
    ),
}
"""Every service that can be proven by using it."""


def verify(
    environment: Environment, estate: Estate, subject: str, reason: str
) -> tuple[list[Verdict], Path, Exit]:
    """Uses one service, several (comma between) or all; gives the verdicts, the run's folder and the exit code."""
    names = sorted(SUBJECTS) if subject == "all" else subject.split(",")
    for name in names:
        if name not in SUBJECTS:
            raise RefusedError(
                f"no service {name!r} can be verified; known: {', '.join(sorted(SUBJECTS))}, all"
            )
    environment.refuse_when_down()
    with session(environment, "verify", reason) as opened:
        verdicts = [verdict for name in names for verdict in _judged(opened, name, estate)]
        opened.run.write_verdicts(verdicts)
        judgement = overall(verdicts)
        opened.result = "ok" if judgement == "passed" else judgement
    codes = {"passed": Exit.OK, "failed": Exit.VERDICT_FAILED, "error": Exit.REFUSED}
    return verdicts, opened.run.path, codes[judgement]


def _judged(opened: Session, name: str, estate: Estate) -> Sequence[Verdict]:
    """Judges what was observed; an observation that did not end is itself a verdict: error."""
    subject = SUBJECTS[name]
    path = opened.run.path / f"observed-{name}.json"
    opened.pyinfra(subject.deploy, opened.hosts(subject.deploy, ""), {"observed_file": str(path)})
    try:
        return subject.judge(estate, json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError, KeyError, RecordError) as error:
        found = f"{type(error).__name__}: {error}; see {opened.log}"
        return [Verdict(name, "observation", "controller", "error", "the service was used", found)]
