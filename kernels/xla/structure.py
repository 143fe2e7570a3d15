"""A plan in two parts: what a program is compiled for, and the data that it is given.

Numbers, int64 and bool arrays say how a plan is built. They are constants of the program, and plans that have
them in common share it; the other arrays are arguments.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import jax
import numpy as np

Data = list[Any]


class Constant:
    """An array that is compared by what it holds."""

    def __init__(self, array: np.ndarray):
        self.array = array
        self._key = array.dtype.str, array.shape, array.tobytes()

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Constant) and self._key == other._key

    def __hash__(self) -> int:
        return hash(self._key)


class Skeleton(NamedTuple):
    """What a program is compiled for: the tree of a plan, and its leaves that are constants (None: data)."""

    tree: Any
    constants: tuple[Any, ...]


def split(plan: Any) -> tuple[Skeleton, Data]:
    """The skeleton of a plan, and its data in the order of the leaves."""
    leaves, tree = jax.tree.flatten(plan)
    return Skeleton(tree, tuple(map(_constant, leaves))), [leaf for leaf in leaves if _constant(leaf) is None]


def joined(skeleton: Skeleton, data: list[Any]) -> Any:
    """The plan again, its data being arrays or tracers."""
    rest = iter(data)
    leaves = [next(rest) if constant is None else constant for constant in skeleton.constants]
    return jax.tree.unflatten(
        skeleton.tree, [leaf.array if isinstance(leaf, Constant) else leaf for leaf in leaves]
    )


def _constant(leaf: Any) -> Any:
    if is_data(leaf):
        return None
    return Constant(leaf) if isinstance(leaf, np.ndarray) else leaf


def is_data(leaf: Any) -> bool:
    """Whether a leaf of a plan is an argument of programs: what is on a device already, floats and words."""
    return isinstance(leaf, jax.Array) or (
        isinstance(leaf, np.ndarray) and leaf.dtype not in (np.int64, np.bool_)
    )


def on_device(plan: Any) -> Any:
    """The plan with its data on the device, so that calls need not take it there again and again."""
    return jax.tree.map(lambda leaf: jax.device_put(leaf) if is_data(leaf) else leaf, plan)
