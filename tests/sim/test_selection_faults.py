"""Criteria that make no sense are refused by name, before any compute."""

from __future__ import annotations

import copy

import popgrad
import pytest
from cases import Table
from popgrad.sim.cells import put
from popgrad.sim.spec import read_experiment
from selection_cases import GUESS, SPLIT, TWO_ARMS, selected


def put_all(tables: Table, changes: Table) -> Table:
    """Tables with some dotted keys replaced."""
    changed = copy.deepcopy(tables)
    for key, value in changes.items():
        put(changed, key, value)
    return changed


BAND = {"loss": {"below": 0.1}}
MARGIN = {**BAND, "margin": {"above": 0}}
LOSS, SELECT = "condition[0].loss", "training.select"
FAULTS: dict[str, tuple[Table, str]] = {
    "no criterion": ({SELECT: {}}, "training.select.loss"),
    "no band": ({SELECT: {"loss": {}}}, "training.select.loss.*`above`, `below` or both"),
    "no band of margins": ({SELECT: {**BAND, "margin": {}}}, "training.select.margin"),
    "upside down": (
        {SELECT: {"loss": {"above": 0.2, "below": 0.1}}},
        "select.loss.*`above` less than `below`",
    ),
    "an empty band": ({SELECT: {"loss": {"above": 0.2, "below": 0.2}}}, "select.loss.*`above` less"),
    "no number": ({SELECT: {"loss": {"below": float("nan")}}}, "training.select.loss.below.*finite"),
    "beyond float32": ({SELECT: {"loss": {"below": 1e300}}}, "training.select.loss.below"),
    "a bound alone": ({SELECT: {"loss": 0.1}}, "training.select.loss.*a table"),
    "unknown": ({SELECT: {**BAND, "attemts": 5}}, "select.attemts.*did you mean 'attempts'"),
    "unknown bound": ({SELECT: {"loss": {"belw": 0.1}}}, "select.loss.belw.*did you mean 'below'"),
    "no attempts": ({SELECT: {**BAND, "attempts": 0}}, "training.select.attempts"),
    "too many": ({SELECT: {**BAND, "attempts": 2**32 + 1}}, "training.select.attempts"),
    "method": ({"training.method": "guess"}, "training.method.*did you mean 'guess_and_check'"),
    "a criterion alone": ({"training.method": "gradient", "training.updates": 5}, "training.select.*a table"),
    "a method alone": ({"training": {"method": GUESS}}, "training.select.*nothing"),
    "zeros": ({"policy.init": {"kind": "zeros"}}, "policy.init.kind.*zeros"),
    "a probability": (
        {
            "world": TWO_ARMS,
            "policy": {"kind": "tabular", "init": {"kind": "probability", "of": "best", "value": 0.1}},
        },
        "policy.init.kind.*probability",
    ),
    "critic": (
        {
            LOSS: {
                "kind": "outcome",
                "baseline": "critic",
                "critic": {"kind": "linear", "learning_rate": 0.1},
            }
        },
        "loss.critic",
    ),
    "preference": ({LOSS: {"kind": "preference"}}, "training.method.*gradient"),
    "predictions": (
        {LOSS: {"kind": "consequence"}, "policy.head": "softmax"},
        "training.method.*gradient",
    ),
    "phases": ({"phase": [{"updates": 5, "loss": {"kind": "imitation"}}]}, "phase.*fresh weights"),
    "margin of tanh": ({SELECT: MARGIN, "policy.activation": "tanh"}, "training.select.margin.*homogeneous"),
    "margin of a bias": ({SELECT: MARGIN, "policy.bias": True}, "training.select.margin.*homogeneous"),
    "margin of doubt": (
        {SELECT: MARGIN, "world": {"kind": "bandit", "demonstrator": [0.9, 0.1]}},
        "training.select.margin.*not sure",
    ),
    "margin in own states": (
        {SELECT: MARGIN, LOSS: {"kind": "imitation", "states": "own"}},
        "training.select.margin.*fixed states",
    ),
    "margin of reward": ({SELECT: MARGIN, LOSS: {"kind": "outcome"}}, "training.select.margin"),
    "particles": ({SELECT: {**BAND, "particles": 24}, "training.method": SPLIT}, "particles.*multiple of 16"),
    "guessing particles": ({SELECT: {**BAND, "particles": 16}}, "training.select.particles"),
    "guessing moves": ({SELECT: {**BAND, "moves": 16}}, "training.select.moves"),
    "too few to split": (
        {SELECT: {**BAND, "attempts": 1343}, "training.method": SPLIT},
        "training.select.attempts.*at least 1,344",
    ),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_criterion_that_makes_no_sense_is_refused_before_any_compute(fault):
    changes, words = FAULTS[fault]
    assert read_experiment(selected(BAND)).conditions
    with pytest.raises(popgrad.InvalidInput, match=words):
        popgrad.run(put_all(selected(BAND), changes))
