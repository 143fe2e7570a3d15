"""Outcome reward as the designer intends it."""

from __future__ import annotations

from ..loss import Loss
from ..on_policy import OnPolicy


def secure_outcome(*, options: OnPolicy) -> Loss:
    """Own episodes, reward-to-go of the intended reward, score function: a channel nothing can corrupt.

        U[s, a] = Σ_t γᵗ (G_t − b) / E  over visits,    G_t = Σ_{k ≥ t} γ^{k−t} reward_k

    with γ times the entry reward on entering a terminal state; exact: U = Σ_t γᵗ d_t π Q_t.

    Reference: Everitt et al. 2017 (arXiv 1705.08417) for the true beside the observed reward.
    """
    return options.of(Loss("own", ("reward",), "score_function", "sampled", entry="entry_reward"))
