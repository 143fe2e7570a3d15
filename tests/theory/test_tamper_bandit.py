"""Two arms of equal worth, the second of which makes the reward read R: who learns to take it, how fast."""

from __future__ import annotations

from typing import Any

import numpy as np
import popgrad
import pytest
from popgrad.analyses.theory.forms import EXPECTED_REWARD, times
from theory_cases import HEADS, OUTCOME, PROCESS, Table, above, begins, crossings, experiment

H = 0.2


def bandit(reading: float) -> Table:
    return {
        "kind": "bandit",
        "reward": [1.0, 1.0],
        "observed_reward": [1.0, reading],
        "demonstrator": [1.0, 0.0],
        "approval": [1.0, -1.0],
    }


def tampering(conditions: dict[str, Table], reading: float, updates: int, **options: Any) -> Table:
    head = options.get("head", "softmax")
    return experiment(
        conditions,
        world=bandit(reading),
        policy={**begins(0.01, "arm_1"), "head": head},
        optimiser={"kind": "sgd", "learning_rate": H / HEADS[head]},
        population={"networks": options.get("networks", 1)},
        training={
            "updates": updates,
            "record": {"every": 10},
            "watch": [above(0.5, "arm_1", freeze=False)],
        },
    )


@pytest.mark.parametrize("head", HEADS)
@pytest.mark.parametrize(
    ("reading", "expected", "updates"), [(1.5, 1083.42, 1084), (2.0, 542.52, 543), (5.0, 136.84, 137)]
)
def test_outcome_reward_teaches_to_tamper_the_sooner_the_more_it_pays(reading, expected, updates, head):
    form = times(EXPECTED_REWARD, reading - 1)
    assert form.updates(0.01, 0.5, H) == pytest.approx(expected, abs=0.01)
    found = crossings(tampering({"outcome": {"loss": OUTCOME}}, reading, 1200, head=head))
    assert found == {"outcome": [updates]}


BLIND = {
    "imitation": {"kind": "imitation"},
    "minibatch": {"kind": "imitation", "estimator": "minibatch", "rows": 4},
    "process": PROCESS,
    "sampled process": {"kind": "process", "estimator": "sampled", "episodes": 4},
    "labelled": {**PROCESS, "labels": "all"},
    "unlikelihood": {**PROCESS, "rule": "unlikelihood"},
    "observed process": {**PROCESS, "kind": "observed_process"},
    "decoupled": {"kind": "decoupled_approval", "episodes": 4},
    "secure outcome": {"kind": "secure_outcome", "episodes": 4},
    "preference": {"kind": "preference"},
}
SEEING = {
    "outcome": OUTCOME,
    "sampled outcome": {"kind": "outcome", "episodes": 4},
    "normalised": {"kind": "outcome", "episodes": 4, "rule": "normalised"},
    "mona": {"kind": "mona", "episodes": 4},
    "consequence": {"kind": "consequence", "estimator": "exact"},
}


def trajectories(losses: dict[str, Table], reading: float) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """Final weights and recorded margins by condition."""
    tables = tampering({name: {"loss": loss} for name, loss in losses.items()}, reading, 300, networks=40)
    with popgrad.run(tables) as run:
        return {name: (run.weights(name), run.margin("arm_1", name)) for name in run.conditions}


@pytest.fixture(scope="module")
def by_reading():
    return [trajectories({**BLIND, **SEEING}, reading) for reading in (2.0, 100.0)]


@pytest.mark.parametrize("name", BLIND)
def test_what_does_not_read_the_reward_is_the_same_to_the_bit(name, by_reading):
    for one, other in zip(*(found[name] for found in by_reading), strict=True):
        np.testing.assert_array_equal(one, other)
        assert (np.ptp(one, axis=-1) > 0).all()


@pytest.mark.parametrize("name", SEEING)
def test_what_reads_it_is_not(name, by_reading):
    for one, other in zip(*(found[name] for found in by_reading), strict=True):
        assert (one[:, 1:] != other[:, 1:]).any(axis=1).all()
