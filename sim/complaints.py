"""What pydantic complains of, said as faults: a path in the file, what was given, what was expected."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any, get_args

from pydantic import BaseModel, ValidationError

from .errors import Fault, nearest, shown


def faults_of(
    error: ValidationError, model: type[BaseModel], path: str, ignore: tuple[str, ...]
) -> list[Fault]:
    """The faults of a table that did not fit its model; `ignore` names keys that it has besides.

    One fault for each path: the branches of a union each complain, and say together what was expected; where
    a table was given, those that wanted something else keep quiet.
    """
    by_path: dict[str, Fault] = {}
    details = error.errors()
    for detail in details:
        within = [other for other in details if other["loc"][: len(detail["loc"]) - 1] == detail["loc"][:-1]]
        if isinstance(detail["input"], dict) and "type" in detail["type"] and len(within) > 1:
            continue
        fault = _fault(detail, model, path, ignore)
        known = by_path.setdefault(fault.path, fault)
        if fault.expected not in known.expected:
            by_path[fault.path] = replace(known, expected=f"{known.expected}; or {fault.expected}")
    return list(by_path.values())


def _fault(detail: Any, model: type[BaseModel], path: str, ignore: tuple[str, ...]) -> Fault:
    unknown = detail["type"] == "extra_forbidden"
    where, names = _located(detail["loc"], model, path, unknown)
    given, context = detail["input"], detail.get("ctx", {})
    if unknown:
        valid = [*names, *(ignore if len(detail["loc"]) == 1 else ())]
        close = nearest(str(detail["loc"][-1]), valid)
        return Fault(where, "a key that is not known", f"one of {', '.join(valid)}", close)
    match detail["type"]:
        case "missing":
            return Fault(where, "nothing", "a value, since there is no default")
        case "too_short" | "too_long":
            few = detail["type"] == "too_short"
            number = context["min_length"] if few else context["max_length"]
            return Fault(where, shown(given), f"a list of at {'least' if few else 'most'} {number}")
        case "literal_error":
            return _choice(where, given, str(context["expected"]).replace(" or ", ", "))
        case "union_tag_invalid" | "union_tag_not_found":
            return _choice(
                f"{where}.kind", context.get("tag"), str(context.get("expected_tags", "a known kind"))
            )
    message = detail["msg"].removeprefix("Input should be ").removeprefix("Value error, ")
    return Fault(where, shown(given), "a table of options" if "model" in detail["type"] else message)


def _choice(where: str, given: Any, expected: str) -> Fault:
    options = expected.replace("'", "").split(", ")
    close = nearest(given, options) if isinstance(given, str) else None
    return Fault(
        where, shown(given) if given is not None else "nothing", f"one of {', '.join(options)}", close
    )


def _located(
    location: tuple[Any, ...], model: type[BaseModel], path: str, unknown: bool
) -> tuple[str, list[str]]:
    """The path of a location, the names of a union's branches left out, and the keys that are valid there."""
    models: list[type[BaseModel]] = [model]
    names: list[str] = []
    for place, part in enumerate(location):
        names = list(dict.fromkeys(name for each in models for name in each.model_fields))
        if isinstance(part, int):
            path += f"[{part}]"
        elif part in names:
            path += f".{part}"
            fields = [each.model_fields[part] for each in models if part in each.model_fields]
            models = [inner for one in fields for inner in _models(one.annotation)]
        elif unknown and place == len(location) - 1:
            path += f".{part}"
        else:
            models = [each for each in models if each.__name__ == part] or models
    return path, names


def _models(annotation: Any) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for inner in get_args(annotation):
        yield from _models(inner)
