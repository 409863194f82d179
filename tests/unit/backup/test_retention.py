"""Nothing is removed on a client's word, and never so much that too little stays."""

import json
from pathlib import Path
from typing import Any

import pytest

from exporters import backup_keys as keys
from exporters import backup_repository as repository
from exporters import backup_retention as retention
from exporters.backup_restic import RepositoryError

NOW = 1_800_000_000.0
DAY = 86_400.0
DECLARED = {"minimum_snapshots": 1, "max_shrink_ratio": 0.5}


def _snapshot(
    name: str, age_days: float = 0, size: int | None = 1000, late: float = 60
) -> retention.Snapshot:
    at = NOW - age_days * DAY
    return retention.Snapshot(name, at, at + late, size)


KEEP = [_snapshot(f"keep{age}", age) for age in range(7)]
OLD = [_snapshot(f"old{age}", age) for age in range(7, 10)]


def test_what_the_policy_lets_go_goes() -> None:
    assert retention.judged(KEEP, OLD, DECLARED, False) == ["old7", "old8", "old9"]


@pytest.mark.parametrize("late", [-301, 6 * 3600 + 1, 10 * DAY])
def test_a_snapshot_whose_time_cannot_be_true_stops_everything(late: float) -> None:
    """A captured client could bear false dates and so push the honest snapshots out of the policy."""
    false = _snapshot("false", 3, late=late)
    with pytest.raises(
        retention.RefusedError, match="1 snapshots bear a time that cannot be true: false claims"
    ):
        retention.judged([*KEEP, false], OLD, DECLARED, False)


@pytest.mark.parametrize("late", [-300, 0, 6 * 3600])
def test_a_clock_a_little_ahead_and_a_long_run_are_plausible(late: float) -> None:
    assert retention.implausible([_snapshot("a", late=late)]) == []


@pytest.mark.parametrize(("minimum", "left"), [(0, []), (1, []), (3, KEEP[:2])])
def test_the_minimum_stays_whatever_the_policy_says(minimum: int, left: list[retention.Snapshot]) -> None:
    with pytest.raises(retention.RefusedError, match=f"would leave {len(left)} snapshots"):
        retention.judged(left, OLD, {**DECLARED, "minimum_snapshots": minimum}, False)


def test_the_newest_stays_by_the_servers_clock() -> None:
    with pytest.raises(retention.RefusedError, match="would remove the newest"):
        retention.judged(OLD, [KEEP[0]], DECLARED, False)


def test_the_larger_past_does_not_go_for_a_shrunken_present() -> None:
    shrunken = [_snapshot("small", 0, size=499), *KEEP[1:]]
    with pytest.raises(
        retention.RefusedError, match="newest snapshot holds 499 bytes, one that would go holds 1000"
    ):
        retention.judged(shrunken, OLD, DECLARED, False)
    assert len(retention.judged(shrunken, OLD, DECLARED, True)) == 3


def test_a_policy_is_spelled_out_for_restic() -> None:
    words = retention.policy({"daily": 7, "weekly": 5, "monthly": 12}, "2d")
    assert words == ["--keep-daily", "7", "--keep-weekly", "5", "--keep-monthly", "12", "--keep-within", "2d"]


@pytest.mark.parametrize("declared", [{}, {"daily": 0}, {"dayly": 7, "weekly": 1}])
def test_a_policy_that_keeps_nothing_or_is_misspelled_is_refused(declared: dict[str, int]) -> None:
    with pytest.raises(retention.RefusedError, match="expected numbers"):
        retention.policy(declared, "")


def test_a_line_taken_from_the_log_or_changed_in_it_is_found(tmp_path: Path) -> None:
    log = tmp_path / "retention.jsonl"
    for number in range(4):
        retention.chained(log, {"job": "eposta", "removed": [number]})
    lines = log.read_text(encoding="utf-8").splitlines()
    assert retention.broken_link(log) is None
    log.write_text("\n".join([lines[0], *lines[2:]]) + "\n", encoding="utf-8")
    assert retention.broken_link(log) == 2
    log.write_text("\n".join([lines[0], lines[1].replace("[1]", "[9]"), *lines[2:]]) + "\n", encoding="utf-8")
    assert retention.broken_link(log) == 3


def _settings(tmp_path: Path, **job: Any) -> dict[str, Any]:
    job = {
        "host": "posta",
        "site": "ANA",
        "max_age_seconds": 3600,
        "retention": {"daily": 7},
        **DECLARED,
        **job,
    }
    for name in ("depo", "durum", "metrics"):
        (tmp_path / name).mkdir(exist_ok=True)
    return {
        "repository": "depo",
        "site": "FKM",
        "path": str(tmp_path / "depo"),
        "state": str(tmp_path / "durum"),
        "log": str(tmp_path / "retention.jsonl"),
        "metrics": str(tmp_path / "metrics"),
        "jobs": {"eposta": job},
        "plan": [
            {"service": "eposta", "backup_job": "eposta", "exempt_until": []},
            {"service": "izleme", "backup_job": None, "exempt_until": ["2020-01-01"]},
            {"service": "arsiv", "backup_job": None, "exempt_until": ["2100-01-01"]},
        ],
    }


