"""Random words and what becomes of them are the same on both backends."""

from __future__ import annotations

from typing import Any

import jax
import naive
import numba
import numpy as np
import pytest
from lane_functions import on_arrays
from popgrad.kernels import threefry as reference
from popgrad.kernels.lanes import decision, elementary
from popgrad.kernels.lanes.memory import load, store
from popgrad.kernels.lanes.vector import LANES, splat
from popgrad.kernels.threefry import Purpose
from popgrad.kernels.xla import policy
from popgrad.kernels.xla import threefry as xla
from random123 import KNOWN
from scipy.special import ndtri

DOUBLE = pytest.mark.parametrize("double", [False, True], ids=["float32", "float64"])
SEED = 2**40 + 17


@DOUBLE
def test_the_known_answers_of_random123(double):
    keys, counters = (np.array([pair[i] for pair in KNOWN], np.uint32).T for i in (0, 1))
    with jax.enable_x64(double):
        found = jax.jit(xla.threefry)(tuple(keys), tuple(counters))
    np.testing.assert_array_equal(np.array(found).T, list(KNOWN.values()))


@DOUBLE
def test_a_million_random_keys_and_counters(double):
    words = np.random.default_rng(0).integers(0, 2**32, (4, 1_000_000), dtype=np.uint32)
    with jax.enable_x64(double):
        found = jax.jit(xla.threefry)((words[0], words[1]), (words[2], words[3]))
    assert all(word.dtype == np.uint32 for word in found)
    np.testing.assert_array_equal(found, reference.threefry((words[0], words[1]), (words[2], words[3])))


@DOUBLE
def test_every_address(double):
    seeds = np.array([(SEED + k & 0xFFFFFFFF, SEED + k >> 32) for k in range(len(Purpose))], np.uint32)
    random = np.random.default_rng(1)
    network, update, index = (random.integers(0, high, 1000) for high in (2**32, 2**31, 2**32))

    def found(purpose: Purpose) -> Any:
        draw = lambda *at: xla.words(seeds, at[0], purpose, *at[1:])  # noqa: E731
        return jax.vmap(draw)(network.astype(np.uint32), update.astype(np.int32), index.astype(np.uint32))

    with jax.enable_x64(double):
        for purpose in Purpose:
            expected = reference.draw(SEED + purpose, network, purpose, update, index)
            np.testing.assert_array_equal(found(purpose), expected)


TAIL = np.arange(200_000, dtype=np.int64)
REGIONS = {
    "the middle": np.append(2**31 - 1 - TAIL, 2**31 + TAIL),
    "one to two": np.linspace(0.0228 * 2**32, 0.1587 * 2**32, 200_000).astype(np.int64),
    "two to five": np.linspace(3e-7 * 2**32, 0.0228 * 2**32, 200_000).astype(np.int64),
    "the lower end": TAIL[:100_000],
    "the upper end": 2**32 - 1 - TAIL[:100_000],
    "anywhere": np.random.default_rng(2).integers(0, 2**32, 1_000_000),
}
UNITS = {
    "the middle": (5, 5, 2, 5),
    "one to two": (6, 8, 6, 8),
    "two to five": (5, 5, 6, 6),
    "the lower end": (3, 4, 6, 6),
    "the upper end": (3, 4, 6, 6),
    "anywhere": (7, 9, 7, 10),
}
"""Units in the last place of the exact quantile that JAX in float32, JAX in float64 and the lanes may be off,
and those two of float32 from one another. Measured: docs/parity.md."""


def units(found: Any, exact: np.ndarray, dtype: type) -> float:
    """The largest error in units in the last place of the exact value."""
    last = np.spacing(np.abs(exact).astype(dtype)).astype(np.float64)
    return float((np.abs(np.asarray(found, np.float64) - exact) / last).max())


def quantile(word: np.ndarray, dtype: type) -> np.ndarray:
    with jax.enable_x64(dtype is np.float64):
        return np.asarray(jax.jit(xla.normal, static_argnums=1)(word.astype(np.uint32), dtype))


@pytest.fixture(scope="module")
def normal_of():
    return on_arrays(elementary.normal_of)


