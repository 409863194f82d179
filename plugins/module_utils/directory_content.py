"""What the directory holds of the house's own is compared with what is declared: rules, units, accounts of programs.

Runs on the managed hosts (Python >= 3.11, standard library only; it knows nothing of Samba), packed into a module
by Ansible. Passwords are compared as NT hashes, which `hash_of` makes and the directory keeps.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from ansible.module_utils.landing import RefusedError

NORMAL, DISABLED, NEVER_EXPIRES, NOT_DELEGATED = 0x200, 0x2, 0x10000, 0x100000
PROGRAM = NORMAL | NEVER_EXPIRES | NOT_DELEGATED
COMPLEX = 1
TICKS_PER_MINUTE = 60 * 10_000_000
NEVER = -(2**63)
RULES = (
    "minPwdLength",
    "pwdHistoryLength",
    "maxPwdAge",
    "pwdProperties",
    "lockoutThreshold",
    "lockoutDuration",
    "lockOutObservationWindow",
    "ms-DS-MachineAccountQuota",
)


@dataclass(frozen=True)
class Account:
    """One account as the directory has it; `groups` without the primary one."""

    dn: str
    control: int
    nt_hash: bytes = b""
    attributes: dict[str, str] = field(default_factory=dict)
    groups: tuple[str, ...] = ()


@dataclass(frozen=True)
class Found:
    """What the directory has: settings of the domain, units, accounts by user name."""

    rules: dict[str, int]
    units: frozenset[str]
    accounts: dict[str, Account]


@dataclass(frozen=True)
class Change:
    """One thing to do. kind: rules, unit, add, move, modify, password, leave. `secret` is never shown."""

    kind: str
    dn: str
    told: str
    values: dict[str, str] = field(default_factory=dict)
    secret: str = ""


def wanted_rules(password: dict[str, Any], found: dict[str, int]) -> dict[str, int]:
    """Gives the settings of the domain that the declared rules for passwords ask for.

    Nobody but an administrator makes accounts for computers: the quota of ten that every account has is taken away.
    """
    days, minutes = int(password["max_age_days"]), int(password["lockout_minutes"])
    properties = found.get("pwdProperties", 0)
    return {
        "minPwdLength": int(password["min_length"]),
        "pwdHistoryLength": int(password["history"]),
        "maxPwdAge": -days * 1440 * TICKS_PER_MINUTE if days else NEVER,
        "pwdProperties": properties | COMPLEX if password["complexity"] else properties & ~COMPLEX,
        "lockoutThreshold": int(password["lockout_threshold"]),
        "lockoutDuration": -minutes * TICKS_PER_MINUTE,
        "lockOutObservationWindow": -minutes * TICKS_PER_MINUTE,
        "ms-DS-MachineAccountQuota": 0,
    }


def unit_dns(base_ou: str, base_dn: str) -> tuple[str, str]:
    """Gives the names of the house's own unit and of the one for programs, in this order."""
    own = f"OU={escaped(base_ou)},{base_dn}"
    return own, f"OU=Hizmet,{own}"


def escaped(value: str) -> str:
    """Gives a value as it stands in a distinguished name."""
    text = "".join(f"\\{letter}" if letter in ',\\#+<>;"=' else letter for letter in value)
    return f"\\{text}" if text.startswith(" ") else text


def refuse_without_passwords(wanted: dict[str, Any]) -> None:
    """Refuses a call that lacks a password: an account nobody can close again is not made."""
    missing = [
        entry["user"] for entry in wanted["service_accounts"] if not wanted["passwords"].get(entry["user"])
    ]
    if not wanted["administrator_password"]:
        missing.insert(0, "Administrator")
    if missing:
        raise RefusedError(
            f"directory_domain: there is no password for {', '.join(missing)}. Nothing was changed. Add "
            "vault_directory_server_administrator_password or a line of vault_directory_passwords to the vault."
        )


def plan(wanted: dict[str, Any], base_dn: str, found: Found, hash_of: Callable[[str], bytes]) -> list[Change]:
    """Gives every change, in the order in which they can be made."""
    units = unit_dns(wanted["base_ou"], base_dn)
    rules = wanted_rules(wanted["password"], found.rules)
    differing = {name: value for name, value in rules.items() if found.rules.get(name) != value}
    changes = [Change("unit", dn, f"{dn}: made") for dn in units if dn.casefold() not in found.units]
    # the old administrator's password goes before anything that would outlive a broken run
    changes += _administrator(wanted["administrator_password"], found, hash_of)
    if differing:
        told = ", ".join(f"{name} {found.rules.get(name)} -> {differing[name]}" for name in sorted(differing))
        changes.append(
            Change("rules", base_dn, told, {name: str(value) for name, value in differing.items()})
        )
    declared = {entry["user"]: entry for entry in wanted["service_accounts"]}
    for user, entry in declared.items():
        attributes = program_attributes(entry, wanted["realm"])
        changes += _program(
            attributes, wanted["passwords"][user], units[1], found.accounts.get(user), hash_of
        )
    for user, account in sorted(found.accounts.items()):
        if _below(account.dn, units[1]) and user not in declared and not account.control & DISABLED:
            control = {"userAccountControl": str(account.control | DISABLED)}
            changes.append(Change("modify", account.dn, f"{user}: closed, it is not declared", control))
    return changes


def _administrator(password: str, found: Found, hash_of: Callable[[str], bytes]) -> list[Change]:
    account = found.accounts["Administrator"]
    changes = []
    if account.nt_hash != hash_of(password):
        changes.append(Change("password", account.dn, "Administrator: password set", secret=password))
    if not account.control & NEVER_EXPIRES:  # it is changed in the vault, not by waiting
        control = {"userAccountControl": str(account.control | NEVER_EXPIRES)}
        changes.append(Change("modify", account.dn, "Administrator: password does not expire", control))
    return changes


def program_attributes(entry: dict[str, Any], realm: str) -> dict[str, str]:
    """Gives what an account of a program carries: it may ask, does not expire, and is lent to nobody."""
    return {
        "sAMAccountName": entry["user"],
        "userPrincipalName": f"{entry['user']}@{realm.lower()}",
        "displayName": entry["name"],
        "description": entry["purpose"],
        "userAccountControl": str(PROGRAM),
    }


def _program(
    attributes: dict[str, str],
    password: str,
    unit: str,
    found: Account | None,
    hash_of: Callable[[str], bytes],
) -> list[Change]:
    user = attributes["sAMAccountName"]
    dn = f"CN={escaped(user)},{unit}"
    if found is None:
        return [Change("add", dn, f"{user}: made", attributes, password)]
    changes = []
    if found.dn.casefold() != dn.casefold():
        changes.append(Change("move", found.dn, f"{user}: moved to {unit}", {"to": dn}))
    if found.nt_hash != hash_of(password):
        changes.append(Change("password", dn, f"{user}: password set", secret=password))
    now = {**found.attributes, "userAccountControl": str(found.control)}
    differing = {name: value for name, value in attributes.items() if now.get(name, "") != value}
    if differing:
        changes.append(Change("modify", dn, f"{user}: {', '.join(sorted(differing))} corrected", differing))
    changes += [
        Change("leave", group, f"{user}: taken out of {group}", {"member": dn}) for group in found.groups
    ]
    return changes


def _below(dn: str, unit: str) -> bool:
    return dn.casefold().endswith(f",{unit}".casefold())
