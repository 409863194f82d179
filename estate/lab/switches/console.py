"""Is one administrator's place at a switch: mode, sections, privilege; takes a line and answers, needs no network."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from estate.lab.switches.configuration import GLOBAL, Lines
from estate.lab.switches.grammar import Command, Refused, understand

if TYPE_CHECKING:
    from estate.lab.switches.machine import Machine


@dataclass(frozen=True)
class Ask:
    """Is a question of the switch; `then` takes the answer (a line, or one key) and goes on. `hidden` is not echoed."""

    text: str
    then: Callable[[str], Answer]
    key: bool = False
    hidden: bool = False


Answer = str | Ask | None
Action = Callable[..., Answer]
ACTIONS: dict[str, Action] = {}
"""What the rules of a vendor may name; each is called with console, command and the rule's arguments."""


def action(name: str) -> Callable[[Action], Action]:
    """Gives a function the name by which rules call it."""

    def register(function: Action) -> Action:
        ACTIONS[name] = function
        return function

    return register


class Console:
    """Is where one session stands; `execute` takes a typed line, `prompt` is what is shown before the next."""

    def __init__(self, machine: Machine, user: str, level: int = 1) -> None:
        self.machine, self.vendor, self.user = machine, machine.vendor, user
        self.mode = "privileged" if level > 1 else "exec"
        self.sections: list[str] = []
        self.lines_taken = 0
        self.page = 24
        self.monitors = False
        self.ended = False

    @property
    def prompt(self) -> str:
        """The prompt of this mode, with the host name cut as the vendor (or a fault) cuts it."""
        host = self.machine.hostname
        host = host[: self.machine.faults.host_letters or len(host)]
        first = self.sections[0].split()[-1] if self.sections else ""
        return str(self.vendor.data["modes"][self.mode]["prompt"]).format(host=host, first=first)

    @property
    def configuring(self) -> bool:
        """Tells whether this is a mode of configuration."""
        return not self.vendor.data["modes"][self.mode].get("level", False)

    @property
    def level(self) -> int:
        """The privilege: 1 or 15."""
        return 1 if self.mode == "exec" else 15

    def boxes(self) -> list[Lines]:
        """Returns the lines that the current mode writes to: one section, or many at once."""
        running = self.machine.running
        return [running.setdefault(section, {}) for section in self.sections or [GLOBAL]]

    def enter(self, mode: str, sections: list[str] | None = None) -> None:
        """Goes to a mode and its sections."""
        self.mode, self.sections = mode, sections or []

    def leave(self) -> None:
        """Leaves the configuration, gives the lock back, and has it logged."""
        if self.configuring:
            self.machine.note("SYS", 5, "CONFIG_I", self.vendor.says("log_configured", user=self.user))
        if self.machine.lock is self:
            self.machine.lock = None
        self.enter("privileged")

    def execute(self, typed: str) -> Answer:
        """Returns what the switch answers to a line: text, a question, or nothing."""
        line = typed.strip()
        if not line or line.startswith(("!", ";")):
            return None
        was_configuring = self.configuring
        self.lines_taken += was_configuring
        try:
            if was_configuring and self.lines_taken == self.machine.faults.refuse_line:
                raise Refused("rejected")
            answer = self._run(line)
        except Refused as refused:
            return self._refusal(refused, typed, line)
        if was_configuring:
            self.machine.settle()
        return answer

    def _run(self, line: str) -> Answer:
        do = self.vendor.data.get("do")
        if do and self.configuring and re.match(rf"{do}\s", line):
            return self._aside(line[len(do) :].strip(), offset=len(line) - len(line[len(do) :].lstrip()))
        if self.vendor.data["terminal"]["pipes"] and not self.configuring and "|" in line:
            body, _, wanted = (part.strip() for part in line.partition("|"))
            answer = self._call(*self._understood(body))
            return filtered(answer, wanted) if isinstance(answer, str) else answer
        return self._call(*self._understood(line))

    def _aside(self, line: str, offset: int) -> Answer:
        mode, sections = self.mode, self.sections
        self.enter("privileged")
        try:
            return self._run(line)
        except Refused as refused:
            raise Refused(refused.wrong, refused.at + offset, refused.word) from None
        finally:
            self.enter(mode, sections)

    def _understood(self, line: str) -> tuple[Command, str]:
        """Returns the command and the mode it belongs to; the first of the modes in question explains a refusal."""
        modes = [self.mode, *self.vendor.data["modes"][self.mode].get("falls_back", [])]
        refusals: list[Refused] = []
        for mode in modes:
            try:
                return self._in_mode(mode, line), mode
            except Refused as refused:
                refusals.append(refused)
        raise max(refusals, key=lambda each: (each.wrong != "invalid", each.at))

    def _in_mode(self, mode: str, line: str) -> Command:
        rules, names = self.vendor.rules_of(mode), self.machine.names
        negation = re.match(r"no\s+", line, re.IGNORECASE)
        if not negation:
            return understand(rules, line, names)
        literal = [rule for rule in rules if rule.tokens[0] == ("no",)]
        try:
            return understand(literal, line, names)
        except Refused:
            pass
        try:
            return understand(rules, line[negation.end() :], names, negated=True)
        except Refused as refused:
            raise Refused(refused.wrong, refused.at + negation.end(), refused.word) from None

    def _call(self, command: Command, mode: str) -> Answer:
        """Calls the command's action; a global command leaves the section, unless it is refused."""
        before = self.mode, self.sections
        if mode != self.mode:
            self.enter(mode)
        try:
            return ACTIONS[command.rule.action](self, command, *command.rule.arguments)
        except Refused:
            self.enter(*before)  # a refused `interface X` leaves you in the interface before
            raise

    def _refusal(self, refused: Refused, typed: str, line: str) -> str:
        start = len(self.prompt) + typed.index(line[0])
        values = {"caret": " " * (start + refused.at), "line": line, "word": refused.word or line}
        return self.vendor.says(refused.wrong, **values)

    def show_page(self, text: str) -> list[str]:
        """Returns the lines of an answer."""
        return text[:-1].split("\n") if text.endswith("\n") else text.split("\n")


