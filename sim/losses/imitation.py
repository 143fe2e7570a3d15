"""Imitation of a demonstrator."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from ...kernels.choices import Hyperparameter
from ..errors import Fault, InvalidInput
from ..loss import Episodes, Loss, States, episodes_of
from ..population import scalar


def imitation(
    *,
    states: States = "contexts",
    rule: Literal["cross_entropy", "squared_error", "tsallis"] = "cross_entropy",
    q: scalar(0) | None = None,  # type: ignore[valid-type]
    estimator: Literal["exact", "minibatch", "sampled"] = "exact",
    rows: Annotated[int, Field(ge=1, le=2**24)] | None = None,
    episodes: Episodes | None = None,
) -> Loss:
    """Fixed or own states, the demonstrator's action, a rule on probabilities (behaviour cloning; DAgger).

    With C[s, a] = d(s) demonstrator(a|s) and A actions:

        cross_entropy  L = −Σ C ln π                                        U = C
        squared_error  L = Σ_s d(s) Σ_a (demonstrator − π)² / (2A)          U = π (C − π Σ_b C[s, b]) / A
        tsallis        L = −Σ C ln_q π,  ln_q x = (x^(1−q) − 1)/(1 − q)     U = C π^(1−q)

    q = 1 is the cross-entropy, q = 0 the probability itself (and so the policy gradient). d sums to one: the
    contexts, or the states of an episode (undiscounted) of the demonstrator or of the network itself. A
    minibatch has its shares of (state, action) as C, sampled episodes have their shares of states as d.

    Args:
        states: what d is: the `contexts`, the occupancy of the `demonstrator` or one's `own` (DAgger).
        rule: what becomes of C, as above.
        q: of `tsallis`, which has no default.
        estimator: `exact`; `minibatch` of demonstrations (state, action), drawn anew for each update, their
            order a random purpose of its own; or `sampled`, the states of E own episodes.
        rows: demonstrations in a minibatch, at most 2²⁴ (up to which float32 counts).
        episodes: E for each update where own states are sampled, 16 by default.

    Reference: Pomerleau 1989; Ross, Gordon and Bagnell 2011 (arXiv 1011.0686) for own states; Lin and Ie 2026
    (arXiv 2604.25907) for the q-logarithm.
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
    if (rule == "tsallis") != (q is not None):
        expected = 'a number with rule = "tsallis"' if q is None else 'none unless rule = "tsallis"'
        faults.append(Fault("q", "nothing" if q is None else str(q), expected))
    if faults:
        raise InvalidInput("loss", faults)
    return Loss(
        states,
        ("demonstrator",),
        rule,
        estimator,
        credit="labels",
        episodes=episodes_of(estimator, episodes),
        rows=rows or 1,
        scalars=() if q is None else ((Hyperparameter.Q, q),),
    )
