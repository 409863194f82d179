"""No record is so damaged that a status does not tell the others, and it waits for nothing that is no file."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from estate.status.recorded import recorded
from tests.unit.status.test_looking import NOW, _write


@pytest.mark.parametrize(
    "text",
    [
        '{"at": "0001-01-01T00:00:00+14:00", "hosts": {}}',
        '{"at": "9999-12-31T23:59:00-14:00", "hosts": {}}',
        "[" * 100_000,
    ],
)
def test_no_record_is_so_damaged_that_the_others_are_not_read(tmp_path: Path, text: str) -> None:
    _write(tmp_path / "drift.json", text)
    _write(tmp_path / "pipelines/0.json", {"id": "0", "result": "passed", "started": NOW.isoformat()})
    _write(tmp_path / "pipelines/1.json", text.replace('"at"', '"id": "1", "result": "failed", "started"'))
    told = recorded(tmp_path, None)
    assert set(told.unread) == {"drift.json", "pipelines/1.json"} and told.drift == ()
    assert told.pipeline and told.pipeline.name == "0"


def test_what_is_no_file_is_not_waited_for(tmp_path: Path) -> None:
    """Runs in a process of its own, which ends by itself where it would wait."""
    for name in ("drift.json", "pipelines/1.json", "escrow/a.check.json", "runs/1-plan-a/run.json"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        os.mkfifo(tmp_path / name)
    (tmp_path / "pipelines/2.json").symlink_to("/dev/zero")
    (tmp_path / "pipelines/3.json").mkdir()
    asked = "import sys; from pathlib import Path; from estate.status.recorded import recorded\n"
    asked += "print(*recorded(Path(sys.argv[1]), None).unread)"
    limited = ["prlimit", "--as=2000000000", sys.executable, "-c", asked, str(tmp_path)]
    done = subprocess.run(limited, capture_output=True, text=True, timeout=20, check=False)
    pipelines = {f"pipelines/{number}.json" for number in (1, 2, 3)}
    assert (
        set(done.stdout.split())
        == {"drift.json", "escrow/a.check.json", "runs/1-plan-a/run.json"} | pipelines
    )
