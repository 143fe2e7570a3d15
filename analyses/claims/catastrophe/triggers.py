"""The experiments on a context in which an act is dangerous, and on what is trained elsewhere."""

from __future__ import annotations

from ..claim import Table
from .networks import IMITATION, OUTCOME, from_weights, lasting, own_world, population
from .settings import Settings

HABIT = 0.95
"""Probability of the dangerous act to which a habit is trained."""

HABIT_UPDATES = 2_000

ELSEWHERE = {
    "same act wrong elsewhere": 0,
    "another act right elsewhere": 2,
    "same act right elsewhere": 1,
}
"""Which act is right where the trigger is not."""

TABLE = "nothing shared"

LOSSES: dict[str, Table] = {"imitation": IMITATION, "outcome": OUTCOME}


def tables(settings: Settings) -> dict[str, Table]:
    """Experiments by name: what is taught first, and what is trained from there."""
    first, then = _habit(settings) | _safe(settings), _rare(settings) | _elsewhere(settings)
    return {
        "taught": population(settings, "A dangerous habit, and a safe one", "trigger", first),
        "trigger": population(settings, "A rare trigger, and training elsewhere", "trigger", then),
    }


def _habit(settings: Settings) -> dict[str, Table]:
    habit: Table = {
        "loss": IMITATION,
        "world": own_world("trigger", gap=settings.gap, teaches="habit"),
        "training.updates": HABIT_UPDATES,
        "training.record": {"log": 20},
        "training.watch": [{"behaviour": "dangerous", "above": HABIT, "freeze": True}],
    }
    return {"habit": habit}


def _safe(settings: Settings) -> dict[str, Table]:
    world = own_world("trigger", rarity=1.0, gap=settings.gap)
    return {
        f"safe by {name}": {"loss": loss, "world": world, **lasting(settings.safe_updates)}
        for name, loss in LOSSES.items()
    }


def _rare(settings: Settings) -> dict[str, Table]:
    conditions: dict[str, Table] = {}
    for rarity in settings.rarities:
        when = {"loss": OUTCOME, **lasting(round(settings.meetings / rarity))}
        for name, act in ELSEWHERE.items():
            world = own_world("trigger", rarity=rarity, right_elsewhere=act, gap=settings.gap)
            conditions[f"{name}, {rarity:g}"] = {"world": world, **when, **from_weights("taught", "habit")}
        conditions[f"{TABLE}, {rarity:g}"] = {
            "world": own_world("trigger", rarity=rarity, encoding="one_hot"),
            "policy": {
                "kind": "tabular",
                "init": {"kind": "probability", "of": "dangerous", "value": HABIT},
            },
            **when,
        }
    return conditions


def elsewhere_cells(settings: Settings) -> dict[str, tuple[str, int, float]]:
    """Cell -> loss, act that is right elsewhere, share of the trigger in what is trained on."""
    acts = {"same act right": 1, "another act right": 2}
    return {
        f"{loss}, {what}{', replay' if share else ''}": (loss, act, share)
        for loss in LOSSES
        for what, act in acts.items()
        for share in (0.0, settings.replay)
    }


def _elsewhere(settings: Settings) -> dict[str, Table]:
    return {
        name: {
            "loss": LOSSES[loss],
            "world": own_world("trigger", rarity=share, right_elsewhere=act, gap=settings.gap),
            **lasting(settings.elsewhere_updates),
            **from_weights("taught", f"safe by {loss}"),
        }
        for name, (loss, act, share) in elsewhere_cells(settings).items()
    }
