"""Plans switches from what they were seen to run; what is declared gives the way in and what is ours; pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from estate.declared import Estate
from estate.declared.port_vlans import Wiring
from estate.declared.switches import Switch
from estate.switches.guards import Known, Limits, Refusal, Waiver, together
from estate.switches.intended import Configuration, Owned, intended, owned
from estate.switches.plan import UNSEEN, SwitchPlan, remediation
from estate.switches.protected import Protected


def protected(estate: Estate, switch: Switch, today: date, wiring: Wiring | None = None) -> Protected:
    """Gives the way in to a switch, and the VLANs that somebody or something on it is in."""
    wiring, declared = wiring or Wiring(estate, today), estate.switches
    used = {vlan.id for use in wiring.uses(switch) if not use.profile.shutdown for vlan in use.allowed}
    return Protected(
        management_vlan=wiring.vlans[declared.management_vlan].id,
        uplinks=tuple(link.port for link in switch.links),
        own_user=declared.base.local_user,
        aaa=bool(declared.base.aaa_servers),
        vlans_in_use=frozenset(used),
    )


@dataclass(frozen=True)
class Question:
    """All that the plan of one switch follows from; `intended` holds places of secrets, no secrets."""

    running: str
    intended: str
    platform: str
    protected: Protected
    owned: Owned
    limits: Limits
    known: Known
    waivers: tuple[Waiver, ...]
    renewed: tuple[str, ...]

    def answered(self) -> SwitchPlan:
        """Plans; raises ConfigurationError when a text is a redacted copy."""
        return remediation(
            self.running,
            self.intended,
            self.platform,
            self.protected,
            owned=self.owned,
            limits=self.limits,
            known=self.known,
            waivers=self.waivers,
            renewed=self.renewed,
        )


def question(
    estate: Estate,
    switch: Switch,
    running: str,
    today: date,
    limits: Limits = Limits(),  # noqa: B008 - frozen
    waivers: Sequence[Waiver] = (),
    renewed: Sequence[str] = (),
    wiring: Wiring | None = None,
    wanted: Configuration | None = None,
) -> Question:
    """Asks for the plan of one switch; `renewed` are beginnings of lines that are written although nothing differs.

    Whoever plans many hands over the wiring of the day and what the switch shall have.
    """
    wiring = wiring or Wiring(estate, today)
    wanted = wanted or intended(estate, switch, today, wiring)
    return Question(
        running,
        whole(wanted),
        wanted.platform,
        protected(estate, switch, today, wiring),
        owned(estate, switch),
        limits,
        Known(hostname=switch.name),
        tuple(waivers),
        tuple(renewed),
    )


def planned(
    estate: Estate,
    switch: Switch,
    running: str,
    today: date,
    limits: Limits = Limits(),  # noqa: B008 - frozen
    waivers: Sequence[Waiver] = (),
    renewed: Sequence[str] = (),
    wiring: Wiring | None = None,
) -> SwitchPlan:
    """Plans one switch, as `question` asks.

    Raises:
        ConfigurationError: a text is a redacted copy.
    """
    return question(estate, switch, running, today, limits, waivers, renewed, wiring).answered()


def against(estate: Estate, switch: Switch, running: str, today: date, text: str, ours: Owned) -> SwitchPlan:
    """Plans one switch towards an earlier intended text (`whole`) and what of it was ours then.

    Raises:
        ConfigurationError: a text is a redacted copy, or the earlier one is not understood any more.
    """
    model = estate.switches.model_of(switch)
    assert model is not None, switch.model  # a loaded estate has the model of every switch
    way_in = protected(estate, switch, today)
    return remediation(running, text, model.platform, way_in, owned=ours, known=Known(hostname=switch.name))


def whole(wanted: Configuration) -> str:
    """Gives the text with the commands that no reading shows; they are planned only when they are renewed."""
    more = "".join(f"{line}\n" for line in wanted.unseen if line.startswith(UNSEEN))
    head, end, _ = wanted.text.rpartition("end\n")
    return f"{head}{more}{end}" if end else wanted.text


def plans(
    estate: Estate,
    running: Mapping[str, str],
    today: date,
    limits: Limits = Limits(),  # noqa: B008 - frozen
    waivers: Sequence[Waiver] = (),
) -> tuple[dict[str, SwitchPlan], tuple[Refusal, ...]]:
    """Plans every switch whose running configuration is given, and judges whether so many may change at once.

    Raises:
        KeyError: no such switch is declared.
        ConfigurationError: a text is a redacted copy.
    """
    found: dict[str, SwitchPlan] = {}
    wiring = Wiring(estate, today)
    for name, text in sorted(running.items()):
        switch = estate.switches.switch(name)
        if switch is None:
            raise KeyError(name)
        found[name] = planned(estate, switch, text, today, limits, waivers, wiring=wiring)
    return found, together({name: plan.lines for name, plan in found.items()}, limits, waivers)
