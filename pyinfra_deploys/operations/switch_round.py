"""Holds what all switches of a run have in common: readings, plans, rings, and how each push ended."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from functools import partial
from threading import Lock

from gevent import get_hub
from gevent.event import AsyncResult
from gevent.pool import Pool
from pyinfra import logger
from pyinfra.api.exceptions import PyinfraError
from pyinfra.api.facts import get_fact
from pyinfra.api.host import Host
from pyinfra.api.state import State
from pyinfra.context import ctx_host

from estate.declared.port_vlans import Wiring
from estate.records import Change
from estate.runs import secret_marks
from estate.runs.environment import Environment
from estate.switches import display, guards, remembered
from estate.switches.comparing import Question, question
from estate.switches.display import shown_lines
from estate.switches.guards import Limits, Refusal, Waiver
from estate.switches.idle import Idle, recalled
from estate.switches.intended import Configuration, intended
from estate.switches.plan import SwitchPlan
from estate.switches.pushed import Pushed, rings
from estate.switches.reading import ConfigurationError
from pyinfra_deploys.connectors.netmiko import ways
from pyinfra_deploys.connectors.pushing import Job, Probe, push
from pyinfra_deploys.connectors.returning import Pace
from pyinfra_deploys.facts import typed
from pyinfra_deploys.facts.declaration import declared
from pyinfra_deploys.facts.switch import RunningConfiguration
from pyinfra_deploys.facts.vault import secret
from pyinfra_deploys.operations import switch_idle, switch_look, switch_probes

SUBJECT = "switches"
_OPENING = Lock()


class Round:
    """Is one run over switches; made by the first host that asks for it, the same for all others."""

    def __init__(self, state: State, hosts: Sequence[Host]) -> None:
        """Reads and plans; raises PyinfraError on wrong options, nothing a switch does."""
        self.environment = Environment.chosen()
        self.estate = declared(self.environment)
        data = hosts[0].data
        self.limits = Limits(
            int(data.get("ports") or Limits.ports), int(data.get("switches") or Limits.switches)
        )
        self.waivers = waivers(str(data.get("waive") or ""))
        self.pace = pace(hosts[0])
        self.today = typed.today(self.estate)
        self.wiring = Wiring(self.estate, self.today)
        self.first = bool(data.get("switch_user"))
        self.probing = str(data.get("probes") or "yes") != "no"
        self.kept = secret_marks.read(self.environment)
        self._intended: dict[str, Configuration] = {}
        self._planned: dict[str, tuple[tuple[str, str, bool], SwitchPlan]] = {}
        self.plans: dict[str, SwitchPlan] = {}
        self.faults: dict[str, str] = {}
        self.ended: dict[str, Pushed] = {}
        self._idle: dict[str, Idle | None] = {}
        idle, stretching = switch_idle.read(self.environment), self._stretching()
        readings = _readings(state, hosts)
        stretching.get()
        for name, text in readings.items():
            self._take(name, text, idle.get(name))
        switch_idle.keep(self.environment, idle, self._idle)
        self.many = guards.together(
            {name: plan.lines for name, plan in self.plans.items()}, self.limits, self.waivers
        )
        going = [name for name in self.plans if self.needs(name) and not self._refused(name)]
        self.rings = rings(self.estate, going)
        self._tell()

    def _tell(self) -> None:
        """Shows every plan, what reads the same once, and the rings."""
        for line in display.lines(self.plans):
            logger.info(line)
        for name, why in [*self.faults.items(), *((one.guard, str(one)) for one in self.many)]:
            logger.error(f"REFUSED {name}: {why}")
        for number, ring in enumerate(self.rings, start=1):
            logger.info(f"ring {number}: {', '.join(ring)}")

    @classmethod
    def of(cls, state: State) -> Round:
        """Gives the round of a run."""
        with _OPENING:
            found: Round | None = getattr(state, "estate_round", None)
            if found is None:
                hosts = [host for host in state.inventory.get_active_hosts() if "switches" in host.groups]
                found = cls(state, hosts)
                state.estate_round = found  # type: ignore[attr-defined]
            return found

    def _stretching(self) -> AsyncResult:
        """Stretches what is kept of secrets in a thread aside, for it takes longer than reading a switch."""
        secrets: dict[str, str] = {}
        for key in {key for kept in self.kept.values() for key in kept}:
            with suppress(PyinfraError):  # what the vault holds no more is compared with nothing
                secrets[key] = str(secret(self.environment, key))
        return get_hub().threadpool.spawn(remembered.stretched, self.kept.values(), secrets)

    def _take(self, name: str, text: str | None, idle: Idle | None) -> None:
        switch = self.estate.switches.switch(name)
        if switch is None or text is None:
            self.faults[name] = "no such switch is declared" if switch is None else "it could not be read"
            return
        try:
            self.plans[name], self._idle[name] = recalled(self._question(name, text, renewed=True), idle)
        except ConfigurationError as wrong:
            self.faults[name] = str(wrong)
        if name in self.plans and self.needs(name):
            self._planned[name] = ((name, text, True), self.plans[name])

    def _plan(self, name: str, text: str, renewed: bool) -> SwitchPlan:
        """Plans a switch from a reading, anew whatever is remembered; the same reading is planned once."""
        asked = (name, text, renewed)
        kept = self._planned.get(name)
        if kept is None or kept[0] != asked:
            kept = self._planned[name] = (asked, self._question(name, text, renewed).answered())
        return kept[1]

    def _question(self, name: str, text: str, renewed: bool) -> Question:
        switch = self.estate.switches.switch(name)
        assert switch is not None, name  # `_take` leaves others out
        lines = self._renewed(name) if renewed else ()
        return question(
            self.estate,
            switch,
            text,
            self.today,
            self.limits,
            self.waivers,
            lines,
            self.wiring,
            self._wanted(name),
        )

    def _wanted(self, name: str) -> Configuration:
        if name not in self._intended:
            switch = self.estate.switches.switch(name)
            assert switch is not None, name
            self._intended[name] = intended(self.estate, switch, self.today, self.wiring)
        return self._intended[name]

    def _secrets(self, name: str) -> dict[str, str]:
        return {key: str(secret(self.environment, key)) for key in self._wanted(name).secrets}

    def _renewed(self, name: str) -> tuple[str, ...]:
        return remembered.renewed(
            self._wanted(name), self.kept.get(name, {}), self._secrets(name), first=self.first
        )

    # --- what the deploy asks -----------------------------------------------------------------------------------
    @property
    def changes(self) -> tuple[Change, ...]:
        """The planned changes: one a switch, lines without secrets; nothing is known of what could not be read."""
        return tuple(
            Change(
                name, "pyinfra", SUBJECT, "update", "configuration", None, "\n".join(shown_lines(plan.lines))
            )
            for name, plan in sorted(self.plans.items())
            if plan.lines
        )

    @property
    def refused(self) -> str | None:
        """Tells every refusal of the round in one line, None when there is none."""
        told = [
            f"{name}: {why}"
            for name in (*self.faults, *self.plans)
            for why in self._refused(name)
            if self.needs(name)
        ]
        return "; ".join(dict.fromkeys(told)) or None

    def refused_of(self, name: str) -> str:
        """Tells why nothing will be sent to one switch, empty when nothing speaks against it."""
        return "; ".join(self._refused(name)) if self.needs(name) else ""

    def lines(self, name: str) -> tuple[str, ...]:
        """Gives the lines for a switch."""
        return self.plans[name].lines if name in self.plans else ()

    def needs(self, name: str) -> bool:
        """Tells whether something has to be done or said about a switch."""
        return name in self.faults or bool(self.plans[name].lines or self.plans[name].refusals)

    def ring(self, name: str) -> int:
        """Gives the ring of a switch; one that is refused costs nobody else, and comes first."""
        return next((at for at, ring in enumerate(self.rings) if name in ring), 0)

    def _refused(self, name: str) -> tuple[str, ...]:
        if name in self.faults:
            return (self.faults[name],)
        stand: tuple[Refusal, ...] = (*self.plans[name].refusals, *self.many)
        return tuple(f"{one.guard}: {one}" for one in stand)

    # --- pushing ------------------------------------------------------------------------------------------------
    def push(self, host: Host) -> Pushed:
        """Pushes one switch, when all switches of earlier rings ended well."""
        name = host.name
        earlier = [each for ring in self.rings[: self.ring(name)] for each in ring]
        bad = [each for each in earlier if each not in self.ended or not self.ended[each].good]
        if why := self._refused(name):
            ended = Pushed(name, "refused", why)
        elif bad:
            ended = Pushed(name, "not begun", (f"look at {', '.join(bad)} first",))
        else:
            probes, wrong = self._probes(host)
            ended = Pushed(name, "refused", wrong) if wrong else push(self._job(host, probes))
            if ended.good or ended.word == "not saved":
                self._remember(name)
                switch_look.settle(self.environment.var, self.estate, name, self.today, self._wanted(name))
        self.ended[name] = ended
        return ended

    def _probes(self, host: Host) -> tuple[tuple[Probe, ...], tuple[str, ...]]:
        """Gives what holds now and must hold afterwards, and which declared probes fail already."""
        near = [probe for probe in switch_probes.around(host, self.estate) if probe() is None]
        declared = list(switch_probes.declared(self.environment, self.estate)) if self.probing else []
        wrong = tuple(f"before the push already: {why}" for probe in declared if (why := probe()))
        return (*near, *declared), wrong

    def _job(self, host: Host, probes: Sequence[Probe]) -> Job:
        before, after = ways(host)
        return Job(
            way=before,
            after=after,
            plan=partial(self._plan, host.name, renewed=True),
            rest=partial(self._plan, host.name, renewed=False),
            agreed=self.plans[host.name].lines,
            secrets=self._secrets(host.name),
            probes=(switch_probes.itself(after), *probes),
            pace=self.pace,
            handed=host.connector.hand_over(),  # type: ignore[attr-defined]
        )

    def _remember(self, name: str) -> None:
        marks = remembered.marks(self._wanted(name), self._secrets(name), self.kept.values())
        if self.kept.get(name) != marks:
            self.kept[name] = marks
            secret_marks.write(self.environment, self.kept)


def _readings(state: State, hosts: Sequence[Host]) -> dict[str, str | None]:
    def read(host: Host) -> str | None:
        with ctx_host.use(host):
            text: str | None = get_fact(state, host, RunningConfiguration, apply_failed_hosts=False)
            return text

    return dict(zip([host.name for host in hosts], Pool(switch_look.AT_ONCE).map(read, hosts), strict=True))


def pace(host: Host) -> Pace:
    """Gives how long things take: `--data timer=MINUTES`, or a whole `switch_pace` of the inventory."""
    given: Pace | None = host.data.get("switch_pace")
    return given or Pace(minutes=int(host.data.get("timer") or Pace.minutes))


def waivers(text: str) -> tuple[Waiver, ...]:
    """Reads `guard=reason; guard=reason`; raises PyinfraError on an unknown guard or a missing reason."""
    try:
        parts = [part.partition("=") for part in text.split(";") if part.strip()]
        return tuple(Waiver(guard.strip(), reason.strip()) for guard, _, reason in parts)
    except ValueError as wrong:
        raise PyinfraError(f"waive={text!r}: {wrong}") from None
