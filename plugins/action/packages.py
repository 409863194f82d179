"""Asks dpkg over the plain connection, and calls apt only when a package is missing."""

from __future__ import annotations

import shlex
from typing import Any

from ansible.errors import AnsibleActionFail
from ansible.plugins.action import ActionBase

ARGUMENTS: dict[str, dict[str, Any]] = {
    "name": {"type": "list", "elements": "str", "required": True},
    "recommends": {"type": "bool", "default": False},
}
LISTS_VALID_SECONDS = 86400
QUESTION = ["dpkg-query", "--show", "--showformat=${Package} ${db:Status-Status} ${Version}\n", "--"]


def missing_of(wanted: list[str], listing: str) -> list[str]:
    """Gives the wanted packages that a listing of `name status version` lines does not show as installed."""
    return [name for name in wanted if name not in installed_in(listing)]


def installed_in(listing: str) -> dict[str, str]:
    """Gives the installed packages of a listing, each with its version."""
    rows = [row for row in map(str.split, listing.splitlines()) if len(row) == 3]
    return {name: version for name, status, version in rows if status == "installed"}


def promises(wanted: list[str], listing: str) -> list[dict[str, str]]:
    """Gives what a receipt says of packages: each name with the version that is installed."""
    installed = installed_in(listing)
    return [{"kind": "package", "name": name, "version": installed.get(name, "")} for name in wanted]


class ActionModule(ActionBase):  # type: ignore[misc]
    """Asks, then installs."""

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        """Gives `unchanged`, or the result of apt when something was missing."""
        super().run(tmp, task_vars)
        _, options = self.validate_argument_spec(argument_spec=ARGUMENTS)
        names = options["name"]
        listing = self._listing(names)
        missing = missing_of(names, listing)
        if not missing:
            return {"changed": False, "missing": []} | self._promised(names, listing)
        order = {
            "name": missing,
            "install_recommends": options["recommends"],
            "update_cache": True,
            "cache_valid_time": LISTS_VALID_SECONDS,
        }
        installed = self._execute_module("ansible.legacy.apt", module_args=order, task_vars=task_vars)
        told = {**installed, "missing": missing}
        if installed.get("failed") or self._task.check_mode:
            return told
        return told | self._promised(names, self._listing(names))

    def _promised(self, names: list[str], listing: str) -> dict[str, Any]:
        return {} if self._task.check_mode else {"promised": promises(names, listing)}

    def _listing(self, names: list[str]) -> str:
        """Asks the host; a question that is not answered is an error, not an empty answer."""
        answer = self._low_level_execute_command(shlex.join([*QUESTION, *names]))
        if answer["rc"] not in (0, 1):  # 1: dpkg knows nothing of one of them
            raise AnsibleActionFail(
                f"packages: dpkg-query does not answer (exit {answer['rc']}): {answer['stderr'].strip()}. Nothing was "
                "changed. The host has to be a Debian system."
            )
        return str(answer["stdout"])
