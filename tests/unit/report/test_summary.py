"""The summary says of a drill that failed which promise was broken, when it is the time to recover."""

import pytest

from estate.report.document import assemble

from .conftest import Bent, drill

LATE = drill("2026-11-12T09:00:00+00:00", "failed", rto_seconds=20000)
WHOLE = "Drill “E-posta sunucusunun kaybı” (12.11.2026 12:00) failed: the service "


@pytest.mark.parametrize(
    ("failed", "told"),
    [
        (LATE, "was back after 5 h 33 min, the target (4 h) was missed."),
        ({**LATE, "rto_seconds": 9000}, "did not come back as promised."),
        ({**LATE, "rto_seconds": None}, "did not come back as promised."),
    ],
)
def test_a_missed_recovery_time_is_said_as_such(bent: Bent, failed: dict[str, object], told: str) -> None:
    document = assemble(bent(drills=[failed]), "0" * 64, "en")
    assert WHOLE + told in document.attention
