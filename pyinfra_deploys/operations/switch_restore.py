"""Brings one switch back to a capture by the same push that changes switches: timer, new login, proof."""

from __future__ import annotations

from pyinfra import logger
from pyinfra.api.exceptions import PyinfraError
from pyinfra.api.host import Host

from estate.declared.switches import Switch
from estate.records import Change
from estate.runs import secret_marks
from estate.runs.environment import Environment
from estate.switches import captured, comparing, display, remembered, restoring
from estate.switches.intended import intended
from estate.switches.plan import SwitchPlan
from estate.switches.pushed import Pushed
from estate.switches.reading import ConfigurationError
from estate.switches.sheet import PLACE
from pyinfra_deploys.connectors.netmiko import ways
from pyinfra_deploys.connectors.pushing import Job, push
from pyinfra_deploys.connectors.returning import saved
from pyinfra_deploys.facts import typed
from pyinfra_deploys.facts.declaration import declared
from pyinfra_deploys.facts.switch import RunningConfiguration
from pyinfra_deploys.facts.vault import secret
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
        self.wanted = intended(self.estate, self._switch, self.today)
        self.renewals = restoring.renewals(self.text, self.wanted.unseen, self.platform)
        running: str | None = host.get_fact(RunningConfiguration)
        if running is None:
            raise PyinfraError(f"{self.name}: it could not be read")
        self.before = running
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

    @property
    def _switch(self) -> Switch:
        found = self.estate.switches.switch(self.name)
        assert found is not None, self.name  # `expected` refused others
        return found

    def _plan(self, running: str) -> SwitchPlan:
        return restoring.renewing(self.rest(running), self.renewals)

    def rest(self, running: str) -> SwitchPlan:
        """Plans from a reading to the capture alone, without what is written anew."""
        way_in = comparing.protected(self.estate, self._switch, self.today)
        try:
            return restoring.planned(running, self.text, self.name, self.platform, way_in, self.waivers)
        except ConfigurationError as wrong:
            raise PyinfraError(f"{self.name}: {wrong}") from None

    def _tell(self, running: str) -> None:
        logger.info(f"{self.name}: to {self.generation}")
        for line in display.lines({self.name: self.plan}):
            logger.info(line)
        if not self.plan.lines:
            return
        for line in restoring.lacking(running, self.text, self.platform, self.renewals):
            logger.warning(f"NOT brought back: {line}")
        for user in restoring.users(self.renewals):
            logger.info(f"SNMPv3 user {user}: written anew, with the secrets of the vault")

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
            self.rest,
            after,
            self.plan.lines,
            self._secrets(),
            probes=(switch_probes.itself(after),),
            pace=self.pace,
        )
        ended = push(job)
        if ended.word == "nothing to do" and ended.seen:
            return Pushed(self.name, *saved(before))
        if ended.word in ("confirmed", "not saved"):
            self._note()
        return ended

    def _secrets(self) -> dict[str, str]:
        keys = {key for line in self.renewals for key in PLACE.findall(line)}
        return {key: str(secret(self.environment, key)) for key in sorted(keys)}

    def _note(self) -> None:
        """Forgets what was known of its secrets, and of what it was proven to run; remembers what was written anew."""
        secret_marks.forget(self.environment, self.name)
        if written := self._secrets():
            kept = secret_marks.read(self.environment)
            kept[self.name] = remembered.marks(self.wanted, written, kept.values())
            secret_marks.write(self.environment, kept)
        switch_look.unsettle(self.environment.var, self.name)