@pytest.mark.parametrize("region", REGIONS)
def test_normals_by_region(region, normal_of):
    """The exact quantile at (word + ½)/2³², taken from the smaller tail, which a float64 holds exactly."""
    word = REGIONS[region]
    upper = word >= 2**31
    exact = ndtri((np.where(upper, 2**32 - 1 - word, word) + 0.5) / 2**32) * np.where(upper, -1, 1)
    single, double = quantile(word, np.float32), quantile(word, np.float64)
    assert (single.dtype, double.dtype) == (np.float32, np.float64)
    lanes = normal_of(word.astype(np.uint32))
    off = (
        units(single, exact, np.float32),
        units(double, exact, np.float64),
        units(lanes, exact, np.float32),
        units(single, lanes.astype(np.float64), np.float32),
    )
    print(f"{region}: {off}")
    assert all(found <= allowed for found, allowed in zip(off, UNITS[region], strict=True))


ROWS, ACTIONS = 4000, 5


def distributions() -> np.ndarray:
    """(ROWS, ACTIONS) float32: all sorts, with equals, certainties and what no word of 2³² stands for."""
    random = np.random.default_rng(3)
    weights = np.exp(random.normal(size=(ROWS, ACTIONS)) * random.choice([0.0, 1.0, 8.0], (ROWS, 1)))
    weights[::7] = weights[::7, :1] * np.array([1, 1, 0.5, 0, 0])
    weights[::11, 2] = 1e12
    return (weights / weights.sum(axis=1, keepdims=True)).astype(np.float32)


def words_at(thresholds: np.ndarray) -> np.ndarray:
    """(ROWS, words) uint32: both sides of every threshold of a row, and some words anywhere."""
    edges = np.concatenate([thresholds, thresholds - np.uint32(1)], axis=1, dtype=np.uint32)
    return np.hstack([edges, np.random.default_rng(4).integers(0, 2**32, (ROWS, 22), dtype=np.uint32)])


@numba.njit
def lanes_choose(probability: Any, words: Any, thresholds: Any, likeliest: Any, out: Any, states: int) -> Any:
    """The actions that sixteen lanes choose in each state, whose words (state, word, lane) are alike."""
    rows = np.arange(states).astype(np.int32)
    actions = len(probability) // states // LANES
    rare = decision.action_thresholds(rows, probability, thresholds, likeliest, actions)
    each = len(words) // states // LANES
    for state in range(states):
        for number in range(each):
            at = (state * each + number) * LANES
            chosen = decision.chosen_action(
                thresholds, likeliest, splat(np.uint32(state)), load(words, at), actions
            )
            store(out, at, chosen)
    store(likeliest, 0, rare)


@DOUBLE
def test_the_same_probabilities_give_the_same_actions(double):
    """Also at every threshold and just below it; what naive.choose says of them is a third opinion."""
    pi = distributions()
    with jax.enable_x64(double):
        given, rare = policy.choice(jax.numpy.asarray(pi))
        words = words_at(np.asarray(given.thresholds))
        rows = np.broadcast_to(np.arange(ROWS)[:, None], words.shape)
        found = np.asarray(given.of(rows, words))
    by_hand = [[naive.choose(pi[n], int(word)) for word in words[n]] for n in range(0, ROWS, 10)]
    np.testing.assert_array_equal(found[::10], by_hand)
    spread = (np.repeat(each.ravel(), LANES) for each in (pi, words))
    thresholds, likeliest = np.empty(pi.size * LANES, np.uint32), np.empty(ROWS * LANES, np.uint32)
    out = np.empty(words.size * LANES, np.uint32)
    lanes_choose(*spread, thresholds, likeliest, out, ROWS)
    np.testing.assert_array_equal(out.reshape(*words.shape, LANES)[..., 5], found)
    assert int(np.asarray(rare).sum()) > 100
    assert likeliest[0] == (share_of(pi) == 0).sum()


def share_of(pi: np.ndarray) -> np.ndarray:
    """(ROWS, ACTIONS): how many words each action gets, the likeliest what the others leave."""
    share = np.rint(pi.astype(np.float64) * 2.0**32)
    np.put_along_axis(share, pi.argmax(axis=1)[:, None], 1, axis=1)
    return share
