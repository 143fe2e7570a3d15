"""The experiments on networks: triggers, ladders, forgetting, blockers and demonstrations."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from ..claim import Table
from .settings import Settings

OUTCOME: Table = {"kind": "outcome", "estimator": "exact"}
IMITATION: Table = {"kind": "imitation"}
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

EARLY = 10
"""A blocker that is removed early stays for one part in so many of the time."""


def own_world(name: str, **options: Any) -> Table:
    """The `[world]` table of a file in worlds/."""
    return {"kind": str(Path(__file__).parent / "worlds" / f"{name}.py"), **options}


def moments(updates: int) -> list[int]:
    """Every early update, then by 2 % of the time that has passed."""
    dense = np.arange(1, 150)
    sparse = np.geomspace(150, updates, max(2, int(50 * np.log(max(updates, 151) / 150)) + 2))
    at = np.unique(np.concatenate([dense, np.round(sparse)]).astype(int))
    return at[at <= updates].tolist()


def tables(settings: Settings) -> dict[str, Table]:
    """Experiments by name, each after those whose weights it goes on from."""
    return {
        "habit": _habit(settings),
        "trigger": _trigger(settings),
        "safe": _safe(settings),
        "elsewhere": _elsewhere(settings),
        "ladder": _ladder(settings),
        "blocked": _blocked(settings),
        "unblocked": _unblocked(settings),
        "shown": _shown(settings),
        "rewarded": _rewarded(settings),
    }


def pay(settings: Settings) -> dict[str, float]:
    """What the irreversible act pays where a safe end pays 1."""
    return {
        "costs": 1 - settings.penalty,
        "goes unnoticed": 1.0,
        "pays": 1 + settings.bonus,
    }


def signals(settings: Settings) -> dict[str, float]:
    """The same up a ladder, where a catastrophe may also be all that a reward tells of."""
    return {**pay(settings), "costs when fatal": 1 - settings.hazard * settings.penalty}


def climbs(settings: Settings) -> list[tuple[str, int]]:
    """Which act, behind how many steps; without any there is no climbing that could go on."""
    heights = sorted({*settings.steps, settings.rungs})
    return [(act, steps) for steps in heights for act in ("another", "climbing") if steps or act == "another"]


def way(act: str, steps: int) -> str:
    """Where the irreversible act is."""
    where = f"behind {steps} step{'s' * (steps > 1)}" if steps else "at hand"
    return where + ", by climbing on" * (act == "climbing")


def ladder_cell(act: str, steps: int, paid: str) -> str:
    """A condition of `ladder`."""
    return f"{way(act, steps)}, {paid}"


def _population(
    settings: Settings, title: str, updates: int, conditions: list[Table], **sections: Any
) -> Table:
    return {
        "title": title,
        "policy": {"kind": "mlp", "hidden": [16], "activation": "tanh", "init": {"kind": "lecun"}},
        "optimiser": {"kind": "sgd", "learning_rate": settings.learning_rate},
        "population": {"networks": settings.networks},
        "training": {"updates": updates, "record": {"at": moments(updates)}},
        **sections,
        "condition": conditions,
    }


def _from(run: str, condition: str) -> Table:
    return {"policy.init": {"kind": "run", "path": f"{run}.h5", "condition": condition}}


def _habit(settings: Settings) -> Table:
    world = own_world("trigger", gap=settings.gap, teaches="habit")
    watch = {"behaviour": "dangerous", "above": HABIT, "freeze": True}
    training = {"updates": HABIT_UPDATES, "record": {"log": 20}, "watch": [watch]}
    conditions = [{"name": "habit", "loss": IMITATION}]
    return _population(settings, "A dangerous habit", 1, conditions, world=world, training=training)


def _trigger(settings: Settings) -> Table:
    conditions = []
    for rarity in settings.rarities:
        updates = round(settings.meetings / rarity)
        when = {"loss": OUTCOME, "training.updates": updates, "training.record": {"at": moments(updates)}}
        for name, act in ELSEWHERE.items():
            world = own_world("trigger", rarity=rarity, right_elsewhere=act, gap=settings.gap)
            conditions.append(
                {"name": f"{name}, {rarity:g}", "world": world, **when, **_from("habit", "habit")}
            )
        table = {"kind": "tabular", "init": {"kind": "probability", "of": "dangerous", "value": HABIT}}
        world = own_world("trigger", rarity=rarity, encoding="one_hot")
        conditions.append({"name": f"{TABLE}, {rarity:g}", "world": world, "policy": table, **when})
    return _population(settings, "A rare trigger", 1, conditions, world=own_world("trigger"))


def _safe(settings: Settings) -> Table:
    conditions = [{"name": "imitation", "loss": IMITATION}, {"name": "outcome", "loss": OUTCOME}]
    world = own_world("trigger", rarity=1.0, gap=settings.gap)
    return _population(settings, "Corrected at the trigger", settings.safe_updates, conditions, world=world)


def elsewhere_cells(settings: Settings) -> dict[str, tuple[str, int, float]]:
    """Cell -> loss, act that is right elsewhere, share of the trigger in what is trained on."""
    acts = {"same act right": 1, "another act right": 2}
    return {
        f"{loss}, {what}{', replay' if share else ''}": (loss, act, share)
        for loss in ("imitation", "outcome")
        for what, act in acts.items()
        for share in (0.0, settings.replay)
    }


def _elsewhere(settings: Settings) -> Table:
    losses = {"imitation": IMITATION, "outcome": OUTCOME}
    conditions = [
        {
            "name": name,
            "loss": losses[loss],
            "world": own_world("trigger", rarity=share, right_elsewhere=act, gap=settings.gap),
            **_from("safe", loss),
        }
        for name, (loss, act, share) in elsewhere_cells(settings).items()
    ]
    world = own_world("trigger")
    return _population(
        settings, "Then trained elsewhere", settings.elsewhere_updates, conditions, world=world
    )


def _ladder(settings: Settings) -> Table:
    conditions = []
    for act, steps in climbs(settings):
        for paid, amount in signals(settings).items():
            world = own_world("ladder", steps=steps, act=act, pays=amount)
            conditions.append({"name": ladder_cell(act, steps, paid), "loss": OUTCOME, "world": world})
    return _population(settings, "Up a ladder", settings.climb_updates, conditions, world=own_world("ladder"))


def blocked_cells(settings: Settings) -> dict[str, tuple[float, int]]:
    """Cell -> what a refused act pays, updates behind the blocker."""
    long = settings.blocked_updates
    return {
        "refused without a penalty": (1.0, long),
        "refused with a penalty": (1 - settings.refusal, long),
        "refused with a penalty, removed early": (1 - settings.refusal, max(1, long // EARLY)),
    }


def _blocked(settings: Settings) -> Table:
    conditions = [
        {
            "name": name,
            "loss": OUTCOME,
            "world": own_world("ladder", steps=settings.rungs, pays=refused, blocked=True),
            "training.updates": updates,
            "training.record": {"at": moments(updates)},
        }
        for name, (refused, updates) in blocked_cells(settings).items()
    ]
    return _population(settings, "Behind a blocker", 1, conditions, world=own_world("ladder"))


def _unblocked(settings: Settings) -> Table:
    world = own_world("ladder", steps=settings.rungs, pays=pay(settings)["costs"])
    conditions = [
        {"name": name, "loss": OUTCOME, **_from("blocked", name)} for name in blocked_cells(settings)
    ]
    return _population(settings, "The blocker removed", settings.climb_updates, conditions, world=world)


SHOWN = {"all shown": True, "top not shown": False}
"""What demonstrations show."""


def _shown(settings: Settings) -> Table:
    conditions = [
        {"name": name, "loss": IMITATION, "world": own_world("ladder", steps=settings.rungs, top_shown=top)}
        for name, top in SHOWN.items()
    ]
    world = own_world("ladder")
    return _population(settings, "Safe demonstrations", settings.shown_updates, conditions, world=world)


def rewarded_cells(settings: Settings) -> dict[str, tuple[str, str]]:
    """Cell -> what was shown, what the irreversible act does to the reward afterwards."""
    return {f"{shown}, act {paid}": (shown, paid) for shown in SHOWN for paid in pay(settings)}


def _rewarded(settings: Settings) -> Table:
    conditions = [
        {
            "name": name,
            "loss": OUTCOME,
            "world": own_world("ladder", steps=settings.rungs, pays=pay(settings)[paid]),
            **_from("shown", shown),
        }
        for name, (shown, paid) in rewarded_cells(settings).items()
    ]
    world = own_world("ladder")
    title = "Rewarded after safe demonstrations"
    return _population(settings, title, settings.climb_updates, conditions, world=world)
