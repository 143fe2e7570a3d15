"""The comparison of attributions: its statistics by hand, its numbers from a small run, its page."""

from __future__ import annotations

import itertools
from pathlib import Path

import numpy as np
import popgrad
import pytest
from popgrad.analyses.ledger import rivals
from popgrad.analyses.ledger.agreement import each_account, over_networks, rank_correlation, same_sign, slope
from popgrad.analyses.ledger.report import PARTS, page
from popgrad.analyses.ledger.rivals_experiments import LOSSES, Size, entries, experiment, pushed_pairs
from popgrad.analyses.ledger.rivals_found import agreement
from popgrad.analyses.ledger.rivals_measured import PLACES, accounts_of, at_checkpoints, measured
from popgrad.analyses.ledger.rivals_tables import certain
from popgrad.sim.spec import read_experiment

SMALL = Size(networks=16, updates=24, horizons=(1,), checkpoints=(3, 4), resamples=20)
SAMPLED = "outcome, sampled"


def test_rank_correlation_by_hand():
    one = np.array([[1.0, 2.0], [3.0, 4.0]])
    assert rank_correlation(one, one**3) == pytest.approx(1.0)
    assert rank_correlation(one, -one) == pytest.approx(-1.0)
    # ranks 1 2 3 4 and 2 1 4 3: 1 − 6 · 4 / (4 · 15)
    assert rank_correlation(one, np.array([[5.0, 0.0], [9.0, 7.0]])) == pytest.approx(0.6)
    # a tie has the mean rank: ranks 1 2 3 and 1.5 1.5 3
    assert rank_correlation(np.array([1.0, 2, 3]), np.array([4.0, 4, 8])) == pytest.approx(np.sqrt(3) / 2)
    assert np.isnan(rank_correlation(one, np.ones((2, 2))))


def test_slope_and_signs_by_hand():
    x = np.array([[0.0, 1.0], [2.0, 3.0]])
    assert slope(x, 5 - 0.25 * x) == pytest.approx(-0.25)
    assert slope(np.array([0.0, 1, 2]), np.array([0.0, 0, 3])) == pytest.approx(1.5)
    assert np.isnan(slope(np.ones(3), np.arange(3.0)))
    assert same_sign(np.array([1.0, -1, 2, 0]), np.array([3.0, -1, -1, 1])) == pytest.approx(2 / 3)


def test_an_account_is_compared_over_networks_alone():
    x = np.array([[1.0, 10.0], [2.0, 20.0], [3.0, 30.0]])
    y = np.array([[1.0, -1.0], [2.0, -2.0], [3.0, -3.0]])
    np.testing.assert_allclose(each_account(slope, x, y), [1.0, -0.1])


def test_intervals_draw_whole_networks():
    """Ten accounts that say the same are worth no more than one."""
    values = np.random.default_rng(1).normal(size=(200, 1))
    found = over_networks(lambda x: float(x.mean()), np.repeat(values, 10, axis=1), resamples=800)
    wide = 2 * 1.96 * values.std() / np.sqrt(200)
    assert found.high - found.low == pytest.approx(wide, rel=0.15)
    with pytest.raises(ValueError, match="expected at least 10"):
        over_networks(lambda x: float(x.mean()), values[:5])


def test_a_reading_needs_the_whole_interval():
    random = np.random.default_rng(0)
    credit = random.normal(size=(60, 12))
    both = agreement(credit, credit + 0.01 * random.normal(size=credit.shape), 50)
    assert both.reading == "order, size"
    assert agreement(credit, 3 * credit, 50).reading == "order, not the size"
    assert agreement(credit, random.normal(size=credit.shape), 50).reading == "not the order, not the size"
    near = agreement(credit[:20], (credit + 0.7 * random.normal(size=credit.shape))[:20], 50)
    assert near.reading.startswith("order undecided")


def test_certain_signs():
    values = np.array([[1.0, -1.0, 1.0], [1.1, -1.2, -1.0], [0.9, -0.8, 0.1]])
    np.testing.assert_array_equal(certain(values), [1, -1, 0])


