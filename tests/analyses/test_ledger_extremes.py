"""Ledgers at the edge: books that overflow, one network, one update, conditions of their own."""

from __future__ import annotations

from typing import Any

import numpy as np
import popgrad
import pytest
from cases import experiment
from popgrad.analyses.accounts import readings
from popgrad.analyses.accounts.words import change, sentence
from popgrad.analyses.accounts.words import report as words
from popgrad.sim.errors import InvalidInput
from rich.console import Console

RELU = {"kind": "mlp", "hidden": [4], "activation": "relu", "head": "logit", "init": {"kind": "lecun"}}


def ran(path, policy=RELU, rate: Any = 0.1, networks=20, ledgers: Any = (None,), updates=20):
    """A run of as many conditions as there are ledgers' own numbers of networks; none where that is 'no'."""
    conditions = []
    for number, own in enumerate(ledgers):
        ledger = {"behaviours": ["walks_away"], **({} if own is None else {"networks": own})}
        each = {"name": f"c{number}", "loss": {"kind": "imitation"}}
        conditions.append(each | ({} if own == "no" else {"training.ledger": ledger}))
    return popgrad.run(
        experiment(
            [],
            condition=conditions,
            policy=policy,
            optimiser={"kind": "sgd", "learning_rate": rate},
            population={"networks": networks},
            training={"updates": updates, "record": {"log": 5}},
        ),
        path / "out.h5",
    )


def printed(reading) -> str:
    console = Console(width=200)
    with console.capture() as kept:
        console.print(words(reading))
    return kept.get()


def test_books_that_overflow_are_unexplained_and_hide_no_other_network(tmp_path):
    run = ran(tmp_path, rate={"log_uniform": [0.1, 1e38]})
    ledger, diverged = run.ledger("walks_away", "c0"), run.diverged_at("c0")
    assert 0 < (diverged >= 0).sum() < 20
    change = run.rate("walks_away", "c0").astype(float)
    change -= change[:, :1]
    whole = ledger.over_time.sum(axis=(1, 2, 3)) + ledger.rest_over_time.sum(axis=1)
    np.testing.assert_allclose(whole, np.nanmean(change, axis=0), rtol=1e-6, atol=1e-9)
    assert np.isfinite(ledger.by_network).all()
    (reading,) = readings(run, by="phase")
    assert "nan" not in printed(reading)
    assert "is unexplained" in printed(reading)


def test_each_condition_has_the_networks_that_it_asked_for(tmp_path):
    run = ran(tmp_path, ledgers=(0, 5, 40, "no"))
    assert [len(run.ledger("walks_away", f"c{k}").networks) for k in range(3)] == [0, 5, 20]
    some, every = (run.ledger("walks_away", f"c{k}").by_network for k in (1, 2))
    np.testing.assert_array_equal(some, every[:5])
    errors = [readings(run, conditions=(f"c{k}",), by="action")[0].entries[0].error for k in range(3)]
    assert np.isnan(errors).tolist() == [True, False, False]
    with pytest.raises(InvalidInput, match="this run has no ledger of c3"):
        run.ledger("walks_away", "c3")


def test_one_network_and_one_update_read_as_such(tmp_path):
    run = ran(tmp_path, networks=1, updates=1)
    (reading,) = readings(run)
    assert "in 1 update, " in change(reading)
    assert "(mean of 1 network)" in change(reading)
    pairs = run.ledger("walks_away", "c0").mean.sum(axis=0)
    assert len(reading.entries) == (pairs != 0).sum() < pairs.size == len(reading.entries) + reading.untouched


def test_a_behaviour_that_no_push_moves_is_said_to_be_so(tmp_path):
    run = ran(tmp_path, policy={"kind": "tabular"})
    for by in ("pair", "phase"):
        (reading,) = readings(run, by=by)
        assert sentence(reading) == "No push moved walks_away under c0."
        assert "never pushed, or pushed without effect" in printed(reading) or by == "phase"


@pytest.mark.parametrize("name", ["a\0b", "a\nb", "\x1b[31m", "\ud800"])
def test_a_name_that_no_file_or_table_can_hold_is_refused_before_training(name):
    ends: dict[str, Any] = {
        "successor": np.array([[0, 0]]),
        "start": np.array([1.0]),
        "features": np.array([[1.0]]),
    }
    with pytest.raises(InvalidInput, match=r"state_names: got .*, expected text without control characters"):
        popgrad.World(**ends, horizon=1, reward=np.zeros((1, 2)), state_names=(name,))
