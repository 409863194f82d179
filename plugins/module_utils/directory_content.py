"""What the directory holds of the house's own is compared with what is declared: rules, units, accounts of programs.

Runs on the managed hosts (Python >= 3.11, standard library only; it knows nothing of Samba), packed into a module
by Ansible. Passwords are compared as NT hashes, which `hash_of` makes and the directory keeps.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from ansible.module_utils import directory_narrow
from ansible.module_utils.directory_narrow import Refusal
from ansible.module_utils.directory_programs import (
    MEANING,
    Programs,
    differing,
    group_dn,
    policy_dn,
    short,
    strangers,
    unfit,
    wanted_policy,
)
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
    """What the directory has: settings of the domain, units, accounts by user name, the group of programs.

    `refused` is what declared accounts are refused, of all that a narrow one has to be.
    """

    rules: dict[str, int]
    units: frozenset[str]
    accounts: dict[str, Account]
    programs: Programs = field(default_factory=Programs)
    refused: frozenset[Refusal] = frozenset()


@dataclass(frozen=True)
class Change:
    """One thing to do. `secret` is never shown.

    kind: rules, unit, group, policy, add, move, modify, password, join, leave, refuse, allow; the last two carry
    what is meant in `refusal`.
    """

    kind: str
    dn: str
    told: str
    values: dict[str, str] = field(default_factory=dict)
    secret: str = ""
    refusal: Refusal | None = None


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


def unit_dns(base_ou: str, base_dn: str) -> tuple[str, ...]:
    """Gives the names of the house's own unit, of the one for programs, and of those a narrow account sees not into."""
    own = f"OU={escaped(base_ou)},{base_dn}"
    return own, f"OU=Hizmet,{own}", *(f"OU={name},{own}" for name in directory_narrow.OWN_FOLDERS)


def refusable(wanted: dict[str, Any], base_dn: str) -> tuple[Refusal, ...]:
    """Gives what every declared account would be refused if it were narrow."""
    own, programs = unit_dns(wanted["base_ou"], base_dn)[:2]
    users = [entry["user"] for entry in wanted["service_accounts"]]
    return tuple(one for user in users for one in directory_narrow.refusals(user, base_dn, own, programs))


def escaped(value: str) -> str:
    """Gives a value as it stands in a distinguished name."""
    text = "".join(f"\\{letter}" if letter in ',\\#+<>;"=' else letter for letter in value)
    return f"\\{text}" if text.startswith(" ") else text


def refuse_unfit_passwords(wanted: dict[str, Any]) -> None:
    """Refuses a call that lacks a password, has a short one of a program, or one that Samba would not take.

    An account nobody can close again is not made, and one that is never locked has no password that can be guessed.
    """
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
    users = [entry["user"] for entry in wanted["service_accounts"]]
    if weak := short(users, wanted["passwords"], wanted["password"]):
        raise RefusedError(
            f"directory_domain: the password of {', '.join(weak)} is shorter than "
            f"{wanted['password']['program_min_length']} characters. Nothing was changed. Programs are never "
            "locked out, so write long random ones into vault_directory_passwords, such as `openssl rand -base64 24`."
        )
    held = {user: wanted["passwords"][user] for user in users}
    if weak := unfit({"Administrator": wanted["administrator_password"], **held}, wanted["password"]):
        raise RefusedError(
            f"directory_domain: the password of {', '.join(weak)} has fewer than three of capitals, small letters, "
            "digits and signs, which Samba refuses (estate_directory.password.complexity). Nothing was changed. "
            "Write another into the vault, such as `openssl rand -base64 24`."
        )


