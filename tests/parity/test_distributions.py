"""Networks that saw other episodes end alike on both backends; docs/parity.md has it for 10,000 of them."""

from __future__ import annotations

import os

import pytest
from parity_distributions import CONDITIONS, Scale, chances, far_apart, final_rates, threshold

FULL = os.environ.get("POPGRAD_PARITY") == "full"
SCALE = Scale(10_240, 300) if FULL else Scale(512, 100)
NAMES = list(CONDITIONS) if FULL else list(CONDITIONS)[:2]


@pytest.fixture(scope="module")
def lanes():
    return {name: final_rates(name, SCALE, "numba", 0) for name in NAMES}


def test_with_seeds_of_their_own_the_distributions_are_the_same(lanes):
    found = {name: chances(lanes[name], final_rates(name, SCALE, "jax", 1)) for name in NAMES}
    level = threshold(sum(map(len, found.values())))
    assert all(min(each) > level for each in found.values()), (found, level)


def test_with_the_same_seed_networks_are_the_same(lanes):
    """All but those whose learning multiplies rounding until another action is drawn."""
    for name in NAMES:
        assert far_apart(lanes[name], final_rates(name, SCALE, "jax", 0)) <= SCALE.networks // 20


def test_another_learning_rate_is_seen(lanes):
    """By half in a small sample, so that to see no difference between backends says something."""
    for name in NAMES:
        found = chances(lanes[name], final_rates(name, SCALE, "numba", 1, 1.1 if FULL else 2.0))
        assert min(found) < threshold(len(found)), name
