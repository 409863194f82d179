"""Writes records so that a reader finds the old file or the new one, never half; reads them strictly."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

from pydantic import TypeAdapter, ValidationError

from estate.records.shapes import RecordError

T = TypeVar("T")
MEND = "Do not edit it: bring it back from a backup, or move it aside (docs/runbooks/RecordDamaged.md)."
KINDS = {
    "string": "a text",
    "float": "a number",
    "int": "a whole number",
    "bool": "true or false",
    "list": "a list",
    "tuple": "a list",
    "dict": "a set of keys",
    "dataclass": "a set of keys",
    "model": "a set of keys",
    "date": "a date",
    "datetime": "a time",
    "timezone": "a time with its zone",
}
"""What a key should have held, by the first word of pydantic's name for the fault."""


@cache
def adapter(shape: Any) -> TypeAdapter[Any]:
    """Gives pydantic's reader and writer of a shape, made once: making it takes longer than reading a record."""
    return TypeAdapter(shape)


def to_json(record: object, indent: int | None = None) -> str:
    """Gives the one JSON text of a record, or of a list of records: sorted keys, readable letters."""
    plain = adapter(Any).dump_python(record, mode="json")
    separators = (",", ":") if indent is None else None
    return json.dumps(plain, ensure_ascii=False, sort_keys=True, indent=indent, separators=separators)


def write_bytes(path: Path, content: bytes, mode: int = 0o644) -> None:
    """Replaces a file in one step: written aside, synced, renamed; the folder is made when missing."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, aside = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(content)
            stream.flush()
            os.fchmod(stream.fileno(), mode)
            os.fsync(stream.fileno())
        Path(aside).replace(path)
    except BaseException:
        Path(aside).unlink(missing_ok=True)
        raise


def write_text(path: Path, text: str, mode: int = 0o644) -> None:
    """Replaces a file by a text in UTF-8, as `write_bytes` does."""
    write_bytes(path, text.encode(), mode)


def write(path: Path, record: object) -> None:
    """Replaces a file by the indented JSON of a record or of a list of records."""
    write_text(path, to_json(record, indent=1) + "\n")


def append(path: Path, record: object) -> None:
    """Adds one record as one JSON line and returns when it is on the disk."""
    with path.open("a", encoding="utf-8") as stream:
        stream.write(to_json(record) + "\n")
        stream.flush()
        os.fsync(stream.fileno())


def read_text(path: Path, errors: str = "strict") -> str:
    """Reads a text in UTF-8 from a regular file; raises OSError for anything else: a pipe keeps its reader for ever."""
    if path.exists() and not path.is_file():
        raise OSError(f"{path} is no file")
    return path.read_text(encoding="utf-8", errors=errors)


def read(path: Path, shape: type[T]) -> T:
    """Reads one record (or `list[Record]`) of exactly this shape, or raises RecordError naming the key."""
    try:
        text = read_text(path)
    except FileNotFoundError:
        raise RecordError(f"{path}: asked to read a record, but there is no such file") from None
    except (OSError, UnicodeDecodeError) as error:
        raise RecordError(f"{path}: cannot be read: {error}") from None
    return _parsed(path, text, shape)


def read_lines(path: Path, shape: type[T]) -> list[T]:
    """Reads the records of a JSON-lines file, oldest first; no file is no records.

    A last line without its end is what a killed writer leaves behind and is left out; any other fault raises
    RecordError.
    """
    if not path.exists():
        return []
    try:
        lines = read_text(path, errors="replace").split("\n")
    except OSError as error:
        raise RecordError(f"{path}: cannot be read: {error}") from None
    return [_parsed(path, line, shape, at) for at, line in enumerate(lines[:-1], start=1) if line.strip()]


def refused(path: Path, error: ValidationError, line: int | None = None) -> RecordError:
    """Turns the faults of a record into one message: file, line, each key with what was wrong."""
    where = f"{path}:{line}" if line else str(path)
    return RecordError(f"{where}: not a valid record: {faults(error)}. {MEND}")


def faults(error: ValidationError) -> str:
    """Says in words what is wrong with each key; what stands there is not shown, for it may be secret."""
    return "; ".join(
        _fault(".".join(map(str, each["loc"])), each["type"], each["msg"], each.get("ctx", {}))
        for each in error.errors(include_input=False, include_url=False)
    )


def _fault(key: str, kind: str, words: str, context: Mapping[str, Any]) -> str:
    name, what = f"`{key}`" if key else "the whole", kind.partition("_")[0]
    if kind == "json_invalid":
        return f"it is not whole JSON ({context['error']})"
    if kind.startswith("missing"):
        return f"{name} is missing"
    if kind in ("extra_forbidden", "unexpected_keyword_argument"):
        return f"{name} is not one of its keys"
    if kind == "literal_error":
        return f"{name} is none of {context['expected']}"
    if what in KINDS:
        return f"{name} is not {KINDS[what]}"
    return f"{name} does not fit ({words})"


def _parsed(path: Path, text: str, shape: type[T], line: int | None = None) -> T:
    try:
        parsed: T = adapter(shape).validate_json(text)  # type: ignore[arg-type]  # a class is hashable
    except ValidationError as error:
        raise refused(path, error, line) from None
    return parsed
