"""The log of the proxy is counted by profile, each line once, and no person's name leaves it."""

from pathlib import Path

import pytest

from exporters import web_proxy
from exporters.web_proxy import Counted, count, keep, load, measure, result_of

PROFILES = ("temel", "standart", "genis")
LINE = "2026-11-26T10:44:04+0300 10.40.20.20 {user} {profile} GET http haber.example 80 509 184 {said} 198.51.100.53\n"


def line(profile: str = "temel", said: str = "TCP_MISS/200", user: str = "ali.can") -> str:
    return LINE.format(profile=profile, said=said, user=user)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (line(), ("temel", "allowed")),
        (line("standart", "TCP_DENIED/403"), ("standart", "denied")),
        (line("genis", "TCP_TUNNEL/200"), ("genis", "allowed")),
        (line("-", "TCP_DENIED/403"), ("none", "denied")),
        (line("-", "TCP_DENIED/407"), None),
        (line("genis", "TCP_MISS/502"), ("genis", "allowed")),
        (line("uydurma"), ("none", "allowed")),
        ("half a line\n", None),
    ],
)
def test_a_line_tells_profile_and_result(text: str, found: tuple[str, str] | None) -> None:
    assert result_of(text, PROFILES) == found


def test_every_line_is_counted_once_over_a_rotation_and_a_restart(tmp_path: Path) -> None:
    log, state = tmp_path / "access.log", tmp_path / "counted.json"
    assert count(log, Counted(), PROFILES) == Counted()
    log.write_text(line() + line() + "2026-11-26T10:44:04+0300 still being wri", "utf-8")
    keep(state, count(log, load(state), PROFILES))
    keep(state, count(log, load(state), PROFILES))
    assert load(state).requests == {"temel allowed": 2}
    text = log.read_text("utf-8").rpartition("\n")[0] + "\n"
    log.write_text(text, "utf-8")
    with log.open("a", encoding="utf-8") as file:
        file.write(line("genis"))
    log.rename(tmp_path / "access.log-20261126")
    log.write_text(line("standart", "TCP_DENIED/403"), "utf-8")
    keep(state, count(log, load(state), PROFILES))
    assert load(state).requests == {"temel allowed": 2, "genis allowed": 1, "standart denied": 1}


def test_the_measurements_stand_at_zero_and_name_nobody(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "password").write_text("gizli\n", "utf-8")
    asked: list[str] = []

    def status(settings: object, credentials: str = "") -> int:
        asked.append(credentials)
        return 403 if credentials else 407

    monkeypatch.setattr(web_proxy, "status", status)
    settings = {"user": "svc-vekil", "password": str(tmp_path / "password")}
    text = measure(settings, Counted(requests={"genis allowed": 7})).render()
    assert asked == ["svc-vekil:gizli", ""]
    assert 'bim_internet_proxy_check_success{check="stranger"} 1.0' in text
    assert 'bim_internet_proxy_check_success{check="directory"} 1.0' in text
    assert 'bim_internet_requests_total{profile="genis",result="allowed"} 7.0' in text
    assert 'bim_internet_requests_total{profile="none",result="denied"} 0.0' in text
    assert "svc-vekil" not in text and "gizli" not in text


def test_a_directory_that_does_not_answer_is_no_success(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The proxy asks for a password again when the directory is away: 407 for an account that exists."""
    (tmp_path / "password").write_text("gizli\n", "utf-8")
    monkeypatch.setattr(web_proxy, "status", lambda settings, credentials="": 407)
    text = measure({"user": "svc-vekil", "password": str(tmp_path / "password")}, Counted()).render()
    assert 'bim_internet_proxy_check_success{check="directory"} 0.0' in text
    assert 'bim_internet_proxy_check_success{check="stranger"} 1.0' in text


def test_nobody_listening_is_no_answer(capsys: pytest.CaptureFixture[str]) -> None:
    assert web_proxy.status({"address": "127.0.0.1", "port": 1, "proxy": "vekil.example"}) == 0
    assert "vekil.example: ConnectionRefusedError" in capsys.readouterr().err
