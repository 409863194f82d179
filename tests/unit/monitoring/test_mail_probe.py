"""The mail probe keeps its counters and its last success over runs, failures and broken state."""

import socket
from datetime import UTC, datetime
from email import message_from_bytes
from email.policy import default
from pathlib import Path

import pytest

from exporters import mail_probe
from exporters.mail_probe import ProbeError, Settings, State


@pytest.fixture
def nobody_there(tmp_path: Path) -> Settings:
    """Settings that lead to ports where nobody listens."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
    authority = tmp_path / "ca.crt"
    authority.write_text("", "utf-8")
    return Settings(
        service="eposta",
        host="127.0.0.1",
        domain="gumuscagil.bel.example",
        ca_file=str(authority),
        sender="sonda",
        sender_password="s",
        canary="kanarya",
        canary_password="k",
        keep_days=14,
        timeout_seconds=2,
        submission_port=port,
        imap_port=port,
    )


def test_a_failure_counts_and_keeps_the_last_success(nobody_there: Settings, tmp_path: Path) -> None:
    state_file, textfile = tmp_path / "state.json", tmp_path / "mail_probe.prom"
    State(8, {"success": 7, "failure": 1}, 500, 500, 490, 7, 0.4).save(state_file)
    assert mail_probe.run(nobody_there, state_file, textfile) == 1
    after, text = State.load(state_file), textfile.read_text("utf-8")
    assert (after.sequence, after.runs, after.last_success) == (9, {"success": 7, "failure": 2}, 500)
    assert after.last_run > 500
    assert 'bim_mail_probe_runs_total{result="failure",service="eposta"} 2.0' in text
    assert 'bim_mail_probe_last_success_timestamp_seconds{service="eposta"} 500.0' in text
    assert 'bim_canary_last_timestamp_seconds{service="eposta"} 490.0' in text


def test_the_first_failure_lays_every_result_down_and_invents_no_round_trip(
    nobody_there: Settings, tmp_path: Path
) -> None:
    textfile = tmp_path / "mail_probe.prom"
    mail_probe.run(nobody_there, tmp_path / "state.json", textfile)
    text = textfile.read_text("utf-8")
    assert 'bim_mail_probe_runs_total{result="success",service="eposta"} 0.0' in text
    assert "bim_mail_probe_roundtrip_seconds" not in text


def test_a_failure_names_the_step(
    nobody_there: Settings, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    mail_probe.run(nobody_there, tmp_path / "state.json", tmp_path / "x.prom")
    said = capsys.readouterr().out
    assert said.startswith("mail probe 1: CA file ") and "Traceback" not in said


def test_broken_state_is_kept_aside_and_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "state.json"
    path.write_text('{"sequence": 3', "utf-8")
    assert State.load(path) == State()
    assert path.with_suffix(".broken").read_text("utf-8") == '{"sequence": 3'
    assert "counting anew" in capsys.readouterr().err


def test_the_message_carries_its_time_and_sequence(nobody_there: Settings) -> None:
    now = datetime(2026, 11, 26, 9, 5, 1, 250000, UTC)
    sent = mail_probe.compose(nobody_there, 42, "abc", now).as_bytes()
    read = message_from_bytes(sent, policy=default)
    assert read["X-Estate-Canary"] == "2026-11-26T09:05:01.250000Z"
    assert read["X-Estate-Canary-Sequence"] == "42"
    assert read["Subject"] == "Kanarya kaydı 42" and read["To"] == "kanarya@gumuscagil.bel.example"
    assert sent.isascii()


def test_wrong_settings_name_the_keys(tmp_path: Path) -> None:
    path = tmp_path / "mail-probe.yml"
    path.write_text("service: eposta\nhots: x\n", "utf-8")
    with pytest.raises(ProbeError, match=r"found keys service, hots; wanted service, host, domain"):
        Settings.load(path)


def test_no_password_is_told(
    nobody_there: Settings, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    marked = Settings(**{**vars(nobody_there), "sender_password": "GIZLI-1", "canary_password": "GIZLI-2"})
    mail_probe.run(marked, tmp_path / "state.json", tmp_path / "x.prom")
    written = "".join(path.read_text("utf-8") for path in tmp_path.iterdir())
    told = capfd.readouterr()
    assert "GIZLI" not in written + told.out + told.err
