"""The oracle of the optimisers: closed forms, and optax."""

from __future__ import annotations

from typing import Any

import numpy as np
import optax
import pytest
from naive import Array
from naive_optimisers import optimiser, schedule_factor


def path(table: dict[str, Any], gradient: Any, start: Array, updates: int) -> list[Array]:
    """All parameters of a training whose gradient is a function of them."""
    made, found = optimiser({"learning_rate": 0.1, **table}, updates), [start]
    for update in range(updates):
        found.append(made.step(found[-1], gradient(found[-1]), update))
    return found


G = np.array([2.0, -0.5, 0.0])


def test_momentum_of_a_constant_gradient_is_a_geometric_sum():
    found = path({"kind": "sgd", "momentum": 0.8}, lambda _: G, np.zeros(3), 6)
    for t in range(6):
        np.testing.assert_allclose(found[t] - found[t + 1], 0.1 * G * (1 - 0.8 ** (t + 1)) / 0.2)
    ahead = path({"kind": "sgd", "momentum": 0.8, "nesterov": True}, lambda _: G, np.zeros(3), 6)
    np.testing.assert_allclose(ahead[5] - ahead[6], found[5] - found[6] + 0.1 * G * 0.8**6)


def test_steps_of_constant_gradients_forget_their_size():
    unit = np.array([1.0, -1, 0])
    found = path({"kind": "adam"}, lambda _: G, np.zeros(3), 6)
    np.testing.assert_allclose(found[6], -0.1 * 6 * unit, rtol=1e-7)
    np.testing.assert_allclose(path({"kind": "sign"}, lambda _: G, np.zeros(3), 6)[6], -0.1 * 6 * unit)
    found = path({"kind": "rmsprop", "beta2": 0.75}, lambda _: G, np.zeros(3), 6)
    for t in range(6):
        step = 0.1 * unit / np.sqrt(1 - 0.75 ** (t + 1))
        np.testing.assert_allclose(found[t] - found[t + 1], step, rtol=1e-6)


def test_weights_decay_alone():
    for table in ({"kind": "sgd", "weight_decay": 0.3}, {"kind": "adamw", "weight_decay": 0.3}):
        found = path(table, np.zeros_like, G, 4)
        np.testing.assert_allclose(found[4], G * 0.97**4)


def test_clipping_keeps_the_direction():
    found = path({"kind": "sgd", "clip_norm": 1.0}, lambda _: np.array([3.0, 4.0]), np.zeros(2), 1)
    np.testing.assert_allclose(found[1], [-0.06, -0.08])
    for gradient in ([0.3, 0.4], [0.0, 0.0]):
        found = path({"kind": "sgd", "clip_norm": 1.0}, lambda _: np.array(gradient), np.zeros(2), 1)  # noqa: B023
        np.testing.assert_allclose(found[1], -0.1 * np.array(gradient))


OPTAX: dict[str, tuple[dict[str, Any], Any]] = {
    "momentum": ({"kind": "sgd", "momentum": 0.7}, optax.sgd(0.1, 0.7)),
    "nesterov": ({"kind": "sgd", "momentum": 0.7, "nesterov": True}, optax.sgd(0.1, 0.7, nesterov=True)),
    "adam": ({"kind": "adam", "beta1": 0.8, "beta2": 0.95, "eps": 0.01}, optax.adam(0.1, 0.8, 0.95, 0.01)),
    "adamw": ({"kind": "adamw"}, optax.adamw(0.1, weight_decay=0.01)),
    "rmsprop": ({"kind": "rmsprop", "eps": 0.01}, optax.rmsprop(0.1, 0.9, 0.01, eps_in_sqrt=False)),
    "clipped_decay": (
        {"kind": "sgd", "clip_norm": 1.5, "weight_decay": 0.2, "momentum": 0.5},
        optax.chain(
            optax.clip_by_global_norm(1.5),
            optax.add_decayed_weights(0.2),
            optax.trace(0.5),
            optax.scale(-0.1),
        ),
    ),
}


@pytest.mark.parametrize(("table", "other"), OPTAX.values(), ids=OPTAX)
def test_optax_takes_the_same_steps(table, other):
    random = np.random.default_rng(1)
    made, theta = optimiser({"learning_rate": 0.1, **table}, 20), random.normal(size=4)
    theirs = theta.astype(np.float32)
    state = other.init(theirs)
    for update in range(20):
        gradient = random.normal(size=4)
        theta = made.step(theta, gradient, update)
        steps, state = other.update(gradient.astype(np.float32), state, theirs)
        theirs = np.asarray(optax.apply_updates(theirs, steps))
    np.testing.assert_allclose(theta, theirs, rtol=1e-4, atol=1e-5)


def test_schedules_by_hand():
    def factors(**schedule: Any) -> list[float]:
        return [schedule_factor(schedule, t, 10) for t in range(11)]

    assert schedule_factor(None, 3, 10) == 1
    assert factors(kind="constant", warm_up=4) == [0.25, 0.5, 0.75, *[1] * 8]
    assert factors(kind="linear") == pytest.approx(np.linspace(1, 0, 11))
    assert factors(kind="linear", over=5, to=0.5, warm_up=1) == pytest.approx(
        [1, 1, 0.9, 0.8, 0.7, 0.6, *[0.5] * 5]
    )
    assert factors(kind="step", every=4, factor=0.1, warm_up=2) == pytest.approx(
        [0.5, 1, 1, 1, 1, 1, 0.1, 0.1, 0.1, 0.1, 0.01]
    )
    cosine = factors(kind="cosine", warm_up=2, to=0.2)
    assert cosine[:3] == [0.5, 1, 1]
    assert cosine[6] == pytest.approx(0.6)
    assert cosine[10] == pytest.approx(0.2)


def test_the_schedule_multiplies_the_rate_and_decoupled_decay_with_it():
    table = {"kind": "adamw", "weight_decay": 0.5, "schedule": {"kind": "step", "every": 1, "factor": 0.5}}
    found = path(table, np.zeros_like, np.ones(1), 2)
    np.testing.assert_allclose(np.ravel(found), [1, 0.95, 0.95 * 0.975])
