"""Pushes one plan to one switch so that the way back is proven: armed, sent, read anew, kept or waited for.

Nothing here repairs. Whatever is in doubt after the timer was armed is left to the timer, and then looked at.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field

from estate.switches.plan import SwitchPlan
from estate.switches.pushed import Pushed, Word, differing, same
from estate.switches.reading import ConfigurationError
from estate.switches.sheet import PLACE
from pyinfra_deploys.connectors.console import Console, read_well
from pyinfra_deploys.connectors.dialects import DIALECTS, Dialect, refusal
from pyinfra_deploys.connectors.returning import Pace, returned, saved, saved_in
from pyinfra_deploys.connectors.way import NotReachedError, SwitchError, Way

Probe = Callable[[], str | None]
"""Tries to reach something over the switch; gives what went wrong, None when all is well."""


@dataclass(frozen=True)
class Job:
    """What to push to one switch, and how; the secrets show themselves nowhere.

    `plan` plans from a running configuration, `rest` plans the same without what is renewed unseen: it must be empty
    afterwards. `agreed` are the lines that were shown before; another plan is not carried out. `after` is the way in
    once the lines stand, when the login changes with them. `handed` is an open session by `way`, such as the one that
    read for the plan; the push closes it, and logs in itself when it does not answer any more.
    """

    way: Way
    plan: Callable[[str], SwitchPlan]
    rest: Callable[[str], SwitchPlan]
    after: Way | None = None
    agreed: tuple[str, ...] | None = None
    secrets: Mapping[str, str] = field(default_factory=dict, repr=False)
    probes: Sequence[Probe] = ()
    pace: Pace = Pace()  # noqa: RUF009 - frozen
    handed: Console | None = None


class _Stop(Exception):  # noqa: N818  it ends a push in good order
    def __init__(self, ended: Pushed) -> None:
        super().__init__(str(ended))
        self.ended = ended


def push(job: Job) -> Pushed:
    """Pushes and says how it ended; raises nothing that a switch can cause."""
    dialect = DIALECTS.get(job.way.platform)
    if dialect is None:
        why = f"nobody knows how {job.way.platform} takes a change back by itself"
        return Pushed(job.way.name, "refused", (why,))
    return _Push(job, dialect).run()


class _Push:
    """Is one push on its way; `seen` grows while it goes on."""

    def __init__(self, job: Job, dialect: Dialect) -> None:
        self.job, self.dialect, self.seen = job, dialect, list[str]()
        self.before, self.armed_at = "", 0.0

    def run(self) -> Pushed:
        try:
            self._send()
            word, why = self._prove()
        except _Stop as stop:
            return stop.ended
        except (SwitchError, ConfigurationError) as doubt:
            self.seen.append(str(doubt))
            if not self.armed_at:
                return self._ended("refused")
            return returned(self.job.way, self._after, self._settled, self.armed_at, self.job.pace, self.seen)
        return self._ended(word, *why)

    # --- before and while sending -----------------------------------------------------------------------------
    def _send(self) -> None:
        with self._session() as console:
            plan = self._planned(console)
            lines = self._filled(plan.lines)
            self._arm(console)
            self._unchanged(console)
            self.seen += console.send(lines)
            self.seen.append(f"{len(lines)} lines were taken")

    def _session(self) -> Console:
        handed = self.job.handed
        if handed is not None:
            try:
                handed.said("")
                return handed
            except SwitchError:  # it stood idle while earlier rings went, and nothing was sent
                handed.close()
        return Console(self.job.way)

    def _planned(self, console: Console) -> SwitchPlan:
        plan = self._read(console)
        if plan.refusals:
            self._stop("refused", *(f"{one.guard}: {one}" for one in plan.refusals))
        saved_as_well = same(console.startup(), self.before)
        if not plan.lines:
            self._stop("nothing to do", *([] if saved_as_well else ["what runs is not what it starts from"]))
        if self.job.agreed is not None and plan.lines != self.job.agreed:
            self._stop("refused", "it changed since the plan was made; plan again")
        if not saved_as_well:
            if self.dialect.needs_saved:
                self._stop(
                    "refused", "what runs was not saved, and its way back leads to what was saved: save first"
                )
            self.seen.append("before, what ran was not what it starts from; saving keeps both")
        return plan

    def _read(self, console: Console) -> SwitchPlan:
        """Reads and plans; a reading with a log message in it is done again."""

        def read() -> SwitchPlan:
            self.before = console.running()
            return self.job.plan(self.before)

        damaged = ("running-damaged", "running-unreadable")
        return read_well(read, lambda plan: not any(one.guard in damaged for one in plan.refusals))

    def _filled(self, lines: Sequence[str]) -> tuple[str, ...]:
        missing = {key for line in lines for key in PLACE.findall(line)} - self.job.secrets.keys()
        if missing:
            self._stop("refused", f"the vault holds no {', '.join(sorted(missing))}")
        return tuple(PLACE.sub(lambda found: self.job.secrets[found[1]], line) for line in lines)

    def _arm(self, console: Console) -> None:
        dialect, minutes = self.dialect, self.job.pace.minutes
        self.armed_at = time.monotonic()  # when the answer is lost, it may be armed
        said = console.say(dialect.arm.format(minutes=minutes), dialect.arm_questions)
        why = next((reason for text, reason in dialect.arm_refusals.items() if text in said), None)
        inside = not dialect.configures or re.search(console.configuring, said)
        if why or refusal(dialect, said) or not inside:
            self.armed_at = 0.0
            told = " ".join(said.split("\n")[1:-1]).strip()
            self._stop("refused", why or "it did not arm its timer", f"it said: {told}")
        if not dialect.configures and dialect.nothing_pending in console.said(dialect.pending):
            self.armed_at = 0.0
            self._stop("refused", "it did not arm its timer")

    def _unchanged(self, console: Console) -> None:
        dialect = self.dialect
        now = console.running(inside=dialect.configures)
        entered = True
        if not dialect.configures:
            console.said("configure")
            entered = bool(re.search(console.configuring, console.say("", ())))
        if same(now, self.before) and entered:
            return
        if entered:
            console.said("end")
        console.said(dialect.keep)
        self.armed_at = 0.0
        what = (
            f"somebody else changed it: {differing(self.before, now)}"
            if entered
            else "somebody else configures it"
        )
        self._stop("refused", what, "the timer was called off before any line was sent")

    # --- afterwards -------------------------------------------------------------------------------------------
    @property
    def _after(self) -> Way:
        return self.job.after or self.job.way

    def _prove(self) -> tuple[Word, tuple[str, ...]]:
        """Reads back by a new login, tries the probes, calls the timer off, saves; wrong before that raises."""
        latest = self.armed_at + self.job.pace.timer * 0.8
        with self._again(latest) as console:
            shown = console.running()
            rest = self.job.rest(shown)  # what no switch shows (a user of SNMPv3) leaves the text as it was
            if rest.lines or rest.refusals:
                raise SwitchError(f"read back: {len(rest.lines) or len(rest.refusals)} differences are left")
            for probe in self.job.probes:
                if wrong := probe():
                    raise SwitchError(f"probe: {wrong}")
            if time.monotonic() > latest:
                raise SwitchError("the timer is too near its end to be called off")
            dialect = self.dialect
            said = console.said(dialect.keep)
            if dialect.nothing_pending in said or refusal(dialect, said):
                raise SwitchError(f"`{dialect.keep}` was answered: {' '.join(said.split())}")
            if dialect.nothing_pending not in console.said(dialect.pending):
                raise SwitchError("the timer still runs")
            self.seen.append("read back by a new login, nothing is left; the timer was called off")
            with suppress(SwitchError):  # nothing is in doubt any more; another login tries to save
                return saved_in(console)
        return saved(self._after)

    def _again(self, latest: float) -> Console:
        while True:
            try:
                return Console(self._after)
            except NotReachedError as error:
                if error.refused or time.monotonic() + self.job.pace.retry > latest:
                    raise
                time.sleep(self.job.pace.retry)

    def _settled(self, shown: str) -> bool | None:
        """Tells whether a reading is what is intended (True), what was before (None), or something else (False)."""
        if same(shown, self.before):
            return None
        rest = self.job.rest(shown)
        return not rest.lines and not rest.refusals

    def _stop(self, word: str, *why: str) -> None:
        raise _Stop(self._ended(word, *why))

    def _ended(self, word: str, *why: str) -> Pushed:
        return Pushed(self.job.way.name, word, (*self.seen, *why))  # type: ignore[arg-type]
