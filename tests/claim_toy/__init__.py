"""A claim for tests: two arms, approved or disapproved of; `gap` scales what the second condition pays."""

from __future__ import annotations

from collections.abc import Mapping

from matplotlib.figure import Figure
from popgrad.analyses.claims import claim
from popgrad.analyses.statistics import paired_mean
from popgrad.sim.runfile import Run
from pydantic import Field


class Settings(claim.Settings):
    """How large it is."""

    networks: int = Field(ge=2)
    updates: int = Field(ge=1)
    gap: float


def experiments(settings: Settings) -> dict[str, claim.Table]:
    """Two runs, the second from the weights of the first, so that both have to be there."""
    base = {
        "title": "a toy",
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
            {"name": "approve", "loss": loss},
            {"name": "disapprove", "loss": loss, "world.reward": [0.0, -settings.gap]},
        ],
    }
    return {"before": before, "after": after}


def analyse(runs: Mapping[str, Run], settings: Settings) -> claim.Analysis:
    """The paired difference at the end."""
    ends = [runs["after"].final("best", name) for name in ("approve", "disapprove")]
    figure = Figure(figsize=(3, 2))
    figure.add_subplot().hist(ends, label=("approve", "disapprove"))
    return claim.Analysis(
        estimates={"difference": {"": lambda confidence: paired_mean(ends[0], ends[1], confidence)}},
        figure=figure,
        sections=[
            claim.Section(
                "Ends",
                (f"{len(ends[0])} networks.",),
                (claim.Listing("Means", ("arm", "mean"), (("a | b", f"{ends[0].mean():.3f}"),)),),
            )
        ],
        measured={"means": [float(end.mean()) for end in ends], "nan": float("nan")},
    )
