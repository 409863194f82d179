"""What many switches of a run have in common is done once: names, host keys, stretched secrets, plans."""

from datetime import date

import pytest

from estate.lab.switches import server
from estate.switches import remembered
from estate.switches.intended import intended
from pyinfra_deploys.connectors.console import Console
from pyinfra_deploys.connectors.netmiko import NetmikoConnector, named
from pyinfra_deploys.connectors.way import NotReachedError


def test_one_name_stands_for_many_switches_with_their_own_data() -> None:
    name, data = named({"sw-a": {"switch_port": 1}, "sw-b": {"switch_port": 2}})
    assert (name, data) == ("@netmiko/sw-a,sw-b", {})
    found = list(NetmikoConnector.make_names_data(name.removeprefix("@netmiko/")))
    assert [(each, own["switch_port"], groups) for each, own, groups in found] == [
        ("sw-a", 1, ["switches"]),
        ("sw-b", 2, ["switches"]),
    ]


def test_secrets_of_all_switches_are_stretched_once(estate, monkeypatch: pytest.MonkeyPatch) -> None:
    wanted = intended(estate, estate.switches.switch("sw-ana-kat1"), date(2026, 11, 26))
    secrets = {key: f"Gizli-{key}" for key in wanted.secrets}
    first = remembered.marks(wanted, secrets)
    real, calls = remembered.hashlib.scrypt, list[str]()
    monkeypatch.setattr(remembered.hashlib, "scrypt", lambda *a, **k: calls.append("one") or real(*a, **k))
    second = remembered.marks(wanted, secrets, [first])
    assert (second, remembered.renewed(wanted, second, secrets), calls) == (first, (), [])
    changed = {**secrets, wanted.secrets[0]: "Gizli-neu"}
    assert (len(remembered.renewed(wanted, second, changed)) > 0, calls) == (True, ["one"])


def test_only_the_known_host_key_of_a_switch_lets_us_log_in(serve, blank, reach, tmp_path) -> None:
    fleet = serve(blank("sw-ana-kat1"), blank("sw-ana-omurga"))
    key = " ".join(server._host_key().export_public_key().decode().split()[:2])
    known = tmp_path / "known_switches"
    known.write_text(f"[127.0.0.1]:{fleet.ports['sw-ana-kat1']} {key}\n")
    Console(reach(fleet, "sw-ana-kat1", known_hosts=str(known))).close()
    with pytest.raises(NotReachedError, match="its host key is not the known one"):
        Console(reach(fleet, "sw-ana-omurga", known_hosts=str(known)))
    with pytest.raises(NotReachedError, match="its host key is not the known one"):
        Console(reach(fleet, "sw-ana-kat1", known_hosts=str(tmp_path / "missing")))
