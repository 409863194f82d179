"""The name of the exchange: declared once, and what Ansible makes of it by itself is the same."""

from pathlib import Path

import pytest
import yaml

from estate.declared import load

ROOT = Path(__file__).parents[2]
DOMAIN = "{{ estate_networks.domain }}"


@pytest.mark.parametrize("environment", ["lab", "example"])
def test_role_zone_and_certificates_carry_the_declared_name_of_the_exchange(environment: str) -> None:
    """Telephones ask for it: a certificate of another name would keep all of them out."""
    inventory = ROOT / "inventories" / environment
    estate = load(inventory)
    defaults = yaml.safe_load((ROOT / "roles/telephone_exchange/defaults/main.yml").read_text("utf-8"))
    watched = yaml.safe_load(
        (inventory / "group_vars/telephone_exchanges/node_exporter.yml").read_text("utf-8")
    )
    told = {defaults["telephone_exchange_service_name"]}
    told |= {row["name"] for row in watched["node_exporter_certificates"]}
    assert {name.replace(DOMAIN, estate.networks.domain) for name in told} == {estate.telephony.service_name}
    zone = ROOT / "roles/outside_organisation/templates/root/etc/bind/zones/municipality.j2"
    held = zone.read_text("utf-8").replace(DOMAIN, estate.networks.domain)
    assert f"{estate.telephony.service_name}. A " in held
