"""A user's functions of arrays, tried on a few policies: shapes, gradients, finite numbers.

It imports JAX, so it is imported where there is something to try.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from contextlib import nullcontext
from dataclasses import dataclass
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from ..behaviour import Array
from ..errors import Fault
from ..own_code import at_line, said
from . import samples
from .bound import Bound

NOT_JAX = (
    jax.errors.TracerArrayConversionError,
    jax.errors.TracerIntegerConversionError,
    jax.errors.ConcretizationTypeError,
    jax.errors.NonConcreteBooleanIndexError,
)
NORMALISED = 1e-4
"""How far the probabilities of a head may sum to another number than 1."""

CONSTANT = 1e-5
"""A gradient on logits smaller than this share of the one on ln π is rounding."""


@dataclass(frozen=True, eq=False)
class Trial:
    """A function and what it is tried on.

    Args:
        function: of arrays.
        given: its arguments, each (n, ...): a case along the first axis.
        names: of the arguments.
        result: the shape that it should have of one case, and what that is in words.
    """

    function: Callable[..., Any]
    given: tuple[Array, ...]
    names: tuple[str, ...]
    result: tuple[tuple[int, ...], str]

    @property
    def case(self) -> list[jax.ShapeDtypeStruct]:
        """The arguments of one case, as shapes."""
        return [jax.ShapeDtypeStruct(array.shape[1:], jnp.float32) for array in self.given]

    def over_all(self, function: Callable[..., Any]) -> Array:
        """The results of all cases, side by side as the backend has them."""
        return np.asarray(jax.vmap(function)(*(jnp.asarray(array, jnp.float32) for array in self.given)))

    def shown(self, number: int) -> str:
        """The arguments of a case, as a person would write them."""
        values = (np.array2string(a[number], precision=4, threshold=6, separator=", ") for a in self.given)
        return ", ".join(f"{name} = {value}" for name, value in zip(self.names, values, strict=True))


def trial_faults(own: Bound, path: str, actions: int, column: Array | None) -> list[Fault]:
    """What is wrong with a function, tried on a CPU; the first thing that is, for others follow from it.

    Args:
        own: a loss, a rule or a head.
        path: of the option that names it.
        actions: A of the world.
        column: (S, A), what a loss reads there.
    """
    with _on_cpu():
        for fault in _faults(own, trial_of(own, actions, column), path):
            return [fault]
    return []


def trial_of(own: Bound, actions: int, column: Array | None) -> Trial:
    """What a function of its role is tried on."""
    logits = samples.outputs(actions)
    if own.role == "head":
        result = (actions,), "ln π, a number for each of the outputs"
        return Trial(own.applied, (logits,), ("outputs",), result)
    if own.role == "rule":
        result = (), "a number for each visit: elementwise, without sums"
        return Trial(own.applied, samples.visits(), ("log_p", "log_p_old", "advantage"), result)
    assert column is not None
    log_policy = np.asarray(jax.nn.log_softmax(jnp.asarray(logits, jnp.float32)))
    wanted = samples.targets(actions, column)
    pairs = np.repeat(log_policy, len(wanted), axis=0), np.tile(wanted, (len(log_policy), 1))
    result = (), "one number, what a state costs: sum over the actions, for instance by .sum()"
    return Trial(own.applied, pairs, ("log_policy", "target"), result)


def _faults(own: Bound, trial: Trial, path: str) -> Iterator[Fault]:
    who = f"the {own.role} {own}"
    yield from _shape_faults(own, trial, path, who)
    weight = jnp.arange(1.0, 1.0 + math.prod(trial.result[0]))  # a head's numbers have one gradient together
    gradient = jax.grad(lambda *given: (weight * trial.function(*given)).sum())
    try:
        jax.eval_shape(gradient, *trial.case)
        values, slopes = trial.over_all(trial.function), trial.over_all(gradient)
    except Exception as error:
        given = f"{who}, of which JAX finds no gradient: {said(error)}{at_line(error, own.filename)}"
        yield Fault(
            path, given, "a function that `jax.grad` differentiates and `jax.vmap` takes side by side"
        )
        return
    yield from _number_faults(trial, path, who, values, slopes)
    if own.role == "rule":
        yield from _mixing_faults(trial, path, who, values)
    if own.role == "head":
        yield from _sum_faults(trial, path, who, values)
    if not _depends(own, trial, slopes):
        of = {"loss": "the policy", "rule": "log_p", "head": "the outputs"}[own.role]
        given = f"{who}, which does not depend on {of}: its gradient is 0 everywhere"
        yield Fault(path, given, f"a function of {trial.names[0]}, without stop_gradient, rounding or sign")


def _shape_faults(own: Bound, trial: Trial, path: str, who: str) -> Iterator[Fault]:
    expected, meaning = trial.result
    cases = [(trial.case, expected)]
    if own.role == "rule":  # backends have visits in rows, and advantages in tables
        row, table = (jax.ShapeDtypeStruct(shape, jnp.float32) for shape in ((3,), (2, 3)))
        cases.append(([row, row, table], table.shape))
    for case, shape in cases:
        asked = f"{own.name}({', '.join(f'{n} {s.shape}' for n, s in zip(trial.names, case, strict=True))})"
        try:
            found = jax.eval_shape(trial.function, *case)
        except Exception as error:
            yield _raised(own, error, path, who, asked)
            return
        if getattr(found, "shape", None) != shape:
            odd = f"of shape {found.shape}" if hasattr(found, "shape") else f"no array but {found!r:.60}"
            yield Fault(path, f"{who}, where the result of {asked} is {odd}", f"shape {shape}, {meaning}")
            return
        if not jnp.issubdtype(found.dtype, jnp.floating):
            yield Fault(path, f"{who}, whose result is of type {found.dtype}", "floating-point numbers")
            return


def _raised(own: Bound, error: Exception, path: str, who: str, asked: str) -> Fault:
    where = at_line(error, own.filename)
    if isinstance(error, NOT_JAX):
        given = f"{who}, which asks for the values of its arguments{where} ({type(error).__name__})"
        return Fault(path, given, "jnp and jax alone: no NumPy, float() or `if` on an argument")
    return Fault(path, f"{who}, which raised {said(error)}{where}", f"a function that can be called: {asked}")


def _number_faults(trial: Trial, path: str, who: str, values: Array, slopes: Array) -> Iterator[Fault]:
    for what, found in (("", values), (" in its gradient", slopes)):
        lost = ~np.isfinite(found).reshape(len(found), -1)
        if lost.any():
            number = int(lost.any(axis=1).argmax())
            odd = found[number].ravel()[lost[number]][0]
            given = f"{who}, which gives {odd}{what} at {trial.shown(number)}"
            advice = "a jnp.where on what goes into log, sqrt or a division keeps NaN out of both"
            yield Fault(path, given, f"finite numbers and gradients; {advice}")


def _mixing_faults(trial: Trial, path: str, who: str, values: Array) -> Iterator[Fault]:
    """A rule that makes another number of a visit where there are others beside it."""
    together = np.asarray(trial.function(*(jnp.asarray(array, jnp.float32) for array in trial.given)))
    off = np.abs(together - values) > CONSTANT * (1 + np.abs(values))
    if off.any():
        number = int(off.argmax())
        given = f"{who}, which gives {values[number]:.6g} at {trial.shown(number)} by itself"
        given += f" and {together[number]:.6g} with other visits beside it"
        yield Fault(path, given, "what a visit costs, elementwise: no means or sums over visits")


def _sum_faults(trial: Trial, path: str, who: str, values: Array) -> Iterator[Fault]:
    total = np.exp(values.astype(np.float64)).sum(axis=1)
    off = np.abs(total - 1) > NORMALISED
    if off.any():
        number = int(off.argmax())
        given = f"{who}, whose probabilities sum to {total[number]:.6g} at {trial.shown(number)}"
        yield Fault(path, given, "ln π of probabilities that sum to 1, for instance by jax.nn.log_softmax")


def _depends(own: Bound, trial: Trial, slopes: Array) -> bool:
    """Whether some gradient is not 0; of a loss on logits, for a multiple of Σ π teaches nothing."""
    if own.role != "loss":
        return bool((slopes != 0).any())
    pi = np.exp(trial.given[0])
    if pi.shape[1] == 1:
        return True
    on_logits = slopes - pi * slopes.sum(axis=1, keepdims=True)
    return bool(np.abs(on_logits).max() > CONSTANT * np.abs(slopes).max())


def _on_cpu() -> Any:
    try:
        return jax.default_device(jax.devices("cpu")[0])
    except RuntimeError:  # JAX was told to know no CPU
        return nullcontext()
