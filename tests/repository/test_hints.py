"""What a message tells a person to type works in a fresh checkout, where no `estate` is on the path."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FILES = sorted(path for folder in ("estate", "pyinfra_deploys") for path in (ROOT / folder).rglob("*.py"))
VERBS = "|".join(sorted(path.stem for path in (ROOT / "estate/cli").iterdir() if path.stem.isalpha()))
SHORT = re.compile(rf"(?<![\w/.-])estate (?:{VERBS})\b")


def _short_forms(text: str) -> list[str]:
    """Gives the strings that name a command in its short form; docstrings, which describe it, may."""
    tree = ast.parse(text)
    described = {
        id(node.body[0].value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef)
        and node.body
        and isinstance(node.body[0], ast.Expr)
    }
    strings = [
        node for node in ast.walk(tree) if isinstance(node, ast.Constant) and isinstance(node.value, str)
    ]
    return [node.value for node in strings if id(node) not in described and SHORT.search(node.value)]


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_hints_can_be_typed_as_they_are(path: Path) -> None:
    assert _short_forms(path.read_text(encoding="utf-8")) == []


def test_the_rule_can_fail() -> None:
    assert _short_forms('print("run `estate lab up`", "./scripts/estate lab up")') == ["run `estate lab up`"]


def test_what_the_pages_write_into_the_checkout_is_never_committed() -> None:
    pages = [ROOT / "README.md", *(ROOT / "docs").glob("*.md")]
    named = {name for page in pages for name in re.findall(r"--out ([\w-]+\.json)", page.read_text("utf-8"))}
    ignored = (ROOT / ".gitignore").read_text("utf-8").splitlines()
    assert "plan.json" in named
    assert {name for name in named if f"/{name}" not in ignored} == set()
