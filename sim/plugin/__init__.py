"""A user's own loss, rule, policy head, world or behaviour: a function in a Python file, decorated.

    >>> from popgrad import plugin
    >>> @plugin.loss(signal="demonstrator")
    ... def brier(log_policy, target, *, power: float = 2.0):
    ...     '''The distance of probabilities from the target's.'''
    ...     return (abs(jnp.exp(log_policy) - target) ** power).sum()

A decorator writes down what a function is for, on it and in its file, and returns it as it is. An experiment
that names the file (`plugins = ["brier.py"]`, `--plugin brier.py`) finds the decorated functions in it;
nothing is kept anywhere else. A function's name is its name in TOML, its keyword-only parameters are its
options there.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any, TypeVar, overload

from .registration import ATTRIBUTE, Registration, Role

__all__ = ["behaviour", "head", "loss", "rule", "world"]

F = TypeVar("F", bound=Callable[..., Any])


@overload
def loss(function: F, /) -> F: ...
@overload
def loss(*, signal: str = "demonstrator") -> Callable[[F], F]: ...
def loss(function: Any = None, /, *, signal: str = "demonstrator") -> Any:
    """A loss on labels: f(log_policy, target, **options), what one state costs.

        L = Σ_s d(s) f(ln π(·|s), signal(s, ·))

    Args:
        function: of log_policy (A,) and target (A,) to a number, in jnp.
        signal: the (state, action) column of the world that `target` is a row of.

    In TOML it has the options `states`, `estimator`, `rows` and `episodes` of `imitation` besides its own. In
    a minibatch `target` is 1 at the demonstrated action and 0 elsewhere.
    """
    return _registered("loss", signal) if function is None else _registered("loss", signal)(function)


def rule(function: F) -> F:
    """A rule of the score-function losses: f(log_p, log_p_old, advantage, **options), what one visit costs.

        sampled  L = Σ_visits γᵗ f(ln π, ln π_old, A) / E
        exact    L = Σ_t γᵗ d_t π_old f(ln π, ln π_old, Q_t − V_t)

    Args:
        function: of three arrays of one shape, elementwise in jnp. No gradient goes through the last two.

    In TOML it is the `rule` of a loss such as `outcome`, by its name or as a table with its options.
    """
    return _registered("rule")(function)


def head(function: F) -> F:
    """A policy's head: f(outputs, **options), the logarithms of the actions' probabilities.

    Args:
        function: of outputs (A,), one for each action, to ln π (A,), in jnp.

    In TOML it is the `head` of a policy, by its name or as a table with its options.
    """
    return _registered("head")(function)


def world(function: F) -> F:
    """A world: f(**options) returns a `popgrad.World`; it goes with every backend."""
    return _registered("world")(function)


def behaviour(function: F) -> F:
    """A behaviour of many worlds: f(world) returns a `popgrad.Behaviour`, or None for a world without it.

    Every world of an experiment is asked; it goes with every backend.
    """
    return _registered("behaviour")(function)


def _registered(role: Role, signal: str = "") -> Callable[[F], F]:
    def decorated(function: F) -> F:
        registration = Registration(role, function.__name__, function, signal)
        setattr(function, ATTRIBUTE, registration)
        module = getattr(inspect.unwrap(function), "__globals__", {})
        module.setdefault(ATTRIBUTE, []).append(registration)
        return function

    return decorated
