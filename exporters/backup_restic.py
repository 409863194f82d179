"""Runs restic on one repository with its secrets kept out of arguments, and names each way it can fail."""

from __future__ import annotations

import base64
import hashlib
import http.client
import json
import os
import ssl
import subprocess
import threading
import urllib.error
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

ASK_SECONDS = 10
REASONS = {
    10: "there is no repository",
    11: "the repository is locked by another operation",
    12: "the key does not open the repository",
}
FULL = "unexpected HTTP response (507)"


class RepositoryError(Exception):
    """Says what was asked of which repository and what came back; `code` is restic's exit code, 0 if none."""

    def __init__(self, message: str, code: int = 0) -> None:
        """Keeps the code beside the words."""
        super().__init__(message)
        self.code = code


@dataclass(frozen=True)
class Answer:
    """Holds what restic said: exit code, its JSON messages of both channels, the last words of stderr."""

    code: int
    messages: tuple[dict[str, Any], ...]
    words: str

    def of(self, kind: str) -> list[dict[str, Any]]:
        """Gives the messages of one type."""
        return [message for message in self.messages if message.get("message_type") == kind]


@dataclass(frozen=True)
class Repository:
    """Names one repository and how to open it; `url` is https://host:port/user/job without credentials, or a
    path. Secrets reach restic by a pipe and its environment, which only root can read.
    """

    url: str
    key: str = field(repr=False)
    username: str = ""
    password: str = field(default="", repr=False)
    ca_certificate: str = ""
    cache: str = ""

    @property
    def local(self) -> bool:
        """Holds for a repository in a folder of this host."""
        return self.url.startswith("/")

    def exists(self) -> bool:
        """Asks the server itself: true on 200, false only on a definite 404; anything else is an error."""
        return self.fetched("config") is not None

    def fingerprint(self) -> str | None:
        """Gives the hash of the sealed configuration, which never changes; None only when there surely is none.

        Tells repositories apart without a key and without starting restic.
        """
        found = self.fetched("config")
        return None if found is None else hashlib.sha256(found).hexdigest()

    def stored_snapshots(self) -> list[str]:
        """Lists the snapshots as the server has them on its disk; restic and its cache are not asked."""
        if self.local:
            return [path.name for path in Path(self.url, "snapshots").iterdir()]
        return [str(item["name"]) for item in json.loads(self.fetched("snapshots/") or b"[]")]

    def fetched(self, name: str) -> bytes | None:
        """Gives a file of the repository as it lies on the server; None only on a definite 404."""
        if self.local:
            path = Path(self.url, name)
            return path.read_bytes() if path.is_file() else None
        request = urllib.request.Request(f"{self.url.rstrip('/')}/{name}")
        token = base64.b64encode(f"{self.username}:{self.password}".encode()).decode()
        request.add_header("Authorization", f"Basic {token}")
        request.add_header("Accept", "application/vnd.x.restic.rest.v2")
        context = ssl.create_default_context(cafile=self.ca_certificate or None)
        opener = urllib.request.build_opener(
            urllib.request.ProxyHandler({}), urllib.request.HTTPSHandler(context=context)
        )
        try:
            with opener.open(request, timeout=ASK_SECONDS) as answer:
                return bytes(answer.read())
        except urllib.error.HTTPError as error:
            if error.code == http.HTTPStatus.NOT_FOUND:
                return None
            raise RepositoryError(f"{self.url} answers {error.code} {error.reason}") from error
        except (OSError, http.client.HTTPException) as error:
            reason = getattr(error, "reason", error)
            raise RepositoryError(f"{self.url} cannot be asked: {reason}") from error

    def id(self) -> str:
        """Reads the identity that the repository was born with; opening it proves the key."""
        answer = self.ask("cat", "config")
        return str(answer["id"])

    def ask(self, *arguments: str) -> Any:
        """Gives the JSON a restic command prints; raises RepositoryError when it fails."""
        done = self._finished(arguments, "")
        if done.code:
            raise self.error(arguments[0], done)
        try:
            return json.loads(done.words)
        except ValueError as error:
            raise RepositoryError(f"restic {arguments[0]} gave no JSON: {done.words[:200]!r}") from error

    def text(self, *arguments: str) -> str:
        """Gives the plain text a restic command prints; raises RepositoryError when it fails."""
        done = self._finished(arguments, "")
        if done.code:
            raise self.error(arguments[0], done)
        return done.words

    def run(self, *arguments: str, new_key: str = "") -> Answer:
        """Runs a restic command to its end and gives the answer, good or bad, for the caller to judge.

        A full repository ends the run at once: restic alone would go on trying for a quarter of an hour.
        """
        with self._started(arguments, new_key) as process:
            assert process.stdout and process.stderr
            heard: list[str] = []
            listener = threading.Thread(target=_listen, args=(process, heard))
            listener.start()
            said = [line for line in process.stdout if '"message_type":"status"' not in line]
            listener.join()
            code = process.wait()
        words = "".join(line for line in heard if not line.startswith("{"))[-2000:]
        if any(FULL in line for line in heard):
            code, words = code or 1, "the repository is full (507 Insufficient Storage)"
        return Answer(code, tuple(_messages([*said, *heard])), words or "".join(said)[-2000:])

    def error(self, asked: str, answer: Answer) -> RepositoryError:
        """Puts a failed answer into words."""
        said = [str(message.get("message", "")).strip() for message in answer.of("exit_error")]
        reason = REASONS.get(answer.code) or "; ".join(said) or answer.words.strip()
        if "is full" in answer.words:
            reason = answer.words
        return RepositoryError(f"restic {asked} on {self.url}: {reason}", answer.code)

    def _finished(self, arguments: Sequence[str], new_key: str) -> Answer:
        with self._started(arguments, new_key) as process:
            said, heard = process.communicate()
        messages = tuple(_messages(heard.splitlines()))
        return Answer(process.returncode, messages, heard[-2000:] if process.returncode else said)

    @contextmanager
    def _started(self, arguments: Sequence[str], new_key: str) -> Iterator[subprocess.Popen[str]]:
        pipes = [_pipe(secret) for secret in (self.key, new_key) if secret]
        command = ["restic", "--json", *(["--no-cache"] if self.local else []), *arguments]
        if new_key:
            command += ["--new-password-file", f"/dev/fd/{pipes[1]}"]
        try:
            with subprocess.Popen(
                command,
                env=self._environment(pipes[0]),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
                errors="replace",
                pass_fds=pipes,
            ) as process:
                try:
                    yield process
                except BaseException:
                    process.terminate()
                    raise
        except FileNotFoundError as error:
            raise RepositoryError("restic is not installed on this host") from error
        finally:
            for pipe in pipes:
                os.close(pipe)

    def _environment(self, key_pipe: int) -> dict[str, str]:
        environment = {
            "PATH": os.environ.get("PATH", "/usr/sbin:/usr/bin:/sbin:/bin"),
            "HOME": "/root",
            "RESTIC_REPOSITORY": f"rest:{self.url.rstrip('/')}/" if not self.local else self.url,
            "RESTIC_PASSWORD_FILE": f"/dev/fd/{key_pipe}",
            "RESTIC_PROGRESS_FPS": "0.1",
        }
        optional = {
            "RESTIC_REST_USERNAME": self.username,
            "RESTIC_REST_PASSWORD": self.password,
            "RESTIC_CACERT": self.ca_certificate,
            "RESTIC_CACHE_DIR": self.cache,
        }
        return environment | {name: value for name, value in optional.items() if value}


def _pipe(secret: str) -> int:
    """Gives the reading end of a pipe that holds the secret and nothing else."""
    reading, writing = os.pipe()
    os.write(writing, secret.encode())
    os.close(writing)
    return reading


def _listen(process: subprocess.Popen[str], heard: list[str]) -> None:
    assert process.stderr
    for line in process.stderr:
        heard.append(line)
        if FULL in line:
            process.terminate()


def _messages(lines: Sequence[str]) -> Iterator[dict[str, Any]]:
    for line in lines:
        if line.startswith("{"):
            try:
                yield json.loads(line)
            except ValueError:
                continue
