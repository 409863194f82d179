"""Asks the monitoring server how the estate stands and whether it watches: all questions at once, no wait unbounded."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterable
from typing import Any, TypeVar

from estate.declared import Estate
from estate.report.collect import PORT, server_address
from estate.report.prometheus import Prometheus, RefusedQueryError, UnreachableError, fetch, opener
from estate.status.measured import ALWAYS_FIRES, AnswerError, always_fires, beats, measured, query
from estate.status.shapes import Beat, Measured, Rule, Unanswered

T = TypeVar("T")
ALERTMANAGER = 9093
WITHIN = 1.0
"""Seconds after which nobody waits any longer, however slowly an answer trickles in."""
PATIENTLY = 15.0
"""Seconds that who mails people waits for an answer before it counts as none: a busy machine is not a dead one."""


def doors(estate: Estate) -> tuple[str, str]:
    """Gives the addresses of Prometheus and Alertmanager; raises ReportError when no monitoring server has one."""
    prometheus = server_address(estate)
    return prometheus, f"{prometheus.removesuffix(str(PORT))}{ALERTMANAGER}"


def watched(prometheus: str, alertmanager: str, metrics: Iterable[str]) -> tuple[Measured | None, str]:
    """Gives what the two servers tell, or None and why; without Alertmanager the rest still counts."""
    server, question = Prometheus(prometheus, WITHIN, WITHIN), query(metrics)
    answers = _together(
        {
            "rules": lambda: server.get("/api/v1/rules", {"type": "alert"}),
            "matrix": lambda: server.get("/api/v1/query", {"query": question}),
            "alerts": lambda: json.loads(fetch(opener(), alertmanager, "/api/v2/alerts", {}, WITHIN)),
        },
        WITHIN,
    )
    needed = [answers["rules"], answers["matrix"]]
    fault = next((one for one in needed if isinstance(one, Exception)), None)
    if fault is not None:
        return None, str(fault)
    told = None if isinstance(answers["alerts"], Exception) else answers["alerts"]
    try:
        return measured(answers["rules"], answers["matrix"], told), ""
    except AnswerError as error:
        return None, f"{prometheus}: {error}"


def listened(
    prometheus: str, alertmanager: str, seconds: float = PATIENTLY
) -> tuple[Rule | Unanswered | None, tuple[Beat, ...] | Unanswered]:
    """Gives what the two servers tell of the alert that always fires, or why one of them tells nothing."""
    server = Prometheus(prometheus, seconds, seconds)
    only, among = {"type": "alert", "rule_name[]": ALWAYS_FIRES}, {"filter": f'alertname="{ALWAYS_FIRES}"'}
    answers = _together(
        {
            "rules": lambda: server.get("/api/v1/rules", only),
            "alerts": lambda: json.loads(fetch(opener(), alertmanager, "/api/v2/alerts", among, seconds)),
        },
        seconds,
    )
    return _understood(answers["rules"], always_fires), _understood(answers["alerts"], beats)


def _understood(answer: Any, read: Callable[[Any], T]) -> T | Unanswered:
    try:
        return Unanswered(str(answer)) if isinstance(answer, Exception) else read(answer)
    except AnswerError as error:
        return Unanswered(str(error))


def _together(questions: dict[str, Callable[[], Any]], within: float) -> dict[str, Any]:
    """Gives each answer, or the error in its place; who has not answered in time has not answered."""
    answers: dict[str, Any] = {
        name: UnreachableError(f"no answer within {within:.0f} s") for name in questions
    }

    def ask(name: str) -> None:
        try:
            answers[name] = questions[name]()
        except (UnreachableError, RefusedQueryError, ValueError) as error:
            answers[name] = error
        except Exception as error:  # a server that breaks off, or does not speak HTTP
            answers[name] = UnreachableError(f"{type(error).__name__}: {error}")

    threads = [threading.Thread(target=ask, args=(name,), daemon=True) for name in questions]
    end = time.monotonic() + within
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(max(0.0, end - time.monotonic()))
    return dict(answers)
