"""Brings one switch back to a capture by the same push that changes switches: timer, new login, proof."""

from __future__ import annotations

from pyinfra import logger
from pyinfra.api.exceptions import PyinfraError
from pyinfra.api.host import Host

from estate.records import Change
from estate.runs import secret_marks
from estate.runs.environment import Environment
from estate.switches import captured, comparing, display, restoring
from estate.switches.plan import SwitchPlan
from estate.switches.pushed import Pushed
from estate.switches.reading import ConfigurationError
from pyinfra_deploys.connectors.netmiko import ways
from pyinfra_deploys.connectors.pushing import Job, push
from pyinfra_deploys.connectors.returning import saved
from pyinfra_deploys.facts import typed
from pyinfra_deploys.facts.declaration import declared
from pyinfra_deploys.facts.switch import RunningConfiguration
from pyinfra_deploys.operations import switch_look, switch_probes
from pyinfra_deploys.operations.capture_store import Store
from pyinfra_deploys.operations.switch_captures import expected
from pyinfra_deploys.operations.switch_round import pace, waivers

SUBJECT = "switch_restore"


class Restoration:
    """Is the way of one switch to one of its captures."""

    def __init__(self, host: Host) -> None:
        """Opens the capture, reads the switch, plans and tells; sends nothing.

        Raises:
            PyinfraError: no such capture, it is damaged or another switch's, or the switch cannot be read.
        """
        self.name, self.platform = host.name, str(host.data.switch_platform)
        self.environment = Environment.chosen()
        self.estate = declared(self.environment)
        self.today = typed.today(self.estate)
        self.waivers = waivers(str(host.data.get("waive") or ""))
        self.pace = pace(host)
        self.generation, self.text = self._capture(str(host.data.get("generation") or "") or None)
        running: str | None = host.get_fact(RunningConfiguration)
        if running is None:
            raise PyinfraError(f"{self.name}: it could not be read")
        self.plan = self._plan(running)
        self._tell(running)

    def _capture(self, generation: str | None) -> tuple[str, str]:
        kept = Store(self.environment).load(self.name, generation)
        if kept is None:
            raise PyinfraError(
                f"{self.name}: no capture is kept; ./scripts/estate switch backup {self.name} keeps one"
            )
        if wrong := captured.refusals(kept.running, expected(self.estate, self.name, self.platform)):
            raise PyinfraError(f"{self.name}: {kept.generation} is no capture of it: {'; '.join(wrong)}")
        return kept.generation, captured.decoded(kept.running)

    def _plan(self, running: str) -> SwitchPlan:
        switch = self.estate.switches.switch(self.name)
        assert switch is not None, self.name  # `expected` refused others
        way_in = comparing.protected(self.estate, switch, self.today)
        try:
            return restoring.planned(running, self.text, self.name, self.platform, way_in, self.waivers)
        except ConfigurationError as wrong:
            raise PyinfraError(f"{self.name}: {wrong}") from None

    def _tell(self, running: str) -> None:
        logger.info(f"{self.name}: to {self.generation}")
        for line in display.lines({self.name: self.plan}):
            logger.info(line)
        for line in restoring.lacking(running, self.text, self.platform) if self.plan.lines else ():
            logger.warning(f"NOT brought back: {line}")

    @property
    def changes(self) -> tuple[Change, ...]:
        """The planned change, lines without secrets; none when the switch runs the capture already."""
        if not self.plan.lines:
            return ()
        text = "\n".join(display.shown_lines(self.plan.lines))
        return (Change(self.name, "pyinfra", SUBJECT, "update", "configuration", None, text),)

    @property
    def refusal(self) -> str | None:
        """Why nothing will be sent, None when nothing speaks against it."""
        return "; ".join(f"{one.guard}: {one}" for one in self.plan.refusals) or None

    def push(self, host: Host) -> Pushed:
        """Pushes; a switch that runs the capture already is only made to start from it."""
        if self.refusal:
            return Pushed(self.name, "refused", (self.refusal,))
        host.connector.disconnect()  # its line at the switch is needed
        before, after = ways(host)
        job = Job(
            before,
            self._plan,
            self._plan,
            after,
            self.plan.lines,
            probes=(switch_probes.itself(after),),
            pace=self.pace,
        )
        ended = push(job)
        if ended.word == "nothing to do" and ended.seen:
            return Pushed(self.name, *saved(before))
        if ended.word in ("confirmed", "not saved"):
            secret_marks.forget(self.environment, self.name)
            switch_look.unsettle(self.environment.var, self.name)
        return ended
