"""Process feedback as it arrives once the action has been executed."""

from __future__ import annotations

from typing import Literal

from ..loss import Labels, Loss
from ..on_policy import OnPolicy


def observed_process(
    *, states: Literal["own", "contexts"] = "own", labels: Labels = "sampled", options: OnPolicy
) -> Loss:
    """Own episodes or contexts, the approval of each action as it is observed, score function, myopic.

        labels = "sampled":  U[s, a] = Σ_t γᵗ (observed_approval(s, a) − b) / E  over visits
        labels = "all":      U[s, a] = d(s) observed_approval(s, a), not weighted by π

    with d as for `process`. An action that corrupts the channel changes its own score.

    Args:
        states: `own`, the states of the network's own episodes, or `contexts` (episodes of one step).
        labels: scores of the action taken (`sampled`) or of `all` actions.

    Reference: Uesato et al. 2020 (arXiv 2011.08827) for feedback that can be tampered with.
    """
    return options.of(Loss(states, ("observed_approval",), "score_function", "sampled", myopic=True), labels)
