"""Whether a decorated function is fit for its role, as far as that shows before it is called."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from typing import Any

import tomlkit
from pydantic import create_model
from pydantic.errors import PydanticUserError
from tomlkit.exceptions import ConvertError

from ..errors import Fault, InvalidInput, nearest, shown
from ..on_states import OnStates
from ..registry import Options, options_of, read_options
from ..world import ACTION_COLUMNS
from .registration import Registration, Role

TAKES: dict[Role, tuple[str, ...]] = {
    "loss": ("log_policy", "target"),
    "rule": ("log_p", "log_p_old", "advantage"),
    "head": ("outputs",),
    "world": (),
    "behaviour": ("world",),
}
"""What functions are called with, by position."""

SHARED = "options_on_states"
"""The parameter of a loss, as the registry sees it, that stands for the options on states."""

TYPES = "types that TOML has: float, int, bool, str, Literal[...] or a list of them"


def unfit(registration: Registration, path: str) -> list[Fault]:
    """What is wrong with its parameters, its options and the column that it names, below `path`."""
    where = f"{path}.{registration.name}"
    found = list(_parameter_faults(registration, where))
    return found or [*_option_faults(registration, where), *_signal_faults(registration, where)]


def _parameter_faults(registration: Registration, where: str) -> Iterator[Fault]:
    role, name = registration.role, registration.name
    signature = inspect.signature(registration.function)
    kinds = [parameter.kind for parameter in signature.parameters.values()]
    by_position = kinds.count(inspect.Parameter.POSITIONAL_ONLY)
    by_position += kinds.count(inspect.Parameter.POSITIONAL_OR_KEYWORD)
    open_ended = {inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD} & set(kinds)
    if by_position != len(TAKES[role]) or open_ended:
        options = () if role == "behaviour" else ("*", "options")
        expected = f"`{name}({', '.join((*TAKES[role], *options))})`"
        if options:
            expected += ", each option by its own name behind the asterisk; there may be none"
        yield Fault(where, f"a {role} `{name}{signature}`", expected)


def _option_faults(registration: Registration, where: str) -> Iterator[Fault]:
    role = registration.role
    try:
        options = options_of(registration.function).model_fields
    except (PydanticUserError, NameError, TypeError, AttributeError) as error:
        said, *_ = str(error).split("\n")
        yield Fault(where, f"an annotation that cannot be an option's ({said})", TYPES)
        return
    reserved = ("kind", SHARED, *OnStates.model_fields) if role == "loss" else ("kind",)
    for name, field in options.items():
        if not field.is_required() and field.default is not None:
            yield from _default_faults(registration, where, name, field.default)
        if name in reserved:
            yield Fault(
                where, f"an option `{name}`", f"another name: `{name}` of a {role} has a meaning already"
            )
    if role == "behaviour" and options:
        expected = "none, for no table of the experiment file names it"
        yield Fault(where, f"options ({', '.join(options)})", expected)


def _default_faults(registration: Registration, where: str, name: str, default: object) -> Iterator[Fault]:
    """A default that no experiment file could have given, by its type or by its annotation."""
    try:
        tomlkit.item(default)  # type: ignore[arg-type]
        read_options(partial_options(registration, name), {name: default}, where)
    except (ConvertError, ValueError, TypeError):
        yield Fault(where, f"the default {name} = {shown(default)} of type {type(default).__name__}", TYPES)
    except InvalidInput as error:
        fault = error.faults[0]
        yield Fault(where, f"the default {name} = {fault.given}", f"{fault.expected}, as its annotation says")


def partial_options(registration: Registration, name: str) -> type[Options]:
    """A model of one of a function's options alone."""
    field = options_of(registration.function).model_fields[name]
    fields: dict[str, Any] = {name: (field.annotation, field)}
    return create_model("option", __base__=Options, **fields)


def _signal_faults(registration: Registration, where: str) -> Iterator[Fault]:
    if registration.role == "loss" and registration.signal not in ACTION_COLUMNS:
        close = nearest(str(registration.signal), ACTION_COLUMNS)
        given, expected = f"signal = {registration.signal!r}", f"one of {', '.join(ACTION_COLUMNS)}"
        yield Fault(where, given, expected, close)
