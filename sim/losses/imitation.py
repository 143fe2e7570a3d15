"""Imitation of a demonstrator."""

from __future__ import annotations

from typing import Literal

from ...kernels.choices import Hyperparameter
from ..errors import Fault
from ..loss import Loss
from ..on_states import OnStates
from ..population import scalar


def imitation(
    *,
    options: OnStates,
    rule: Literal["cross_entropy", "squared_error", "tsallis"] = "cross_entropy",
    q: scalar(0) | None = None,  # type: ignore[valid-type]
) -> Loss:
    """Fixed or own states, the demonstrator's action, a rule on probabilities (behaviour cloning; DAgger).

    With C[s, a] = d(s) demonstrator(a|s) and A actions:

        cross_entropy  L = −Σ C ln π                                        U = C
        squared_error  L = Σ_s d(s) Σ_a (demonstrator − π)² / (2A)          U = π (C − π Σ_b C[s, b]) / A
        tsallis        L = −Σ C ln_q π,  ln_q x = (x^(1−q) − 1)/(1 − q)     U = C π^(1−q)

    q = 1 is the cross-entropy, q = 0 the probability itself (and so the policy gradient). A minibatch has its
    shares of (state, action) as C.

    Args:
        rule: what becomes of C, as above.
        q: of `tsallis`, which has no default.

    Reference: Pomerleau 1989; Ross, Gordon and Bagnell 2011 (arXiv 1011.0686) for own states; Lin and Ie 2026
    (arXiv 2604.25907) for the q-logarithm.
    """
    faults = []
    if (rule == "tsallis") != (q is not None):
        expected = 'a number with rule = "tsallis"' if q is None else 'none unless rule = "tsallis"'
        faults.append(Fault("q", "nothing" if q is None else str(q), expected))
    scalars = () if q is None else ((Hyperparameter.Q, q),)
    return options.of(Loss("contexts", ("demonstrator",), rule, "exact", scalars=scalars), faults)
