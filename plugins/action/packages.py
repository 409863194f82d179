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
QUESTION = ["dpkg-query", "--show", "--showformat=${Package} ${db:Status-Status}\n", "--"]


def missing_of(wanted: list[str], listing: str) -> list[str]:
    """Gives the wanted packages that a listing of `name status` lines does not show as installed."""
    installed = {line.split(" ", 1)[0] for line in listing.splitlines() if line.endswith(" installed")}
    return [name for name in wanted if name not in installed]


class ActionModule(ActionBase):  # type: ignore[misc]
    """Asks, then installs."""

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        """Gives `unchanged`, or the result of apt when something was missing."""
        super().run(tmp, task_vars)
        _, options = self.validate_argument_spec(argument_spec=ARGUMENTS)
        missing = self._missing(options["name"])
        if not missing:
            return {"changed": False, "missing": []}
        order = {
            "name": missing,
            "install_recommends": options["recommends"],
            "update_cache": True,
            "cache_valid_time": LISTS_VALID_SECONDS,
        }
        installed = self._execute_module("ansible.legacy.apt", module_args=order, task_vars=task_vars)
        return {**installed, "missing": missing}

    def _missing(self, names: list[str]) -> list[str]:
        """Asks the host; a question that is not answered is an error, not an empty answer."""
        answer = self._low_level_execute_command(shlex.join([*QUESTION, *names]))
        if answer["rc"] not in (0, 1):  # 1: dpkg knows nothing of one of them
            raise AnsibleActionFail(
                f"packages: dpkg-query does not answer (exit {answer['rc']}): {answer['stderr'].strip()}. Nothing was "
                "changed. The host has to be a Debian system."
            )
        return missing_of(names, answer["stdout"])
