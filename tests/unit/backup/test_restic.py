"""restic gets its secrets where nobody else reads them, and each way it fails has its own words."""

import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from exporters.backup_restic import Repository, RepositoryError


def _program(folder: Path, monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    (folder / "restic").write_text(f"#!/bin/bash\n{text}", encoding="utf-8")
    (folder / "restic").chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}:/usr/bin:/bin")


@pytest.fixture
def answers() -> Iterator[tuple[str, list[int]]]:
    """Serves each status code of the list once."""
    codes: list[int] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(codes.pop(0))
            self.end_headers()

        def log_message(self, *_words: object) -> None:
            """Says nothing."""

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}/posta/eposta", codes
    server.shutdown()
    thread.join()
    server.server_close()


def test_only_a_definite_404_means_that_there_is_no_repository(answers: tuple[str, list[int]]) -> None:
    url, codes = answers
    codes.extend([200, 404])
    repository = Repository(url, key="k")
    assert [repository.exists(), repository.exists()] == [True, False]


@pytest.mark.parametrize("code", [401, 403, 500, 502, 503])
def test_any_other_answer_is_an_error_not_an_absence(answers: tuple[str, list[int]], code: int) -> None:
    url, codes = answers
    codes.append(code)
    with pytest.raises(RepositoryError, match=f"answers {code}"):
        Repository(url, key="k").exists()


def test_a_server_out_of_reach_is_an_error_not_an_absence() -> None:
    with pytest.raises(RepositoryError, match="cannot be asked"):
        Repository("http://127.0.0.1:1/posta/eposta", key="k").exists()


def test_secrets_are_in_no_argument_and_the_key_in_no_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _program(
        tmp_path,
        monkeypatch,
        f'tr "\\0" " " < /proc/$$/cmdline > {tmp_path}/arguments; env > {tmp_path}/environment\n'
        f'cat "$RESTIC_PASSWORD_FILE" > {tmp_path}/key; cat "${{@: -1}}" > {tmp_path}/new; echo "{{}}"\n',
    )
    repository = Repository(
        "https://h:1/posta/eposta", key="KANARYA-1", username="posta", password="KANARYA-2"
    )
    repository.run("key", "add", new_key="KANARYA-3")
    seen = (tmp_path / "arguments").read_text("utf-8"), (tmp_path / "environment").read_text("utf-8")
    assert ((tmp_path / "key").read_text("utf-8"), (tmp_path / "new").read_text("utf-8")) == (
        "KANARYA-1",
        "KANARYA-3",
    )
    assert "KANARYA" not in seen[0]
    assert "KANARYA-1" not in seen[1] and "KANARYA-3" not in seen[1]
    assert "RESTIC_REPOSITORY=rest:https://h:1/posta/eposta/" in seen[1]
    assert "KANARYA" not in repr(repository)


def test_a_full_repository_ends_the_run_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """restic alone goes on trying for a quarter of an hour, until the next run is due."""
    _program(
        tmp_path,
        monkeypatch,
        "echo 'Save(<data/1>) returned error, retrying: unexpected HTTP response (507): 507 Insufficient' >&2\n"
        "exec sleep 60\n",
    )
    began = time.monotonic()
    repository = Repository("https://h:1/posta/eposta", key="k")
    answer = repository.run("backup")
    assert time.monotonic() - began < 10
    assert answer.code != 0
    assert "the repository is full" in str(repository.error("backup", answer))


@pytest.mark.parametrize(
    ("code", "words"),
    [(10, "there is no repository"), (11, "locked by another"), (12, "the key does not open the repository")],
)
def test_each_exit_code_has_its_words(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: int, words: str
) -> None:
    _program(tmp_path, monkeypatch, f"exit {code}\n")
    with pytest.raises(RepositoryError, match=words) as failed:
        Repository("/srv/restic/posta/eposta", key="k").id()
    assert failed.value.code == code


def test_a_host_without_restic_is_told_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(RepositoryError, match="restic is not installed"):
        Repository("/srv/restic/posta/eposta", key="k").id()
