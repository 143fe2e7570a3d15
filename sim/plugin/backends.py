"""Which backend a user's functions of arrays go with, and whether they do what is asked of them there."""

from __future__ import annotations

from collections.abc import Iterator

from ..compute import Compute
from ..errors import Fault
from ..loss import Loss
from ..policy import Policy
from ..world import World
from .bound import Bound

JAX = 'backend = "jax", which differentiates it: run it with `--backend jax`, or [compute] backend = "jax"'


def own_faults(loss: Loss, policy: Policy, world: World, compute: Compute) -> list[Fault]:
    """What is wrong with the functions of plug-ins that a condition uses."""
    found: list[Fault] = []
    for path, own in chosen(loss, policy):
        if compute.backend == "numba":
            found.append(Fault(path, f'the {own.role} {own}, with backend = "numba"', JAX))
        else:
            from .trial import trial_faults  # it imports JAX, which takes a second

            signal = getattr(world, loss.signal[0]) if own.role == "loss" else None
            found += trial_faults(
                own, path, world.actions, None if signal is None else signal[~world.terminal]
            )
    return found


def chosen(loss: Loss, policy: Policy) -> Iterator[tuple[str, Bound]]:
    """The functions of plug-ins, each with the path of the option that names it."""
    if loss.own is not None:
        yield ("loss.kind" if loss.own.role == "loss" else "loss.rule"), loss.own
    if policy.own_head:
        yield "policy.head", policy.own_head
