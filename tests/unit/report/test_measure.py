"""Prometheus is asked bounded questions; silence and refusals are never read as numbers."""

import json
import threading
import urllib.parse
import urllib.request
from collections.abc import Iterator
from datetime import datetime
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest

from estate.report.measure import measure
from estate.report.period import Period, turkish_zone
from estate.report.prometheus import ANSWER_BYTES, Prometheus, RefusedQueryError, UnreachableError

MONTH = Period.of("2026-11", datetime.fromisoformat("2026-12-01T04:30:00+00:00"), turkish_zone())
END = int(MONTH.end.timestamp())
P = "2592000s"


class Answers:
    """Holds what a server on this machine answers; a question that was not foreseen is kept and refused."""

    def __init__(self) -> None:
        """Begins with nothing foreseen."""
        self.vectors: dict[str, list[tuple[dict[str, str], str]]] = {}
        self.names: list[str] = []
        self.raw: dict[str, tuple[int, bytes]] = {}
        self.strange: list[str] = []
        self.address = ""

    def reply(self, path: str, query: str) -> tuple[int, bytes]:
        """Gives status and body for a question."""
        if query in self.raw:
            return self.raw[query]
        if path.startswith("/api/v1/label"):
            return 200, json.dumps({"status": "success", "data": self.names}).encode()
        if query not in self.vectors:
            self.strange.append(query)
            return 404, b"{}"
        rows = [{"metric": labels, "value": [END, value]} for labels, value in self.vectors[query]]
        return 200, json.dumps(
            {"status": "success", "data": {"resultType": "vector", "result": rows}}
        ).encode()


@pytest.fixture
def answers() -> Iterator[Answers]:
    """Runs a server on this machine that gives the foreseen answers."""
    held = Answers()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked = urllib.parse.urlsplit(self.path)
            parameters = dict(urllib.parse.parse_qsl(asked.query))
            status, body = held.reply(asked.path, parameters.get("query", ""))
            self.send_response(status)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: Any) -> None:
            """Stays silent."""

    server = HTTPServer(("127.0.0.1", 0), Handler)
    held.address = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    yield held
    server.shutdown()
    server.server_close()
    thread.join()


def _foresee(answers: Answers, name: str, steps: float, newest: float) -> None:
    answers.vectors[f"count_over_time(count({name})[{P}:300s])"] = [({}, str(steps))]
    answers.vectors[f"max(timestamp({name}))"] = [({}, str(newest))]


def test_only_metrics_with_samples_are_asked_for(answers: Answers) -> None:
    name = "bim_mail_open_relay"
    answers.names = [name, "go_goroutines"]
    _foresee(answers, name, 4320, END - 20)
    answers.vectors[f"max(max_over_time({name}[{P}]))"] = [({"__name__": name}, "0")]
    found = measure(Prometheus(answers.address), MONTH, ())
    assert [(row.name, row.coverage, row.newest, row.evidence) for row in found.metrics] == [
        (name, 0.5, END - 20, END - 20)
    ]
    assert [(row.id, [s.value for s in row.samples]) for row in found.measurements] == [("D08", ["0"])]
    assert {query.split("(")[1] for query in answers.strange} <= {"max_over_time", "sum"}, (
        "only the daily series"
    )


def test_a_metric_silent_at_the_end_was_last_seen_in_the_steps(answers: Answers) -> None:
    name = "bim_mail_open_relay"
    answers.names = [name]
    _foresee(answers, name, 100, END)
    answers.vectors[f"max(timestamp({name}))"] = []
    answers.vectors[f"max(max_over_time(timestamp({name})[{P}:300s]))"] = [({}, str(END - 90000))]
    answers.vectors[f"max(max_over_time({name}[{P}]))"] = [({}, "0")]
    assert measure(Prometheus(answers.address), MONTH, ()).metrics[0].newest == END - 90000


