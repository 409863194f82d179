"""Every verb can be read by a program: it has `--json`, or it stands here with the reason why not."""

from collections.abc import Iterator
from typing import Any

import pytest
import typer

from estate import cli

LAB = "builds and wires the machine room of one computer, with its progress as it goes"
WITHOUT = {
    "demo": LAB,
    "lab ssh": "hands the terminal over",
    "lab pc": LAB,
    "lab phone": LAB,
    "lab spare up": LAB,
    "lab spare try": LAB,
    "lab spare down": LAB,
    "lab_spare up": LAB,
    "lab_spare try": LAB,
    "lab_spare down": LAB,
    "call walk": "says each path through the dial plan as a sentence; its exit code is the verdict",
    "phone show": "prints what a telephone fetches, word for word",
    "switch intended": "prints what a switch shall be told, word for word",
    "switch restore": "talks to one device with a person beside it; its run is recorded and shown by `runs show`",
}


def _leaves(command: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[str, set[str]]]:
    below = getattr(command, "commands", None)
    if below is None:
        yield " ".join(path), {option for one in command.params for option in one.opts}
        return
    for name, each in below.items():
        yield from _leaves(each, (*path, name))


@pytest.fixture(scope="module")
def verbs() -> dict[str, set[str]]:
    cli._collect()
    return dict(_leaves(typer.main.get_command(cli.app())))


def test_every_verb_answers_programs_or_says_why_not(verbs: dict[str, set[str]]) -> None:
    without = {verb for verb, options in verbs.items() if "--json" not in options}
    assert without - set(WITHOUT) == set()


def test_every_verb_that_reads_an_environment_can_be_told_which(verbs: dict[str, set[str]]) -> None:
    of_records = {
        "status",
        "plan",
        "apply",
        "verify",
        "measure",
        "report",
        "runs list",
        "runs show",
        "switch state",
    }
    assert {verb for verb in of_records if "--environment" not in verbs[verb]} == set()
