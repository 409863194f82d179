"""A secret is written once: when it is another one than was written last, or when no reading could ever show it."""

import re
from datetime import date

from estate.switches import comparing, remembered
from estate.switches.guards import Limits, Waiver
from estate.switches.intended import intended

OLD = dict.fromkeys(
    [f"vault_switches_{key}" for key in ("local_password", "enable_secret", "snmp_auth", "snmp_privacy")],
    "Gizli-1",
)
WAIVERS = (Waiver("own-user", "a new password"), Waiver("aaa", "a new password"))


def test_runs_write_a_changed_secret_exactly_once(estate) -> None:
    switch, today = estate.switches.switch("sw-ana-kat1"), date(2026, 11, 26)
    wanted = intended(estate, switch, today)
    running = re.sub(r"<vault:[a-z_]+>", "9 $9$salz$hash", wanted.text)

    def lines(kept: dict[str, str], secrets: dict[str, str], first: bool = False) -> tuple[str, ...]:
        renewed = remembered.renewed(wanted, kept, secrets, first)
        return comparing.planned(estate, switch, running, today, Limits(), WAIVERS, renewed).lines

    assert [line.split()[:2] for line in lines({}, OLD)] == [["snmp-server", "user"]]
    kept = remembered.marks(wanted, OLD)
    assert lines(kept, OLD) == ()
    new = {**OLD, "vault_switches_local_password": "Gizli-2"}
    told = "username netyonetici privilege 15 secret <vault:vault_switches_local_password>"
    assert lines(kept, new) == (told,)
    assert lines(remembered.marks(wanted, new), new) == ()
    assert len(lines({}, OLD, first=True)) == 3
    assert "Gizli" not in str(kept)
