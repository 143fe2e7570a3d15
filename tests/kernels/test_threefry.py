"""Random words: known answers, and the same address means the same number wherever it is computed."""

from __future__ import annotations

from typing import Any

import naive
import numba
import numpy as np
import pytest
from popgrad.kernels import threefry as reference
from popgrad.kernels.lanes import threefry as lanes
from popgrad.kernels.lanes.memory import load, store
from popgrad.kernels.lanes.vector import LANES, splat
from popgrad.kernels.threefry import Purpose
from random123 import KNOWN


@numba.njit
def words_of_lanes(words: Any, out: Any) -> None:
    n = len(out) // 2
    for at in range(0, n, LANES):
        x0, x1 = lanes.threefry(
            load(words, at), load(words, n + at), load(words, 2 * n + at), load(words, 3 * n + at)
        )
        store(out, at, x0)
        store(out, n + at, x1)


@numba.njit
def draws_of_lanes(seeds: Any, networks: Any, purpose: int, update: int, index: int, out: Any) -> None:
    n = len(networks)
    for at in range(0, n, LANES):
        key = lanes.network_key(seeds[purpose], load(networks, at), purpose)
        x0, x1 = lanes.threefry(key[0], key[1], splat(np.uint32(update)), splat(np.uint32(index)))
        store(out, at, x0)
        store(out, n + at, x1)


@pytest.mark.parametrize(("given", "words"), KNOWN.items())
def test_the_reference_gives_the_known_answers_of_random123(given, words):
    assert tuple(int(word) for word in reference.threefry(*given)) == words


def test_reference_lanes_and_oracle_agree_on_random_words():
    n = 64 * LANES
    words = np.random.default_rng(0).integers(0, 2**32, (4, n), dtype=np.uint32)
    out = np.empty(2 * n, np.uint32)
    words_of_lanes(words.ravel(), out)
    expected = reference.threefry((words[0], words[1]), (words[2], words[3]))
    np.testing.assert_array_equal(out.reshape(2, n), expected)
    k0, k1, x0, x1 = words.tolist()
    by_hand = [naive.threefry((k0[i], k1[i]), (x0[i], x1[i])) for i in range(n)]
    np.testing.assert_array_equal(np.array(by_hand).T, expected)


@pytest.mark.parametrize("purpose", Purpose)
def test_a_network_draws_the_same_words_everywhere(purpose):
    seed = 2**40 + 17
    seeds = np.array([(seed & 0xFFFFFFFF, seed >> 32)] * len(Purpose), np.uint32)
    networks = np.arange(2**31 - 8, 2**31 + 8, dtype=np.uint32)
    out = np.empty(2 * LANES, np.uint32)
    draws_of_lanes(seeds, networks, int(purpose), 12345, 7 * 2**12 + 3, out)
    expected = reference.draw(seed, networks, purpose, 12345, 7 * 2**12 + 3)
    np.testing.assert_array_equal(out.reshape(2, LANES), expected)
    name = purpose.name.lower()
    by_hand = [naive.draw(seed, int(network), name, 12345, 7 * 2**12 + 3) for network in networks]
    np.testing.assert_array_equal(np.array(by_hand).T, expected)


def test_the_numbers_of_purposes_never_change():
    fixed = {
        "WEIGHTS": 0,
        "HYPERPARAMETERS": 1,
        "ROWS": 2,
        "START": 3,
        "ACTION": 4,
        "QUERY": 5,
        "RECORDED": 6,
    }
    numbers = {purpose.name: int(purpose) for purpose in Purpose}
    assert {name: numbers.get(name) for name in fixed} == fixed  # append only: others may follow
    assert sorted(numbers.values()) == list(range(len(numbers)))


def test_uniforms_lie_inside_the_unit_interval_with_a_full_tail():
    assert reference.uniform(np.array([0, 0xFFFFFFFF], np.uint32)).tolist() == [2.0**-33, 1 - 2.0**-33]


def test_words_of_neighbouring_addresses_are_uncorrelated():
    n = 1 << 20
    first, second = reference.draw(0, 5, Purpose.ACTION, 9, np.arange(n))
    for word in (first, second):
        u = reference.uniform(word)
        bits = np.unpackbits(np.ascontiguousarray(word).view(np.uint8)).reshape(n, 32).mean(axis=0)
        assert abs(u.mean() - 0.5) < 5 * np.sqrt(1 / 12 / n)
        assert np.abs(bits - 0.5).max() < 5 * 0.5 / np.sqrt(n)
        assert abs(np.corrcoef(u[:-1], u[1:])[0, 1]) < 5 / np.sqrt(n)
    assert abs(np.corrcoef(reference.uniform(first), reference.uniform(second))[0, 1]) < 5 / np.sqrt(n)
