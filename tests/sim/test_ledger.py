"""The ledger of a finished run: what stands in the file is what the blocks booked, and adds up."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import popgrad
import pytest
from cases import experiment
from popgrad.sim.blocks import Control, simulate_block
from popgrad.sim.engine import Engine
from popgrad.sim.errors import InvalidInput
from popgrad.sim.estimate import block_size, estimate
from popgrad.sim.experiment import Experiment
from popgrad.sim.lower import lower
from popgrad.sim.runfile import Run
from popgrad.sim.simulate import Work, layout_of, run_finalise
from popgrad.sim.spec import read_experiment
from popgrad.sim.store import PartialRun

BEHAVIOURS = ["collects_coin", "walks_away"]
IMITATION = {"kind": "imitation"}
OUTCOME = {"kind": "outcome", "episodes": 4, "baseline": "mean", "entropy": 0.1}
LOSSES = [IMITATION, OUTCOME]
POLICY = {"kind": "mlp", "hidden": [5], "init": {"kind": "normal", "std": 0.7}}


def tables(loss: Any = LOSSES, networks: int = 40, **more: Any) -> dict[str, Any]:
    """A small experiment with a ledger of every network."""
    ledger = {"behaviours": BEHAVIOURS, "networks": networks, **more.pop("ledger", {})}
    training = {"updates": 30, "record": {"log": 5}, "ledger": ledger}
    sections = {"policy": POLICY, "population": {"networks": networks}, "training": training}
    return experiment(loss, **{**sections, **more})


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    return popgrad.run(tables(), tmp_path_factory.mktemp("ledger") / "out.h5")


def changes(run: Run, behaviour: str, condition: str) -> np.ndarray:
    """(network, time) float64: the change of a rate since the beginning, at the condition's own times."""
    rate = run.rate(behaviour, condition).astype(np.float64)
    return rate - rate[:, :1]


@pytest.mark.parametrize("behaviour", BEHAVIOURS)
@pytest.mark.parametrize("condition", ["0_imitation", "1_outcome"])
def test_accounts_and_the_rest_sum_to_the_change_at_every_time(run, behaviour, condition):
    ledger, change = run.ledger(behaviour, condition), changes(run, behaviour, condition)
    whole = ledger.over_time.sum(axis=(1, 2, 3)) + ledger.rest_over_time.sum(axis=1)
    np.testing.assert_allclose(whole, change.mean(axis=0), rtol=1e-9, atol=1e-12)
    np.testing.assert_array_equal(ledger.mean, ledger.over_time[-1])
    np.testing.assert_array_equal(ledger.rest, ledger.rest_over_time[-1])
    np.testing.assert_array_equal(ledger.over_time[0], 0.0)
    np.testing.assert_array_equal(ledger.counted, 40)
    booked = ledger.by_network.sum(axis=(1, 2, 3))
    np.testing.assert_allclose(booked + ledger.unexplained, change[:, -1], rtol=1e-9, atol=1e-12)
    assert np.abs(ledger.unexplained).mean() < 0.03 * np.abs(change[:, -1]).mean()


