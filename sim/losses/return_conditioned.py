"""Supervised learning of one's own actions, given the return that they led to."""

from __future__ import annotations

from itertools import pairwise
from typing import Annotated, Literal

import numpy as np
from pydantic import Field

from ..errors import Fault, InvalidInput
from ..loss import Episodes, Epochs, Estimator, Loss, Targets, episode_faults, episodes_of


def return_conditioned(
    *,
    edges: Annotated[list[float], Field(min_length=1)],
    target: Annotated[int, Field(ge=0)] | None = None,
    encoding: Literal["scalar", "one_hot"] = "scalar",
    estimator: Estimator = "sampled",
    episodes: Episodes | None = None,
    epochs: Epochs = 1,
) -> Loss:
    """Own episodes; rows are (bin of the return, state); cross-entropy on own actions; acts at a high bin.

        U[(b(G₀), s_t), a_t] += 1/E  at every visit,      L = −Σ U[(b, s), a] ln π(a|s, b)

    b(G₀) is the number of `edges` that the episode's observed return, the entry reward included, reaches. The
    policy sees the bin beside the state's features, acts at `target`, and is measured there. In worlds of one
    step it may be exact: U[(b, s), a] = start(s) π_old(a|s) P(b|s, a). The recorded `loss` is L of the update
    that starts there.

    Args:
        edges: ascending returns, which divide the bins 0 … B − 1; best put between the returns that occur.
        target: the bin that is acted at, the highest by default.
        encoding: what the policy sees of a bin b: `scalar`, b/(B − 1), or `one_hot`, B features.
        estimator: `sampled` by episodes, or `exact` where episodes are one step.
        episodes: E for each update, 16 by default.
        epochs: how many updates share the episodes of one policy π_old, that of the last update divisible by
            `epochs`, counted from the start of the phase.

    Reference: Schmidhuber 2019 (arXiv 1912.02875); Kumar, Peng and Levine 2019 (arXiv 1912.13465).
    """
    faults = episode_faults(estimator, episodes)
    if any(low >= high for low, high in pairwise(np.array(edges, np.float32))):
        faults.append(Fault("edges", str(edges), "ascending numbers, that differ in float32 too"))
    if target is not None and target > len(edges):
        expected = f"a bin, from 0 to {len(edges)} with these edges"
        faults.append(Fault("target", str(target), expected))
    if faults:
        raise InvalidInput("loss", faults)
    return Loss(
        "own",
        ("observed_reward",),
        "cross_entropy",
        estimator,
        credit="target",
        entry="observed_entry_reward",
        episodes=episodes_of(estimator, episodes),
        epochs=epochs,
        targets=Targets(tuple(edges), len(edges) if target is None else target, encoding),
    )
