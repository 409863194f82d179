"""Every command is shown as a person could type it, and a failed one says what it said."""

from pathlib import Path

import pytest

from estate.lab import commands, tuning
from estate.lab.commands import Runner
from estate.lab.errors import LabError
from estate.lab.places import locate, settle


def test_commands_are_shown_in_a_form_to_copy() -> None:
    shown: list[str] = []
    runner = Runner(show=shown.append)
    assert runner.run(["sh", "-c", 'echo "$A"'], environment={"A": "b c"}) == "b c\n"
    assert shown == ["  $ 'A=b c' sh -c 'echo \"$A\"'"]
    assert runner.read(["sh", "-c", "echo seen"]) == "seen\n"
    assert runner.read(["false"]) is None
    assert (len(shown), runner.count) == (1, 1)


def test_a_failed_command_gives_the_end_of_its_words() -> None:
    with pytest.raises(LabError) as failed:
        Runner(show=lambda _: None).run(["sh", "-c", "echo first; echo why >&2; exit 3"])
    assert failed.value.found == "it ended with 3: why"


def test_a_missing_program_names_the_remedy() -> None:
    with pytest.raises(LabError, match=r"not installed.*bootstrap"):
        Runner(show=lambda _: None).run(["no-such-program-here"])


def test_long_work_shows_that_it_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(commands, "PATIENCE_SECONDS", 0.05)
    shown: list[str] = []
    Runner(show=shown.append).run(["sleep", "0.2"])
    assert any("sleep still runs" in line for line in shown)


def test_files_are_settled_once(tmp_path: Path) -> None:
    path = tmp_path / "a" / "b"
    assert settle(path, "x", 0o600)
    assert not settle(path, "x", 0o600)
    assert settle(path, "x", 0o644)
    assert path.stat().st_mode & 0o777 == 0o644


def test_the_cache_follows_the_environment(tmp_path: Path) -> None:
    assert locate(tmp_path, {"ESTATE_CACHE": "/a"}).cache == Path("/a")
    assert locate(tmp_path, {"XDG_CACHE_HOME": "/b", "HOME": "/c"}).cache == Path("/b/municipal-estate")
    assert locate(tmp_path, {"HOME": "/c"}).cache == Path("/c/.cache/municipal-estate")


@pytest.mark.parametrize(("before", "raised", "after"), [(128, 1024, 128), (4096, 4096, 4096)])
def test_the_kernel_limit_is_raised_and_put_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, before: int, raised: int, after: int
) -> None:
    limit = tmp_path / "limit"
    limit.write_text(f"{before}\n")
    monkeypatch.setattr(tuning, "LIMIT", limit)
    monkeypatch.setattr(tuning, "REMEMBERED", tmp_path / "state" / "before")

    class Sysctl(Runner):
        def run(self, argv: object, **_: object) -> str:
            assert isinstance(argv, list)
            limit.write_text(argv[2].split("=")[1])
            return ""

    runner = Sysctl(show=lambda _: None)
    tuning.raise_limits(runner)
    tuning.raise_limits(runner)
    assert int(limit.read_text()) == raised
    tuning.restore_limits(runner)
    tuning.restore_limits(runner)
    assert int(limit.read_text()) == after
    assert not tuning.REMEMBERED.exists()
