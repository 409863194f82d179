"""Asks for the packages with a cheap module, and calls apt only when one is missing."""

from __future__ import annotations

from typing import Any

from ansible.plugins.action import ActionBase

ARGUMENTS: dict[str, dict[str, Any]] = {
    "name": {"type": "list", "elements": "str", "required": True},
    "recommends": {"type": "bool", "default": False},
}
LISTS_VALID_SECONDS = 86400


class ActionModule(ActionBase):  # type: ignore[misc]
    """Asks, then installs."""

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        """Gives the result of the question, or of apt when something was missing."""
        super().run(tmp, task_vars)
        _, options = self.validate_argument_spec(argument_spec=ARGUMENTS)
        question = {"name": options["name"]}
        asked: dict[str, Any] = self._execute_module("packages", module_args=question, task_vars=task_vars)
        if asked.get("failed") or not asked.get("missing"):
            return asked
        order = {
            "name": asked["missing"],
            "install_recommends": options["recommends"],
            "update_cache": True,
            "cache_valid_time": LISTS_VALID_SECONDS,
        }
        installed = self._execute_module("ansible.legacy.apt", module_args=order, task_vars=task_vars)
        return {**installed, "missing": asked["missing"]}
