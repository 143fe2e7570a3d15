"""Both sides of every case compute the same, and a case in which they do not is caught before it is timed."""

import json
import math
from dataclasses import replace

import numpy as np
import pytest
from click.testing import CliRunner
from popgrad.benchmarks.cases import CASES, chosen
from popgrad.benchmarks.child import Child, Where
from popgrad.benchmarks.commands import bench
from popgrad.benchmarks.jax_peer import JaxSide, packed, unpacked
from popgrad.benchmarks.jax_problems import Imitation
from popgrad.benchmarks.parity import Finals, by_weights, compared, standard_errors
from popgrad.benchmarks.popgrad_side import PopgradSide
from popgrad.benchmarks.report import engineering
from popgrad.benchmarks.timing import popgrad_side
from popgrad.sim.errors import InvalidInput, PopgradError


def check(case, networks, updates):
    """The check that precedes every timing, both sides in this process."""
    ours = PopgradSide(case, networks, 1)
    initial = ours.initial()
    theirs = JaxSide(case.peer, initial)
    assert ours.run(updates) > 0
    assert theirs.run(updates) > 0
    redrawn = None if isinstance(case.peer, Imitation) else ours.redrawn(updates)
    return compared(case, updates, Finals(initial, ours.weights(), theirs.weights(), redrawn))


def with_peer(case, **changes):
    return replace(case, peer=replace(case.peer, **changes))


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_both_sides_compute_the_same(case):
    exact = isinstance(case.peer, Imitation)
    parity = check(case, 40 if exact else 1024, 50 if exact else 20)
    assert parity.agrees
    if exact:
        assert 0 < parity.difference < 1e-3
        assert parity.beyond <= 1


def wrong_weight(problem):
    weight = problem.weight.copy()
    weight[0] *= 1.01
    return weight


@pytest.mark.parametrize(
    ("name", "changes"),
    [
        ("imitation_tanh", lambda peer: {"learning_rate": 0.1001}),
        ("imitation_tanh", lambda peer: {"activation": "relu"}),
        ("imitation_relu", lambda peer: {"labels": np.roll(peer.labels, 1)}),
        ("imitation_relu", lambda peer: {"features": peer.features + np.float32(1e-3)}),
        ("coin_line_imitation", lambda peer: {"weight": wrong_weight(peer)}),
        ("coin_line_imitation", lambda peer: {"labels": 1 - peer.labels}),
        ("coin_line_outcome", lambda peer: {"learning_rate": 0.065}),
        ("coin_line_outcome_tables", lambda peer: {"episodes": 16}),
        ("coin_line_outcome_tables", lambda peer: {"diversity": 0.2}),
    ],
)
def test_a_mistake_on_one_side_is_caught(name, changes):
    case = with_peer(CASES[name], **changes(CASES[name].peer))
    exact = isinstance(case.peer, Imitation)
    with pytest.raises(PopgradError, match=rf"^{name}: after .* disagree: .* Nothing was timed"):
        check(case, 40 if exact else 4096, 50 if exact else 30)


def test_a_planted_mistake_is_caught_by_the_command_and_nothing_is_written(monkeypatch, tmp_path):
    case = CASES["imitation_relu"]
    monkeypatch.setitem(CASES, case.name, with_peer(case, learning_rate=0.2))
    arguments = [case.name, "--networks", "32", "--updates", "20", "--json", str(tmp_path / "out.json")]
    result = CliRunner().invoke(bench, arguments)
    assert isinstance(result.exception, PopgradError)
    assert "popgrad and its peer disagree" in str(result.exception)
    assert not list(tmp_path.iterdir())


SIDE = {"seconds", "network_updates_per_second", "compile_seconds", "peak_memory_bytes"}
SPREAD = {"median", "least", "most"}


def test_json_holds_everything_that_was_measured(tmp_path):
    path = tmp_path / "out.json"
    arguments = ["imitation_tanh", "--networks", "20", "--updates", "210", "--repeats", "3", "--threads", "1"]
    result = CliRunner().invoke(bench, [*arguments, "--json", str(path)], catch_exceptions=False)
    assert "imitation_tanh: 8-16-4 tanh with biases" in result.stdout
    found = json.loads(path.read_text())
    assert {"popgrad", "python", "numba", "jax", "jaxlib", "optax", "platform", "jax_device"} <= set(
        found["provenance"]
    )
    (case,) = found["cases"]
    wanted = {"name": "imitation_tanh", "networks": 20, "updates": 210, "repeats": 3, "threads": 1}
    assert wanted.items() <= case.items()
    assert case["parity"]["updates"] == CASES["imitation_tanh"].updates
    assert case["parity"]["difference"] < case["parity"]["tolerance"] == 1e-4
    assert set(case["jax"]) == SIDE
    assert set(case["popgrad"]) == {*SIDE, "kernels_from_disk"}
    for side in (case["popgrad"], case["jax"]):
        rates, seconds = side["network_updates_per_second"], side["seconds"]
        assert set(rates) == set(case["ratio"]) == SPREAD
        assert len(seconds) == 3
        assert rates["median"] == pytest.approx(20 * 210 / sorted(seconds)[1])
        assert side["peak_memory_bytes"] is None or 5e7 < side["peak_memory_bytes"] < 5e9
    pairs = [b / a for a, b in zip(case["popgrad"]["seconds"], case["jax"]["seconds"], strict=True)]
    assert case["ratio"] == {
        "median": sorted(pairs)[1],
        "least": pytest.approx(min(pairs)),
        "most": pytest.approx(max(pairs)),
    }


