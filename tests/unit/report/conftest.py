"""Gives the tests a small set of frozen inputs that each of them bends to its case."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest

from estate.report.inputs import Inputs

Bent = Callable[..., Inputs]

SMALL: dict[str, Any] = {
    "format": 1,
    "environment": "lab",
    "collected_at": "2026-12-01T07:30:00+03:00",
    "version": "0.1.0",
    "commit": "0123456789abcdef",
    "period": {
        "name": "2026-11",
        "start": "2026-11-01T00:00:00+03:00",
        "end": "2026-12-01T00:00:00+03:00",
        "evaluated_at": "2026-12-01T00:00:00+03:00",
    },
    "organisation": {
        "name": "Gümüşçağıl Belediyesi",
        "directorate": "Bilgi İşlem Müdürlüğü",
        "time_zone": "Europe/Istanbul",
    },
    "duties": [],
    "services": [],
    "jobs": [{"id": "eposta", "service": "eposta", "rpo_seconds": 3600}],
    "scenarios": [
        {
            "id": "mail",
            "title": "E-posta sunucusunun kaybı",
            "service": "eposta",
            "backup_job": "eposta",
            "rto_seconds": 14400,
            "rpo_seconds": 3600,
            "frequency_days": 90,
        }
    ],
    "prometheus": {"address": "http://127.0.0.1:9090", "error": None},
    "metrics": [],
    "measurements": [],
    "series": [],
    "stores": {"runs": True, "evidence": True},
    "drills": [],
    "runs": [],
    "proofs": [],
    "unread": [],
}


MEASURED: dict[str, Any] = {
    "scenario": "mail",
    "service": "eposta",
    "backup_job": "eposta",
    "phases": {"decided": 0, "host_up": 31.8, "configured": 127.4, "restored": 146.0, "accepted": 161.7},
    "rto_seconds": 161.7,
    "rto_target_seconds": 14400,
    "rpo_seconds": 512,
    "rpo_target_seconds": 3600,
}
"""What the evidence record of a drill and the inputs of a report say alike."""

RESTORED: dict[str, Any] = {
    "result": "passed",
    "seconds": 12.4,
    "files": 1482,
    "bytes": 96331002,
    "snapshot_id": "d2677360",
}
"""What both say alike of its restore."""


@pytest.fixture
def bent() -> Bent:
    """Gives a maker of small inputs with some keys replaced."""

    def make(**replaced: Any) -> Inputs:
        return Inputs.model_validate({**SMALL, **replaced})

    return make


def drill(started: str, result: str = "passed", **replaced: Any) -> dict[str, Any]:
    """Gives a drill record as the inputs hold it."""
    return {
        "file": f"var/lab/evidence/{started}/record.json",
        "sha256": "0" * 64,
        "flaws": [],
        "id": f"{started}-drill-000001",
        **MEASURED,
        "result": result,
        "started": started,
        "ended": started,
        "restore": {**RESTORED, "snapshot_time": started, "mismatches": 0},
        "not_tested": [],
        "participants": 2,
        "problems": 0,
        "checks": {"passed": 9, "failed": 0, "error": 0},
        **replaced,
    }


def seen(name: str, coverage: float = 1.0, **replaced: Any) -> dict[str, Any]:
    """Gives a metric that was seen until the end of the period."""
    end = datetime.fromisoformat("2026-12-01T00:00:00+03:00").timestamp()
    return {"name": name, "coverage": coverage, "newest": end - 30, "evidence": end - 30, **replaced}


def answer(ident: str, *values: str, labels: dict[str, str] | None = None) -> dict[str, Any]:
    """Gives the answer of Prometheus to the query of an indicator."""
    rows = [{"labels": labels or {}, "value": value} for value in values]
    return {"id": ident, "query": f"query of {ident}", "samples": rows, "error": None}
