"""The pairs of configurations (running, intended) the plan is tried on, and how their switches are reached."""

from dataclasses import dataclass
from pathlib import Path

from estate.switches.guards import GUARDS, NEVER_WAIVED, Limits, Waiver
from estate.switches.plan import SwitchPlan, remediation
from estate.switches.protected import Protected

FOLDER = Path(__file__).parent / "fixtures"
NAMES = sorted(path.name for path in FOLDER.iterdir())
UPLINKS = {
    "stack_of_48_ports": ("TenGigabitEthernet1/1/1", "Te2/1/1"),
    "bundled_uplink": ("Port-channel1",),
}
MOVES_MANAGEMENT = ("management_moves",)
ALL = tuple(Waiver(guard, "a fixture") for guard in GUARDS.keys() - NEVER_WAIVED)


@dataclass(frozen=True)
class Pair:
    name: str
    running: str
    intended: str
    platform: str
    protected: Protected

    def plan(self, **options: object) -> SwitchPlan:
        return remediation(self.running, self.intended, self.platform, self.protected, **options)  # type: ignore[arg-type]


def pair(name: str) -> Pair:
    platform = "hp_procurve" if name.startswith("procurve") else "cisco_ios"
    uplinks = UPLINKS.get(name, ("49",) if platform == "hp_procurve" else ("Gi1/0/24",))
    running, intended = (
        (FOLDER / name / f"{side}.txt").read_bytes().decode("utf-8", "surrogateescape")
        for side in ("running", "intended")
    )
    aaa = "\naaa new-model" in intended
    return Pair(name, running, intended, platform, Protected(10, uplinks, "netops", aaa))


WIDE = Limits(ports=60)
