"""What the runs with several states come to: an array for each quantity, by world, network and state."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ....sim.runfile import Run
from .experiments import LAYER, RIGHT, STATE_RULES, WRONG, of_world, taught_in, trained
from .settings import Settings
from .worlds.states import Array

COUNT = WRONG + RIGHT


@dataclass(frozen=True, eq=False)
class Begin:
    """Where all rules begin, each (worlds, networks, …).

    Args:
        odds: (…, S), log-odds of the good action.
        kernel: (…, S, S), Σ_θ ∂z_s/∂θ ∂z_t/∂θ with z the log-odds of the good action.
        gap, visits: (worlds, 1, S).
        usable: (worlds, networks), whether what was taught has arrived: wrong states wrong, right ones right.
    """

    odds: Array
    kernel: Array
    gap: Array
    visits: Array

    @property
    def usable(self) -> NDArray[np.bool_]:
        wrong, right = self.odds[..., :WRONG] < 0, self.odds[..., WRONG:] > 0
        return np.asarray(wrong.all(axis=-1) & right.all(axis=-1))


@dataclass(frozen=True, eq=False)
class Trained:
    """What one rule did to all states, each (worlds, networks, …).

    Args:
        corrected_at: (…, WRONG), updates to log-odds above 0, inf where never.
        spoilt_at: (…, RIGHT), updates to log-odds below 0, inf where never.
        last: (…, S), log-odds at the end, NaN where weights were not finite.
        diverged: whether they were not.
    """

    corrected_at: Array
    spoilt_at: Array
    last: Array
    diverged: NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Alone:
    """What one rule did where the first state alone was trained, each (worlds, networks, …).

    Args:
        corrected_at: updates to log-odds above 0, inf where never.
        last: (…, S), log-odds of all states then.
        diverged: whether weights were not finite.
    """

    corrected_at: Array
    last: Array
    diverged: NDArray[np.bool_]


def kernel(weights: Array, features: Array) -> Array:
    """(networks, S, S): the products of gradients of the logit, of networks of one hidden tanh layer.

    Args:
        weights: (networks, P): the hidden layer's by unit, its biases, the output's weights and its bias.
        features: (S, D).
    """
    width, inputs = LAYER["hidden"][0], features.shape[1]
    hidden = weights[:, : width * inputs].reshape(-1, width, inputs)
    bias = weights[:, width * inputs : width * (inputs + 1)]
    out = weights[:, width * (inputs + 1) : width * (inputs + 2)]
    y = np.tanh(np.einsum("nwd,sd->nsw", hidden, features) + bias[:, None])
    through = out[:, None] * (1 - y**2)
    below = np.einsum("nsw,ntw->nst", through, through) * (features @ features.T + 1)
    return below + np.einsum("nsw,ntw->nst", y, y) + 1


def begin(taught: Run, states: Run, policy: str, settings: Settings) -> Begin:
    """From the runs that taught, and the first record of the runs that go on from them."""
    rule = next(iter(STATE_RULES))
    odds, kernels, gap, visits = [], [], [], []
    for seed in settings.seeds:
        of = of_world(settings, seed)
        sign = 2.0 * of.good - 1
        odds.append(_log_odds(states, trained(rule, policy, seed), 0))
        if policy == "layer":
            products = kernel(np.asarray(taught.weights(taught_in(policy, seed))), of.features)
        else:
            products = np.broadcast_to(np.eye(COUNT), (settings.networks, COUNT, COUNT))
        kernels.append(products * sign[:, None] * sign)
        gap.append(of.gap[None])
        visits.append(of.visits[None])
    return Begin(*(np.array(each) for each in (odds, kernels, gap, visits)))


def outcome(states: Run, rule: str, policy: str, settings: Settings) -> Trained:
    """What a rule did in all worlds, where all states are trained."""
    names = [trained(rule, policy, seed) for seed in settings.seeds]
    return Trained(
        corrected_at=_crossings(states, names, [f"state_{s} > 0.5" for s in range(WRONG)]),
        spoilt_at=_crossings(states, names, [f"state_{s} < 0.5" for s in range(WRONG, COUNT)]),
        last=np.array([_log_odds(states, name, -1) for name in names]),
        diverged=_diverged(states, names),
    )


def by_itself(alone: Run, rule: str, settings: Settings) -> Alone:
    """What a rule did in all worlds, where the first state alone is trained."""
    names = [trained(rule, "layer", seed) for seed in settings.seeds]
    return Alone(
        corrected_at=_crossings(alone, names, ["state_0 > 0.5"])[..., 0],
        last=np.array([_log_odds(alone, name, -1) for name in names]),
        diverged=_diverged(alone, names),
    )


def _crossings(run: Run, names: list[str], watches: list[str]) -> Array:
    found = np.array([[run.crossed_at(watch, name) for watch in watches] for name in names])
    return np.where(found < 0, np.inf, found).transpose(0, 2, 1)


def _diverged(run: Run, names: list[str]) -> NDArray[np.bool_]:
    return np.array([run.diverged_at(name) for name in names]) >= 0


def push(rule: str, start: Begin) -> Array:
    """(worlds, networks, S): how hard a rule pushes the log-odds of each state by itself at first."""
    p = 1 / (1 + np.exp(-start.odds))
    each: Mapping[str, Array] = {
        "imitation": (1 + start.gap) / 2 - p,
        "all actions": np.broadcast_to(start.gap / 2, p.shape),
        "outcome": start.gap * p * (1 - p),
    }
    return start.visits * each[rule.removesuffix(", sampled")]


def from_others(rule: str, start: Begin) -> Array:
    """(worlds, networks, S): by how much the others push the log-odds of a state at first."""
    itself = np.eye(COUNT, dtype=bool)
    return np.einsum("wnst,wnt->wns", np.where(itself, 0.0, start.kernel), push(rule, start))


def _log_odds(run: Run, name: str, time: int) -> Array:
    margins = [np.asarray(run.margin(f"state_{s}", name), np.float64)[:, time] for s in range(COUNT)]
    return np.array(margins).T
