"""What a task promised of its host, in the words of a receipt: never content, only digests under the host's own key.

Runs on the managed hosts (Python >= 3.11, standard library only), packed into a module by Ansible.
"""

from __future__ import annotations

from typing import Any

from ansible.module_utils.digests import host_key, key_name, keyed
from ansible.module_utils.services import Service
from ansible.module_utils.wanted import Wanted


def of_tree(tree: list[Wanted]) -> list[dict[str, Any]]:
    """Gives the promises of what was laid down: the wanted content counts, not what was found."""
    if not tree:
        return []
    key = host_key()
    return [
        {"kind": "key", "name": "receipt", "digest": key_name(key)},
        *(_of_path(one, key) for one in tree),
    ]


def _of_path(wanted: Wanted, key: bytes) -> dict[str, Any]:
    told: dict[str, Any] = {"kind": wanted.kind, "name": wanted.path}
    if wanted.kind == "link":
        return told | {"target": wanted.target}
    if wanted.kind == "absent":
        return told
    told |= {"owner": wanted.owner, "group": wanted.group, "mode": f"{int(wanted.mode, 8):04o}"}
    return told | ({"digest": keyed(key, wanted.data)} if wanted.kind == "file" else {})


def of_services(services: list[Service]) -> list[dict[str, Any]]:
    """Gives the promises of services: state, start at boot, what they took up, and what has to answer."""
    active = {"started": True, "stopped": False}
    return [
        {
            "kind": "command" if service.run else "unit",
            "name": service.name,
            "active": None if service.run else active.get(service.state),
            "enabled": None if service.run else service.enabled,
            "watch": list(service.watch),
            "probe": service.probe,
            "creates": service.creates,
        }
        for service in services
    ]


def of_accounts(parameters: dict[str, Any], groups: dict[str, int | None]) -> list[dict[str, Any]]:
    """Gives the promises of users and groups; a number that is not declared is not promised."""
    users = [
        {
            "kind": "user",
            "name": user["name"],
            "uid": user["uid"],
            "group": user["group"] or user["name"],
            "groups": sorted(user["groups"]),
            "home": user["home"],
            "shell": user["shell"],
        }
        for user in parameters["users"]
    ]
    return [*users, *({"kind": "group", "name": name, "gid": gid} for name, gid in groups.items())]
