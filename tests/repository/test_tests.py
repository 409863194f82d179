"""Every test of the house can fail, and none is skipped without an owner and an end."""

import ast
import re
from datetime import date
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
FILES = sorted(ROOT.rglob("test_*.py"))


def _asserts(function: ast.AST, helpers: set[str]) -> bool:
    for node in ast.walk(function):
        if isinstance(node, ast.Assert) and not isinstance(node.test, ast.Constant):
            return True
        if isinstance(node, ast.Call):
            called = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            if called in {"raises", "fail"} or called in helpers:
                return True
    return False


def _without_assertion(text: str) -> list[str]:
    functions = [node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.FunctionDef)]
    helpers: set[str] = set()
    while True:  # a test may assert through a function of its own module, which may call another
        found = {each.name for each in functions if _asserts(each, helpers)}
        if found == helpers:
            break
        helpers = found
    return [each.name for each in functions if each.name.startswith("test_") and each.name not in helpers]


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_test_asserts(path: Path) -> None:
    assert _without_assertion(path.read_text(encoding="utf-8")) == []


def test_the_assertion_rule_can_fail() -> None:
    assert _without_assertion("def test_nothing():\n    assert True\n    print(1)\n") == ["test_nothing"]


def test_whatever_lies_with_the_lab_needs_it() -> None:
    """The parts without a lab do not even read `tests/lab`: a test without the mark would run nowhere."""
    files = [path for path in FILES if path.is_relative_to(ROOT / "lab")]
    marks = {
        path.name: re.search(r"(?m)^pytestmark = .*mark\.lab", path.read_text("utf-8")) for path in files
    }
    assert [name for name, mark in marks.items() if not mark] == []


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_skips_name_an_owner_and_an_end(path: Path) -> None:
    skips = re.findall(
        r"(?:mark\.(?:skip|skipif|xfail)|pytest\.skip)\((.*)", path.read_text(encoding="utf-8")
    )
    ends = [
        re.search(r"owner=\S+ until=(\d{4}-\d{2}-\d{2})", skip) for skip in skips if "re.findall" not in skip
    ]
    assert all(end and date.fromisoformat(end.group(1)) >= date.today() for end in ends), skips