def test_json_goes_to_standard_output_alone():
    arguments = ["coin_line_imitation", "--networks", "16", "--updates", "5", "--repeats", "1", "--json"]
    result = CliRunner().invoke(bench, arguments, catch_exceptions=False)
    assert json.loads(result.stdout)["cases"][0]["name"] == "coin_line_imitation"
    assert "coin_line_imitation: coin line" in result.stderr


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["coin_line_outcom"], "did you mean 'coin_line_outcome'"),
        (["coin_line_outcome", "nothing_like_it"], "CASE: got 'nothing_like_it', expected one of"),
        (["--json", "no/such/folder/out.json"], "there is no folder no/such/folder"),
    ],
)
def test_mistakes_that_the_user_can_put_right(arguments, message):
    result = CliRunner().invoke(bench, arguments)
    assert isinstance(result.exception, PopgradError)
    assert message in str(result.exception)


@pytest.mark.parametrize("option", ["--networks", "--updates", "--repeats", "--threads"])
def test_numbers_are_positive(option):
    result = CliRunner().invoke(bench, [option, "0"])
    assert result.exit_code == 2
    assert "x>=1" in result.stderr


def test_help_names_every_case():
    text = CliRunner().invoke(bench, ["--help"]).stdout
    assert all(name in text for name in CASES)


def test_cases_are_chosen_once_and_in_order_and_all_by_default():
    assert chosen(()) == list(CASES.values())
    twice = chosen(("imitation_relu", "imitation_tanh", "imitation_relu"))
    assert [case.name for case in twice] == ["imitation_relu", "imitation_tanh"]
    with pytest.raises(InvalidInput) as caught:
        chosen(("a", "b"))
    assert len(caught.value.faults) == 2


@pytest.mark.parametrize("bias", [False, True])
def test_packing_is_the_inverse_of_unpacking(bias):
    flat = np.arange(2 * (3 * 4 + 4 * 2 + 6 * bias), dtype=np.float32).reshape(2, -1)
    params = unpacked(flat, (3, 4, 2), bias)
    assert [layer["w"].shape for layer in params] == [(2, 3, 4), (2, 4, 2)]
    assert (packed(params) == flat).all()
    assert params[0]["w"][0, 1, 0] == 1  # output 0 reads input 1 by the second number


def test_initial_weights_are_those_that_popgrad_trains():
    side = PopgradSide(CASES["imitation_tanh"], 20, 1)
    initial = side.initial()
    side.run(1)
    assert initial.shape == side.weights().shape == (20, 8 * 16 + 16 + 16 * 4 + 4)
    step = np.abs(side.weights() - initial).max(axis=1)
    assert (step > 0).all()
    assert step.max() < 0.5
    assert (initial[:, 128:144] == 0).all()


def test_a_network_that_is_not_finite_is_a_disagreement():
    initial, moved = np.zeros((3, 4)), np.ones((3, 4))
    broken = moved.copy()
    broken[1, 2] = np.nan
    assert by_weights(0.0, 1, Finals(initial, moved, moved)).agrees
    assert not by_weights(1.0, 1, Finals(initial, moved, broken)).agrees


def test_outliers_are_counted_and_as_many_as_allowed_pass():
    initial, moved = np.zeros((200, 4)), np.ones((200, 4))
    off = moved.copy()
    off[:2] += 0.01
    assert by_weights(0.01, 1, Finals(initial, moved, off)).agrees
    assert not by_weights(0.005, 1, Finals(initial, moved, off)).agrees


def test_standard_errors_of_a_sample():
    assert standard_errors(np.array([1.0, 2.0, 3.0])) == pytest.approx(2 * math.sqrt(3))
    assert standard_errors(np.zeros(5)) == 0


def test_distributions_of_one_network_cannot_be_compared():
    flat = np.zeros((1, 64))
    with pytest.raises(PopgradError, match="at least 2"):
        compared(CASES["coin_line_outcome"], 1, Finals(flat, flat, flat, flat))


def test_a_child_that_dies_is_reported_and_a_bug_in_it_shows_itself():
    with Child(Where(1), popgrad_side, CASES["imitation_tanh"], 1, 1) as child:
        with pytest.raises(RuntimeError, match="AttributeError"):
            child("no_such_method")
        child._process.kill()
        with pytest.raises(PopgradError, match="ended with status -9"):
            child("initial")


@pytest.mark.parametrize(
    ("value", "text"), [(3_141_592, "3.14 M"), (999_900, "1 M"), (26_049, "26 k"), (9.87, "9.87")]
)
def test_engineering_notation(value, text):
    assert engineering(value) == text
