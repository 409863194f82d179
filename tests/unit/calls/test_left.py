"""Whoever asked for calls and is gone leaves no telephone calling, and none of its secrets behind."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from pyinfra_deploys.facts import call_check

TELEPHONE = f"""#!{sys.executable}
import os, socket, sys, time
folder = sys.argv[sys.argv.index("-f") + 1]
port = next(line.rpartition(":")[2] for line in open(folder + "/config") if "ctrl_tcp_listen" in line)
open(os.environ["TOLD"], "a").write(f"{{os.getpid()}} {{folder}}\\n")
with socket.create_server(("127.0.0.1", int(port))) as server:
    print("(prio 0) {{0/UDP/v4}} 200 OK (x) [1 binding]", flush=True)
    for number in range(60_000):  # records, as one does that talks
        try:
            open(f"{{folder}}/dump-{{number}}.wav", "w").close()
        except OSError:
            pass
        time.sleep(0.001)
"""
ASKING = "import subprocess, sys\nsubprocess.run(sys.argv[1:], stdout=subprocess.PIPE)"


def _until(true: Callable[[], bool]) -> bool:
    deadline = time.monotonic() + 10
    while not true() and time.monotonic() < deadline:
        time.sleep(0.02)
    return true()


def _runs(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text("ascii").rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


@pytest.mark.parametrize("gone", ["who asked", "the program"])
def test_telephones_end_with_whoever_is_gone(gone: str, tmp_path: Path) -> None:
    telephone, told, asked = tmp_path / "baresip", tmp_path / "told", tmp_path / "question.json"
    telephone.write_text(TELEPHONE, "utf-8")
    telephone.chmod(0o755)
    line = {"user": "5990", "secret": "s", "address": "192.0.2.1"}
    steps = [{"quiet": {"who": "A", "seconds": 50}}]
    question = {
        "lines": {"A": line, "B": line},
        "scenarios": [{"id": "x", "lines": ["A", "B"], "steps": steps}],
    }
    asked.write_text(json.dumps(question), "utf-8")
    program = ["sh", "-c", f"exec {call_check.check().get_raw_value()}"]
    environment = os.environ | {
        "PATH": f"{tmp_path}:{os.environ['PATH']}",
        "TOLD": str(told),
        "TMPDIR": str(tmp_path),
    }
    with (
        asked.open() as stdin,
        subprocess.Popen([sys.executable, "-c", ASKING, *program], stdin=stdin, env=environment) as caller,
    ):
        assert _until(lambda: told.exists() and len(told.read_text("utf-8").splitlines()) == 2)
        telephones = [int(row.split()[0]) for row in told.read_text("utf-8").splitlines()]
        children = Path(f"/proc/{caller.pid}/task/{caller.pid}/children").read_text("ascii").split()
        time.sleep(0.3)
        assert all(map(_runs, telephones))
        os.kill(caller.pid if gone == "who asked" else int(children[0]), signal.SIGKILL)
        assert _until(lambda: not any(map(_runs, [*telephones, *map(int, children)])))
        if gone == "who asked":
            assert not list(tmp_path.glob("estate-calls-*"))