def filtered(text: str, wanted: str) -> str:
    """Returns the part of an output that `| include X`, `exclude`, `begin`, `section` or `count` asks for."""
    word, _, pattern = wanted.partition(" ")
    kinds = [
        each for each in ("include", "exclude", "begin", "section", "count") if word and each.startswith(word)
    ]
    try:
        matches = re.compile(pattern.strip()).search
    except re.error:
        return "% Failed to compile regular expression.\n"
    lines = text.split("\n")
    match kinds:
        case ["include"]:
            return "\n".join(line for line in lines if matches(line))
        case ["exclude"]:
            return "\n".join(line for line in lines if not matches(line))
        case ["count"]:
            return f"Number of lines which match regexp = {sum(bool(matches(line)) for line in lines)}"
        case ["begin"]:
            first = next((at for at, line in enumerate(lines) if matches(line)), len(lines))
            return "\n".join(lines[first:])
        case ["section"]:
            return "\n".join(_sections(lines, matches))
    raise Refused("invalid")


def _sections(lines: list[str], matches: Callable[[str], object]) -> list[str]:
    kept, inside = [], False
    for line in lines:
        if not line.startswith(" "):
            inside = bool(matches(line))
        if inside or matches(line):
            kept.append(line)
    return kept


def apply(machine: Machine, text: str, user: str) -> None:
    """Takes up lines of configuration as from the console; every question is answered with yes."""
    console = Console(machine, user)
    console.enter("config")
    waiting: list[str] = text.split("\n")
    while waiting:
        answer = console.execute(waiting.pop(0))
        while isinstance(answer, Ask):  # a banner takes the lines that follow
            given = "y" if answer.key else waiting.pop(0) if waiting else "\x03"
            answer = answer.then(given)
    machine.settle()
