"""The gradient of one update: the two backends in float32, and JAX in float64 against the oracle.

Every fourth loss is tried with one policy and one world, in turn, and so are as many as have every choice of
every kind's options once, these in float64 too. POPGRAD_PARITY=full tries every loss with every policy that
it goes with, in both, which takes hours.
"""

from __future__ import annotations

import os
from collections.abc import Iterator

import naive
import naive_losses
import numpy as np
import pytest
from cases import LOSSES
from parity_cases import (
    PROGRAMS,
    choices_of,
    difference,
    every_choice,
    one_each,
    parts,
    the_product,
    xla_updates,
)
from parity_lanes import IDS, SEED, Case, Update, described, lane_updates, plan_of
from policy_cases import POLICY_TABLES, acted_in, net_of, seen_by

FULL = os.environ.get("POPGRAD_PARITY") == "full"
UNITS = 32
"""In the last place of the largest component of a block's gradients, docs/parity.md. Measured: at most 16."""
NEAR = 1e-11
"""Of the same component, in float64."""
LANES = (3, 9)
"""Those that the oracle computes; the others differ from them only by number."""

EACH = one_each()
CHOICES = {loss: EACH[loss] for loss in every_choice()}
SINGLES = the_product() if FULL else list((dict(list(EACH.items())[::4]) | CHOICES).values())
DOUBLES = SINGLES if FULL else list(CHOICES.values())


@pytest.fixture(scope="module", autouse=True)
def programs(request: pytest.FixtureRequest) -> Iterator[None]:
    """What the chosen tests ask for is compiled while the first of them run."""
    for item in request.session.items:
        chosen = getattr(item, "callspec", None)
        if chosen and getattr(item, "module", None) is request.module:
            precision = "float64" if "float64" in item.name.split("[")[0] else "float32"
            PROGRAMS.ahead([chosen.params["case"]], precision)
    yield
    PROGRAMS.known.clear()


@pytest.mark.parametrize("case", SINGLES, ids=described)
def test_float32_backends_agree(case):
    units, redrawn = difference(case)
    print(f"{described(case)}: {units} units, {redrawn} redrawn")
    assert redrawn <= 1  # a word between two thresholds that differ by rounding: once in 10⁷
    assert units <= UNITS


@pytest.mark.parametrize("case", DOUBLES, ids=described)
def test_float64_agrees_with_the_oracle(case):
    path = lane_updates(case)
    found = xla_updates(PROGRAMS.of(case, "float64"), path)
    plan, _ = plan_of(case, "float64")
    for number, update in enumerate(found):
        assert update.gradient.dtype == np.float64
        for lane in LANES:
            expected, rarest = oracle(case, path, number, lane)
            near = max(NEAR, 1e-15 / rarest)  # the oracle's own π ΣU − U cancels where a policy is certain
            for part in parts(plan):
                size = np.abs(update.gradient[:, part]).max(initial=0)
                np.testing.assert_allclose(
                    update.gradient[lane, part], expected[part], rtol=0, atol=near * size
                )


def oracle(case: Case, path: tuple[Update, ...], number: int, lane: int) -> tuple[np.ndarray, float]:
    """(P,): what the oracle makes of an update, the critic's behind the policy's; and its rarest action.

    It draws its own episodes, by its own probabilities.
    """
    loss, policy, condition = LOSSES[case.loss], POLICY_TABLES[case.policy], case.condition("float64")
    net, world = net_of(policy), acted_in(condition.world, policy)
    size = naive.parameter_count(net, seen_by(world, loss))
    theta = [update.weights[lane].astype(np.float64) for update in path]
    began = number - number % condition.loss.epochs
    step = naive_losses.step(
        net,
        world,
        loss,
        theta[number][:size],
        at=naive.Address(SEED, int(IDS[lane]), number),
        old=theta[began][:size],
        epoch_start=began,
        reference=theta[0][:size],
        critic=theta[number][size:] if condition.loss.critic else None,
    )
    rarest = float(naive.probabilities(net, seen_by(world, loss), theta[number][:size]).min())
    return np.append(step.gradient, [] if step.critic is None else step.critic), rarest


def test_every_choice_of_a_loss_is_here_and_every_policy():
    here = {case.loss for case in SINGLES}
    every, met = (set().union(*(choices_of(LOSSES[loss]) for loss in losses)) for losses in (LOSSES, here))
    assert met == every
    assert 3 * len(here) > len(LOSSES)
    assert {case.policy for case in SINGLES} == set(POLICY_TABLES)
