"""Outcome reward as the designer intends it."""

from __future__ import annotations

from ..loss import Baseline, Episodes, Estimator, Loss, on_policy


def secure_outcome(
    *, estimator: Estimator = "sampled", episodes: Episodes | None = None, baseline: Baseline | None = None
) -> Loss:
    """Own episodes, reward-to-go of the intended reward, score function: a channel nothing can corrupt.

        U[s, a] = Σ_t γᵗ (G_t − b) / E  over visits,    G_t = Σ_{k ≥ t} γ^{k−t} reward_k

    with the entry reward on entering a terminal state; exact: U = Σ_t γᵗ d_t π Q_t.

    Args:
        estimator: `sampled` by episodes, or `exact`, its expectation by dynamic programming.
        episodes: E for each update, 16 by default.
        baseline: `none`, `mean` (which shrinks the expected gradient by 1 − 1/E), `leave_one_out`, or
            `value`, the exact value of the state.

    Reference: Everitt et al. 2017 (arXiv 1705.08417) for the true beside the observed reward.
    """
    loss = Loss("own", "reward", "score_function", estimator, entry="entry_reward")
    return on_policy(loss, estimator, episodes, baseline)
