"""Networks that a watch has frozen, under losses that compare with what the policy was."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from cases import experiment
from popgrad.sim.blocks import simulate_block
from popgrad.sim.experiment import Condition
from popgrad.sim.lower import lower
from popgrad.sim.pace import Control
from popgrad.sim.spec import read_experiment

KEEPING = [
    {"kind": "outcome", "rule": "clipped", "epochs": 3, "episodes": 4},
    {"kind": "return_conditioned", "edges": [0.0, 0.5], "epochs": 3, "episodes": 4},
    {"kind": "preference", "pairs": "own", "estimator": "sampled", "judged_on": "observed_return"},
]


def block(condition: Condition, first: int, last: int) -> dict[str, np.ndarray]:
    return simulate_block(lower(condition), condition, np.arange(first, last, dtype=np.uint32), Control())


def freezing(loss: dict[str, Any], phase: list[dict[str, Any]]) -> Condition:
    """Two arms, of which all but a few networks soon prefer the better one and learn no more."""
    watch = {"behaviour": "best", "above": 0.6, "freeze": True}
    tables = experiment(
        loss,
        world={"kind": "bandit", "reward": [1.0, 0.0]},
        policy={"kind": "linear", "init": {"kind": "normal", "std": 0.6}},
        optimiser={"kind": "sgd", "learning_rate": {"uniform": [0.05, 0.6]}},
        training={"updates": 20, "record": {"every": 1}, "watch": [watch]},
        **({"phase": phase} if phase else {}),
    )
    return read_experiment(tables).conditions[0]


PHASES = {
    "alone": [],
    "after imitation": [{"updates": 7, "loss": {"kind": "imitation"}}],
    "after the same": [{"updates": 7}],
}


def with_phase(loss: dict[str, Any], name: str) -> Condition:
    return freezing(loss, [{"loss": loss, **phase} for phase in PHASES[name]])


AFTER = {
    f"{loss['kind']} {name}": (loss, name)
    for loss in KEEPING
    for name in PHASES
    if (loss["kind"], name) != ("return_conditioned", "after imitation")  # which sees no bins
}


@pytest.mark.parametrize(("loss", "phase"), AFTER.values(), ids=AFTER)
def test_whoever_is_frozen_beside_a_network(loss, phase):
    """A tile of which all have stopped goes no further: what is kept of them must not depend on that."""
    condition = with_phase(loss, phase)
    whole = block(condition, 0, 64)
    stopped = whole["crossed_at"][:, 0]
    assert ((stopped > 0) & (stopped < 7)).any()
    assert (stopped > 7).any()
    for first in range(1, 40):
        part = block(condition, first, first + 3)
        for name, array in part.items():
            np.testing.assert_array_equal(array, whole[name][first : first + 3], err_msg=name)


@pytest.mark.parametrize(("loss", "phase"), AFTER.values(), ids=AFTER)
def test_a_frozen_network_repeats_its_records_while_others_begin_another_epoch(loss, phase):
    condition = with_phase(loss, phase)
    whole = block(condition, 0, 64)
    for network, stopped in enumerate(whole["crossed_at"][:, 0]):
        for name in ("loss", "gradient_norm", "rate"):
            after = whole[name][network, max(stopped, condition.begins) :]
            if stopped >= 0:
                np.testing.assert_array_equal(after, np.broadcast_to(after[0], after.shape), err_msg=name)
