"""A plug-in's functions as the registry knows functions: their keyword-only parameters are the options."""

from __future__ import annotations

import inspect
from collections.abc import Sequence
from dataclasses import replace
from typing import Any, get_type_hints

from ..behaviour import Behaviour
from ..errors import Fault, InvalidInput
from ..loss import Loss
from ..on_states import OnStates
from ..own_code import tried
from ..registry import Maker
from ..world import World
from .bound import Bound
from .contents import Plugin
from .fit import SHARED
from .registration import Registration
from .source import Source


def maker_of(registration: Registration, source: Source) -> Maker:
    """What is called with a table's options: it makes a loss, a world, or a function of arrays."""
    kinds = {"loss": _loss_maker, "world": _world_maker}
    maker = kinds.get(registration.role, _bound_maker)(registration, source)
    shared = [_parameter(SHARED, OnStates)] if registration.role == "loss" else []
    hints = get_type_hints(registration.function, include_extras=True)
    own = [
        parameter.replace(annotation=hints.get(parameter.name, Any))
        for parameter in inspect.signature(registration.function).parameters.values()
        if parameter.kind is parameter.KEYWORD_ONLY
    ]
    shown: Any = maker
    shown.__name__, shown.__doc__ = registration.name, registration.function.__doc__
    shown.__signature__ = inspect.Signature([*shared, *own])
    shown.__annotations__ = {parameter.name: parameter.annotation for parameter in (*shared, *own)}
    return maker


def _parameter(name: str, annotation: Any) -> inspect.Parameter:
    return inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, annotation=annotation)


def _bound_maker(registration: Registration, source: Source) -> Maker:
    def maker(**options: Any) -> Bound:
        chosen = tuple(options.items())
        role, function = registration.role, registration.function
        return Bound(role, registration.name, source.name, source.sha256, function, chosen)

    return maker


def _loss_maker(registration: Registration, source: Source) -> Maker:
    bound = _bound_maker(registration, source)
    signal = registration.signal

    def maker(**options: Any) -> Loss:
        on_states: OnStates = options.pop(SHARED)
        faults = []
        if on_states.estimator == "minibatch" and signal != "demonstrator":
            given = f"'minibatch' of `{signal}`"
            expected = 'another estimator: a minibatch is of demonstrations (signal = "demonstrator")'
            faults.append(Fault("estimator", given, expected))
        loss = Loss("contexts", (signal,), "own_loss", "exact", own=bound(**options))
        return on_states.of(loss, faults)

    return maker


def _world_maker(registration: Registration, source: Source) -> Maker:
    def maker(**options: Any) -> World:
        made = tried(
            lambda: registration.function(**options), source.filename, "kind", f'"{registration.name}"'
        )
        if not isinstance(made, World):
            given = f'"{registration.name}" of {source.name}, which returns {type(made).__name__}'
            raise InvalidInput("world", [Fault("kind", given, "a popgrad.World")])
        return made

    return maker


def with_behaviours(world: World, plugins: Sequence[Plugin]) -> World:
    """A world with the behaviours that plug-ins find in it.

    Raises:
        InvalidInput: one that raises, that is none, that does not fit the world, or whose name is taken.
    """
    for plugin in plugins:
        for registration in plugin.of("behaviour"):
            path = f"{plugin.source.path}.{registration.name}"
            found = tried(
                lambda asked=registration.function, world=world: asked(world),
                plugin.source.filename,
                path,
                "",
            )
            if found is None:
                continue
            if not isinstance(found, Behaviour):
                expected = "a popgrad.Behaviour, or None for a world without it"
                raise InvalidInput(
                    "world", [Fault(path, f"a result of type {type(found).__name__}", expected)]
                )
            names = [behaviour.name for behaviour in world.behaviours]
            if found.name in names:
                expected = f"a name that the world does not have; it has {', '.join(names)}"
                raise InvalidInput("world", [Fault(path, f"a behaviour {found.name!r}", expected)])
            try:
                world = replace(world, behaviours=(*world.behaviours, found))
            except InvalidInput as error:
                faults = [replace(fault, path=f"{path}: {fault.path}") for fault in error.faults]
                raise InvalidInput("world", faults) from None
    return world