def plan(wanted: dict[str, Any], base_dn: str, found: Found, hash_of: Callable[[str], bytes]) -> list[Change]:
    """Gives every change, in the order in which they can be made."""
    units = unit_dns(wanted["base_ou"], base_dn)
    rules = wanted_rules(wanted["password"], found.rules)
    changed = {name: value for name, value in rules.items() if found.rules.get(name) != value}
    changes = [Change("unit", dn, f"{dn}: made") for dn in units if dn.casefold() not in found.units]
    # the old administrator's password goes before anything that would outlive a broken run
    changes += _administrator(wanted["administrator_password"], found, hash_of)
    if changed:
        told = ", ".join(f"{name} {found.rules.get(name)} -> {changed[name]}" for name in sorted(changed))
        changes.append(Change("rules", base_dn, told, {name: str(value) for name, value in changed.items()}))
    changes += _rules_of_programs(wanted["password"], base_dn, units[1], found.programs)
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
    held = [f"CN={escaped(user)},{units[1]}" for user in declared]
    held += [found.accounts[user].dn for user in declared if user in found.accounts]
    changes += [
        Change("leave", group_dn(units[1]), f"{dn}: taken out of {group_dn(units[1])}", {"member": dn})
        for dn in strangers(found.programs, held, units[0])
    ]
    return changes + _narrowed(wanted, base_dn, found)


def _narrowed(wanted: dict[str, Any], base_dn: str, found: Found) -> list[Change]:
    """Gives what makes declared accounts as narrow as declared; the folders and accounts stand by then."""
    possible = refusable(wanted, base_dn)
    narrow = {entry["user"] for entry in wanted["service_accounts"] if entry.get("narrow")}
    missing, surplus = directory_narrow.differing(
        [one for one in possible if one.user in narrow], possible, found.refused
    )
    refused = [
        Change("refuse", one.dn, f"{one.user}: refused {one.right} at {one.dn}", refusal=one)
        for one in missing
    ]
    allowed = [
        Change("allow", one.dn, f"{one.user}: no longer refused {one.right} at {one.dn}", refusal=one)
        for one in surplus
    ]
    return refused + allowed


def _rules_of_programs(password: dict[str, Any], base_dn: str, unit: str, found: Programs) -> list[Change]:
    """Gives what makes the group of programs, and the rules that apply to it."""
    group, policy = group_dn(unit), policy_dn(base_dn)
    changes = []
    if found.group is None:
        name = group.partition(",")[0].removeprefix("CN=")
        changes.append(
            Change("group", group, f"{group}: made", {"sAMAccountName": name, "description": MEANING})
        )
    else:
        if found.group.casefold() != group.casefold():
            changes.append(Change("move", found.group, f"{found.group}: moved to {unit}", {"to": group}))
        if found.description != MEANING:
            told = f"{group}: description corrected"
            changes.append(Change("modify", group, told, {"description": MEANING}))
    wrong = differing(wanted_policy(password, group), found.policy)
    if wrong:
        now = {name: ", ".join(found.policy.get(name, ("nothing",))) for name in wrong}
        told = ", ".join(f"{name} {now[name]} -> {wrong[name]}" for name in sorted(wrong))
        changes.append(Change("rules" if found.policy else "policy", policy, f"programs: {told}", wrong))
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
    dn, own = f"CN={escaped(user)},{unit}", group_dn(unit)
    join = Change("join", own, f"{user}: put into {own}", {"member": dn})
    if found is None:
        return [Change("add", dn, f"{user}: made", attributes, password), join]
    changes = [] if own.casefold() in map(str.casefold, found.groups) else [join]
    if found.dn.casefold() != dn.casefold():
        changes.append(Change("move", found.dn, f"{user}: moved to {unit}", {"to": dn}))
    if found.nt_hash != hash_of(password):
        changes.append(Change("password", dn, f"{user}: password set", secret=password))
    now = {**found.attributes, "userAccountControl": str(found.control)}
    differing = {name: value for name, value in attributes.items() if now.get(name, "") != value}
    if differing:
        changes.append(Change("modify", dn, f"{user}: {', '.join(sorted(differing))} corrected", differing))
    changes += [
        Change("leave", group, f"{user}: taken out of {group}", {"member": dn})
        for group in found.groups
        if group.casefold() != own.casefold()
    ]
    return changes


def _below(dn: str, unit: str) -> bool:
    return dn.casefold().endswith(f",{unit}".casefold())
