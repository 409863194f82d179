"""The declared web policy becomes the files and words of Squid; a list never means more than what stands in it."""

from __future__ import annotations

import ipaddress
from typing import Any

from ansible.errors import AnsibleFilterError

from estate.web_domains import NoDomainError, canonical, rendered

LISTS = "/etc/squid/lists"
_DAYS = {"mon": "M", "tue": "T", "wed": "W", "thu": "H", "fri": "F", "sat": "A", "sun": "S"}
_NEVER_OUTSIDE = (
    "0.0.0.0/8",
    "10.0.0.0/8",
    "100.64.0.0/10",
    "127.0.0.0/8",
    "169.254.0.0/16",
    "172.16.0.0/12",
    "192.168.0.0/16",
    "224.0.0.0/3",
    "::/128",
    "::1/128",
    "fc00::/7",
    "fe80::/10",
    "ff00::/8",
)


def web_domains(written: list[str]) -> list[str]:
    """Gives domains in the form Squid accepts; refuses what is none."""
    try:
        return [canonical(domain) for domain in written]
    except NoDomainError as error:
        raise AnsibleFilterError(f"web_domains: {written}: {error}") from error


def web_files(policy: dict[str, Any]) -> dict[str, str]:
    """Gives the files of what each list declares, and of the opened domains of each profile, by path.

    What a source adds is no part of them: the program that fetches it keeps it.
    """
    files = {f"{LISTS}/{each['name']}": rendered(web_domains(each["domains"])) for each in policy["lists"]}
    for profile in policy["profiles"]:
        opened = [each["domain"] for each in policy["opened"] if profile["name"] in each["profiles"]]
        files[f"{LISTS}/opened-{profile['name']}"] = rendered(web_domains(opened))
    return files


def web_hours(spans: list[dict[str, Any]]) -> list[str]:
    """Gives spans as arguments of a time acl, such as `MTWHF 07:30-18:30`."""
    return ["".join(_DAYS[day] for day in span["days"]) + f" {span['start']}-{span['end']}" for span in spans]


def web_internal(declared: dict[str, Any]) -> list[str]:
    """Gives every network that is not the web: private and special ones, and those of the municipality."""
    texts = [*_NEVER_OUTSIDE]
    for subnet in declared.get("subnets", []):
        texts += [subnet[key] for key in ("subnet", "subnet6") if subnet.get(key)]
    networks = [ipaddress.ip_network(text) for text in texts]
    four = ipaddress.collapse_addresses(n for n in networks if isinstance(n, ipaddress.IPv4Network))
    six = ipaddress.collapse_addresses(n for n in networks if isinstance(n, ipaddress.IPv6Network))
    return [str(network) for network in (*four, *six)]


class FilterModule:
    """Offers the filters to Ansible."""

    def filters(self) -> dict[str, Any]:
        """Gives the filters by name."""
        return {
            "web_domains": web_domains,
            "web_files": web_files,
            "web_hours": web_hours,
            "web_internal": web_internal,
        }
