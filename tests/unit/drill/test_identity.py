"""No destructive step runs on a machine that is not provably the drill's own."""

import subprocess
from pathlib import Path

import pytest

from estate.drill import identity
from estate.drill.identity import Target, WrongTargetError

TARGET = Target("tatbikat1", "20261126T090000Z-drill-abcdef", living=("posta1", "yedek1"))


def test_the_marked_target_is_confirmed() -> None:
    assert identity.confirm(TARGET, f"tatbikat1.gumuscagil.bel.example\n{TARGET.run}\n") is None


@pytest.mark.parametrize(
    ("answer", "found"),
    [
        (f"posta1\n{TARGET.run}\n", "the machine that answers is posta1"),
        ("tatbikat1\nnone\n", "does not carry the mark"),
        ("tatbikat1\n20261125T090000Z-drill-000000\n", "but 20261125T090000Z-drill-000000"),
        ("tatbikat11\n", "answers is tatbikat11"),
        ("", "answers is nobody"),
    ],
)
def test_anybody_else_is_refused(answer: str, found: str) -> None:
    with pytest.raises(WrongTargetError, match=found):
        identity.confirm(TARGET, answer)


def test_a_living_host_is_never_a_target() -> None:
    with pytest.raises(WrongTargetError, match="serves people"):
        identity.confirm(Target("posta1", TARGET.run, ("posta1",)), f"posta1\n{TARGET.run}\n")


def test_marking_refuses_a_machine_of_another_drill(tmp_path: Path) -> None:
    command = identity.mark_command("run-b").replace("/etc/estate", str(tmp_path / "estate"))
    (tmp_path / "estate").mkdir()
    (tmp_path / "estate/drill").write_text("run-a\n", encoding="utf-8")
    assert subprocess.run(["sh", "-c", command]).returncode != 0
    (tmp_path / "estate/drill").unlink()
    assert subprocess.run(["sh", "-c", command]).returncode == 0
    assert (tmp_path / "estate/drill").read_text(encoding="utf-8") == "run-b\n"
