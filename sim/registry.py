"""What can be named in an experiment file: functions whose keyword-only parameters are the options.

A world or a loss is one file in a folder; the file's name is the name in TOML, the name of the function in
it, the test id and the heading in the documentation. There is no list to edit.
"""

from __future__ import annotations

import inspect
import pkgutil
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import cache
from importlib import import_module
from types import ModuleType
from typing import Any, TypeVar, get_type_hints

from pydantic import BaseModel, ConfigDict, ValidationError, create_model

from .complaints import faults_of
from .errors import Fault, InvalidInput, nearest, shown

Maker = Callable[..., Any]
M = TypeVar("M", bound=BaseModel)


def functions_in(package: ModuleType) -> dict[str, Maker]:
    """The functions of a folder that bear the names of their files, by name."""
    names = sorted(module.name for module in pkgutil.iter_modules(package.__path__))
    return {name: getattr(import_module(f"{package.__name__}.{name}"), name) for name in names}


def summary(maker: Maker) -> str:
    """The first line of a function's docstring."""
    return (inspect.getdoc(maker) or "").split("\n", 1)[0]


def has_defaults(maker: Maker) -> bool:
    """Whether a function can be called without options."""
    return not any(field.is_required() for field in options_of(maker).model_fields.values())


def positional(maker: Maker) -> list[str]:
    """The parameters that a function cannot be called without, and that are no options."""
    parameters = inspect.signature(maker).parameters.values()
    return [p.name for p in parameters if p.kind is not p.KEYWORD_ONLY and p.default is p.empty]


class Options(BaseModel):
    """A table of options: nothing unknown, nothing coerced except whole numbers to floats."""

    model_config = ConfigDict(extra="forbid", strict=True, allow_inf_nan=False, frozen=True)


class Shared(Options):
    """Options that several makers have in common: a parameter of this kind stands for all its fields."""


@cache
def options_of(maker: Maker) -> type[Options]:
    """A function's keyword-only parameters as a model, with the types and bounds of its annotations."""
    hints = get_type_hints(maker, include_extras=True)
    fields: dict[str, Any] = {}
    for parameter in inspect.signature(maker).parameters.values():
        if parameter.kind is not parameter.KEYWORD_ONLY:
            continue
        hint = hints.get(parameter.name, Any)
        if _is_shared(hint):
            fields |= {name: (field.annotation, field) for name, field in hint.model_fields.items()}
        else:
            fields[parameter.name] = (
                hint,
                ... if parameter.default is parameter.empty else parameter.default,
            )
    return create_model(maker.__name__, __base__=Options, **fields)


@cache
def shared_by(maker: Maker) -> dict[str, type[Shared]]:
    """The parameters of a function that stand for shared options."""
    return {name: hint for name, hint in get_type_hints(maker).items() if _is_shared(hint)}


def _is_shared(hint: Any) -> bool:
    return isinstance(hint, type) and issubclass(hint, Shared)


def _arguments(maker: Maker, options: Options) -> dict[str, Any]:
    given = {name: getattr(options, name) for name in type(options).model_fields}
    for name, model in shared_by(maker).items():
        given[name] = model.model_construct(**{field: given.pop(field) for field in model.model_fields})
    return given


def read_options(model: type[M], table: Any, path: str, ignore: tuple[str, ...] = ()) -> M:
    """Validate a table against a model.

    Raises:
        InvalidInput: every fault of the table, each with its dotted path.
    """
    if not isinstance(table, Mapping):
        raise InvalidInput(path, [Fault(path, shown(table), "a table of options")])
    try:
        return model.model_validate({key: value for key, value in table.items() if key not in ignore})
    except ValidationError as error:
        raise InvalidInput(path, faults_of(error, model, path, ignore)) from None


def chosen(makers: Mapping[str, Maker], table: Any, path: str) -> tuple[Maker, Options]:
    """The function that a table's `kind` names, and its options: the other keys, defaults filled in.

    Raises:
        InvalidInput: an unknown kind, or every fault of its options.
    """
    if not isinstance(table, Mapping):
        raise InvalidInput(
            path, [Fault(path, shown(table), 'a table with a `kind`, for instance { kind = "..." }')]
        )
    kind = table.get("kind")
    if not isinstance(kind, str) or kind not in makers:
        given = "nothing" if kind is None else shown(kind)
        close = nearest(kind, makers) if isinstance(kind, str) else None
        raise InvalidInput(path, [Fault(f"{path}.kind", given, f"one of {', '.join(makers)}", close)])
    return makers[kind], read_options(options_of(makers[kind]), table, path, ignore=("kind",))


def make(makers: Mapping[str, Maker], table: Any, path: str) -> Any:
    """Call the function that a table's `kind` names with the table's other keys.

    Raises:
        InvalidInput: an unknown kind, or every fault of its options.
    """
    maker, options = chosen(makers, table, path)
    try:
        return maker(**_arguments(maker, options))
    except InvalidInput as error:
        raise InvalidInput(path, [prefixed(fault, path) for fault in error.faults]) from None


def prefixed(fault: Fault, path: str) -> Fault:
    """The same fault, its path below another."""
    return replace(fault, path=f"{path}.{fault.path}")
