"""Writes records so that a reader finds the old file or the new one, never half; reads them strictly."""

from __future__ import annotations

import json
import os
import tempfile
from pathlib import Path
from typing import Any, TypeVar

from pydantic import TypeAdapter, ValidationError

from estate.records.shapes import RecordError

T = TypeVar("T")


def to_json(record: object, indent: int | None = None) -> str:
    """Gives the one JSON text of a record, or of a list of records: sorted keys, readable letters."""
    plain = TypeAdapter(Any).dump_python(record, mode="json")
    separators = (",", ":") if indent is None else None
    return json.dumps(plain, ensure_ascii=False, sort_keys=True, indent=indent, separators=separators)


def write_text(path: Path, text: str, mode: int = 0o644) -> None:
    """Replaces a file in one step: written aside, synced, renamed; the folder is made when missing."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, aside = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as stream:
            stream.write(text)
            stream.flush()
            os.fchmod(stream.fileno(), mode)
            os.fsync(stream.fileno())
        Path(aside).replace(path)
    except BaseException:
        Path(aside).unlink(missing_ok=True)
        raise


def write(path: Path, record: object) -> None:
    """Replaces a file by the indented JSON of a record or of a list of records."""
    write_text(path, to_json(record, indent=1) + "\n")


def append(path: Path, record: object) -> None:
    """Adds one record as one JSON line and returns when it is on the disk."""
    with path.open("a", encoding="utf-8") as stream:
        stream.write(to_json(record) + "\n")
        stream.flush()
        os.fsync(stream.fileno())


def read(path: Path, shape: type[T]) -> T:
    """Reads one record (or `list[Record]`) of exactly this shape, or raises RecordError naming the key."""
    try:
        text = path.read_text(encoding="utf-8")
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
    lines = path.read_text(encoding="utf-8", errors="replace").split("\n")
    return [_parsed(path, line, shape, at) for at, line in enumerate(lines[:-1], start=1) if line.strip()]


def refused(path: Path, error: ValidationError, line: int | None = None) -> RecordError:
    """Turns the faults of a record into one message: file, line, each key with what was wrong."""
    where = f"{path}:{line}" if line else str(path)
    faults = [f"{'.'.join(str(part) for part in e['loc']) or 'record'}: {e['msg']}" for e in error.errors()]
    return RecordError(
        f"{where}: not a valid record: {'; '.join(faults)}. Write the file anew, do not edit it."
    )


def _parsed(path: Path, text: str, shape: type[T], line: int | None = None) -> T:
    try:
        return TypeAdapter(shape).validate_json(text)
    except ValidationError as error:
        raise refused(path, error, line) from None
