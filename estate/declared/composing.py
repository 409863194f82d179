"""Composes YAML text into nodes with their lines: quickly where a text is plain, thoroughly where it is not.

Two parsers know YAML here. libyaml reads thousands of records in a fraction of a second; ruamel.yaml needs seconds,
says what is wrong in a file and reads YAML 1.2 to the letter. What is unusual goes to the thorough one.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml
from ruamel.yaml import YAML
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode
from ruamel.yaml.tag import Tag

from estate.declared.scalars_of_yaml import reads_differently, value_of

DEEPEST = 50
"""How many levels a file may be nested."""

QUICK: Any = getattr(yaml, "CBaseLoader", None)
"""The parser of libyaml; a PyYAML built without it leaves everything to the thorough one."""

_STR = Tag(suffix="tag:yaml.org,2002:str")
"""One for all nodes: a tag spells itself once, and that is dear."""

_UNUSUAL = frozenset("\t\ufeff\x85\u2028\u2029%&*!\r")
"""Line ends and blanks that the two versions of YAML tell apart, and signs of aliases, tags and directives."""


class _UnusualError(Exception):
    """Leaves a text to the thorough parser."""


def compose(text: str) -> Node | None:
    """Gives the root node of the only document, or None for an empty file; raises what ruamel.yaml raises."""
    try:
        return _quick(text)
    except (_UnusualError, yaml.YAMLError):
        pass  # the thorough parser decides whether it is wrong, and says so
    thorough = YAML(typ="safe", pure=True)
    thorough.max_depth = DEEPEST  # it descends by recursion, and so does all that follows
    thorough.allow_duplicate_keys = True  # found later, all of them, instead of one by the library
    root: Node | None = thorough.compose(text)
    return root


def load(path: Path) -> Any:
    """Gives the plain values of a file, or raises, as ruamel.yaml's safe loader does; keys stand once, as there."""
    try:
        return _plain(_quick(path.read_bytes().decode("utf-8")))
    except (_UnusualError, yaml.YAMLError, UnicodeDecodeError):
        return YAML(typ="safe").load(path)


def _quick(text: str) -> Node:
    if QUICK is None or not _UNUSUAL.isdisjoint(text):
        raise _UnusualError
    return _built(QUICK(text))


def _plain(node: Any) -> Any:
    """Gives the values of nodes that both versions of YAML read the same way."""
    if isinstance(node, SequenceNode):
        return [_plain(item) for item in node.value]
    if isinstance(node, MappingNode):
        if not all(isinstance(key, ScalarNode) for key, _ in node.value):
            raise _UnusualError
        values = {_plain(key): _plain(value) for key, value in node.value}
        if len(values) != len(node.value):
            raise _UnusualError
        return values
    if node.style is not None:
        return node.value
    if node.value == "=" or reads_differently(node.value):
        raise _UnusualError
    return value_of(node.value)


def _built(parser: Any) -> Node:
    """Builds the nodes from the events of libyaml, without recursion."""
    done: list[Any] = []
    open_nodes: list[Any] = []
    documents = 0
    while (event := parser.get_event()) is not None:
        match event:
            case yaml.ScalarEvent():
                node: Any = ScalarNode(
                    _STR, event.value, event.start_mark, event.end_mark, style=event.style or None
                )
                (open_nodes[-1].value if open_nodes else done).append(node)
            case yaml.SequenceStartEvent() | yaml.MappingStartEvent():
                kind = SequenceNode if isinstance(event, yaml.SequenceStartEvent) else MappingNode
                node = kind(_STR, [], event.start_mark, event.end_mark, flow_style=event.flow_style)
                (open_nodes[-1].value if open_nodes else done).append(node)
                open_nodes.append(node)
                if len(open_nodes) > DEEPEST:
                    raise _UnusualError
            case yaml.SequenceEndEvent() | yaml.MappingEndEvent():
                node = open_nodes.pop()
                if isinstance(node, MappingNode):
                    node.value = list(zip(node.value[::2], node.value[1::2], strict=True))
            case yaml.DocumentStartEvent():
                documents += 1
    if documents != 1 or len(done) != 1:
        raise _UnusualError
    return done[0]  # type: ignore[no-any-return]
