"""How large the experiment is, and what would turn its results round."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from .. import claim
from ..lists import Falling, Several

Epsilons = Falling[Annotated[float, Field(gt=0, lt=0.5)]]
Count = Annotated[int, Field(ge=1)]
Factor = Annotated[float, Field(ge=1, le=1e4)]


class Settings(claim.Settings):
    """How large, and how the states of the second part differ.

    Args:
        epsilons: initial probabilities of the good action where one network is enough, falling.
        faint_epsilons: the same by Adam, down to where gradients are below what it adds to their size.
        cap: updates after which one is censored.
        sampled_epsilons, sampled_cap, sampled_networks: the same where episodes are sampled.
        shaped_epsilons, shaped_cap, shaped_networks: the same of networks of one hidden layer.
        pays: what the bad action pays, times h, in the experiment on survival.
        survivors, survival_updates: networks and updates of that experiment.
        worlds: with several states, the units of replication of the second part.
        networks: in each of them.
        updates: after which what is not corrected counts as not corrected.
        overlap: of the features of different states; 0 shares only what layers share.
        gaps, visits, odds: over which factor the differences between actions, frequencies and initial
            probabilities of states vary. `visits = 1` and `odds = 1` leave the gap alone to decide.
    """

    epsilons: Epsilons
    faint_epsilons: Epsilons
    cap: Count
    sampled_epsilons: Epsilons
    sampled_cap: Count
    sampled_networks: Annotated[int, Field(ge=16)]
    shaped_epsilons: Epsilons
    shaped_cap: Count
    shaped_networks: Annotated[int, Field(ge=16)]
    pays: Several[Annotated[float, Field(gt=0)]]
    survivors: Annotated[int, Field(ge=100)]
    survival_updates: Annotated[int, Field(ge=100)]
    worlds: Annotated[int, Field(ge=3)]
    networks: Count
    updates: Count
    overlap: Annotated[float, Field(ge=0, lt=1)]
    gaps: Factor
    visits: Factor
    odds: Factor

    @property
    def seeds(self) -> range:
        """Of the worlds: another seed gives others."""
        first = self.seed * self.worlds % 2**32
        return range(first, first + self.worlds)
