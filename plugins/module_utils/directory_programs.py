"""Programs of a domain stand in one group, and that group has rules for passwords of its own: long, and never locked.

Runs on the managed hosts (Python >= 3.11, standard library only; it knows nothing of Samba), packed into a module
by Ansible. A program cannot wait a quarter of an hour, and whoever can reach the directory could lock it out.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

GROUP = "programlar"
MEANING = "Program hesapları: uzun rastgele parola, kilitlenmez"
BOXES = "Kutular"
NEVER = -(2**63)
TICKS_PER_MINUTE = 60 * 10_000_000
PRECEDENCE = 10
KINDS = 3
APPLIES_TO = "msDS-PSOAppliesTo"
POLICY = (
    "msDS-PasswordSettingsPrecedence",
    "msDS-PasswordReversibleEncryptionEnabled",
    "msDS-PasswordHistoryLength",
    "msDS-PasswordComplexityEnabled",
    "msDS-MinimumPasswordLength",
    "msDS-MinimumPasswordAge",
    "msDS-MaximumPasswordAge",
    "msDS-LockoutThreshold",
    "msDS-LockoutObservationWindow",
    "msDS-LockoutDuration",
    APPLIES_TO,
)


@dataclass(frozen=True)
class Programs:
    """What the directory has of both: `group` is the place of the group, None when there is none.

    `policy` holds each attribute of POLICY with all its values; it is empty when there are no such rules.
    """

    group: str | None = None
    description: str = ""
    members: tuple[str, ...] = ()
    policy: dict[str, tuple[str, ...]] = field(default_factory=dict)


def group_dn(unit: str) -> str:
    """Gives the name of the group, below the unit of programs."""
    return f"CN={GROUP},{unit}"


def policy_dn(base_dn: str) -> str:
    """Gives the name of the rules that apply to the group."""
    return f"CN={GROUP},CN=Password Settings Container,CN=System,{base_dn}"


def wanted_policy(password: dict[str, Any], group: str) -> dict[str, str]:
    """Gives the rules for passwords of programs: the domain's, but longer, without an end, and without a lock."""
    window = str(
        -int(password["lockout_minutes"]) * TICKS_PER_MINUTE
    )  # mandatory, and without a meaning here
    return {
        "msDS-PasswordSettingsPrecedence": str(PRECEDENCE),
        "msDS-PasswordReversibleEncryptionEnabled": "FALSE",
        "msDS-PasswordHistoryLength": str(int(password["history"])),
        "msDS-PasswordComplexityEnabled": "TRUE" if password["complexity"] else "FALSE",
        "msDS-MinimumPasswordLength": str(int(password["program_min_length"])),
        "msDS-MinimumPasswordAge": "0",
        "msDS-MaximumPasswordAge": str(NEVER),
        "msDS-LockoutThreshold": "0",
        "msDS-LockoutObservationWindow": window,
        "msDS-LockoutDuration": window,
        APPLIES_TO: group,
    }


def differing(wanted: dict[str, str], found: dict[str, tuple[str, ...]]) -> dict[str, str]:
    """Gives the rules that are not as wanted; names compare without capitals, and one applies to nobody else."""
    return {
        name: value
        for name, value in wanted.items()
        if [held.casefold() for held in found.get(name, ())] != [value.casefold()]
    }


def strangers(found: Programs, declared: Iterable[str], own_unit: str) -> list[str]:
    """Gives members that are neither a declared program nor a mailbox, whose deploy judges them by itself.

    Somebody put in by hand would never be locked out, whatever the password is.
    """
    known = {dn.casefold() for dn in declared}
    boxes = f",OU={BOXES},{own_unit}".casefold()
    return sorted(
        member
        for member in found.members
        if member.casefold() not in known and not member.casefold().endswith(boxes)
    )


def unfit(passwords: dict[str, str], password: dict[str, Any]) -> list[str]:
    """Gives the owners of passwords that Samba's rule refuses: fewer than three kinds of letter, digit and sign."""
    if not password["complexity"]:
        return []
    kinds = (
        str.isupper,
        str.islower,
        str.isdigit,
        lambda sign: not sign.isalnum(),
    )
    return [
        user
        for user, drawn in passwords.items()
        if sum(any(is_of(letter) for letter in drawn) for is_of in kinds) < KINDS
    ]


def short(users: Iterable[str], passwords: dict[str, str], password: dict[str, Any]) -> list[str]:
    """Gives the programs whose password is shorter than the rules ask for."""
    return [user for user in users if len(passwords[user]) < int(password["program_min_length"])]
