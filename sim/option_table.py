"""The options of a model as a table in Markdown: what each may be, its default, what it means."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, get_args

from pydantic import BaseModel

from .docstrings import documentation
from .errors import InvalidInput
from .population import Spread
from .registry import Options, read_options

DISTRIBUTION = "[a distribution](experiment-file.md#distributions)"
SUPERSCRIPTS = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")


def table(headings: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    """A table in Markdown."""
    lines = [headings, ("---",) * len(headings), *rows]
    return "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines)


def option_table(model: type[Options], options: Iterable[str], documented: Any) -> str:
    """Some of a model's options.

    Args:
        documented: the function or class whose docstring has an entry for each of them.

    Raises:
        KeyError: an option that its docstring does not explain.
    """
    meanings = documentation(documented).arguments
    rows = [(f"`{name}`", accepted(model, name), default(model, name), meanings[name]) for name in options]
    return table(("option", "value", "default", "meaning"), rows)


def accepted(model: type[Options], option: str) -> str:
    """What an option may be, in words."""
    if (inner := inner_model(model, option)) is not None:
        return f"{bounds(model, option)}, or {DISTRIBUTION}" if inner is Spread else "a table"
    schema = schema_of(model, option)
    if "enum" in schema:
        return ", ".join(f"`{value}`" for value in schema["enum"])
    if schema["type"] == "array":
        return f"a list of {_plain(schema['items'], plural='s')}"
    return f"a {_plain(schema)}"


def default(model: type[Options], option: str) -> str:
    """What an option is when it is not given, where that is one plain value."""
    field = model.model_fields[option]
    if field.is_required():
        return "required"
    if isinstance(field.default, bool):
        return f"`{str(field.default).lower()}`"
    if isinstance(field.default, int | float):
        return f"`{field.default:g}`"
    return f"`{field.default}`" if isinstance(field.default, str) else ""


def schema_of(model: type[Options], option: str) -> dict[str, Any]:
    """JSON schema of an option's values; of a value rather than none, or than a distribution."""
    schema = model.model_json_schema()["properties"][option]
    branches = [branch for branch in schema.get("anyOf", [schema]) if branch.get("type") != "null"]
    return branches[0]


def inner_model(model: type[Options], option: str) -> type[BaseModel] | None:
    """The model of the tables that an option may be, if there is one."""
    return next(_models(model.model_fields[option].annotation), None)


def _models(annotation: Any) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for inner in get_args(annotation):
        yield from _models(inner)


def bounds(model: type[Options], option: str) -> str:
    """The numbers that a hyperparameter may be, in the words of the message about one that it may not."""
    try:
        read_options(model, {option: -1e300}, "")
    except InvalidInput as error:
        (fault,) = (fault for fault in error.faults if fault.path == f".{option}")
        return fault.expected.partition(", or a distribution")[0]
    return "a number"


def _plain(schema: dict[str, Any], plural: str = "") -> str:
    kind = "whole number" if schema["type"] == "integer" else "number"
    low, high = (_number(schema[key]) if key in schema else "" for key in ("minimum", "maximum"))
    limits = f" from {low}" * bool(low) + f" to {high}" * bool(high)
    return f"{kind}{plural}{limits}"


def _number(value: float) -> str:
    """A limit as a person would write it: 2²⁰, 2³¹ − 1."""
    for power in range(10, 65):
        if value in (2**power, 2**power - 1):
            return f"2{str(power).translate(SUPERSCRIPTS)}" + " − 1" * (value < 2**power)
    return f"{value:g}"
