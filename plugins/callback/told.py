"""Prints a run as Ansible does, without the diffs: a plan shows them itself, each once, and a run keeps them all."""

from __future__ import annotations

from typing import Any

from ansible.plugins.callback.default import CallbackModule as Default

DOCUMENTATION = """
name: told
type: stdout
short_description: ansible.builtin.default without the diffs
description:
  - What a task changes (or would change) goes to changes.jsonl of the run, by the callback records.
extends_documentation_fragment: [default_callback, result_format_callback]
requirements: [set as stdout callback]
"""


class CallbackModule(Default):  # type: ignore[misc]
    """Leaves diffs out; everything else is the default's."""

    CALLBACK_NAME = "told"

    def v2_on_file_diff(self, result: Any) -> None:
        """Prints nothing."""
