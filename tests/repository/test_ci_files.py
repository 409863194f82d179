"""CI files are thin: short, without rules or foreign code of their own, and what they call exists as it is called."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer.main
from ruamel.yaml import YAML

from estate import cli

ROOT = Path(__file__).parents[2]
FILES = [ROOT / ".gitlab-ci.yml", *(ROOT / ".forgejo/workflows").glob("*.yml")]
RUNNERS_OWN = ("tee",)


def _values(inside: Any, key: str) -> Iterator[Any]:
    if isinstance(inside, dict):
        yield from (inside[each] for each in inside if each == key)
        for each in inside.values():
            yield from _values(each, key)
    elif isinstance(inside, list):
        for each in inside:
            yield from _values(each, key)


def _commands(path: Path) -> list[list[str]]:
    """Gives what a CI file runs, each command in its words."""
    content = YAML(typ="safe").load(path)
    scripts = [*_values(content, "script"), *_values(content, "run")]
    lines = [
        line
        for each in scripts
        for text in (each if isinstance(each, list) else [each])
        for line in text.splitlines()
    ]
    return [shlex.split(line) for line in lines if line.strip()]


def _unknown(words: list[str]) -> str:
    """Says what of a command line the estate does not know; nothing when all of it can be called."""
    if words[0] != "estate":
        return "" if words[0] in RUNNERS_OWN else f"{words[0]} is no command of ours"
    cli._collect(words[1])
    command: Any = typer.main.get_command(cli.app())
    rest = words[1:]
    while rest and hasattr(command, "commands"):
        if rest[0] not in command.commands:
            return f"no command {rest[0]}"
        command, rest = command.commands[rest[0]], rest[1:]
    known = {option for each in command.params for option in each.opts}
    return ", ".join(word for word in rest if word.startswith("--") and word not in known)


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_ci_file_only_calls_what_exists(path: Path) -> None:
    commands = _commands(path)
    assert len([words for words in commands if words[1] == "pipeline"]) >= 5
    assert {" ".join(words): _unknown(words) for words in commands if _unknown(words)} == {}


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_ci_file_is_thin_and_brings_nothing_from_elsewhere(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    content = YAML(typ="safe").load(path)
    assert len(text.splitlines()) <= 60
    assert [*_values(content, "uses"), *_values(content, "image"), *_values(content, "include")] == []
    assert re.findall(r"https?://\S+", text) == []


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_ci_file_names_every_ring_in_its_order_and_applies_none_twice(path: Path) -> None:
    declared = YAML(typ="safe").load(ROOT / "inventories/lab/estate/pipeline.yml")["estate_pipeline"]["rings"]
    calls = [words for words in _commands(path) if "--ring" in words]
    assert [words[words.index("--ring") + 1] for words in calls] == [ring["name"] for ring in declared]
    assert "--repository" not in calls[-1] and calls[-1][2] == "apply", "a slice places no commit"


def test_the_rules_can_fail() -> None:
    assert _unknown(["estate", "pipeline", "deploy"]) == "no command deploy"
    assert _unknown(["estate", "pipeline", "run", "--force"]) == "--force"
    assert _unknown(["curl", "x"]) == "curl is no command of ours"
