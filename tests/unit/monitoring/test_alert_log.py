"""The second channel writes down what it is told by those who know the token, and nothing else."""

import json
import threading
import urllib.error
import urllib.request
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from exporters.alert_log import Receiver, append

NOTIFICATION = {
    "alerts": [
        {
            "status": "firing",
            "labels": {"alertname": "HostDown", "severity": "critical", "instance": "mail1"},
            "annotations": {"summary": "mail1 makinesine ulaşılamıyor."},
            "startsAt": "2026-11-26T09:00:00Z",
        }
    ]
}


@pytest.fixture
def receiver(tmp_path: Path) -> Iterator[Receiver]:
    """A receiver on a free port."""
    with Receiver(("127.0.0.1", 0), "right", tmp_path, keep_months=2) as serving:
        thread = threading.Thread(target=serving.serve_forever, args=(0.05,))
        thread.start()
        yield serving
        serving.shutdown()
        thread.join()


def tell(receiver: Receiver, body: bytes, token: str = "right") -> int:
    """Sends one notification and gives the status of the answer."""
    request = urllib.request.Request(
        f"http://127.0.0.1:{receiver.server_address[1]}/",
        data=body,
        headers={"Authorization": f"Bearer {token}"},
    )
    try:
        with urllib.request.urlopen(request, timeout=5) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        return error.code


def written(receiver: Receiver) -> list[dict[str, object]]:
    """Gives what stands in the log."""
    return [
        json.loads(line)
        for path in sorted(receiver.directory.glob("*.jsonl"))
        for line in path.read_text("utf-8").splitlines()
    ]


def test_an_alert_is_on_the_disk_when_it_is_answered(receiver: Receiver) -> None:
    assert tell(receiver, json.dumps(NOTIFICATION).encode()) == 204
    (line,) = written(receiver)
    assert line["alert"] == "HostDown" and line["labels"] == {"instance": "mail1"}
    assert line["summary"] == "mail1 makinesine ulaşılamıyor." and line["status"] == "firing"


def test_a_stranger_is_refused(receiver: Receiver) -> None:
    assert tell(receiver, json.dumps(NOTIFICATION).encode(), token="wrong") == 401
    assert written(receiver) == []


@pytest.mark.parametrize("body", [b"{", b"[]", b'{"alerts": [{"status": "firing"}]}', b"\xff\xfe"])
def test_what_is_no_notification_is_refused_whole(receiver: Receiver, body: bytes) -> None:
    assert tell(receiver, body) == 400
    assert written(receiver) == []


def test_a_log_that_cannot_be_written_is_not_answered_as_written(receiver: Receiver, tmp_path: Path) -> None:
    receiver.directory = tmp_path / "gone"
    assert tell(receiver, json.dumps(NOTIFICATION).encode()) == 507


def test_old_months_are_removed(tmp_path: Path) -> None:
    for month in (8, 9, 10, 11):
        append(tmp_path, ["{}"], datetime(2026, month, 1, tzinfo=UTC), keep_months=2)
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "alerts-2026-10.jsonl",
        "alerts-2026-11.jsonl",
    ]
