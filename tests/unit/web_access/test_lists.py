"""A fetched list is taken up only when it can be believed; the one in use stays; no list is never an open door."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest

from exporters import web_lists
from exporters.web_list_answers import Lists, answers
from exporters.web_lists import (
    Kept,
    Published,
    Settings,
    UnbelievableError,
    fetch,
    judge,
    measure,
    record,
    update,
)

NOW = 1_800_000_000.0
SOURCE = {"url": "http://liste/", "min_entries": 3, "max_shrink_ratio": 0.5, "max_age_hours": 24}
DOMAINS = ("a.example", "b.example", "c.example", "d.a.example")


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(tmp_path, tmp_path / "web_lists.prom", [{"name": "zararli", "source": SOURCE}])


def published(*domains: str, at: float = NOW) -> Published:
    return Published(domains, 0, at)


@pytest.mark.parametrize(
    ("found", "kept", "told"),
    [
        (published(), None, "0 domains, at least 3 are wanted"),
        (published("a.example", "b.example"), None, "2 domains, at least 3 are wanted"),
        (published(*DOMAINS), Kept(NOW, 9), "4 domains, 9 are in use: it shrank too much at once"),
        (published(*DOMAINS, at=NOW - 25 * 3600), None, "it is 25 hours old, at most 24 are wanted"),
        (published(*DOMAINS, at=NOW - 60), Kept(NOW, 4), "it is older than the one in use"),
    ],
)
def test_a_list_that_cannot_be_believed_is_refused(found: Published, kept: Kept | None, told: str) -> None:
    with pytest.raises(UnbelievableError, match=f"^{told}$"):
        judge(found, kept, SOURCE, NOW)


def test_a_list_that_can_be_believed_is_taken_up_and_dated(settings: Settings) -> None:
    assert update(settings, lambda url: published(*DOMAINS), lambda: NOW) == []
    assert (settings.folder / "zararli").read_text("utf-8").split() == ["a.example", "b.example", "c.example"]
    assert record(settings, "zararli") == Kept(NOW, 4)
    measure(settings)
    text = settings.metrics.read_text("utf-8")
    assert 'bim_internet_filter_update_timestamp_seconds{list="zararli"} 1.8e+09' in text
    assert 'bim_internet_filter_max_age_seconds{list="zararli"} 86400.0' in text


def test_the_list_in_use_stays_when_the_next_one_is_empty(settings: Settings) -> None:
    update(settings, lambda url: published(*DOMAINS), lambda: NOW)
    before = (settings.folder / "zararli").read_bytes()
    problems = update(settings, lambda url: published(at=NOW + 60), lambda: NOW + 60)
    assert problems == ["zararli: 0 domains, at least 3 are wanted; the list in use stays"]
    assert (settings.folder / "zararli").read_bytes() == before
    assert record(settings, "zararli") == Kept(NOW, 4)


def test_a_list_that_was_never_fetched_is_dated_never(settings: Settings) -> None:
    measure(settings)
    assert 'bim_internet_filter_update_timestamp_seconds{list="zararli"} 0.0' in settings.metrics.read_text()


class _Source(BaseHTTPRequestHandler):
    body = b"a.example\nb.example\nhttp://c.example/\n192.0.2.1\n"
    headers_sent: tuple[tuple[str, str], ...] = ()

    def do_GET(self) -> None:
        self.send_response(200 if self.path == "/liste" else 503)
        for name, value in self.headers_sent:
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(self.body)

    def log_message(self, format: str, *args: Any) -> None:
        pass


@pytest.fixture
def source(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    for name in ("http_proxy", "HTTP_PROXY"):
        monkeypatch.delenv(name, raising=False)
    server = HTTPServer(("127.0.0.1", 0), _Source)
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def test_a_source_says_how_old_its_list_is(source: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_Source, "headers_sent", (("Last-Modified", "Fri, 15 Jan 2027 08:00:00 GMT"),))
    assert fetch(f"{source}/liste") == Published(("a.example", "b.example", "c.example"), 1, NOW)


def test_a_source_that_says_nothing_is_dated_now(source: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(web_lists.time, "time", lambda: NOW)
    assert fetch(f"{source}/liste").at == NOW


@pytest.mark.parametrize(
    ("path", "headers", "told"),
    [
        ("/yok", (), "gave no answer: HTTP Error 503"),
        ("/liste", (("Content-Length", "9999"),), "broke off after 48 of 9999 bytes"),
        ("/liste", (("Last-Modified", "dün"),), "cannot be read"),
    ],
)
def test_half_an_answer_is_none(
    source: str, monkeypatch: pytest.MonkeyPatch, path: str, headers: tuple[tuple[str, str], ...], told: str
) -> None:
    monkeypatch.setattr(_Source, "headers_sent", tuple((n, v.encode().decode("latin-1")) for n, v in headers))
    with pytest.raises(UnbelievableError, match=told):
        fetch(f"{source}{path}")


def test_settings_that_are_wrong_end_the_program(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "s.json").write_text(json.dumps({"folder": "/x"}), "utf-8")
    with pytest.raises(SystemExit) as ended:
        Settings.read(tmp_path / "s.json")
    assert (ended.value.code, "metrics" in capsys.readouterr().err) == (2, True)


def ask(folder: Path, *lines: str) -> list[str]:
    return [answer.strip() for answer in answers(Lists(folder), lines)]


def test_who_stands_in_a_list_is_listed_and_not_clean(tmp_path: Path) -> None:
    (tmp_path / "zararli").write_text("kotu.example\nx.y.example\n", "utf-8")
    hosts = [
        "kotu.example",
        "a.b.KOTU.example.",
        "benimkotu.example",
        "y.example",
        "x.y.example",
        "a_b.kotu.example",
    ]
    listed = ask(tmp_path, *(f"{i} {host} listed zararli\n" for i, host in enumerate(hosts)))
    clean = ask(tmp_path, *(f"{i} {host} clean zararli\n" for i, host in enumerate(hosts)))
    assert listed == ["0 OK", "1 OK", "2 ERR", "3 ERR", "4 OK", "5 OK"]
    assert clean == ["0 ERR", "1 ERR", "2 OK", "3 OK", "4 ERR", "5 ERR"]


def test_who_cannot_tell_says_no_to_both(tmp_path: Path) -> None:
    """A list never fetched, an address, a name without a dot, a question nobody asks: nothing is opened by it."""
    (tmp_path / "bos").write_text("", "utf-8")
    lines = [
        "1 iyi.example clean yok",
        "2 iyi.example listed yok",
        "3 192.0.2.1 clean bos",
        "4 kutu clean bos",
    ]
    lines += ["5 %5B::1%5D clean bos", "6 iyi.example open bos", "7 iyi.example clean ../bos", "8", ""]
    assert ask(tmp_path, *lines) == [f"{i} ERR" for i in range(1, 9)] + ["0 ERR"]
    assert ask(tmp_path, "9 iyi.example clean bos") == ["9 OK"]


def test_a_list_that_is_replaced_is_read_anew(tmp_path: Path) -> None:
    lists = Lists(tmp_path)
    web_lists.lay(tmp_path / "zararli", "a.example\n")
    assert (lists.answer("a.example", "clean", "zararli"), lists.answer("b.example", "clean", "zararli")) == (
        False,
        True,
    )
    web_lists.lay(tmp_path / "zararli", "b.example\n")
    assert (lists.answer("a.example", "clean", "zararli"), lists.answer("b.example", "clean", "zararli")) == (
        True,
        False,
    )
