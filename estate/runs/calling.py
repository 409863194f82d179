"""Has proving calls placed, and keeps what the judge says of them as any other verification."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from estate.calls import fax_page
from estate.calls.catalogue import Scenario
from estate.calls.question import put
from estate.declared.estate import Estate
from estate.records import RecordError, Verdict
from estate.runs.environment import Environment
from estate.runs.refused import Exit
from estate.runs.session import Deploy, session
from estate.verify import calls, faxes, overall

OBSERVE = Deploy("observe_calls", ("monitoring_servers",))


def check(
    environment: Environment,
    estate: Estate,
    scenarios: Sequence[Scenario],
    faults: Mapping[str, str],
    reason: str,
) -> tuple[list[Verdict], dict[str, str], Path, Exit]:
    """Places these calls; gives the verdicts, what was left out and why, the run's folder, the exit code.

    `faults` are seeded: {"mute": a telephone}, {"smudge": a scenario with a fax}.
    """
    environment.refuse_when_down()
    host = estate.telephony.probe.host
    left_out: dict[str, str] = {}
    with session(environment, "verify", reason or "calls") as opened:
        path = opened.run.path / "observed-calls.json"
        data = {"observed_file": str(path), "only": ",".join(each.id for each in scenarios), **faults}
        try:
            opened.pyinfra(OBSERVE, [host], data)
        except KeyboardInterrupt:
            raise KeyboardInterrupt(f"the calls; the telephones of {host} sign off") from None
        try:
            observed = json.loads(path.read_text(encoding="utf-8"))
            left_out = observed["left_out"]
            judged = [each for each in scenarios if each.id not in left_out]
            wanted = [
                _wanted(each, observed["words"], estate.organisation.time_zone)
                for each in judged
                if each.fax is None
            ]
            verdicts = calls.verdicts(wanted, observed, host) + _faxed(judged, observed, host)
        except (OSError, ValueError, KeyError, RecordError) as error:
            found = f"{type(error).__name__}: {error}; see {opened.log}"
            verdicts = [Verdict(calls.SUBJECT, "observation", host, "error", "the calls were placed", found)]
        opened.run.write_verdicts(verdicts)
        judgement = overall(verdicts)
        opened.result = "ok" if judgement == "passed" else judgement
    codes = {"passed": Exit.OK, "failed": Exit.VERDICT_FAILED, "error": Exit.REFUSED}
    return verdicts, left_out, opened.run.path, codes[judgement]


def _wanted(scenario: Scenario, words: Mapping[str, str], zone: str) -> calls.Wanted:
    seen = scenario.seen and (put(scenario.seen["number"], words), put(scenario.seen["from"], words))
    told = scenario.mailed
    mailed = calls.Message(put(told["shown"], words), told["tone"], zone) if told else None
    return calls.Wanted(scenario.id, scenario.title, seen or None, mailed)


def _faxed(scenarios: Sequence[Scenario], observed: Mapping[str, Any], host: str) -> list[Verdict]:
    wanted = [
        faxes.Wanted(
            each.id,
            each.title,
            put(each.fax["shown"], observed["words"]),
            each.fax["mode"],
            tuple(map(fax_page.page, observed["marks"][each.id])),
        )
        for each in scenarios
        if each.fax is not None
    ]
    mailed = [_document(each) for each in observed["mails"] if wanted and "heard" not in each]
    return faxes.verdicts(wanted, observed["faxes"], mailed, host)


def _document(part: Mapping[str, Any]) -> faxes.Mailed:
    try:
        return faxes.Mailed(part["subject"], fax_page.pages(base64.b64decode(part["content"])))
    except ValueError as wrong:
        return faxes.Mailed(part["subject"], (), str(wrong))
