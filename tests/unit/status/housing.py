"""Is a house in which the monitoring server and the way to the mail server may be dead."""

from __future__ import annotations

import json
import os
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.testing import CliRunner

from estate.cli import watchdog as verb
from estate.runs.environment import Environment


class House:
    """Is a monitoring server of this process, dead or alive, and a way to a mail server."""

    def __init__(self, place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.place, self.alive = place, True
        (place / "bin").mkdir()
        ssh = place / "bin/ssh"
        ssh.write_text(
            f'#!/bin/sh\n[ -e {place}/refused ] && exit 75\necho "$*" >>{place}/calls\ncat >>{place}/mail\n'
        )
        ssh.chmod(0o755)
        monkeypatch.setenv("PATH", f"{place}/bin{os.pathsep}{os.environ['PATH']}")
        monkeypatch.setattr(Environment, "var", property(lambda self: place / "var"))
        monkeypatch.setattr(Environment, "refuse_when_down", lambda self: None)

    def answer(self, path: str) -> Any:
        """Answers as the server does; a dead one gives what no program understands."""
        at = datetime.now(UTC).isoformat()
        if not self.alive:
            return {"status": "success", "data": []}
        if "/api/v1/rules" in path:
            own = {"type": "alerting", "name": "Watchdog", "health": "ok", "lastEvaluation": at, "alerts": []}
            return {"status": "success", "data": {"groups": [{"rules": [own]}]}}
        return [
            {"labels": {"alertname": "Watchdog"}, "status": {"state": "active"}, "updatedAt": at},
            {"labels": {"alertname": "HostDown"}, "status": {}, "updatedAt": "never"},
        ]

    def looks(self, *words: str) -> tuple[int, EmailMessage | None]:
        """Runs the verb; gives how it ended and the letter that the mail server took."""
        app = typer.Typer()
        app.command()(verb.command)
        done = CliRunner().invoke(app, [*words, "--json"])
        assert json.loads(done.stdout)["exit"] == done.exit_code
        mail = self.place / "mail"
        if not mail.exists():
            return done.exit_code, None
        letter = message_from_bytes(mail.read_bytes(), policy=policy.default)
        mail.unlink()
        assert isinstance(letter, EmailMessage)
        return done.exit_code, letter