@pytest.mark.parametrize("behaviour", BEHAVIOURS)
def test_means_and_errors_are_those_of_the_networks(run, behaviour):
    ledger = run.ledger(behaviour, "1_outcome")
    np.testing.assert_allclose(ledger.mean, ledger.by_network.mean(axis=0), rtol=1e-9, atol=1e-14)
    error = ledger.by_network.std(axis=0, ddof=1) / np.sqrt(40)
    np.testing.assert_allclose(ledger.error, error, rtol=1e-6, atol=1e-10)
    left = ledger.unexplained
    np.testing.assert_allclose(ledger.rest[2], left.mean(), rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(ledger.rest_error[2], left.std(ddof=1) / np.sqrt(40), rtol=1e-6, atol=1e-10)


def test_accounts_stand_by_the_worlds_states(run):
    world = read_experiment(tables()).conditions[0].world
    contexts = world.contexts
    assert contexts is not None
    pushed = run.ledger("walks_away", "0_imitation").mean[0]
    np.testing.assert_array_equal((pushed != 0).any(axis=1), contexts > 0)
    np.testing.assert_array_equal(run.ledger("walks_away", "0_imitation").mean[1:], 0.0)
    assert (run.ledger("walks_away", "1_outcome").mean[1:] != 0).any(axis=(1, 2)).all()
    assert not run.ledger("walks_away", "1_outcome").mean[:, world.terminal].any()


def test_accounts_are_read_by_the_names_and_groups_of_states(run, tmp_path):
    ledger = run.ledger("walks_away", "1_outcome")
    assert ledger.state_names[3] == "at 1, coin at 0"
    groups = ledger.by_group()
    assert set(groups) == {"at the coin", *(f"coin {place}" for place in PLACES)}
    np.testing.assert_allclose(sum(groups.values()), ledger.mean.sum(axis=1), atol=1e-12)
    assert not groups["at the coin"].any()
    assert not groups["coin at the left end"].any()  # where training never is
    nameless = {"successor": [[0, 0]], "start": [1.0], "features": [[1.0]], "horizon": 1, "contexts": [1.0]}
    np.savez(tmp_path / "one.npz", **nameless, demonstrator=[[0.0, 1.0]], **RIGHT)
    given = tables([IMITATION], world={"kind": str(tmp_path / "one.npz")}, ledger={"behaviours": ["right"]})
    own = popgrad.run(given, tmp_path / "own.h5").ledger("right", "0_imitation")
    assert own.state_names == own.state_groups == ("0",)


PLACES = ("at the right end", "at the left end", "to the right", "to the left")
RIGHT = {"behaviour.right.weight": [[0.0, 1.0]], "behaviour.right.contexts": [1.0]}


def test_a_ledger_leaves_the_rest_of_the_run_as_it_is(run, tmp_path):
    bare = tables()
    del bare["training"]["ledger"]
    other = popgrad.run(bare, tmp_path / "bare.h5")
    for name in other.variables:
        np.testing.assert_array_equal(run.values(name), other.values(name))
    assert other.ledger_behaviours == ()
    with pytest.raises(InvalidInput, match="this run has no ledger of"):
        other.ledger("walks_away", "0_imitation")


def finished(work: Work, path: Path, order: list[Any]) -> Run:
    """A run whose blocks are done in some order, with another process in between."""
    for job in order:
        with PartialRun.open(path, work.header()) as partial:
            condition = work.experiment.conditions[job.condition]
            arrays = simulate_block(work.plans[job.condition], condition, job.ids, Control())
            partial.add(job.condition, job.block, arrays)
    with PartialRun.open(path, work.header()) as partial:
        run_finalise(partial, layout_of(work))
        partial.remove()
    return popgrad.open_run(path)


def test_a_run_that_was_killed_between_blocks_has_the_same_bits_in_any_order(run, tmp_path, monkeypatch):
    monkeypatch.setattr("popgrad.sim.work.block_size", lambda *_: 16)
    work = Work(read_experiment(tables()))
    jobs = list(work.jobs(set()))
    assert len(jobs) == 6
    one = finished(work, tmp_path / "one.h5", jobs)
    other = finished(work, tmp_path / "other.h5", jobs[::-1])
    for name in (*POOLED, "unexplained"):
        np.testing.assert_array_equal(one.values(name), other.values(name))
        np.testing.assert_allclose(one.values(name), run.values(name), rtol=1e-6, atol=1e-12)


POOLED = ("ledger", "ledger_error", "ledger_rest", "ledger_rest_error", "ledger_time", "ledger_rest_time")


def test_phases_add_up(tmp_path):
    given = tables([OUTCOME], phase=[{"updates": 20, "loss": IMITATION, "optimiser.learning_rate": 0.2}])
    both = popgrad.run(given, tmp_path / "both.h5")
    first = tables([IMITATION], optimiser={"kind": "sgd", "learning_rate": 0.2})
    first["training"]["updates"] = 20
    before = popgrad.run(first, tmp_path / "first.h5").ledger("walks_away", "0_imitation")
    ledger, change = both.ledger("walks_away", "0_outcome"), changes(both, "walks_away", "0_outcome")
    whole = ledger.over_time.sum(axis=(1, 2, 3)) + ledger.rest_over_time.sum(axis=1)
    np.testing.assert_allclose(whole, change.mean(axis=0), rtol=1e-9, atol=1e-12)
    own = {"kind": "run", "path": str(tmp_path / "first.h5"), "condition": "0_imitation"}
    after = tables([OUTCOME], policy={**POLICY, "init": own})
    second = popgrad.run(after, tmp_path / "second.h5").ledger("walks_away", "0_outcome")
    np.testing.assert_allclose(ledger.mean[1:], second.mean[1:], rtol=0.3, atol=0.01)
    assert ledger.mean.sum() == pytest.approx(change.mean(axis=0)[-1], abs=0.01)
    assert before.mean.any()


@pytest.mark.parametrize(
    ("loss", "policy"),
    [
        ({"kind": "return_conditioned", "edges": [0.5], "episodes": 4}, POLICY),
        ({"kind": "outcome", "episodes": 4}, {"kind": "controller", "memory": 2, "init": POLICY["init"]}),
        ({"kind": "preference", "compare": "actions", "judged_on": "approval"}, POLICY),
    ],
    ids=["return_conditioned", "controller", "preference"],
)
def test_what_is_told_or_remembered_is_added_up(loss, policy, tmp_path):
    run = popgrad.run(tables([loss], networks=16, policy=policy), tmp_path / "out.h5")
    condition = f"0_{loss['kind']}"
    for behaviour in BEHAVIOURS:
        ledger, change = run.ledger(behaviour, condition), changes(run, behaviour, condition)
        assert ledger.mean.shape == (3, 9, 2)
        assert np.abs(ledger.unexplained).mean() < 0.03 * np.abs(change[:, -1]).mean() + 1e-6


def test_diverged_networks_are_left_out_of_the_means(tmp_path):
    init = {"kind": "normal", "std": {"log_uniform": [0.1, 1e30]}}
    given = tables([OUTCOME], policy={**POLICY, "activation": "relu", "init": init})
    run = popgrad.run(given, tmp_path / "out.h5")
    ledger, lost = run.ledger("walks_away", "0_outcome"), run.diverged_at("0_outcome") >= 0
    assert 0 < lost.sum() < 40
    np.testing.assert_array_equal(np.isnan(ledger.unexplained), lost)
    assert ledger.counted[-1] == (~lost).sum()
    whole = ledger.mean.sum() + ledger.rest.sum()
    assert whole == pytest.approx(changes(run, "walks_away", "0_outcome")[~lost, -1].mean())


def test_a_sweep_over_sizes_and_ledgers_has_its_own_accounts(tmp_path):
    given = tables()
    given["condition"][1]["world.length"] = 3
    given["condition"][1]["training.ledger.behaviours"] = ["walks_away"]
    run = popgrad.run(given, tmp_path / "out.h5")
    assert run.ledger_behaviours == tuple(BEHAVIOURS)
    assert run.ledger("walks_away", "0_imitation").mean.shape == (3, 9, 2)
    assert run.ledger("walks_away", "1_outcome").mean.shape == (3, 16, 2)
    assert np.isfinite(run.ledger("walks_away", "0_imitation").over_time).all()
    with pytest.raises(InvalidInput, match="one of walks_away"):
        run.ledger("collects_coin", "1_outcome")
    with run.to_xarray() as data:
        assert data["ledger"].dims == ("condition", "ledger_behaviour", "account", "state", "action")
        booked = data["ledger"].sel(condition="0_imitation", ledger_behaviour="walks_away", account="signal")
        np.testing.assert_array_equal(booked[:9], run.ledger("walks_away", "0_imitation").mean[0])


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"training.ledger.behaviours": ["walks_awy"]}, "walks_away"),
        ({"training.ledger.behaviours": []}, "ledger"),
        ({"training.ledger.behaviours": ["walks_away"] * 2}, "behaviours that differ"),
        ({"training.ledger.of": "margin"}, "which has no margin"),
        ({"training.rows": "visits", "condition": [{"name": "a", "loss": OUTCOME}]}, "stand by the states"),
        (
            {
                "policy.kind": "tabular",
                "policy.hidden": None,
                "condition": [{"name": "a", "loss": {**OUTCOME, "rule": "natural"}}],
            },
            "mixes what the actions",
        ),
        (
            {
                "condition": [
                    {"name": "a", "loss": {"kind": "consequence", "acting": "epsilon_greedy", "episodes": 4}}
                ]
            },
            "has no gradient",
        ),
        (
            {
                "training.method": "guess_and_check",
                "training.select": {"loss": {"below": 1.0}},
                "condition": [{"name": "a", "loss": IMITATION}],
            },
            "takes no steps",
        ),
    ],
)
def test_what_cannot_be_booked_is_refused_with_a_reason(change, expected):
    given = tables()
    for key, value in change.items():
        *sections, last = key.split(".")
        table = given
        for section in sections:
            table = table.setdefault(section, {})
        table[last] = value
        if value is None:
            del table[last]
    with pytest.raises(InvalidInput, match=expected):
        read_experiment(given)


