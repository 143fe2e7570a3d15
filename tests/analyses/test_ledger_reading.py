"""What is read of a ledger adds up, is in order, and what cannot be read is refused with a reason."""

from __future__ import annotations

import json

import numpy as np
import popgrad
import pytest
from cases import experiment
from click.testing import CliRunner
from popgrad.analyses.accounts import BY, readings
from popgrad.analyses.accounts.commands import ledger as command
from popgrad.analyses.accounts.figure import draw_ledger
from popgrad.analyses.accounts.maps import shared
from popgrad.sim.errors import InvalidInput, PopgradError
from popgrad.sim.runfile import Run

OUTCOME = {"kind": "outcome", "episodes": 4, "baseline": "mean", "entropy": 0.1}


def tables(**ledger):
    training = {"updates": 30, "record": {"log": 5}, **({"ledger": ledger} if ledger else {})}
    return experiment([{"kind": "imitation"}, OUTCOME], training=training)


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    path = tmp_path_factory.mktemp("ledger") / "out.h5"
    return popgrad.run(tables(behaviours=["walks_away"]), path)


@pytest.mark.parametrize("by", BY)
def test_entries_and_rest_add_up_to_the_change_of_the_mean_rate(run, by):
    for reading in readings(run, by=by):
        rate = run.rate("walks_away", reading.condition).astype(float)
        whole = sum(entry.amount for entry in (*reading.entries, *reading.rest))
        assert whole == pytest.approx((rate[:, -1] - rate[:, 0]).mean(), abs=1e-9)
        assert reading.changes.first == pytest.approx(rate[:, 0].mean())
        sizes = [abs(entry.amount) for entry in reading.entries]
        assert by == "phase" or sizes == sorted(sizes, reverse=True)


def test_an_action_has_the_error_of_its_networks(run):
    (reading,) = readings(run, conditions=("1_outcome",), by="action")
    own = run.ledger("walks_away", "1_outcome").by_network.sum(axis=(1, 2))
    assert [entry.name for entry in sorted(reading.entries, key=lambda e: e.name)] == ["left", "right"]
    for entry in reading.entries:
        column = own[:, ["left", "right"].index(entry.name)]
        assert entry.error == pytest.approx(column.std(ddof=1) / np.sqrt(16))


def test_what_is_not_there_is_refused_with_a_reason(run, tmp_path):
    with pytest.raises(InvalidInput, match="did you mean 'walks_away'"):
        readings(run, "walks_awy")
    with pytest.raises(InvalidInput, match="did you mean '1_outcome'"):
        readings(run, conditions=("1_outcom",))
    with pytest.raises(InvalidInput, match="of which no ledger was kept"):
        readings(run, "collects_coin")
    bare = popgrad.run(tables(), tmp_path / "bare.h5")
    with pytest.raises(PopgradError, match=r"put \[training.ledger\] behaviours"):
        readings(bare)


def test_the_command_prints_and_writes_the_same(run):
    words = CliRunner().invoke(command, [str(run.path), "-c", "0_imitation", "--by", "group"])
    assert words.exit_code == 0
    assert "coin at the right end" in words.output
    given = json.loads(CliRunner().invoke(command, [str(run.path), "--json"]).output)
    assert [each["condition"] for each in given["ledgers"]] == ["0_imitation", "1_outcome"]


def test_the_figure_draws_the_change_and_a_cell_for_each_state(run):
    figure = draw_ledger(run)
    stack, cells = figure.axes[1:3]
    rate = run.rate("walks_away", "0_imitation").astype(float)
    np.testing.assert_allclose(
        np.asarray(stack.lines[0].get_ydata()), (rate - rate[:, :1]).mean(axis=0), atol=1e-9
    )
    assert sum(len(each.get_paths()) for each in cells.collections) == 9


def test_rows_are_called_what_their_states_have_in_common():
    names = ["at 0, coin at 1", "at 1, coin at 1", "at 0, coin at 2"]
    assert shared(names, np.array([1.0, 1.0, 2.0]))[1.0] == "coin at 1"
    assert shared(["a", "b"], np.array([0.0, 0.0])) == {}
