"""Firewall rules that roles publish as data become nftables rules; an unknown name is refused, never read as anyone."""

from __future__ import annotations

import ipaddress
import re
from typing import Any

from ansible.errors import AnsibleFilterError

Network = ipaddress.IPv4Network | ipaddress.IPv6Network


def _networks(*texts: str | None) -> list[Network]:
    return [ipaddress.ip_network(text) for text in texts if text]


def _subnets(declared: dict[str, Any], site: str | None, vlan: str) -> list[Network]:
    """Gives the networks of a VLAN by its name, at one site or at all."""
    numbers = {str(entry["id"]) for entry in declared.get("vlans", []) if entry["name"] == vlan}
    found: list[Network] = []
    for entry in declared.get("subnets", []):
        if str(entry["vlan"]) in numbers and site in (None, str(entry["site"])):
            found += _networks(entry.get("subnet"), entry.get("subnet6"))
    return found


def sources(name: str, declared: dict[str, Any]) -> list[Network]:
    """Gives the networks behind one name of `from`; refuses a name that has none."""
    hosts = {**declared.get("hosts", {}), "controller": declared.get("controller", {})}
    outside = declared.get("outside", {})
    if name in hosts:
        found = _networks(hosts[name].get("address"), hosts[name].get("address6"))
    elif name == "outside":
        found = _networks(outside.get("subnet"), outside.get("subnet6"))
    elif "/" in name:
        found = _subnets(declared, *name.split("/", 1))
    else:
        found = _subnets(declared, None, name)
    if not found:
        places = {entry["vlan"] for entry in declared.get("subnets", [])}
        vlans = sorted(entry["name"] for entry in declared.get("vlans", []) if entry["id"] in places)
        raise AnsibleFilterError(
            f"firewall: `from: {name}` has no address. Known: any, outside, {', '.join(sorted(hosts))}; a VLAN with a "
            f"subnet ({', '.join(vlans)}), or SITE/VLAN."
        )
    return found


def _ports(rule: dict[str, Any]) -> str:
    ports = rule.get("port")
    texts = [str(port) for port in (ports if isinstance(ports, list) else [ports])]
    for text in texts:
        if not re.fullmatch(r"\d{1,5}(-\d{1,5})?", text) or any(
            not 0 < int(p) < 65536 for p in text.split("-")
        ):
            raise AnsibleFilterError(f"firewall: {rule} has the port {text!r}. Give 1 to 65535, or `a-b`.")
    return f"{{ {', '.join(texts)} }}"


def _checked(rule: dict[str, Any]) -> dict[str, Any]:
    if unknown := sorted(set(rule) - {"port", "protocol", "from", "why"}):
        raise AnsibleFilterError(
            f"firewall: {rule} has the key {unknown[0]}; known are port, protocol, from and why."
        )
    if rule.get("protocol", "tcp") not in ("tcp", "udp"):
        raise AnsibleFilterError(f"firewall: {rule} has another protocol than tcp and udp.")
    if not isinstance(rule.get("from"), list) or not rule["from"]:
        raise AnsibleFilterError(
            f"firewall: {rule} says not from where. Give a list, such as [MGMT]; [any] for anyone."
        )
    return rule


def _lines(rule: dict[str, Any], declared: dict[str, Any]) -> list[str]:
    """Gives the nftables rules of one published rule: one for each address family in it."""
    _checked(rule)
    why = re.sub(r'["\\\n]', " ", str(rule.get("why", ""))).strip()
    accept = f"{rule.get('protocol', 'tcp')} dport {_ports(rule)} accept" + (
        f' comment "{why}"' if why else ""
    )
    if "any" in rule["from"]:
        return [accept]
    networks = {network for name in rule["from"] for network in sources(name, declared)}
    # nftables refuses overlapping sets, so networks inside another are left out
    four = ipaddress.collapse_addresses(net for net in networks if isinstance(net, ipaddress.IPv4Network))
    six = ipaddress.collapse_addresses(net for net in networks if isinstance(net, ipaddress.IPv6Network))
    families = (("ip", ", ".join(map(_shown, four))), ("ip6", ", ".join(map(_shown, six))))
    return [f"{family} saddr {{ {texts} }} {accept}" for family, texts in families if texts]


def _shown(network: Network) -> str:
    return str(network.network_address) if network.num_addresses == 1 else str(network)


def nft_rules(rules: list[dict[str, Any]], declared: dict[str, Any]) -> str:
    """Gives a whole file for /etc/nftables.d: the rules of one role, in the chain that the base table calls."""
    body = "".join(f"    {line}\n" for rule in rules for line in _lines(rule, declared))
    return f"table inet estate {{\n  chain services {{\n{body}  }}\n}}\n"


def networks_of(names: list[str], declared: dict[str, Any]) -> list[str]:
    """Gives the networks behind names of `from`, merged; refuses nobody and anybody, which are no networks."""
    if not names or "any" in names:
        raise AnsibleFilterError(f"networks_of: {names} names no network. Give a list, such as [SUNUCU].")
    found = {network for name in names for network in sources(name, declared)}
    four = ipaddress.collapse_addresses(net for net in found if isinstance(net, ipaddress.IPv4Network))
    six = ipaddress.collapse_addresses(net for net in found if isinstance(net, ipaddress.IPv6Network))
    return [*map(_shown, four), *map(_shown, six)]


def nft_admits(rules: list[dict[str, Any]], declared: dict[str, Any], address: str, port: int) -> bool:
    """Says whether the rules let an address reach a TCP port."""
    here = ipaddress.ip_address(address)
    for rule in map(_checked, rules):
        ports = rule["port"] if isinstance(rule["port"], list) else [rule["port"]]
        bounds = [[int(number) for number in str(text).split("-")] for text in ports]
        if rule.get("protocol", "tcp") != "tcp" or not any(bound[0] <= port <= bound[-1] for bound in bounds):
            continue
        if "any" in rule["from"] or any(
            here in net for name in rule["from"] for net in sources(name, declared)
        ):
            return True
    return False


class FilterModule:
    """Offers the filters to Ansible."""

    def filters(self) -> dict[str, Any]:
        """Gives the filters by name."""
        return {"nft_rules": nft_rules, "nft_admits": nft_admits, "networks_of": networks_of}
