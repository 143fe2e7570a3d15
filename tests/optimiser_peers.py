"""Optimisers in optax's words, the gradients they are tried on, and distances of steps in last places."""

from __future__ import annotations

from typing import Any, NamedTuple

import jax
import numpy as np
import optax
from optimiser_kernel import PARAMETERS, hyperparameters_of
from popgrad.kernels.lanes.vector import LANES

STEPS = 300


class Peer(NamedTuple):
    """An optimiser of popgrad's and the same in optax's words, and how many ulp they may be apart.

    keeping: of a step under gradients that keep their sign; changing: of the largest step so far, under
    others, and under both where weights decay, which is against the gradient or the step.
    """

    table: dict[str, Any]
    optax: Any
    keeping: float
    changing: float
    decays: bool = False


RATE = {"learning_rate": 0.0625}
BETAS = {"beta1": 0.9, "beta2": 0.999, "eps": 1e-8}


def coupled(*, learning_rate: Any, weight_decay: Any, momentum: Any) -> Any:
    """L2 in the gradient and then momentum."""
    return optax.chain(optax.add_decayed_weights(weight_decay), optax.sgd(learning_rate, momentum=momentum))


def clipped(*, learning_rate: Any, clip_norm: Any) -> Any:
    return optax.chain(optax.clip_by_global_norm(clip_norm), optax.sgd(learning_rate))


def clipped_adam(*, learning_rate: Any, clip_norm: Any, beta1: Any, beta2: Any, eps: Any) -> Any:
    return optax.chain(optax.clip_by_global_norm(clip_norm), optax.adam(learning_rate, beta1, beta2, eps))


# Measured over these gradients, keeping and changing: momentum 4.1, 2.2; Nesterov 3.7, 2.0; clipping 3.6;
# Adam 14.5, 8.1 (optax in float32: 58.5, as it takes 1 - beta^t for a difference); AdamW 12.8, 8.6; RMSProp
# 3.3, 1.7; weight decay 1.7, changing alone.
PEERS: dict[str, Peer] = {
    "sgd": Peer({"kind": "sgd", **RATE}, optax.sgd, 1, 1),
    "momentum": Peer({"kind": "sgd", **RATE, "momentum": 0.9}, optax.sgd, 6, 4),
    "nesterov": Peer(
        {"kind": "sgd", **RATE, "momentum": 0.9, "nesterov": True},
        lambda **options: optax.sgd(**options, nesterov=True),
        6,
        4,
    ),
    "weight_decay": Peer(
        {"kind": "sgd", **RATE, "weight_decay": 0.1, "momentum": 0.5}, coupled, 4, 4, decays=True
    ),
    "clip_norm": Peer({"kind": "sgd", **RATE, "clip_norm": 2.0}, clipped, 6, 6),
    "adam": Peer(
        {"kind": "adam", **RATE, **BETAS},
        lambda *, learning_rate, beta1, beta2, eps: optax.adam(learning_rate, beta1, beta2, eps),
        20,
        12,
    ),
    "adam_clipped": Peer({"kind": "adam", **RATE, **BETAS, "clip_norm": 2.0}, clipped_adam, 20, 12),
    "adamw": Peer(
        {"kind": "adamw", **RATE, **BETAS, "weight_decay": 0.1},
        lambda *, learning_rate, beta1, beta2, eps, weight_decay: optax.adamw(
            learning_rate, beta1, beta2, eps, weight_decay=weight_decay
        ),
        20,
        12,
        decays=True,
    ),
    "rmsprop": Peer(
        {"kind": "rmsprop", **RATE, "beta2": 0.9, "eps": 1e-8},
        lambda *, learning_rate, beta2, eps: optax.rmsprop(learning_rate, beta2, eps, eps_in_sqrt=False),
        6,
        4,
    ),
    "sign": Peer({"kind": "sign", **RATE}, optax.sign_sgd, 0, 0),
}


def gradients(keeping: bool) -> np.ndarray:
    """(STEPS, PARAMETERS, LANES) float32 of magnitudes from 1e-4 to 1e2, `keeping` their signs or not."""
    random = np.random.default_rng(5)
    size = 10 ** random.uniform(-3, 1, (PARAMETERS, LANES)) * np.exp(
        random.normal(size=(STEPS, PARAMETERS, LANES))
    )
    sign = random.choice([-1.0, 1.0], (1 if keeping else STEPS, PARAMETERS, LANES))
    return (sign * size).astype(np.float32)


def by_optax(
    peer: Peer, given: np.ndarray, path: np.ndarray, dtype: type, numbers: type = np.float32
) -> np.ndarray:
    """(STEPS, PARAMETERS, LANES): its steps of each lane, from popgrad's own parameters each time.

    Its hyperparameters are those of the table as `numbers` has them.
    """
    by_lane = [np.swapaxes(each, 1, 2).astype(dtype) for each in (given, path)]
    with jax.enable_x64(dtype is np.float64):
        options = {name: dtype(value) for name, value in hyperparameters_of(peer.table, numbers).items()}
        transformation = peer.optax(**options)
        update = jax.jit(jax.vmap(transformation.update))
        state = jax.vmap(transformation.init)(np.zeros((LANES, PARAMETERS), dtype))
        steps = []
        for gradient, parameters in zip(*by_lane, strict=False):
            step, state = update(gradient, state, parameters)
            steps.append(np.asarray(step, np.float64))
    return np.swapaxes(steps, 1, 2)


def apart(steps: np.ndarray, reference: np.ndarray, keeping: bool) -> float:
    """The largest difference in ulp of float32, of the step or of the largest so far."""
    size = np.abs(reference) if keeping else np.maximum.accumulate(np.abs(reference))
    return float((np.abs(steps - reference) / np.spacing(size.astype(np.float32)).astype(np.float64)).max())
