"""Every rule of which theory knows how two actions change under it, beside its closed form."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple

from . import forms
from .arms import HEADS, IMITATION, OUTCOME, PREFERENCE, PROCESS, own_world
from .case import Table

REWARD = forms.EXPECTED_REWARD
NATURAL = MappingProxyType({"softmax": 1.0, "logit": 1.0})
"""κ of natural gradients, whose steps on the difference of the logits are the advantage's own."""


class Rule(NamedTuple):
    """A loss and the closed form of what it does to two actions.

    Args:
        title: one line.
        form: the closed form.
        loss: its table.
        changes: other keys of the condition.
        kappa: κ by head.
    """

    title: str
    form: forms.Form
    loss: Table
    changes: Table = {}  # noqa: RUF012  (never changed)
    kappa: Mapping[str, float] = HEADS


def _approval(*scores: float) -> Table:
    return {"world.approval": list(scores)}


def _chain(steps: int, **options: bool) -> Table:
    return {"world": own_world("chain", steps=steps, **options)}


TABLE = {
    "cross_entropy": Rule("cross-entropy (behaviour cloning)", forms.CROSS_ENTROPY, IMITATION),
    "all_actions": Rule("approval of all actions", forms.CONSTANT, {**PROCESS, "labels": "all"}),
    "natural": Rule("natural policy gradient", forms.CONSTANT, {**OUTCOME, "rule": "natural"}, kappa=NATURAL),
    "sign": Rule("descent along the sign", forms.CONSTANT, IMITATION, {"optimiser.kind": "sign"}),
    "unlikelihood": Rule(
        "unlikelihood of own bad actions", forms.UNLIKELIHOOD, {**PROCESS, "rule": "unlikelihood"}
    ),
    "reward": Rule("policy gradient of the expected reward", REWARD, OUTCOME),
    "normalised": Rule(
        "reward over its standard deviation", forms.NORMALISED_REWARD, {**OUTCOME, "rule": "normalised"}
    ),
    "tsallis_half": Rule(
        "q-logarithm, q = 1/2", forms.TSALLIS_HALF, {**IMITATION, "rule": "tsallis", "q": 0.5}
    ),
    "squared_error": Rule(
        "squared error of the probability", forms.SQUARED_ERROR, {**IMITATION, "rule": "squared_error"}
    ),
    "preference_0.1": Rule("preference, β = 0.1", forms.preference(0.1), {**PREFERENCE, "beta": 0.1}),
    "preference_0.5": Rule("preference, β = 0.5", forms.preference(0.5), {**PREFERENCE, "beta": 0.5}),
    "preference_1": Rule("preference, β = 1", forms.preference(1.0), {**PREFERENCE, "beta": 1.0}),
    "entropy_0.05": Rule("reward and entropy, τ = 0.05", forms.entropic(0.05), {**OUTCOME, "entropy": 0.05}),
    "entropy_0.1": Rule("reward and entropy, τ = 0.1", forms.entropic(0.1), {**OUTCOME, "entropy": 0.1}),
    "two_steps": Rule("reward when two steps were good", forms.TWO_STEPS, OUTCOME, _chain(2)),
    "three_steps": Rule("reward when three steps were good", forms.THREE_STEPS, OUTCOME, _chain(3)),
    "two_normalised": Rule(
        "reward over its standard deviation when two steps were good",
        forms.TWO_NORMALISED,
        {**OUTCOME, "rule": "normalised"},
        _chain(2),
    ),
}
"""The table of correction times."""

OTHER_WAYS = {
    "tsallis_0": Rule("q-logarithm, q = 0: the reward's", REWARD, {**IMITATION, "rule": "tsallis", "q": 0.0}),
    "tsallis_1": Rule(
        "q-logarithm, q = 1: the cross-entropy's",
        forms.CROSS_ENTROPY,
        {**IMITATION, "rule": "tsallis", "q": 1.0},
    ),
    "intended_reward": Rule(
        "intended reward beside an observed one that is reversed",
        REWARD,
        {**OUTCOME, "kind": "secure_outcome"},
        {"world.observed_reward": [0.0, 1.0]},
    ),
    "approval": Rule("approval of own good actions", REWARD, PROCESS, _approval(1.0, 0.0)),
    "disapproval": Rule("disapproval of own bad actions", REWARD, PROCESS, _approval(0.0, -1.0)),
    "both": Rule("approval and disapproval of own actions", forms.times(REWARD, 2), PROCESS),
    "decoupled": Rule(
        "decoupled approval", REWARD, {**PROCESS, "kind": "decoupled_approval"}, _approval(1.0, 0.0)
    ),
    "mona": Rule("reward and approval", forms.times(REWARD, 3), {"kind": "mona", "estimator": "exact"}),
    "clipped": Rule("clipped, one epoch: the reward's", REWARD, {**OUTCOME, "rule": "clipped", "epochs": 1}),
    "two_approvals": Rule(
        "approval of each of two steps", forms.times(REWARD, 2), PROCESS, _chain(2, forgiving=True)
    ),
    "three_approvals": Rule(
        "approval of each of three steps", forms.times(REWARD, 3), PROCESS, _chain(3, forgiving=True)
    ),
}
"""The same dynamics by other ways."""
