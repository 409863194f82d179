"""Accounts of daemons are made and corrected; a number that files already carry is never changed."""

from __future__ import annotations

from collections.abc import Callable
from types import ModuleType
from typing import Any

import pytest
from ansible.module_utils.landing import RefusedError

Plugin = Callable[[str], ModuleType]
VMAIL = {"uid": 5000, "group": "vmail", "home": "/srv/mail", "shell": "/usr/sbin/nologin", "groups": ["tls"]}


@pytest.fixture
def module(plugin: Plugin) -> ModuleType:
    return plugin("modules/accounts")


def user(**more: Any) -> dict[str, Any]:
    plain: dict[str, Any] = {
        "uid": None,
        "group": None,
        "groups": [],
        "home": "/srv/mail",
        "shell": "/usr/sbin/nologin",
    }
    return {"name": "vmail", **plain, **more}


def test_a_missing_user_is_made_with_its_group_first(module: ModuleType) -> None:
    parameters = {"users": [user(uid=5000, groups=["tls"])], "groups": [{"name": "estate", "gid": 900}]}
    assert module.group_commands(module.wanted_groups(parameters), {"root": 0}) == [
        ["groupadd", "--system", "--gid", "900", "estate"],
        ["groupadd", "--system", "--gid", "5000", "vmail"],
        ["groupadd", "--system", "tls"],
    ]
    made = module.user_commands(parameters["users"], {})[0]
    assert made[:3] == ["useradd", "--system", "--no-create-home"] and made[-1] == "vmail"
    assert " ".join(made).find("--uid 5000 --gid vmail --groups tls --home-dir /srv/mail") > 0


def test_a_user_as_declared_needs_nothing(module: ModuleType) -> None:
    assert module.user_commands([user(uid=5000, groups=["tls"])], {"vmail": VMAIL}) == []
    groups = module.wanted_groups({"users": [user(uid=5000)], "groups": []})
    assert module.group_commands(groups, {"vmail": 5000}) == []


def test_memberships_are_added_and_never_taken(module: ModuleType) -> None:
    commands = module.user_commands([user(groups=["backup"])], {"vmail": VMAIL})
    assert commands == [["usermod", "--append", "--groups", "backup", "vmail"]]


def test_home_shell_and_main_group_are_corrected(module: ModuleType) -> None:
    commands = module.user_commands([user(home="/x", shell="/bin/sh", group="mail")], {"vmail": VMAIL})
    assert commands == [["usermod", "--gid", "mail", "--home", "/x", "--shell", "/bin/sh", "vmail"]]


def test_another_number_is_refused(module: ModuleType) -> None:
    with pytest.raises(RefusedError, match="declared with the number 5001 but has 5000"):
        module.user_commands([user(uid=5001)], {"vmail": VMAIL})
    with pytest.raises(RefusedError, match="declared with the number 7 but has 5000"):
        module.group_commands({"vmail": 7}, {"vmail": 5000})


def test_the_users_of_this_machine_are_seen(module: ModuleType) -> None:
    groups, users = module.observe()
    assert groups["root"] == 0
    assert users["root"]["uid"] == 0 and users["root"]["group"] == "root"


def test_packages_that_are_half_installed_are_missing(plugin: Plugin) -> None:
    listing = (
        "postfix installed 3.10-1\ndovecot-core config-files 1:2.4\nbash installed 5.2\nvim not-installed \n"
    )
    wanted = ["bash", "dovecot-core", "postfix", "unknown"]
    packages = plugin("action/packages")
    assert packages.missing_of(wanted, listing) == ["dovecot-core", "unknown"]
    assert packages.promises(["postfix"], listing) == [
        {"kind": "package", "name": "postfix", "version": "3.10-1"}
    ]
