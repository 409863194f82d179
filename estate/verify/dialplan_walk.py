"""Follows a call through a dial plan step by step, and notes what it dials and what stood in its way before."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace

from estate.verify.dialplan import Plan, Step, find
from estate.verify.expressions import UNKNOWN, choice, expand, parts, truth

MOST_STEPS = 20_000
_HARMLESS = {"Set", "NoOp", "Verbose", "Log", "Progress", "UserEvent", "CELGenUserEvent", "While", "EndWhile"}
_ENDS = {"Hangup", "Busy", "Congestion"}
_TRUNK = re.compile(r"PJSIP/(?:([^/@&]*)@)?([^/@&]+)(?:/.*)?")


@dataclass(frozen=True)
class Dialled:
    """A call that left: the endpoint and number dialled, the number shown, the seconds it may ring (None: for ever)."""

    endpoint: str
    number: str
    caller: str
    seconds: str | None
    in_the_way: tuple[str, ...]


@dataclass(frozen=True)
class _Place:
    context: str
    extension: str
    at: int
    variables: Mapping[str, str]
    stack: tuple[tuple[str, str, int, Mapping[str, str]], ...] = ()
    way: tuple[str, ...] = ()

    @property
    def told(self) -> str:
        return f"{self.extension}@{self.context}"

    def key(self) -> tuple[object, ...]:
        """Gives what makes a place the same as one that was followed before."""
        stack = tuple((*frame[:3], tuple(sorted(frame[3].items()))) for frame in self.stack)
        return self.context, self.extension, self.at, tuple(sorted(self.variables.items())), stack, self.way


@dataclass
class Walk:
    """Follows every way a call can take; conditions that are not known are followed both ways, and noted.

    All trunks are taken as dead: what comes after a dialled one is followed too.
    """

    plan: Plan
    steps: int = 0
    seen: set[tuple[object, ...]] = field(default_factory=set)

    def dialled(self, context: str, number: str, variables: Mapping[str, str]) -> list[Dialled]:
        """Gives what a number dialled in a context leads to, in the order of the steps."""
        found = find(self.plan, context, number)
        return (
            []
            if found is None
            else list(self._from(_Place(found[0], found[1], 0, {**variables, "EXTEN": number})))
        )

    def _from(self, start: _Place) -> Iterator[Dialled]:
        waiting = [start]
        while waiting:
            place = waiting.pop()
            while True:
                steps = self.plan.get(place.context)
                line = steps.extensions.get(place.extension, []) if steps is not None else []
                if place.at >= len(line) or self.steps >= MOST_STEPS or place.key() in self.seen:
                    break
                self.seen.add(place.key())
                self.steps += 1
                made, ways = self._step(place, line[place.at])
                yield from made
                if not ways:
                    break
                place, *others = ways
                waiting += others

    def _step(self, place: _Place, step: Step) -> tuple[list[Dialled], list[_Place]]:
        after = replace(place, at=place.at + 1)
        name, arguments = step.application, step.arguments
        if name in _ENDS:
            return [], []
        if name == "Return":
            return [], self._returned(place, expand(arguments, place.variables))
        if name == "Dial":
            return self._dial(after, arguments)
        if name == "Set":
            return [], [self._set(after, arguments)]
        steer = _STEERING.get(name)
        if steer is not None:
            return [], steer(self, after, arguments)
        if name == "ExecIf":
            return self._exec_if(after, arguments)
        return [], [after if name in _HARMLESS else _hindered(after, f"{name}({arguments})")]

    def _set(self, after: _Place, arguments: str) -> _Place:
        name, _, value = arguments.partition("=")
        local = re.fullmatch(r"LOCAL\((\w+)\)", name)
        name = local[1] if local else name.lstrip("_")
        return replace(after, variables={**after.variables, name: expand(value, after.variables)})

    def _dial(self, after: _Place, arguments: str) -> tuple[list[Dialled], list[_Place]]:
        targets, *rest = [expand(one, after.variables) for one in parts(arguments)]
        made: list[Dialled] = []
        for target in targets.split("&"):
            if local := re.fullmatch(r"Local/([^@]*)@([^/]*)(?:/.*)?", target):
                made += self._local(after, local[1], local[2])
            elif trunk := _TRUNK.fullmatch(target):
                caller = after.variables.get("CALLERID(num)", "")
                seconds = rest[0] if rest and rest[0] else None
                made.append(Dialled(trunk[2], trunk[1] or "", caller, seconds, after.way))
        failed = {**after.variables, "DIALSTATUS": "CHANUNAVAIL", "HANGUPCAUSE": "20"}
        return made, [replace(after, variables=failed)]

    def _local(self, after: _Place, number: str, context: str) -> list[Dialled]:
        """Follows a call to a number of the plan itself; one that only the running exchange knows is left alone."""
        if UNKNOWN in number or UNKNOWN in context:
            return []
        found = find(self.plan, context, number)
        if found is None:
            return []
        return list(self._from(_Place(*found, 0, {**after.variables, "EXTEN": number}, way=after.way)))

    def _goto(self, after: _Place, arguments: str) -> list[_Place]:
        return self._to(after, expand(arguments, after.variables))

    def _goto_if(self, after: _Place, arguments: str) -> list[_Place]:
        condition, yes, no = choice(arguments)
        holds = truth(expand(condition, after.variables))
        ways = [self._to(after, expand(one, after.variables)) if one else [after] for one in (yes, no)]
        if holds is not None:
            return ways[0] if holds else ways[1]
        return [_hindered(way, condition) for branch in reversed(ways) for way in branch]

    def _goto_if_time(self, after: _Place, arguments: str) -> list[_Place]:
        time, yes, no = choice(arguments)
        ways = [self._to(after, expand(one, after.variables)) if one else [after] for one in (yes, no)]
        return [_hindered(way, f"the hours {time}") for branch in reversed(ways) for way in branch]

    def _gosub(self, after: _Place, arguments: str) -> list[_Place]:
        *place, last = [expand(one, after.variables) for one in parts(arguments)]
        priority, _, given = last.partition("(")
        values = parts(given.removesuffix(")")) if given else []
        frame = (after.context, after.extension, after.at, dict(after.variables))
        ways = self._to(after, ",".join([*place, priority]))
        called = {f"ARG{at}": value for at, value in enumerate(values, start=1)}
        kept = {name: value for name, value in after.variables.items() if not re.fullmatch(r"ARG\d+", name)}
        return [
            replace(way, variables={**kept, **_exten(way), **called}, stack=(*way.stack, frame))
            for way in ways
        ]

    def _gosub_if(self, after: _Place, arguments: str) -> list[_Place]:
        condition, yes, no = choice(arguments)
        holds = truth(expand(condition, after.variables))
        ways = [self._gosub(after, one) if one else [after] for one in (yes, no)]
        if holds is not None:
            return ways[0] if holds else ways[1]
        return [_hindered(way, condition) for branch in reversed(ways) for way in branch]

    def _returned(self, place: _Place, value: str) -> list[_Place]:
        if not place.stack:
            return []
        context, extension, at, before = place.stack[-1]
        own = {name: text for name, text in before.items() if re.fullmatch(r"ARG\d+|EXTEN", name)}
        kept = {
            name: text for name, text in place.variables.items() if not re.fullmatch(r"ARG\d+|EXTEN", name)
        }
        variables = {**kept, **own, "GOSUB_RETVAL": value}
        return [
            replace(
                place,
                context=context,
                extension=extension,
                at=at,
                variables=variables,
                stack=place.stack[:-1],
            )
        ]

    def _exec_if(self, after: _Place, arguments: str) -> tuple[list[Dialled], list[_Place]]:
        condition, yes, no = choice(arguments)
        holds = truth(expand(condition, after.variables))
        made: list[Dialled] = []
        ways: list[_Place] = []
        for call, chosen in ((yes, holds is not False), (no, holds is not True)):
            if not chosen:
                continue
            start = after if holds is not None else _hindered(after, condition)
            name, _, given = call.partition("(")
            if not name:
                ways.append(start)
                continue
            step = Step(0, "", name, given.removesuffix(")"))
            more, then = self._step(replace(start, at=start.at - 1), step)
            made, ways = made + more, ways + then
        return made, ways

    def _to(self, after: _Place, target: str) -> list[_Place]:
        """Gives the place a jump leads to; an extension is looked for as if it were dialled there."""
        *where, priority = target.split(",")
        context = where[0] if len(where) == 2 else after.context
        if not where:
            return self._at(after, after.context, after.extension, priority)
        found = find(self.plan, context, where[-1])
        if found is None:
            found = find(self.plan, context, "i")
        if found is None or UNKNOWN in target:
            return []
        return self._at(replace(after, variables={**after.variables, "EXTEN": where[-1]}), *found, priority)

    def _at(self, after: _Place, context: str, extension: str, priority: str) -> list[_Place]:
        for at, step in enumerate(self.plan[context].extensions.get(extension, [])):
            if priority in (step.label, str(step.priority)):
                return [replace(after, context=context, extension=extension, at=at)]
        return []


def _exten(way: _Place) -> dict[str, str]:
    return {"EXTEN": way.variables.get("EXTEN", "")}


def _hindered(place: _Place, by: str) -> _Place:
    return replace(place, way=(*place.way, f"{by} in {place.told}"))


_STEERING: dict[str, Callable[[Walk, _Place, str], list[_Place]]] = {
    "Goto": Walk._goto,
    "GotoIf": Walk._goto_if,
    "GotoIfTime": Walk._goto_if_time,
    "Gosub": Walk._gosub,
    "GosubIf": Walk._gosub_if,
}
