"""Changes single places of a YAML text: what is not changed keeps its letters, comments and order."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.nodes import MappingNode, Node

from estate.declared.mistakes import Place


def rewritten(text: str, changes: Mapping[Place, str | None]) -> str:
    """Gives the text with other words at some places; None takes the item of a list, or the key of a mapping, out.

    What is taken out of a list with one item to a line must leave another item there.
    """
    # Positions of ends are known to the thorough parser alone; see estate.declared.composing.
    root = YAML(typ="safe", pure=True).compose(text)
    spans = [(*_span(_node(root, place)), word) for place, word in changes.items() if word is not None]
    inside: dict[Place, set[Any]] = {}
    for place, word in changes.items():
        if word is None:
            inside.setdefault(place[:-1], set()).add(place[-1])
    for place, names in inside.items():
        spans += [(start, end, "") for start, end in _taken_out(text, _node(root, place), names)]
    for start, end, word in sorted(spans, reverse=True):
        text = text[:start] + word + text[end:]
    return text


def _node(node: Node, place: Place) -> Node:
    for step in place:
        if isinstance(node, MappingNode):
            node = next(value for key, value in node.value if key.value == step)
        else:
            node = node.value[step]
    return node


def _span(node: Node) -> tuple[int, int]:
    return node.start_mark.index, node.end_mark.index


def _taken_out(text: str, node: Any, names: set[Any]) -> Iterator[tuple[int, int]]:
    """Yields from where to where text goes: each run of items with the comma that parted it from its neighbour."""
    mapped = isinstance(node, MappingNode)
    items = (
        [(k.start_mark.index, v.end_mark.index) for k, v in node.value]
        if mapped
        else [*map(_span, node.value)]
    )
    keys = [key.value for key, _ in node.value] if mapped else list(range(len(items)))
    last = len(items) - 1
    for i, (start, end) in enumerate(items):
        if keys[i] not in names:
            continue
        if not node.flow_style:
            yield text.rfind("\n", 0, start) + 1, text.find("\n", end - 1) + 1 or len(text)
        elif all(key in names for key in keys[: i + 1]):
            yield start, items[i + 1][0] if i < last else end
        else:
            yield items[i - 1][1], end
