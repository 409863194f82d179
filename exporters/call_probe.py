"""Places the daily proving calls from the probe host, and writes what became of them as a textfile.

The settings are a question of call_check, with secrets: readable for this program alone. When a scenario last passed is
kept from run to run.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from exporters.call_check import checked
from exporters.textfile import DIRECTORY, Textfile

Answer = Mapping[str, Any]


def measurements(verdicts: Sequence[Answer], passed: Mapping[str, float], now: float) -> Textfile:
    """Turns verdicts into measurements; `passed` tells when each scenario last did, in seconds since 1970."""
    out = Textfile()
    out.set("bim_pbx_call_check_last_run_timestamp_seconds", now)
    for verdict in verdicts:
        name = verdict["id"]
        out.set("bim_pbx_call_check_success", verdict["result"] == "passed", scenario=name)
        out.set("bim_pbx_call_check_last_success_timestamp_seconds", passed.get(name, 0), scenario=name)
        for figure, key in (
            ("post_dial_delay_seconds", "delay"),
            ("audio_ok", "audio"),
            ("packet_loss_ratio", "loss"),
        ):
            if verdict[key] is not None:
                out.set(f"bim_pbx_call_check_{figure}", verdict[key], scenario=name)
    return out


def kept(path: Path) -> dict[str, float]:
    """Reads when each scenario last passed; nothing when nothing readable is kept."""
    try:
        return {str(name): float(at) for name, at in json.loads(path.read_text("utf-8")).items()}
    except (OSError, ValueError, AttributeError):
        return {}


def run(question: Mapping[str, Any], state: Path, textfile: Path) -> int:
    """Places the calls once, keeps and writes what became of them; 0 when all went as they have to, else 1."""
    with tempfile.TemporaryDirectory(prefix="estate-calls-") as folder:
        verdicts = checked(question, Path(folder))["verdicts"]
    now = time.time()
    last = {each["id"]: now for each in verdicts if each["result"] == "passed"}
    passed = {name: at for name, at in (kept(state) | last).items() if name in {v["id"] for v in verdicts}}
    aside = state.with_suffix(".new")
    aside.write_text(json.dumps(passed), "utf-8")
    aside.replace(state)
    measurements(verdicts, passed, now).write(textfile)
    for each in verdicts:
        if each["result"] != "passed":
            print(f"call {each['id']}: expected {each['expected']}; found {each['found']}")
    print(f"calls: {len(last)} of {len(verdicts)} passed")
    return 0 if len(last) == len(verdicts) else 1


def main() -> int:
    """Runs one round with the question named on the command line; 2 when it cannot be read."""
    parser = argparse.ArgumentParser(description="Places proving calls and measures them.")
    parser.add_argument("--settings", type=Path, default=Path("/etc/estate/call-probe.json"))
    parser.add_argument("--state", type=Path, default=Path("/var/lib/estate-call-probe/passed.json"))
    parser.add_argument("--textfile", type=Path, default=DIRECTORY / "call_probe.prom")
    arguments = parser.parse_args()
    try:
        question = json.loads(arguments.settings.read_text("utf-8"))
    except (OSError, ValueError) as error:
        print(f"call probe: settings {arguments.settings}: {error}", file=sys.stderr)
        return 2
    return run(question, arguments.state, arguments.textfile)


if __name__ == "__main__":
    sys.exit(main())
