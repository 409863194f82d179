"""Edits the YAML of people and of the ledger in place: what is not edited keeps its letters, comments and order."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from io import StringIO
from typing import Any

from pydantic import BaseModel
from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.nodes import MappingNode, SequenceNode
from ruamel.yaml.scalarstring import DoubleQuotedScalarString

from estate.declared.composing import compose
from estate.declared.people import Person
from estate.declared.scalars_of_yaml import reads_differently, value_of
from estate.people.changes import Edit
from estate.people.roster import EditError

PEOPLE = "estate/people.yml"
IDENTITIES = "estate/identities.yml"


def edited(texts: Mapping[str, str], edits: Iterable[Edit]) -> dict[str, str]:
    """Gives the texts of both files after the edits; `texts` are those of now, by PEOPLE and IDENTITIES.

    Raises EditError when a file is not written as one list of records, each beginning on its own line.
    """
    edits = list(edits)
    changed = {edit.number: edit for edit in edits if edit.before is not None}
    new = [_written(edit.after) for edit in edits if edit.before is None]
    rows = [_written(row) for edit in edits for row in edit.given]
    return {
        PEOPLE: _with(texts[PEOPLE], PEOPLE, "estate_people", changed, new),
        IDENTITIES: _with(texts[IDENTITIES], IDENTITIES, "estate_identities", {}, rows),
    }


@dataclass(frozen=True)
class _Item:
    """One record of a file: its number and its lines, without comments and blank lines behind it."""

    number: str
    first: int
    end: int
    column: int


def _with(text: str, file: str, key: str, changed: Mapping[str, Edit], new: list[CommentedMap]) -> str:
    ends = "\r\n" if "\r\n" in text else "\n"
    lines = text.replace("\r\n", "\n").splitlines(keepends=True)
    if lines and not lines[-1].endswith("\n"):
        lines[-1] += "\n"
    items, empty_at = _items("".join(lines), file, key)
    column = items[-1].column if items else 4
    for item in reversed(items):
        edit = changed.get(item.number)
        if edit is not None:
            block = "".join(lines[item.first : item.end])
            lines[item.first : item.end] = [_changed(block, item.column, edit)]
    if new and empty_at is not None:
        lines[empty_at] = lines[empty_at].replace("[]", "", 1).rstrip() + "\n"
    if new:
        lines.append(_dumped(CommentedSeq(new), column))
    return "".join(lines).replace("\n", ends)


def _items(text: str, file: str, key: str) -> tuple[list[_Item], int | None]:
    """Gives the records of a list, and the line of the list itself when it is empty."""
    root = compose(text)
    nodes = root.value if isinstance(root, MappingNode) else []
    listed = next((value for name, value in nodes if name.value == key), None)
    if not isinstance(listed, SequenceNode) or (listed.flow_style and listed.value):
        raise EditError(
            f"{file}: {key} is not a list with one record below the other; write it so, then edit"
        )
    if not listed.value:
        return [], listed.start_mark.line
    lines = text.splitlines()
    starts = [node.start_mark.line for node in listed.value]
    items = []
    for node, end in zip(listed.value, [*starts[1:], len(lines)], strict=True):
        first, column = node.start_mark.line, node.start_mark.column
        if lines[first][:column].strip() != "-" or not isinstance(node, MappingNode) or node.flow_style:
            raise EditError(
                f"{file}:{first + 1}: a record does not begin with `- key: value`; write it so, then edit"
            )
        while end > first + 1 and (not (line := lines[end - 1].strip()) or line.startswith("#")):
            end -= 1
        number = next((value.value for name, value in node.value if name.value == "personnel_number"), "")
        items.append(_Item(number, first, end, column))
    return items, None


def _changed(block: str, column: int, edit: Edit) -> str:
    listed = _yaml(column).load(block)
    record = listed[0]
    order = list(Person.model_fields)
    for key, (_, value) in edit.differences().items():
        if value == Person.model_fields[key].default:
            record.pop(key, None)
        elif key in record:
            record[key] = _value(value)
        else:
            before = [name for name in record if order.index(name) < order.index(key)]
            record.insert(len(before), key, _value(value))
    return _dumped(listed, column)


def _written(record: BaseModel) -> CommentedMap:
    """Writes a record with the keys that say something, in the order of its shape."""
    fields = type(record).model_fields
    return CommentedMap((key, _value(value)) for key, value in record if value != fields[key].default)


def _value(value: Any) -> Any:
    match value:
        case bool() | int():
            return value
        case date():
            return DoubleQuotedScalarString(value.isoformat())
        case str():
            plain = value_of(value) == value and reads_differently(value) is None
            return value if plain else DoubleQuotedScalarString(value)
        case tuple():
            listed = CommentedSeq(map(_value, value))
            listed.fa.set_flow_style()
            return listed
        case _:
            mapped = CommentedMap(_pairs(value))
            mapped.fa.set_flow_style()
            return mapped


def _pairs(record: BaseModel) -> Iterator[tuple[str, Any]]:
    return ((key, _value(value)) for key, value in record)


def _dumped(listed: CommentedSeq, column: int) -> str:
    stream = StringIO()
    _yaml(column).dump(listed, stream)
    return stream.getvalue()


def _yaml(column: int) -> YAML:
    yaml = YAML()
    yaml.preserve_quotes = True
    yaml.width = 4096
    yaml.indent(mapping=2, sequence=column, offset=column - 2)
    return yaml
