"""Names of users and groups by their numbers.

Runs on the managed hosts (Python >= 3.11, standard library only): packed into a module by Ansible, and sent to the
host by `estate drift`, so that a receipt and a look at it speak of the same owners.
"""

from __future__ import annotations

import grp
import pwd


def user_name(number: int) -> str:
    """Gives the name of a user, or the number itself where the host has no such user."""
    try:
        return pwd.getpwuid(number).pw_name
    except KeyError:
        return str(number)


def group_name(number: int) -> str:
    """Gives the name of a group, or the number itself where the host has no such group."""
    try:
        return grp.getgrgid(number).gr_name
    except KeyError:
        return str(number)
