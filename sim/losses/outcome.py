"""Outcome reward as it is observed."""

from __future__ import annotations

from ..loss import Loss
from ..on_policy import OnPolicy


def outcome(*, options: OnPolicy) -> Loss:
    """Own episodes, reward-to-go of the observed reward, score function.

        U[s, a] = Σ_t γᵗ (G_t − b) / E  over visits,    G_t = Σ_{k ≥ t} γ^{k−t} observed_reward_k

    with γ times the observed entry reward on entering a terminal state; exact: U = Σ_t γᵗ d_t π Q_t.

    Reference: Williams 1992, "Simple statistical gradient-following algorithms".
    """
    return options.of(
        Loss("own", ("observed_reward",), "score_function", "sampled", entry="observed_entry_reward")
    )