def _registered(settings: dict[str, Any], path: str, identity: str) -> None:
    content = {"path": path, "repository_id": identity, "key": "k"}
    keys.keeper_file(settings, "eposta").write_text(json.dumps(content), encoding="utf-8")


def _identity(monkeypatch: pytest.MonkeyPatch, identity: str) -> None:
    """Lets any repository answer with this identity, and no other question."""
    monkeypatch.setattr("exporters.backup_restic.Repository.id", lambda self: identity)


def test_another_repository_at_the_place_is_never_pruned(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    settings = _settings(tmp_path)
    _registered(settings, keys.repository_path(settings, "eposta"), "depo-1")
    _identity(monkeypatch, "yabanci")
    assert retention.counted(settings, "eposta", False) is False
    assert "holds repository yabanci, registered is depo-1" in capsys.readouterr().err
    assert (
        retention.load_tally(settings, "eposta").failure,
        retention.load_tally(settings, "eposta").removed,
    ) == (1, 0)
    assert "refused" in json.loads((tmp_path / "retention.jsonl").read_text(encoding="utf-8"))
    assert (
        'bim_backup_retention_refused{backup_job="eposta"} 1.0' in repository.measured(settings, NOW).render()
    )
    retention._kept(settings, "eposta", retention.Tally(success=1))
    assert (
        'bim_backup_retention_refused{backup_job="eposta"} 0.0' in repository.measured(settings, NOW).render()
    )


def test_another_place_than_the_registered_one_is_never_pruned(tmp_path: Path) -> None:
    settings = _settings(tmp_path)
    _registered(settings, str(tmp_path / "depo" / "posta" / "baska"), "depo-1")
    with pytest.raises(retention.RefusedError, match="registered is"):
        retention.thin_out(settings, "eposta", False)


def test_a_repository_nobody_registered_is_never_pruned(tmp_path: Path) -> None:
    with pytest.raises(retention.RefusedError, match="not registered here"):
        retention.thin_out(_settings(tmp_path), "eposta", False)


def test_a_killed_retention_counts_as_failed_at_the_next(tmp_path: Path) -> None:
    settings = _settings(tmp_path)
    retention._kept(settings, "eposta", retention.Tally(success=3, running=True))
    retention.counted(settings, "eposta", False)
    assert retention.load_tally(settings, "eposta").failure == 2


def test_a_registered_repository_is_not_exchanged(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = _settings(tmp_path)
    _registered(settings, keys.repository_path(settings, "eposta"), "depo-1")
    _identity(monkeypatch, "yabanci")
    with pytest.raises(RepositoryError, match="found repository yabanci, registered is depo-1"):
        keys.register_keeper(settings, "eposta", "k")


@pytest.mark.parametrize(
    ("root", "host"), [("", "posta"), ("/", "posta"), ("/srv", "posta"), ("/srv/restic", "")]
)
def test_a_place_with_an_empty_or_short_part_is_refused(tmp_path: Path, root: str, host: str) -> None:
    """An empty variable once let a clean-up delete from the top of a file system."""
    settings = _settings(tmp_path, host=host) | {"path": root}
    with pytest.raises(ValueError, match="is no place of a repository"):
        keys.repository_path(settings, "eposta")


def test_the_server_counts_what_it_received_and_only_fresh_copies_are_backed_up(tmp_path: Path) -> None:
    settings = _settings(tmp_path)
    folder = tmp_path / "depo" / "posta" / "eposta" / "snapshots"
    folder.mkdir(parents=True)
    (folder / "a").touch()
    newest = (folder / "a").stat().st_mtime
    text = repository.measured(settings, newest + 3600).render()
    assert 'bim_backup_repository_snapshots{backup_job="eposta"} 1.0' in text
    assert 'bim_backup_plan_targets{state="in_scope"} 2.0' in text
    assert 'bim_backup_plan_targets{state="backed_up"} 1.0' in text
    assert 'bim_backup_plan_targets{state="exempt"} 1.0' in text
    stale = repository.measured(settings, newest + 3601).render()
    assert 'bim_backup_plan_targets{state="backed_up"} 0.0' in stale


def test_a_copy_at_the_same_site_is_no_copy_at_another(tmp_path: Path) -> None:
    settings = _settings(tmp_path, site="FKM")
    folder = tmp_path / "depo" / "posta" / "eposta" / "snapshots"
    folder.mkdir(parents=True)
    (folder / "a").touch()
    text = repository.measured(settings, NOW).render()
    assert 'bim_backup_offsite_last_success_timestamp_seconds{backup_job="eposta"} 0.0' in text


def test_an_empty_repository_is_measured_as_zero_not_left_out(tmp_path: Path) -> None:
    text = repository.measured(_settings(tmp_path), NOW).render()
    for line in (
        'bim_backup_repository_snapshots{backup_job="eposta"} 0.0',
        'bim_backup_repository_received_timestamp_seconds{backup_job="eposta"} 0.0',
        'bim_backup_retention_runs_total{backup_job="eposta",result="success"} 0.0',
        'bim_backup_retention_runs_total{backup_job="eposta",result="failure"} 0.0',
    ):
        assert line in text
