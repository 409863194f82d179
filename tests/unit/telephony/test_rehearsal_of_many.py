"""An exchange of thousands of telephones is not refused because the machine that rehearses it is busy."""

from __future__ import annotations

import runpy
from pathlib import Path

PROGRAM = Path(__file__).resolve().parents[3] / "roles" / "telephone_exchange" / "files" / "rehearse.py"
LOG = """\
[2026-11-26 18:40:30] WARNING[12] taskprocessor.c: Taskprocessor 'stasis/m:x-8' queue reached 500 scheduled tasks again.
[2026-11-26 18:40:30] ERROR[12] res_pjsip.c: Error 120101 'Network is unreachable' sending OPTIONS request to endpoint y
[2026-11-26 18:40:30] WARNING[12] pjproject: sip_endpoint.c Warning: Module "ACL Module" registered during operation.
[2026-11-26 18:40:31] ERROR[12] config_options.c: Could not find '7777'
"""


def test_what_a_busy_machine_says_while_thousands_of_telephones_are_loaded_is_no_mistake_of_a_file() -> None:
    complaints = runpy.run_path(str(PROGRAM))["complaints"]
    assert complaints(LOG) == ["config_options.c: Could not find '7777'"]
