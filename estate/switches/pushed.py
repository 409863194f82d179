"""Says how a push may end, in which rings switches are pushed, and whether two readings are the same; pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from estate.declared import Estate
from estate.switches import reading
from estate.switches.masks import hidden
from estate.switches.reading import Tree

Word = Literal[
    "confirmed", "nothing to do", "refused", "rolled back", "not saved", "not restored", "lost", "not begun"
]
WORDS: Mapping[Word, str] = {
    "confirmed": "what is intended runs, was proven by a new login, and is what the switch starts from",
    "nothing to do": "it ran what is intended already",
    "refused": "nothing was sent",
    "rolled back": "what ran before runs again, read twice by new logins",
    "not saved": "what is intended runs and is kept, but the switch would start from something else",
    "not restored": "the switch answers, but what ran before does not run again: look at it",
    "lost": "the switch cannot be reached, long after its timer: go there",
    "not begun": "an earlier ring had a switch that went wrong",
}
"""Every end of a push, and what it promises."""


@dataclass(frozen=True)
class Pushed:
    """How the push to one switch ended; `seen` is what was seen, in order, without secrets."""

    switch: str
    word: Word
    seen: tuple[str, ...] = ()

    @property
    def good(self) -> bool:
        """Tells whether the switch is as intended and the next ring may follow."""
        return self.word in ("confirmed", "nothing to do")

    def __str__(self) -> str:
        """Says it on one line."""
        return "; ".join([f"{self.switch}: {self.word} ({WORDS[self.word]})", *self.seen])


def rings(estate: Estate, names: Iterable[str]) -> tuple[tuple[str, ...], ...]:
    """Gives switches in the order of pushing: one, then the rest of its site, then all others; empty rings left out.

    The first is the one that fewest links hang on, so that it can take others with it least.
    """
    chosen = [switch for switch in estate.switches.switches if switch.name in set(names)]
    if not chosen:
        return ()
    first = min(chosen, key=lambda switch: (len(switch.links), switch.name))
    site = tuple(sorted(s.name for s in chosen if s.site == first.site and s is not first))
    rest = tuple(sorted(s.name for s in chosen if s.site != first.site))
    return tuple(ring for ring in ((first.name,), site, rest) if ring)


def same(one: str, other: str) -> bool:
    """Tells whether two readings hold the same configuration, whatever their headers say."""
    return _but_for_headers(one, other) or reading.tree(one) == reading.tree(other)


def _but_for_headers(one: str, other: str) -> bool:
    """Tells, quickly, whether nothing differs but lines before the first one that is configuration."""
    return one == other or _behind_headers(one) == _behind_headers(other)


def _behind_headers(text: str) -> str:
    first = next(reading.lines(text), None)
    return "" if first is None else text.split("\n", first.number - 1)[-1]


def differing(before: str, after: str, most: int = 3) -> str:
    """Gives the first lines that two readings do not have in common, as people may read them."""
    old, new = (_flat(reading.tree(text)) for text in (before, after))
    rows = [f"- {line}" for line in old if line not in new] + [f"+ {line}" for line in new if line not in old]
    more = f" and {len(rows) - most} more" if len(rows) > most else ""
    return ", ".join(f"`{row}`" for row in rows[:most]) + more


def _flat(tree: Tree, above: Sequence[str] = ()) -> dict[str, None]:
    found: dict[str, None] = {}
    for line, below in tree.items():
        path = [*above, hidden(line)]
        found[" / ".join(path)] = None
        found |= _flat(below, path)
    return found
