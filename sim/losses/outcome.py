"""Outcome reward as it is observed."""

from __future__ import annotations

from ..loss import Baseline, Episodes, Estimator, Loss, on_policy


def outcome(
    *, estimator: Estimator = "sampled", episodes: Episodes | None = None, baseline: Baseline | None = None
) -> Loss:
    """Own episodes, reward-to-go of the observed reward, score function (REINFORCE).

        U[s, a] = Σ_t γᵗ (G_t − b) / E  over visits,    G_t = Σ_{k ≥ t} γ^{k−t} observed_reward_k

    with the observed entry reward on entering a terminal state; exact: U = Σ_t γᵗ d_t π Q_t.

    Args:
        estimator: `sampled` by episodes, or `exact`, its expectation by dynamic programming.
        episodes: E for each update, 16 by default.
        baseline: b: `none`, `mean` over the batch (which shrinks the expected gradient by 1 − 1/E),
            `leave_one_out`, or `value`, the exact value of the state.

    Reference: Williams 1992, "Simple statistical gradient-following algorithms".
    """
    loss = Loss("own", "observed_reward", "score_function", estimator, entry="observed_entry_reward")
    return on_policy(loss, estimator, episodes, baseline)
