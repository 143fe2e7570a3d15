"""Experiments on two arms for the tests against closed forms, and each loss beside its form."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple

import popgrad
from popgrad.analyses.theory import forms, worlds
from popgrad.sim.runfile import Run

Table = dict[str, Any]

HEADS = MappingProxyType({"softmax": 2.0, "logit": 1.0})
"""κ, how far one step on the logits moves their difference; h = κη."""

OWN_WORLDS = Path(worlds.__file__).parent


def own_world(name: str, **options: Any) -> Table:
    """The `[world]` table of a file in the theory's worlds/."""
    return {"kind": str(OWN_WORLDS / f"{name}.py"), **options}


def begins(probability: float, of: str = "best") -> Table:
    """A table of logits whose behaviour begins at a probability."""
    return {"kind": "tabular", "init": {"kind": "probability", "of": of, "value": probability}}


def above(level: float, behaviour: str = "best", freeze: bool = True) -> Table:
    """A watch."""
    return {"behaviour": behaviour, "above": level, "freeze": freeze}


def experiment(conditions: Mapping[str, Table], **sections: Any) -> Table:
    """Two arms that pay 1 and 0, one network from even odds, whatever `sections` do not say otherwise."""
    base = {
        "title": "theory",
        "world": {"kind": "bandit"},
        "policy": begins(0.5),
        "optimiser": {"kind": "sgd", "learning_rate": 0.1},
        "population": {"networks": 1},
        "training": {"updates": 1, "record": {"at": [0]}},
    }
    named = [{"name": name, **condition} for name, condition in conditions.items()]
    return {**base, **sections, "condition": named}


def crossings(tables: Table) -> dict[str, list[int]]:
    """Each condition's times of crossing its own watches, in the experiment's order of levels."""
    with popgrad.run(tables) as run:
        return crossings_of(run)


def crossings_of(run: Run) -> dict[str, list[int]]:
    """The same of a run."""
    found = {}
    for name in run.conditions:
        own = [watch for watch in run.watches if watch in run.own_watches(name)]
        found[name] = [int(run.crossed_at(watch, name)[0]) for watch in own]
    return found


class Case(NamedTuple):
    """A loss and the closed form of what it does to two actions.

    Args:
        form: the closed form.
        loss: its table.
        changes: other keys of the condition.
        kappa: κ by head.
        least: the smallest initial probability to try.
    """

    form: forms.Form
    loss: Table
    changes: Table = {}  # noqa: RUF012  (never changed)
    kappa: Mapping[str, float] = HEADS
    least: float = 1e-4


EVERY = 1e-6
NATURAL = MappingProxyType({"softmax": 1.0, "logit": 1.0})
"""κ of natural gradients, whose steps on the difference of the logits are the advantage's own."""


IMITATION = {"kind": "imitation"}
OUTCOME = {"kind": "outcome", "estimator": "exact"}
PROCESS = {"kind": "process", "estimator": "exact"}
PREFERENCE = {"kind": "preference", "estimator": "exact", "pairs": "all", "compare": "actions"}
REWARD = forms.EXPECTED_REWARD


def _approval(*scores: float) -> Table:
    return {"world.approval": list(scores)}


CASES = {
    "cross-entropy": Case(forms.CROSS_ENTROPY, IMITATION, least=EVERY),
    "all actions labelled": Case(forms.CONSTANT, {**PROCESS, "labels": "all"}, least=EVERY),
    "natural gradient": Case(forms.CONSTANT, {**OUTCOME, "rule": "natural"}, kappa=NATURAL, least=EVERY),
    "sign descent": Case(forms.CONSTANT, IMITATION, {"optimiser.kind": "sign"}, least=EVERY),
    "unlikelihood": Case(forms.UNLIKELIHOOD, {**PROCESS, "rule": "unlikelihood"}, least=EVERY),
    "expected reward": Case(REWARD, OUTCOME, least=EVERY),
    "normalised reward": Case(forms.NORMALISED_REWARD, {**OUTCOME, "rule": "normalised"}, least=EVERY),
    "tsallis": Case(forms.TSALLIS_HALF, {**IMITATION, "rule": "tsallis", "q": 0.5}, least=EVERY),
    "squared error": Case(forms.SQUARED_ERROR, {**IMITATION, "rule": "squared_error"}, least=EVERY),
    "preference 0.1": Case(forms.preference(0.1), {**PREFERENCE, "beta": 0.1}, least=EVERY),
    "preference 0.5": Case(forms.preference(0.5), {**PREFERENCE, "beta": 0.5}, least=EVERY),
    "preference 1": Case(forms.preference(1.0), {**PREFERENCE, "beta": 1.0}, least=EVERY),
    "entropy 0.05": Case(forms.entropic(0.05), {**OUTCOME, "entropy": 0.05}, least=EVERY),
    "entropy 0.1": Case(forms.entropic(0.1), {**OUTCOME, "entropy": 0.1}, least=EVERY),
    "two steps": Case(forms.TWO_STEPS, OUTCOME, {"world": own_world("chain", steps=2)}, least=EVERY),
    "three steps": Case(forms.THREE_STEPS, OUTCOME, {"world": own_world("chain", steps=3)}, least=EVERY),
    "two steps, normalised": Case(
        forms.TWO_NORMALISED, {**OUTCOME, "rule": "normalised"}, {"world": own_world("chain", steps=2)}
    ),
    # The same dynamics by other ways.
    "tsallis 0": Case(REWARD, {**IMITATION, "rule": "tsallis", "q": 0.0}),
    "tsallis 1": Case(forms.CROSS_ENTROPY, {**IMITATION, "rule": "tsallis", "q": 1.0}),
    "intended reward": Case(
        REWARD, {**OUTCOME, "kind": "secure_outcome"}, {"world.observed_reward": [0.0, 1.0]}
    ),
    "approval of the good": Case(REWARD, PROCESS, _approval(1.0, 0.0)),
    "disapproval of the bad": Case(REWARD, PROCESS, _approval(0.0, -1.0), least=EVERY),
    "both": Case(forms.times(REWARD, 2), PROCESS),
    "decoupled approval": Case(REWARD, {**PROCESS, "kind": "decoupled_approval"}, _approval(1.0, 0.0)),
    "reward and approval": Case(forms.times(REWARD, 3), {"kind": "mona", "estimator": "exact"}),
    "clipped, one epoch": Case(REWARD, {**OUTCOME, "rule": "clipped", "epochs": 1}),
    "two approvals": Case(
        forms.times(REWARD, 2), PROCESS, {"world": own_world("chain", steps=2, forgiving=True)}
    ),
    "three approvals": Case(
        forms.times(REWARD, 3), PROCESS, {"world": own_world("chain", steps=3, forgiving=True)}
    ),
}
