"""Tells the service_state module, in check mode, what earlier tasks of the run predicted."""

from __future__ import annotations

from typing import Any

from ansible.plugins.action import ActionBase


class ActionModule(ActionBase):  # type: ignore[misc]
    """Adds the predictions and sends."""

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        """Gives the module's result."""
        super().run(tmp, task_vars)
        facts = (task_vars or {}).get("ansible_facts") or {}
        predicted = facts.get("estate_predicted", {}) if self._task.check_mode else {}
        arguments = {**self._task.args, "predicted": predicted}
        result: dict[str, Any] = self._execute_module(
            "service_state", module_args=arguments, task_vars=task_vars
        )
        return result
