"""What the kernels that estimate from episodes of their own take besides a plan."""

from __future__ import annotations

from typing import NamedTuple

from .tables import Episodes, Floats, Longs, Rows, Sampling


class Survey(NamedTuple):
    """Functionals that are estimated from episodes of their own, where there are too many states to list.

    They are the `functional` (F) int64 of a block's records; of each the estimate is

        constant_f + mean over episodes of Σ_t episodes.weight[t] Σ_a weight[f, s_t, a] π(a|s_t)

    with weight (F, N, A), table of the N states. Draws are at purpose `recorded` and the update after which
    they are recorded, for a network that has stopped the one when it did: of an episode e the first state at
    index 2³² − 1 − e, then at e · 2¹² + t the action and the transition of step t, as in training.
    """

    table: Rows
    episodes: Episodes
    sampling: Sampling
    functional: Longs
    weight: Floats
    constant: Floats