def test_checkpoints_stand_for_the_updates_around_them():
    """Σ gap · f(middle) of an f that is linear in time is its sum over all updates, here exactly."""
    updates = 24
    assert SMALL.moments(3) == [4, 12, 20]
    assert SMALL.ends("rate") == [4, 5, 12, 13, 20, 21]
    assert len(SMALL.ends("margin")) == 12
    steps = [np.array([2.0 * t + 1, 5.0]) for t in SMALL.moments(3)]
    whole = at_checkpoints(steps, [8.0] * 3)
    exact = sum(2.0 * t + 1 for t in range(updates)) + updates  # middles are half an update later
    np.testing.assert_allclose(whole, [exact, 5.0 * updates])


@pytest.fixture(scope="module")
def part(tmp_path_factory):
    folder = tmp_path_factory.mktemp("rivals")
    with pytest.MonkeyPatch.context() as patch:
        patch.delitem(LOSSES, "outcome, exact")
        return folder, rivals.run(folder, threads=1, size=SMALL)


def taken(folder: Path, loss: str):
    tables = experiment(LOSSES[loss], SMALL)
    world = read_experiment(tables).conditions[0].world
    run = popgrad.open_run(folder / f"{loss.replace(', ', '_')}.h5")
    return run, world, measured(loss, run, entries(world, LOSSES[loss]), world, SMALL)


@pytest.mark.parametrize("loss", ["imitation, exact", SAMPLED])
def test_an_effect_is_an_account_and_what_others_gain(loss, part):
    run, _, found = taken(part[0], loss)
    own, effect = found.both("margin", "ledger", "pair")
    others = sum(found.elsewhere[place] for place in PLACES)
    ledgers = [name for name in run.conditions if name.startswith(("without", "margin, ledger"))]
    left = max(np.abs(run.ledger("walks_away", name).unexplained).max() for name in ledgers)
    allowed = 2 * left + 1e-5
    assert np.abs(own + others - effect).max() < allowed
    assert np.abs(effect).max() > 10 * allowed
    assert found.unseen == (0.0, 0.0)


def test_first_order_is_tracin_with_a_checkpoint_before_every_update(tmp_path):
    size = SMALL._replace(updates=6, horizons=())
    tables = experiment(LOSSES[SAMPLED], size)
    whole = next(each for each in tables["condition"] if each["name"] == "margin, first order")
    ends = [
        {**whole, "name": str(t), "training.updates": t, "training.record": {"at": [0]}} for t in range(1, 6)
    ]
    run = popgrad.run({**tables, "condition": [*ends, whole]}, tmp_path / "every.h5", threads=1)
    booked = [accounts_of(run, name) for name in run.conditions]
    steps = [booked[0], *(later - before for before, later in itertools.pairwise(booked))]
    np.testing.assert_allclose(at_checkpoints(steps, [1.0] * 6), booked[-1], rtol=1e-9, atol=1e-12)
    assert np.abs(at_checkpoints(steps[:1], [6.0]) - booked[-1]).max() > 0.01


def test_imitation_pushes_what_is_shown_and_outcome_all():
    world = read_experiment(experiment(LOSSES[SAMPLED], SMALL)).conditions[0].world
    assert pushed_pairs(world, LOSSES["imitation, exact"]).sum() == 16
    assert pushed_pairs(world, LOSSES[SAMPLED]).sum() == 32
    kinds = [each.unit for each in entries(world, LOSSES[SAMPLED])]
    assert [kinds.count(unit) for unit in ("pair", "state", "group")] == [32, 16, 3]


def test_the_page_has_every_part_of_what_was_found(part):
    text = page({"rivals": part[1]}, True, {"popgrad": "0", "commit": "none"})
    assert "rivals" in PARTS
    assert "![](rivals.png)" in text
    assert "are at exactly 0" in text
    assert text.count("\n| outcome, sampled |") == 3 + 6 + 3 + 2 + 1 + 3 + 4
    assert "nan" not in text
