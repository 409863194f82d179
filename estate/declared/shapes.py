"""Turns what a file holds into frozen records, and every misfit into a mistake with its line."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from types import UnionType
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic import BaseModel, TypeAdapter, ValidationError
from pydantic_core import ErrorDetails

from estate.declared.fields import shown
from estate.declared.mistakes import Place
from estate.declared.reading import Reading

_KINDS = {
    "string_type": "write a text",
    "int_type": "write a whole number without quotes",
    "int_from_float": "write a whole number",
    "float_type": "write a number without quotes",
    "bool_type": "write true or false without quotes",
    "tuple_type": "write a list",
    "dict_type": "write a mapping",
    "mapping_type": "write a mapping",
}


def build(shape: Any, reading: Reading, key: str) -> Any:
    """Gives the records of `shape` under the file's single key, or None after noting the mistakes.

    Unknown keys are noted and left out, so that the rest of the file is still checked against the other files.
    """
    value = reading.value[key]
    adapter: TypeAdapter[Any] = TypeAdapter(shape)
    try:
        return adapter.validate_python(value)
    except ValidationError as error:
        misfits = error.errors(include_url=False)
    unknown = [misfit for misfit in misfits if misfit["type"] == "extra_forbidden"]
    for misfit in misfits:
        _note(misfit, shape, reading, key)
    if len(unknown) < len(misfits):
        return None
    return adapter.validate_python(_without(value, [misfit["loc"] for misfit in unknown]))


def nearest(name: str, known: Iterable[str]) -> str:
    """Advises the known name most like a mistyped one, or lists the known ones."""
    names = sorted(known)
    close = difflib.get_close_matches(name, names, n=1, cutoff=0.6)
    if close and not name.isdigit():  # a number is not mistyped towards another one
        return f"did you mean {close[0]}?"
    if not names:
        return "there is none yet; declare it first"
    return f"known are {', '.join(names[:30])}" + (" and more" if len(names) > 30 else "")


def _note(misfit: ErrorDetails, shape: Any, reading: Reading, key: str) -> None:
    place: Place = (key, *misfit["loc"])
    if reading.blames(place):
        return  # a scalar that is read two ways is already named; its wrong kind follows from that
    kind, context = misfit["type"], misfit.get("ctx", {})
    if kind == "too_short" and len(misfit["input"]) >= context["min_length"]:
        return  # enough are written, and those that are wrong are named by themselves
    if kind == "extra_forbidden":
        known = _keys_at(shape, misfit["loc"][:-1])
        reading.say(place, "unknown key", nearest(str(misfit["loc"][-1]), known))
    elif kind == "missing":
        reading.say(place, "the key is missing", f"write {misfit['loc'][-1]}: and its value")
    elif kind == "declared":
        reading.say(place, f"found {context['found']}", context["right"])
    elif kind == "model_type":
        keys = ", ".join(_keys_at(shape, misfit["loc"]))
        reading.say(place, f"found {shown(misfit['input'])}", f"write a mapping with {keys}")
    else:
        reading.say(place, f"found {shown(misfit['input'])}", _right(kind, context))


def _right(kind: str, context: Mapping[str, Any]) -> str:
    match kind:
        case "literal_error":
            return f"write one of {context['expected']}".replace("'", "").replace(" or ", ", ")
        case "greater_than_equal":
            return f"write {context['ge']} or more"
        case "less_than_equal":
            return f"write {context['le']} or less"
        case "string_too_long":
            return f"write at most {context['max_length']} characters"
        case "too_short":
            return f"write at least {context['min_length']}"
        case _:
            return _KINDS.get(kind, f"write another value ({kind})")


def _without(value: Any, places: list[Place]) -> Any:
    """Copies a value without the keys at the given places."""
    if isinstance(value, Mapping):
        return {
            key: _without(inner, [place[1:] for place in places if place[0] == key])
            for key, inner in value.items()
            if (key,) not in places
        }
    if isinstance(value, tuple):
        return tuple(
            _without(inner, [place[1:] for place in places if place[0] == i]) for i, inner in enumerate(value)
        )
    return value


def _keys_at(shape: Any, loc: Place) -> tuple[str, ...]:
    """Gives the keys known at a place of a shape."""
    for step in loc:
        model = _model(shape)
        shape = model.model_fields[str(step)].annotation if model else _inner(shape)
    model = _model(shape)
    return tuple(model.model_fields) if model else ()


def _model(shape: Any) -> type[BaseModel] | None:
    shape = _bare(shape)
    return shape if isinstance(shape, type) and issubclass(shape, BaseModel) else None


def _inner(shape: Any) -> Any:
    """Gives what a list or a mapping holds."""
    arguments = get_args(_bare(shape))
    return arguments[1] if len(arguments) == 2 and arguments[1] is not Ellipsis else arguments[0]


def _bare(shape: Any) -> Any:
    """Takes `Annotated` and `| None` off a type."""
    while True:
        if get_origin(shape) is Annotated:
            shape = get_args(shape)[0]
        elif get_origin(shape) in (Union, UnionType):
            shape = next(part for part in get_args(shape) if part is not type(None))
        else:
            return shape
