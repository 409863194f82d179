"""Conducts a drill: runs its steps against the clock, on a confirmed target only, and writes the transcript.

The phases are those auditors know: T0 decided, T1 host_up, T2 configured, T3 restored, T4 accepted; seconds
are monotonic and cumulative from T0, the moment from which the lost host counts as gone and is not contacted.
"""

from __future__ import annotations

import shlex
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from estate.drill.identity import ASK, Target, WrongTargetError, confirm, confirm_name, mark_command
from estate.drill.scenario import Step
from estate.runs.commands import streamed

Clock = Callable[[], float]
STEP_TIMEOUT_SECONDS = 3600
ANSWER_TIMEOUT_SECONDS = 60
UNDECIDED = ": no verdict: "


@dataclass
class Transcript:
    """Is the file of everything that was typed and answered, each line with seconds since T0.

    Commands run in `root`, the checkout, with `variables` in their environment; `reason` is a colon and what the last
    of them first said after the words `no verdict:`, empty when it did not.
    """

    path: Path
    root: Path
    variables: Mapping[str, str] = field(default_factory=dict)
    clock: Clock = time.monotonic
    started: float = field(init=False)
    reason: str = field(init=False, default="")

    def __post_init__(self) -> None:
        """Starts counting: T0."""
        self.started = self.clock()

    def elapsed(self) -> float:
        """Returns the seconds since T0."""
        return self.clock() - self.started

    def say(self, line: str) -> None:
        """Writes a line to the transcript and shows it."""
        stamped = f"[{self.elapsed():8.1f}] {line}"
        with self.path.open("a", encoding="utf-8") as file:
            file.write(stamped + "\n")
        print(stamped, file=sys.stderr, flush=True)

    def run(self, command: Sequence[str], environment: Mapping[str, str]) -> int:
        """Runs a command, its words and its output in the transcript, and returns its exit code."""
        self.say("$ " + shlex.join([*(f"{key}={value}" for key, value in environment.items()), *command]))
        self.reason = ""
        return streamed(
            command,
            self._heard,
            root=self.root,
            variables={**self.variables, **environment},
            seconds=STEP_TIMEOUT_SECONDS,
        )

    def _heard(self, line: str) -> None:
        self.say("  " + line.rstrip())
        said = line.partition(UNDECIDED)[2].strip()
        self.reason = self.reason or (f": {said}" if said else "")


@dataclass(frozen=True)
class Reach:
    """Asks a machine over its pinned SSH key; `config` is the environment's SSH configuration."""

    config: Path

    def ask(self, host: str, command: str) -> str | None:
        """Returns what the host answers to a shell command; None when it does not answer or refuses."""
        options = ["-o", "BatchMode=yes", "-o", "ConnectTimeout=10"]
        try:
            done = subprocess.run(
                ["ssh", "-F", str(self.config), *options, host, command],
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                timeout=ANSWER_TIMEOUT_SECONDS,
            )
        except subprocess.TimeoutExpired:
            return None
        return done.stdout if done.returncode == 0 else None


@dataclass
class Held:
    """States how far a drill came: seconds per phase, and the problem that ended it without a verdict."""

    phases: dict[str, float]
    problem: str = ""
    commands: list[str] = field(default_factory=list)


def _confirmed(reach: Reach, target: Target, mark: bool) -> None:
    """Raises WrongTargetError unless the target answers as itself; `mark` sets the mark on a new machine."""
    if mark:
        confirm_name(target, reach.ask(target.host, "hostname") or "")
        if reach.ask(target.host, mark_command(target.run)) is None:
            raise WrongTargetError(f"{target.host} already carries the mark of another drill")
    confirm(target, reach.ask(target.host, ASK) or "")


def hold(
    steps: Sequence[Step],
    target: Target,
    transcript: Transcript,
    reach: Reach,
    stop: Callable[[], bool],
    mark_new: bool = True,
) -> Held:
    """Runs the steps in order and returns how far they came.

    A step that owes an answer file must leave it, whatever its exit code: the answer is judged. Any other step
    must end with 0. Else the drill ends without a verdict. `stop` is asked after each step: true ends the drill
    because what was found decides it. `mark_new` marks the target before the first destructive step.
    """
    held = Held({"decided": 0.0})
    marked = not mark_new
    for step in steps:
        transcript.say(f"== {step.phase}: {step.does}")
        held.commands.append(shlex.join(step.command))
        try:
            if step.destructive:
                _confirmed(reach, target, mark=not marked)
                marked = True
                transcript.say(f"target confirmed: {target.host}, mark {target.run}")
        except WrongTargetError as wrong:
            held.problem = f"wrong target, nothing touched: {wrong}"
            transcript.say(held.problem)
            return held
        code = transcript.run(step.command, step.environment)
        held.phases[step.phase] = transcript.elapsed()
        if not Path(step.answers).exists() if step.answers else code != 0:
            owed = f" and left no {Path(step.answers).name}" if step.answers else ""
            held.problem = f"no verdict: `{held.commands[-1]}` ended with {code}{owed}{transcript.reason}"
            transcript.say(held.problem)
            return held
        if stop():
            transcript.say(f"decided in phase {step.phase}: the drill ends here")
            held.phases.pop(step.phase, None)
            return held
    return held
