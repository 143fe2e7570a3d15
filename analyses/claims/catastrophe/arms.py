"""The experiments on two arms, where every rule has a closed form."""

from __future__ import annotations

from math import ceil

import numpy as np

from ...theory.arms import PROCESS, above, begins, descent, experiment
from ..claim import Table
from .flows import EVEN, FLOWS, GOOD, moments, waits
from .settings import Settings

OWN_STATES: Table = {"states": "own", "estimator": "sampled", "episodes": 1}
"""The states of own episodes: the acts are drawn, and what is learnt from does not depend on them."""

DRAWN: dict[str, tuple[str, Table]] = {
    "cross-entropy, acts drawn": ("cross_entropy", {"kind": "imitation", **OWN_STATES}),
    "labels for all actions, acts drawn": (
        "all_actions",
        {**PROCESS, "estimator": "sampled", "episodes": 1, "labels": "all"},
    ),
    "expected reward, learnt from acts drawn": ("reward", {"kind": "outcome", "episodes": 1}),
}
"""Name -> rule whose closed form it is held to, and loss."""

BEYOND: dict[str, Table] = {
    "cross-entropy by Adam": {
        "loss": {"kind": "imitation"},
        "optimiser": {"kind": "adam", "learning_rate": 0.05},
    },
    "cross-entropy, weight decay": {
        "loss": {"kind": "imitation"},
        "optimiser": {"kind": "sgd", "learning_rate": 0.05, "weight_decay": 0.001},
    },
}
"""Without a closed form: what an optimiser makes of the tail."""

DRAWS = 2
"""Episodes of an update where nothing rewards the bad act: one alone would have no other as its baseline."""

EQUAL: Table = {"world.reward": [1.0, 1.0]}
"""The bad act pays what the good one does."""

NEUTRAL: dict[str, Table] = {
    "equal pay, expected reward": {"loss": {"kind": "outcome", "estimator": "exact"}, **EQUAL},
    "equal pay, acts drawn, baseline": {
        "loss": {"kind": "outcome", "episodes": DRAWS, "baseline": "leave_one_out"},
        **EQUAL,
    },
    "equal pay, acts drawn, no baseline": {"loss": {"kind": "outcome", "episodes": DRAWS}, **EQUAL},
    "no pay, acts drawn, no baseline": {"loss": {"kind": "outcome", "episodes": DRAWS}},
    "demonstrations without it": {"loss": {"kind": "imitation", **OWN_STATES, "episodes": DRAWS}},
    "labels against it": {
        "loss": {**PROCESS, "estimator": "sampled", "episodes": DRAWS, "labels": "all"},
    },
}
"""Nothing rewards the bad act; name -> condition."""

HORIZONS = (100, 10, 1)
"""Such acts are followed for one part in so many of the time; each is a run of its own."""


GAP = 1.0
"""What a bad act, or a catastrophe, costs on two arms, where the good act pays 1."""

TOLD = ("by every act", "by catastrophes")
"""What a reward that costs the bad act follows: the act, or the catastrophe, which only others survive."""


def told_gaps(settings: Settings) -> dict[str, tuple[str, float, float]]:
    """Condition -> one of `TOLD`, c, and by how much the bad act's expected reward is lower.

    Hazards under which it takes too long to be waited for are left out.
    """
    found = {}
    for told in TOLD:
        for hazard in settings.hazards:
            gap = GAP * (1 if told == TOLD[0] else hazard)
            if waits("reward", settings.starts[0], EVEN, settings.h) / gap < settings.longest:
                found[f"{told}, {hazard:g}"] = (told, hazard, gap)
    return found


def kept(settings: Settings, name: str) -> tuple[float, ...]:
    """The starts from which a rule corrects in time to be waited for."""
    return tuple(e for e in settings.starts if waits(name, e, GOOD, settings.h) < settings.longest)


def named(rule: str, start: float) -> str:
    """The condition of a rule from a start."""
    return f"{rule}, {start:g}"


def tables(settings: Settings) -> dict[str, Table]:
    """Experiments by name: one network where nothing is drawn, many where acts are."""
    watches = [above(EVEN, freeze=False), above(GOOD, freeze=False)]
    training = {"updates": 1, "record": {"at": [0]}, "weights": False}
    return {
        "arms": experiment(
            "Two arms, every rule",
            _closed(settings) | _told(settings) | _tail(settings),
            training={**training, "watch": watches},
        ),
        "acts": experiment(
            "Two arms, acts that are drawn",
            _drawn(settings) | _neutral(settings),
            optimiser=descent(settings.h),
            population={"networks": settings.networks},
            training=training,
        ),
    }


def _by_rule(settings: Settings, rule: str) -> Table:
    how = FLOWS[rule].rule
    return {
        "loss": how.loss,
        "optimiser": {"kind": "sgd", "learning_rate": settings.h / how.kappa["softmax"]},
    } | how.changes


def _closed(settings: Settings) -> dict[str, Table]:
    conditions = {}
    for rule in FLOWS:
        for start in kept(settings, rule):
            updates = max(settings.updates, ceil(1.01 * waits(rule, start, GOOD, settings.h)) + 5)
            conditions[named(rule, start)] = {
                **_by_rule(settings, rule),
                "policy": begins(start),
                "training.updates": updates,
                "training.record": {"at": moments(rule, start, updates, settings.h)},
            }
    return conditions


def _tail(settings: Settings) -> dict[str, Table]:
    updates = settings.tail_updates
    when: Table = {"training.updates": updates, "training.record": {"at": spread(updates, 250)}}
    rules = {rule: _by_rule(settings, rule) for rule in FLOWS}
    return {name: {**condition, **when} for name, condition in (rules | BEYOND).items()}


def _told(settings: Settings) -> dict[str, Table]:
    conditions = {}
    for name, (_, _, gap) in told_gaps(settings).items():
        updates = ceil(1.05 * waits("reward", settings.starts[0], EVEN, settings.h) / gap) + 10
        conditions[name] = {
            "loss": {"kind": "outcome", "estimator": "exact"},
            "world.reward": [1.0, 1.0 - gap],
            "policy": begins(settings.starts[0]),
            "optimiser": descent(settings.h),
            "training.updates": updates,
            "training.record": {"at": spread(updates, 900)},
        }
    return conditions


def _drawn(settings: Settings) -> dict[str, Table]:
    when = {"policy": begins(settings.starts[0]), **_lasting(settings.sampled_updates)}
    return {name: {"loss": loss, **when} for name, (_, loss) in DRAWN.items()}


def neutral_horizons(settings: Settings) -> tuple[int, ...]:
    """Updates over which acts that nothing rewards are followed."""
    return tuple(sorted({max(1, settings.neutral_updates // part) for part in HORIZONS}))


def _neutral(settings: Settings) -> dict[str, Table]:
    policy = begins(1 - settings.neutral_start, of="arm_0")
    return {
        named_by(name, updates): {**condition, "policy": policy, **_lasting(updates)}
        for name, condition in NEUTRAL.items()
        for updates in neutral_horizons(settings)
    }


def named_by(name: str, updates: int) -> str:
    """The condition of an act that nothing rewards, over a horizon."""
    return f"{name}, {updates:,} updates"


def spread(updates: int, count: int) -> list[int]:
    """So many records at most, evenly in log time."""
    return np.unique(np.geomspace(1, updates, count).round().astype(int)).tolist()


def _lasting(updates: int) -> Table:
    return {"training.updates": updates, "training.record": {"log": 60}}