def in_all(experiment: Experiment) -> Any:
    plans = [lower(condition) for condition in experiment.conditions]
    return estimate(experiment, plans, 1), block_size(experiment, plans), Engine(plans[0])


def test_memory_disk_and_time_count_the_ledger():
    big = {"kind": "coin_line", "length": 30, "diversity": 0.1}
    bare = tables(world=big, networks=400)
    booked = tables(world=big, networks=400)
    del bare["training"]["ledger"]
    (without, _, _), (with_it, size, _) = (in_all(read_experiment(each)) for each in (bare, booked))
    accounts = 8.0 * len(BEHAVIOURS) * 3 * 31**2 * 2
    assert with_it.disk - without.disk > 400 * 2 * accounts
    assert with_it.seconds > 1.5 * without.seconds
    assert with_it.memory > without.memory
    assert size * accounts < 2 * 16e6


def test_what_is_carried_is_split_in_the_file_by_the_worlds_states(tmp_path):
    given = tables(
        [OUTCOME], networks=20, ledger={"behaviours": BEHAVIOURS, "split_carried": True, "networks": 18}
    )
    given["optimiser"] = {"kind": "sgd", "learning_rate": 0.1, "momentum": 0.5}
    run = popgrad.run(given, tmp_path / "out.h5")
    bare = {**given, "training": {**given["training"], "ledger": {"behaviours": BEHAVIOURS, "networks": 20}}}
    other = popgrad.run(bare, tmp_path / "bare.h5")
    for behaviour in BEHAVIOURS:
        ledger = run.ledger(behaviour, "0_outcome")
        split = ledger.carried_by_network
        assert split.shape == (18, 9, 2)
        change = changes(run, behaviour, "0_outcome")[:18, -1]
        booked = ledger.by_network.sum(axis=(1, 2, 3)) + ledger.unexplained[:18]
        np.testing.assert_allclose(split.sum(axis=(1, 2)), change - booked, rtol=1e-3, atol=1e-6)
        assert not split[:, ~ledger.mean.any(axis=(0, 2))].any()
        plain = other.ledger(behaviour, "0_outcome")
        np.testing.assert_array_equal(ledger.mean, plain.mean)
        assert plain.carried_by_network.shape == (0, 9, 2)


def test_nothing_can_be_split_where_nothing_is_carried():
    with pytest.raises(InvalidInput, match=r"split_carried.*nothing is carried over.*momentum"):
        read_experiment(tables([OUTCOME], ledger={"behaviours": BEHAVIOURS, "split_carried": True}))
