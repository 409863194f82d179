"""Tells one alert by a webhook, in the words in which Alertmanager tells its own (version 4): a way without mail."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from estate.report.prometheus import opener
from estate.runs.letters import UntoldError

TIMEOUT_SECONDS = 15
NEVER = "0001-01-01T00:00:00Z"
"""How Alertmanager writes the end of what goes on."""


def notification(
    alert: str, instance: str, subject: str, lines: Sequence[str], began: datetime, ended: datetime | None
) -> dict[str, Any]:
    """Gives the notification of one critical alert; `ended` when it is over."""
    status = "resolved" if ended else "firing"
    labels = {"alertname": alert, "instance": instance, "severity": "critical"}
    annotations = {"summary": subject, "description": "\n".join(lines)}
    one = {
        "status": status,
        "labels": labels,
        "annotations": annotations,
        "startsAt": began.isoformat(),
        "endsAt": ended.isoformat() if ended else NEVER,
        "generatorURL": "",
        "fingerprint": "",
    }
    return {
        "version": "4",
        "status": status,
        "receiver": alert,
        "groupKey": f"{alert}:{instance}",
        "truncatedAlerts": 0,
        "groupLabels": labels,
        "commonLabels": labels,
        "commonAnnotations": annotations,
        "externalURL": "",
        "alerts": [one],
    }


def post(url: str, token_file: Path | None, body: Mapping[str, Any]) -> None:
    """Hands a notification over; `token_file` holds what is shown as a bearer token, nothing when it is empty.

    Raises:
        UntoldError: the token cannot be read, nobody answered in time, or the answer was no success.
    """
    headers = {"Content-Type": "application/json"}
    try:
        if token_file and (token := token_file.read_text(encoding="utf-8").strip()):
            headers["Authorization"] = f"Bearer {token}"
        request = urllib.request.Request(url, json.dumps(dict(body)).encode(), headers, method="POST")
        opener().open(request, timeout=TIMEOUT_SECONDS).close()
    except (
        OSError,
        ValueError,
    ) as error:  # of urllib's errors too; a token or an address that no header or URL can be
        reason = error.reason if isinstance(error, urllib.error.URLError) else error
        raise UntoldError(f"{url} did not take it: {reason}") from None
