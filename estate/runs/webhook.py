"""Tells one alert by a webhook, in the words in which Alertmanager tells its own (version 4): a way without mail."""

from __future__ import annotations

import http.client
import json
import urllib.error
import urllib.request
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from estate.runs.letters import UntoldError

TIMEOUT_SECONDS = 15
NEVER = "0001-01-01T00:00:00Z"
"""How Alertmanager writes the end of what goes on."""


@dataclass(frozen=True)
class Webhook:
    """Is where an alert is told: `url`, which may be a secret itself, and the bearer `token`, empty for none."""

    url: str = field(repr=False)
    token: str = field(repr=False)

    @property
    def name(self) -> str:
        """Names it without what may be secret: the host alone."""
        return str(urlsplit(self.url).hostname)


def read(path: Path) -> Webhook | None:
    """Reads a webhook: its address, and in the next line its token, if it has one; None for an empty file.

    Raises:
        UntoldError: it cannot be read, or holds something else; what it holds is not said.
    """
    try:
        lines = path.read_text(encoding="utf-8").split("\n")
    except (OSError, UnicodeDecodeError) as error:
        raise UntoldError(
            f"{path} cannot be read: {getattr(error, 'strerror', None) or 'not UTF-8'}"
        ) from None
    url, token, *more = [line.strip() for line in lines] + [""]
    if not url and not token:
        return None
    plain = all(each.isascii() and each.isprintable() and " " not in each for each in (url, token))
    if not plain or any(more) or not _leads_somewhere(url):
        raise UntoldError(f"{path} has to hold an address (http, https) and at most a token in the next line")
    return Webhook(url, token)


def _leads_somewhere(url: str) -> bool:
    try:
        parts = urlsplit(url)
        return parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False


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


class _Stays(urllib.request.HTTPRedirectHandler):
    """Follows nobody: what is told elsewhere would carry the token there, without what is told."""

    def redirect_request(self, *_: Any, **__: Any) -> None:
        """Gives no other request, so that the answer counts as an error."""


def post(to: Webhook, body: Mapping[str, Any]) -> None:
    """Hands a notification over, past any proxy; only a success counts.

    Raises:
        UntoldError: nobody answered in time, or the answer was no success.
    """
    headers = {"Content-Type": "application/json"}
    if to.token:
        headers["Authorization"] = f"Bearer {to.token}"
    way = urllib.request.build_opener(urllib.request.ProxyHandler({}), _Stays)
    try:
        request = urllib.request.Request(to.url, json.dumps(dict(body)).encode(), headers, method="POST")
        way.open(request, timeout=TIMEOUT_SECONDS).close()
    except urllib.error.HTTPError as error:
        raise UntoldError(f"{to.name} did not take it: {error.code}") from None
    except urllib.error.URLError as error:
        raise UntoldError(f"{to.name} did not take it: {error.reason}") from None
    except (OSError, ValueError, http.client.HTTPException) as error:
        raise UntoldError(f"{to.name} did not take it: {type(error).__name__}") from None
