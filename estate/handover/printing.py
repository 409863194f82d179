"""Turns pages into PDF on all processors of this machine; what stands on them passes through pipes alone.

    python -m estate.handover.printing < pages.json > printed.json

A page costs some 60 ms of a processor. A municipality that begins prints hundreds, and its people wait for the last.
"""

from __future__ import annotations

import base64
import json
import os
import secrets
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from estate.report.render import to_pdf

FEW = 8
"""So many pages are printed sooner than another process is ready to help."""


class PrintingError(Exception):
    """Says that a helping process ended without its pages."""


def printed(pages: Mapping[str, str], processors: int | None = None) -> dict[str, bytes]:
    """Gives the PDF of each page (HTML), under its key."""
    helpers = min(processors or os.cpu_count() or 1, len(pages) // FEW)
    if helpers < 2:
        return {key: to_pdf(html, secrets.token_hex(16)) for key, html in pages.items()}
    keys = list(pages)
    begun = [_begun({key: pages[key] for key in keys[i::helpers]}) for i in range(helpers)]
    found: dict[str, bytes] = {}
    for helper in begun:
        found |= _ended(helper)
    return {key: found[key] for key in keys}


def _begun(pages: Mapping[str, str]) -> subprocess.Popen[str]:
    helper = subprocess.Popen(
        [sys.executable, "-m", "estate.handover.printing"],
        cwd=Path(__file__).parents[2],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert helper.stdin is not None
    helper.stdin.write(json.dumps(pages))
    helper.stdin.close()
    return helper


def _ended(helper: subprocess.Popen[str]) -> dict[str, bytes]:
    assert helper.stdout is not None
    with helper:
        told = helper.stdout.read()
    if helper.returncode:
        raise PrintingError(
            f"a printing process ended with {helper.returncode}; no sheet of this run was kept"
        )
    return {key: base64.b64decode(pdf) for key, pdf in json.loads(told).items()}


def main() -> None:
    """Prints the pages on standard input."""
    pages = json.load(sys.stdin)
    told = {key: base64.b64encode(pdf).decode() for key, pdf in printed(pages, processors=1).items()}
    json.dump(told, sys.stdout)


if __name__ == "__main__":
    main()