def test_a_time_stamp_proves_the_time_it_holds_and_zero_proves_nothing(answers: Answers) -> None:
    fresh, never = "bim_dr_drill_last_timestamp_seconds", "bim_plan_review_timestamp_seconds"
    answers.names = [fresh, never]
    for name, value in ((fresh, END - 5000), (never, 0)):
        _foresee(answers, name, 8640, END)
        answers.vectors[f"max(max_over_time({name}[{P}]))"] = [({}, str(value))]
    found = measure(Prometheus(answers.address), MONTH, (fresh, never))
    assert {row.name: row.evidence for row in found.metrics} == {fresh: END - 5000, never: None}


def test_a_counter_proves_only_what_it_counted_and_not_failures(answers: Answers) -> None:
    done, idle = "bim_backup_runs_total", "bim_malware_detections_total"
    answers.names = [done, idle]
    failures = "failure|failed|error|unreachable|interrupted"
    for name, value in ((done, "3.2"), (idle, "0")):
        _foresee(answers, name, 8640, END - 7)
        answers.vectors[f'sum(increase({name}{{result!~"{failures}"}}[{P}]))'] = [({}, value)]
    found = measure(Prometheus(answers.address), MONTH, ())
    assert {row.name: row.evidence for row in found.metrics} == {done: END - 7, idle: None}


def test_each_day_of_a_series_is_asked_at_its_local_end(answers: Answers) -> None:
    query = "max(max_over_time(bim_mail_probe_roundtrip_seconds[86400s]))"
    answers.vectors[query] = [({}, "1.5")]
    found = measure(Prometheus(answers.address), MONTH, ())
    days = {row.id: row.points for row in found.series}
    assert [days["S01"][0].day, days["S01"][-1].day] == ["2026-11-01", "2026-11-30"]
    assert {point.value for point in days["S01"]} == {"1.5"}
    assert {point.value for point in days["S02"]} == {None}


def test_the_authorities_of_the_system_are_read_once_for_all_questions(
    answers: Answers, monkeypatch: pytest.MonkeyPatch
) -> None:
    made, build = list[object](), urllib.request.build_opener
    monkeypatch.setattr(urllib.request, "build_opener", lambda *told: made.append(told) or build(*told))
    answers.vectors["1"] = [({}, "1")]
    server = Prometheus(answers.address)
    assert [server.ask("1", END)[0].value for _ in range(3)] == ["1"] * 3
    assert len(made) == 1


def test_a_refused_query_is_kept_with_its_reason(answers: Answers) -> None:
    name = "bim_mail_open_relay"
    answers.names = [name]
    _foresee(answers, name, 8640, END)
    body = json.dumps({"status": "error", "errorType": "execution", "error": "too many samples"}).encode()
    answers.raw[f"max(max_over_time({name}[{P}]))"] = (422, body)
    found = measure(Prometheus(answers.address), MONTH, ())
    assert [(row.id, row.error) for row in found.measurements] == [("D08", "HTTP 422: too many samples")]


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"<html>login</html>", "not an answer of Prometheus"),
        (b'{"status": "error", "errorType": "bad_data", "error": "parse"}', "bad_data: parse"),
        (b'{"status": "success", "data": {"resultType": "matrix", "result": []}}', "expected a vector"),
        (b" " * (ANSWER_BYTES + 1), "longer than"),
    ],
)
def test_an_answer_that_is_none_is_refused(answers: Answers, body: bytes, reason: str) -> None:
    answers.raw["up"] = (200, body)
    with pytest.raises(RefusedQueryError, match=reason):
        Prometheus(answers.address).ask("up", END)


def test_too_many_series_are_refused(answers: Answers) -> None:
    answers.vectors["up"] = [({"n": str(n)}, "1") for n in range(501)]
    with pytest.raises(RefusedQueryError, match="expected at most 500 series, found 501"):
        Prometheus(answers.address).ask("up", END)


def test_nobody_there_means_nothing_is_measured() -> None:
    found = measure(Prometheus("http://127.0.0.1:9"), MONTH, ())
    assert found.error and found.error.startswith("http://127.0.0.1:9: ")
    assert (found.metrics, found.measurements, found.series) == ([], [], [])


def test_all_questions_together_are_bounded(answers: Answers) -> None:
    with pytest.raises(UnreachableError, match="no answer to all questions within 0 s"):
        Prometheus(answers.address, budget=0).ask("up", END)
