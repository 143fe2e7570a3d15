"""Approval asked for one action while another is executed."""

from __future__ import annotations

from ..loss import Loss
from ..on_policy import OnPolicy


def decoupled_approval(*, options: OnPolicy) -> Loss:
    """Own episodes: query a′, execute a, both drawn from the policy; score function at a′, myopic.

        U[s, a′] = Σ_t γᵗ (approval(s, a′) + observed_approval(s, a) − approval(s, a) − b) / E  over visits

    What the executed action does to the channel falls on a query that is independent of it, and so cancels on
    average: exact, U = d π approval. A `value` baseline is V(s) = Σ_a π observed_approval.

    Reference: Uesato et al. 2020 (arXiv 2011.08827).
    """
    loss = Loss(
        "own", ("approval",), "score_function", "sampled", myopic=True, expected=("observed_approval",)
    )
    if options.estimator == "exact":
        return options.of(loss)
    columns = ("observed_approval", "approval")
    return options.of(Loss(**{**vars(loss), "credit": "query", "executed": columns}))
