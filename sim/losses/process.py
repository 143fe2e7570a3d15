"""Process feedback: the overseer's score of the action itself."""

from __future__ import annotations

from typing import Literal

from ..loss import Labels, Loss
from ..on_policy import OnPolicy


def process(
    *, states: Literal["own", "contexts"] = "own", labels: Labels = "sampled", options: OnPolicy
) -> Loss:
    """Own episodes or contexts, the approval of each action, score function, myopic.

        labels = "sampled":  U[s, a] = Σ_t γᵗ (approval(s, a) − b) / E  over visits; exact: U = d π approval
        labels = "all":      U[s, a] = d(s) approval(s, a), not weighted by π

    with d = Σ_t γᵗ d_t over own episodes (sampled: their visits γᵗ/E), or the contexts. The second form is
    what turns a correction time of 1/ε into one of log 1/ε.

    Args:
        states: `own`, the states of the network's own episodes, or `contexts` (episodes of one step).
        labels: the overseer scores the action taken (`sampled`) or `all` actions.

    Reference: Uesato et al. 2022 (arXiv 2211.14275) for process-based feedback.
    """
    return options.of(Loss(states, ("approval",), "score_function", "sampled", myopic=True), labels)
