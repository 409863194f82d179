"""Each way into the directory is judged by itself, and the time of the last record survives a failure."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from exporters import directory_health as health

NOON = datetime(2026, 11, 26, 12, 0, tzinfo=UTC)
TEXT = """
service: dizin
realm: AD.ORNEK.BEL.EXAMPLE
controller: DIZIN1
address: "192.0.2.73"
name: dizin1.ornek.bel.example
ca_file: /etc/ssl/estate/directory.ca.crt
canary: CN=kanarya,OU=Hizmet,OU=Belediye,DC=ad,DC=ornek,DC=bel,DC=example
backup_folder: /var/backups/samba
"""


@pytest.fixture
def settings(tmp_path: Path) -> health.Settings:
    (tmp_path / "directory.yml").write_text(TEXT, encoding="utf-8")
    return health.Settings.load(tmp_path / "directory.yml")


def well(settings: health.Settings) -> None:
    """Works."""


def ill(settings: health.Settings) -> None:
    raise health.HealthError("kinit: exit 1: Clock skew too great")


def test_one_failing_way_does_not_hide_the_others(
    settings: health.Settings, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(health, "CHECKS", {"dns": well, "kerberos": ill, "ldaps": well})
    monkeypatch.setattr(health, "record", lambda settings, now: now.timestamp())
    problems, canary = health.tried(settings, NOON, 5.0)
    assert problems == {"dns": "", "kerberos": "kinit: exit 1: Clock skew too great", "ldaps": "", "ldap": ""}
    text = health.measurements("dizin", problems, canary).render()
    assert 'bim_directory_check_success{check="kerberos"} 0.0' in text
    assert 'bim_directory_check_success{check="ldap"} 1.0' in text
    health.measurements("dizin", problems, canary).write(tmp_path / "directory.prom")
    assert health.last_canary(tmp_path / "directory.prom") == NOON.timestamp()


def test_a_record_that_was_not_written_keeps_the_time_of_the_last(
    settings: health.Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(settings: health.Settings, now: datetime) -> float:
        raise health.HealthError("ldbmodify: exit 1")

    monkeypatch.setattr(health, "CHECKS", {})
    monkeypatch.setattr(health, "record", refused)
    assert health.tried(settings, NOON, 5.0) == ({"ldap": "ldbmodify: exit 1"}, 5.0)
    assert health.last_canary(Path("/nowhere/directory.prom")) == 0.0


def test_an_answer_that_names_another_realm_is_no_answer(
    settings: health.Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    answers = ["0 100 389 dizin1.ad.ornek.bel.example.\n", "0 100 389 dizin1.baska.example.\n", ""]
    monkeypatch.setattr(health, "asked", lambda command, stdin="": answers.pop(0))
    health.names(settings)
    for _ in range(2):
        with pytest.raises(health.HealthError, match="no answer names a controller"):
            health.names(settings)


def test_a_client_that_fails_tells_its_last_words() -> None:
    with pytest.raises(health.HealthError, match=r"^sh: exit 3: son söz$"):
        health.asked(["sh", "-c", "echo ilk; echo son söz >&2; exit 3"])


def test_wrong_settings_are_refused(tmp_path: Path) -> None:
    (tmp_path / "wrong.yml").write_text("service: dizin\nelse: 1\n")
    with pytest.raises(health.HealthError, match="wanted service, realm"):
        health.Settings.load(tmp_path / "wrong.yml")
