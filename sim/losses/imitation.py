"""Imitation of a demonstrator."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from ..errors import Fault, InvalidInput
from ..loss import DEFAULT_EPISODES, Episodes, Loss, States


def imitation(
    *,
    states: States = "contexts",
    estimator: Literal["exact", "minibatch", "sampled"] = "exact",
    rows: Annotated[int, Field(ge=1, le=2**24)] | None = None,
    episodes: Episodes | None = None,
) -> Loss:
    """Fixed or own states, the demonstrator's action, cross-entropy (behaviour cloning; DAgger).

        L = −Σ_s d(s) Σ_a demonstrator(a|s) ln π(a|s),      U[s, a] = d(s) demonstrator(a|s)

    d sums to one: the contexts, or the states of an episode (undiscounted) of the demonstrator or of the
    network itself.

    Args:
        states: `contexts`, `demonstrator` (its occupancy) or `own` (DAgger).
        estimator: `exact`; `minibatch` of demonstrations (state, action) drawn from d for each update, their
            order a random purpose of its own; `sampled`, the states of E own episodes.
        rows: demonstrations in a minibatch, at most 2²⁴ (up to which float32 counts).
        episodes: E for each update where own states are sampled, 16 by default.

    Reference: Pomerleau 1989; Ross, Gordon and Bagnell 2011 (arXiv 1011.0686) for own states.
    """
    faults = []
    if states == "own" and estimator == "minibatch":
        faults.append(
            Fault("estimator", "'minibatch'", 'with states = "own": "exact", or "sampled" with `episodes`')
        )
    if states != "own" and estimator == "sampled":
        expected = f'with states = "{states}": "exact", or "minibatch" with `rows`'
        faults.append(Fault("estimator", "'sampled'", expected))
    if estimator == "minibatch" and rows is None:
        faults.append(Fault("rows", "nothing", "the number of demonstrations in a minibatch"))
    if estimator != "minibatch" and rows is not None:
        faults.append(Fault("rows", str(rows), 'none unless estimator = "minibatch"'))
    if estimator != "sampled" and episodes is not None:
        faults.append(Fault("episodes", str(episodes), 'none unless estimator = "sampled"'))
    if faults:
        raise InvalidInput("loss", faults)
    return Loss(
        states,
        "demonstrator",
        "cross_entropy",
        estimator,
        labels="all",
        episodes=(episodes or DEFAULT_EPISODES) if estimator == "sampled" else 1,
        rows=rows or 1,
    )
