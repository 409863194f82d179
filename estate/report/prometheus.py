"""Asks Prometheus over its HTTP interface, bounded in time and size; never reads silence as zero."""

from __future__ import annotations

import json
import math
import time
import urllib.error
import urllib.parse
import urllib.request
from dataclasses import dataclass, field
from typing import Any

ANSWER_BYTES = 8 * 1024 * 1024
SAMPLES = 500


class UnreachableError(Exception):
    """Says why the server gave no answer at all; every further question would meet the same."""


class RefusedQueryError(Exception):
    """Says why the server refused one question, or why its answer cannot be used."""


@dataclass(frozen=True)
class Sample:
    """Is one series of an answer: its labels and its value as Prometheus wrote it (text, may be NaN)."""

    labels: dict[str, str]
    value: str


def opener() -> urllib.request.OpenerDirector:
    """Makes what opens an address without any proxy; that reads all authorities of the system, so once a server."""
    return urllib.request.build_opener(urllib.request.ProxyHandler({}))


@dataclass
class Prometheus:
    """Asks one server; `seconds` bounds one answer, `budget` all of them together."""

    address: str
    seconds: float = 10.0
    budget: float = 120.0
    _began: float = field(default_factory=time.monotonic, repr=False)
    _opener: urllib.request.OpenerDirector = field(default_factory=opener, repr=False)

    def ask(self, query: str, at: int) -> list[Sample]:
        """Evaluates one instant query at a Unix time; raises RefusedQueryError or UnreachableError."""
        data = self.get("/api/v1/query", {"query": query, "time": str(at)})
        if not isinstance(data, dict) or data.get("resultType") not in ("vector", "scalar"):
            raise RefusedQueryError(f"expected a vector, found {str(data)[:80]}")
        if data["resultType"] == "scalar":
            return [Sample({}, str(data["result"][1]))]
        if len(data["result"]) > SAMPLES:
            raise RefusedQueryError(f"expected at most {SAMPLES} series, found {len(data['result'])}")
        rows = [
            Sample({k: v for k, v in row["metric"].items() if k != "__name__"}, str(row["value"][1]))
            for row in data["result"]
        ]
        return sorted(rows, key=lambda sample: sorted(sample.labels.items()))

    def names(self, start: int, end: int) -> set[str]:
        """Lists the metric names that have samples between two Unix times."""
        data = self.get("/api/v1/label/__name__/values", {"start": str(start), "end": str(end)})
        return {str(name) for name in data}

    def get(self, path: str, parameters: dict[str, str]) -> Any:
        """Gives what the server answers to one question of its interface, in its own shape."""
        left = self.budget - (time.monotonic() - self._began)
        if left <= 0:
            raise UnreachableError(f"{self.address}: no answer to all questions within {self.budget:.0f} s")
        wait = min(self.seconds, left)
        if path.endswith("/query"):
            parameters = {**parameters, "timeout": f"{math.ceil(wait)}s"}
        return _data(fetch(self._opener, self.address, path, parameters, wait))


def fetch(
    way: urllib.request.OpenerDirector, address: str, path: str, parameters: dict[str, str], seconds: float
) -> bytes:
    """Gives the bytes of one answer; `seconds` bounds each wait for the next of them."""
    url = f"{address.rstrip('/')}{path}?{urllib.parse.urlencode(parameters)}"
    request = urllib.request.Request(url, headers={"Accept": "application/json"})
    try:
        with way.open(request, timeout=seconds) as answer:
            return bytes(answer.read(ANSWER_BYTES + 1))
    except urllib.error.HTTPError as error:
        raise RefusedQueryError(_reason(error)) from None
    except (OSError, ValueError) as error:
        raise UnreachableError(f"{address}: {getattr(error, 'reason', error)}") from None


def _data(body: bytes) -> Any:
    if len(body) > ANSWER_BYTES:
        raise RefusedQueryError(f"the answer is longer than {ANSWER_BYTES} bytes")
    try:
        answer = json.loads(body)
        if answer["status"] != "success":
            raise RefusedQueryError(f"{answer.get('errorType')}: {answer.get('error')}")
        return answer["data"]
    except (ValueError, KeyError, TypeError):
        raise RefusedQueryError(f"not an answer of Prometheus: {body[:60]!r}") from None


def _reason(error: urllib.error.HTTPError) -> str:
    body = error.read(2000)
    try:
        return f"HTTP {error.code}: {json.loads(body)['error']}"
    except (ValueError, KeyError, TypeError):
        return f"HTTP {error.code}: {error.reason}"
