"""Myopic optimisation with non-myopic approval."""

from __future__ import annotations

from ..loss import Loss
from ..on_policy import OnPolicy


def mona(*, options: OnPolicy) -> Loss:
    """Own episodes, the step's own observed reward plus the overseer's approval, score function, myopic.

        U[s, a] = Σ_t γᵗ (observed_reward(s, a) + approval(s, a) − b) / E  over visits

    with γ times the observed entry reward besides, where the action ends the episode. Nothing that a later
    step pays reinforces an earlier one: what is worth doing for the sake of later is for the overseer to say.

    Reference: Farquhar et al. 2025 (arXiv 2501.13011).
    """
    columns = ("observed_reward", "approval")
    return options.of(
        Loss("own", columns, "score_function", "sampled", entry="observed_entry_reward", myopic=True)
    )
