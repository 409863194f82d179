"""Nothing in the repository depends on an address of a registry or on a machine of a developer."""

import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FORBIDDEN = {
    "the host name of a package registry": (
        r"(p[y]pi|python[h]osted|np[m]js|(deb|security|ftp)[.]d[e]bian)[.](org|com|net)"
    ),
    "a path of a developer's machine": r"/(ho[m]e/[a-z]+|Us[e]rs|w[o]rk)/",
}


def _lines() -> list[str]:
    names = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    lines = []
    for name in names.splitlines():
        try:
            text = (ROOT / name).read_text(encoding="utf-8")
        except (UnicodeDecodeError, FileNotFoundError):
            continue
        lines += [f"{name}: {line}" for line in text.splitlines()]
    return lines


@pytest.mark.parametrize("kind", FORBIDDEN)
def test_no_line_holds(kind: str) -> None:
    assert [line for line in _lines() if re.search(FORBIDDEN[kind], line)] == []


def test_the_patterns_can_match() -> None:
    samples = ("x py" + "pi.org y", "/wo" + "rk/x", "deb.deb" + "ian.org")
    assert [bool(re.search("|".join(FORBIDDEN.values()), sample)) for sample in samples] == [True] * 3
