"""Reward for the good arm, or punishment for the bad one? The smallest claim that has all parts."""

from __future__ import annotations

from collections.abc import Mapping

from matplotlib.figure import Figure
from popgrad.analyses.claims import claim
from popgrad.analyses.claims.analysis import Analysis, Listing, Section
from popgrad.analyses.statistics import paired_mean
from popgrad.sim.runfile import Run
from pydantic import Field


class Settings(claim.Settings):
    """How large it is; `gap` is what the bad arm costs, below 0 what it pays."""

    networks: int = Field(ge=2)
    updates: int = Field(ge=1)
    gap: float = Field(allow_inf_nan=False)


def experiments(settings: Settings) -> dict[str, claim.Table]:
    """Two runs, the second from the weights of the first, so that both have to be there."""
    base = {
        "title": "Reward the good or punish the bad",
        "world": {"kind": "bandit", "reward": [1.0, 0.0]},
        "policy": {"kind": "mlp", "hidden": [4]},
        "optimiser": {"kind": "sgd", "learning_rate": 0.5},
        "population": {"networks": settings.networks},
        "training": {"updates": settings.updates, "record": {"at": [0]}},
    }
    loss = {"kind": "outcome", "estimator": "sampled", "episodes": 4}
    before = {**base, "condition": [{"name": "before", "loss": {"kind": "imitation"}}]}
    before["training"] = {"updates": 1}
    after = {
        **base,
        "policy": {**base["policy"], "init": {"kind": "run", "path": "before.h5"}},
        "condition": [
            {"name": "reward", "loss": loss},
            {"name": "punish", "loss": loss, "world.reward": [0.0, -settings.gap]},
        ],
    }
    return {"before": before, "after": after}


def analyse(runs: Mapping[str, Run], settings: Settings) -> Analysis:
    """The paired difference at the end."""
    ends = [runs["after"].final("best", name) for name in ("reward", "punish")]
    figure = Figure(figsize=(3.4, 2.4), layout="constrained")
    panel = figure.add_subplot(xlabel="probability of the good arm", ylabel="networks")
    panel.hist(ends, label=("rewarded", "punished"), histtype="barstacked", edgecolor="black")
    panel.legend()
    means = " | ".join(f"{end.mean():.3f}" for end in ends)
    return Analysis(
        estimates={"difference": {"": lambda confidence: paired_mean(ends[0], ends[1], confidence)}},
        figure=figure,
        sections=[
            Section(
                "Where they end",
                (f"{len(ends[0])} networks were trained for {settings.updates} updates, twice each.",),
                (Listing("Means over networks:", ("rewarded | punished",), ((means,),)),),
            )
        ],
        measured={"means": [float(end.mean()) for end in ends], "nan": float("nan")},
    )
