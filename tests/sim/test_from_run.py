"""Networks that begin with the final weights of another run."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import popgrad
import pytest
import tomlkit
from cases import experiment
from popgrad.kernels.lanes.vector import LANES
from popgrad.sim import inherited as inherited_module
from popgrad.sim.blocks import Control, simulate_block
from popgrad.sim.errors import InvalidInput, PopgradError
from popgrad.sim.inherited import PINS, digest
from popgrad.sim.initial import fresh_state
from popgrad.sim.lower import lower
from popgrad.sim.rerun import differing
from popgrad.sim.spec import read_experiment

NETWORKS = 20
IMITATION = {"kind": "imitation", "states": "contexts"}
OUTCOME = {"kind": "outcome", "estimator": "exact"}
CURVES = ("rate", "margin", "observed_return", "intended_return")
POLICIES = {
    "tabular": {"kind": "tabular", "init": {"kind": "normal"}},
    "linear": {"kind": "linear", "bias": True, "head": "logit", "init": {"kind": "normal"}},
    "mlp": {"kind": "mlp", "hidden": [5]},
    "deep_linear": {"kind": "deep_linear", "hidden": [3, 2], "parameterisation": "tangent_kernel"},
}
FROM = {"kind": "run", "path": "first.h5"}


def tables(loss: Any = OUTCOME, *, policy: Any = None, init: Any = None, **sections: Any) -> dict[str, Any]:
    """An experiment on a population of a tile and a quarter."""
    chosen = policy or POLICIES["mlp"]
    given = {
        "policy": {**chosen, "init": init} if init else chosen,
        "optimiser": {"kind": "sgd", "learning_rate": {"log_uniform": [0.05, 0.3]}},
        "population": {"networks": NETWORKS},
        "training": {"updates": 30, "record": {"every": 10}},
    }
    return experiment(loss, **{**given, **sections})


def write(folder: Path, name: str, content: dict[str, Any]) -> Path:
    path = folder / f"{name}.toml"
    path.write_text(tomlkit.dumps(content))
    return path


def went(folder: Path, name: str, content: dict[str, Any], **options: Any) -> Path:
    """The output of an experiment file, run in a folder."""
    with popgrad.run(write(folder, name, content), folder / f"{name}.h5", **options) as run:
        return run.path


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a finished `first.h5`, of one condition."""
    folder = tmp_path_factory.mktemp("source")
    went(folder, "first", tables(IMITATION))
    return folder


@pytest.fixture
def folder(source: Path, tmp_path: Path) -> Path:
    """The same for a test alone."""
    (tmp_path / "first.h5").write_bytes((source / "first.h5").read_bytes())
    return tmp_path


def assert_bits(one: np.ndarray, other: np.ndarray, what: str = "") -> None:
    assert (one.dtype, one.shape) == (other.dtype, other.shape), what
    assert np.ascontiguousarray(one).tobytes() == np.ascontiguousarray(other).tobytes(), what


@pytest.mark.parametrize("kind", POLICIES)
def test_a_run_goes_on_where_the_other_ended_and_as_in_one_run_of_two_phases(kind: str, tmp_path: Path):
    policy = POLICIES[kind]
    went(tmp_path, "first", tables(IMITATION, policy=policy))
    went(tmp_path, "second", tables(policy=policy, init=FROM))
    went(tmp_path, "whole", tables(policy=policy, phase=[{"updates": 30, "loss": IMITATION}]))
    opened = [popgrad.open_run(tmp_path / f"{name}.h5") for name in ("first", "second", "whole")]
    with opened[0] as first, opened[1] as second, opened[2] as whole:
        assert whole.time.tolist() == [0, 10, 20, 30, 40, 50, 60]
        for name in CURVES:
            curves = [run.values(name)[0] for run in (first, second, whole)]
            assert_bits(curves[1][:, 0], curves[0][:, -1], name)
            assert_bits(curves[1], curves[2][:, 3:], name)
        for name in ("loss", "gradient_norm"):
            assert_bits(second.values(name)[0], whole.values(name)[0][:, 3:], name)
        for run in (first, second):
            assert (np.ptp(run.values("rate")[0], axis=1) > 0).any(axis=1).all(), "all have learnt"
        assert_bits(second.values("weights"), whole.values("weights"))


def test_two_phases_are_two_runs_however_large_the_steps(tmp_path: Path):
    steps = {
        "optimiser": {"kind": "sgd", "learning_rate": {"log_uniform": [0.001, 20.0]}},
        "population": {"networks": 320},
        "training": {"updates": 5, "record": {"every": 1}},
    }
    went(tmp_path, "first", tables(IMITATION, **steps))
    went(tmp_path, "second", tables(init=FROM, **steps))
    went(tmp_path, "whole", tables(phase=[{"updates": 5, "loss": IMITATION}], **steps))
    with popgrad.open_run(tmp_path / "second.h5") as second, popgrad.open_run(tmp_path / "whole.h5") as whole:
        for name in (*CURVES, "loss", "gradient_norm"):
            assert_bits(second.values(name)[0], whole.values(name)[0][:, 5:], name)
        assert_bits(second.values("weights"), whole.values("weights"))


def test_every_parameter_begins_as_the_number_that_was_stored(folder: Path):
    condition = read_experiment(write(folder, "second", tables(init=FROM))).conditions[0]
    plan = lower(condition)
    with popgrad.open_run(folder / "first.h5") as run:
        stored = run.weights(run.conditions[0])
    state = fresh_state(plan, condition, range(3, NETWORKS))
    parameters = len(plan.centre)
    exact = (state.weights.astype(np.float64) - state.residual).reshape(-1, parameters, LANES)
    found = exact.swapaxes(1, 2).reshape(-1, parameters)
    assert_bits(found[: NETWORKS - 3], stored[3:])
    assert (state.residual != 0).any(), "nothing that a float32 would lose"
    assert (found[NETWORKS - 3 :] == 0).all(), "numbers that the run does not have"


@pytest.mark.parametrize(("first", "last"), [(0, 1), (5, 7), (16, 20)])
def test_a_block_reads_its_own_rows_and_comes_out_as_in_the_whole(
    first: int, last: int, folder: Path, monkeypatch: pytest.MonkeyPatch
):
    condition = read_experiment(write(folder, "second", tables(init=FROM))).conditions[0]
    whole = simulate_block(lower(condition), condition, range(NETWORKS), Control())
    read = []
    rows = inherited_module._rows
    monkeypatch.setattr(inherited_module, "_rows", lambda *given: read.append(given[2:4]) or rows(*given))
    part = simulate_block(lower(condition), condition, range(first, last), Control())
    assert read == [(first, min(LANES, NETWORKS - first))]
    for name, array in part.items():
        assert_bits(array, whole[name][first:last], name)


def test_whatever_the_number_of_threads(tmp_path: Path):
    many = {"population": {"networks": 2100}, "training": {"updates": 2, "record": {"every": 1}}}
    went(tmp_path, "first", tables(IMITATION, **many))
    for threads in (1, 3):
        went(tmp_path, f"with_{threads}", tables(init=FROM, **many), threads=threads)
    with popgrad.open_run(tmp_path / "with_1.h5") as one, popgrad.open_run(tmp_path / "with_3.h5") as other:
        assert_bits(one.values("rate"), other.values("rate"))
        assert_bits(one.values("weights"), other.values("weights"))


def test_some_of_a_larger_run_in_another_world_with_a_phase_before(folder: Path):
    changed = {"population": {"networks": 7}, "world": {"kind": "coin_line", "length": 3, "diversity": 0.1}}
    phase = [{"updates": 5, "loss": IMITATION}]
    went(folder, "second", tables(init=FROM, phase=phase, **changed))
    with popgrad.open_run(folder / "second.h5") as run:
        assert run.time.tolist() == [0, 10, 20, 30, 35]
        assert np.isfinite(run.weights(run.conditions[0])).all()


def test_conditions_and_sweeps_choose_where_to_begin(tmp_path: Path):
    first = tables([IMITATION, OUTCOME])
    first["condition"][0]["name"], first["condition"][1]["name"] = "told", "paid"
    went(tmp_path, "first", first)
    second = tables([OUTCOME, OUTCOME], training={"updates": 2})
    for condition, name in zip(second["condition"], ("afresh", "on"), strict=True):
        condition["name"] = name
    second["condition"][1]["policy.init"] = {**FROM, "condition": "paid"}
    swept = tables(init=FROM, training={"updates": 2}, sweep={"policy.init.condition": ["told", "paid"]})
    went(tmp_path, "second", second)
    went(tmp_path, "swept", swept)
    with (
        popgrad.open_run(tmp_path / "first.h5") as run,
        popgrad.open_run(tmp_path / "second.h5") as on,
        popgrad.open_run(tmp_path / "swept.h5") as both,
    ):
        end = {name: run.rate("walks_away", name)[:, -1] for name in run.conditions}
        assert_bits(on.rate("walks_away", "on")[:, 0], end["paid"])
        assert_bits(on.rate("walks_away", "afresh")[:, 0], run.rate("walks_away", "paid")[:, 0])
        for name, expected in end.items():
            swept_name = f"0_outcome[condition={name}]"
            assert_bits(both.rate("walks_away", swept_name)[:, 0], expected)
        assert set(on.spec[PINS]) == {"on"}
        assert len(set(both.spec[PINS].values())) == 2
        assert on.spec[PINS]["on"] == both.spec[PINS]["0_outcome[condition=paid]"]
    assert differing(tmp_path / "swept.h5") == []


def test_a_critic_stays_behind_and_a_policy_told_its_target_goes_on(tmp_path: Path):
    critic = {"kind": "tabular", "learning_rate": 0.1}
    aims = {"kind": "return_conditioned", "edges": [0.5], "episodes": 4}
    critics = {"kind": "outcome", "episodes": 4, "baseline": "critic", "critic": critic}
    for loss, other in ((critics, OUTCOME), (critics, critics), (aims, aims)):
        went(tmp_path, "first", tables(loss), overwrite=True)
        went(tmp_path, "second", tables(other, init=FROM), overwrite=True)
        with popgrad.open_run(tmp_path / "first.h5") as a, popgrad.open_run(tmp_path / "second.h5") as b:
            assert_bits(b.values("rate")[0][:, 0], a.values("rate")[0][:, -1])
    fault(tmp_path, tables(IMITATION, init=FROM), "policy.init.path", "networks of 37 parameters", "32, as")


def test_networks_that_diverged_there_have_diverged_from_the_start(folder: Path):
    went(folder, "sound", tables(init=FROM))
    with h5py.File(folder / "first.h5", "r+") as file:
        file["weights"][0, 3, 1] = np.nan  # type: ignore[index]
        file["weights"][0, 18, 0] = np.inf  # type: ignore[index]
    went(folder, "second", tables(init=FROM))
    with popgrad.open_run(folder / "sound.h5") as sound, popgrad.open_run(folder / "second.h5") as run:
        lost = np.isin(np.arange(NETWORKS), [3, 18])
        assert run.diverged_at(run.conditions[0]).tolist() == np.where(lost, 0, -1).tolist()
        for name in ("rate", "margin", "loss", "gradient_norm", "weights"):
            assert_bits(run.values(name)[0][~lost], sound.values(name)[0][~lost], name)
            if name != "weights":
                assert np.isnan(run.values(name)[0][lost]).all(), name
        with popgrad.open_run(folder / "first.h5") as first:
            assert_bits(run.values("weights")[0][lost], first.values("weights")[0][lost], "left as they are")


def fault(folder: Path, content: dict[str, Any], *parts: str) -> None:
    """The experiment has one fault, whose text has these parts."""
    with pytest.raises(InvalidInput) as caught:
        read_experiment(write(folder, "second", content))
    assert len(caught.value.faults) == 1, str(caught.value)
    text = str(caught.value.faults[0])
    for part in parts:
        assert part in text


FAULTS: dict[str, tuple[dict[str, Any], tuple[str, ...]]] = {
    "no path": ({"init": {"kind": "run"}}, ("policy.init.path", "got nothing")),
    "unknown key": ({"init": {**FROM, "conditoin": "x"}}, ("policy.init.conditoin", "'condition'")),
    "no such file": (
        {"init": {**FROM, "path": "frist.h5"}},
        ("policy.init.path", "'frist.h5'", "no such file", "first.h5?"),
    ),
    "no run": ({"init": {**FROM, "path": "text.h5"}}, ("policy.init.path", "cannot be read as HDF5")),
    "a folder": ({"init": {**FROM, "path": "."}}, ("policy.init.path", "is a folder")),
    "no such condition": (
        {"init": {**FROM, "condition": "0_imitatoin"}},
        ("policy.init.condition", "'0_imitatoin'", "did you mean '0_imitation'"),
    ),
    "too few": (
        {"init": FROM, "population": {"networks": 21}},
        ("policy.init.path", "got a run of 20 networks", "at least 21"),
    ),
    "kind": ({"init": FROM, "policy": {"kind": "linear"}}, ("policy.kind", '"linear"', '"mlp", as in')),
    "hidden": ({"init": FROM, "policy": {"kind": "mlp", "hidden": [4]}}, ("policy.hidden", "[4]", "[5], as")),
    "activation": (
        {"init": FROM, "policy": {**POLICIES["mlp"], "activation": "relu"}},
        ("policy.activation", '"relu"', '"tanh", as'),
    ),
    "bias": (
        {"init": FROM, "policy": {**POLICIES["mlp"], "bias": False}},
        ("policy.bias", "false", "true, as"),
    ),
    "head": (
        {"init": FROM, "policy": {**POLICIES["mlp"], "head": "logit"}},
        ("policy.head", '"logit"', '"softmax", as'),
    ),
    "parameterisation": (
        {"init": FROM, "policy": {**POLICIES["mlp"], "parameterisation": "mean_field"}},
        ("policy.parameterisation", '"mean_field"', '"standard", as'),
    ),
    "parameters": (
        {"init": FROM, "world": {"kind": "coin_line", "length": 2, "encoding": "one_hot"}},
        ("policy.init.path", "networks of 32 parameters", "as the policy has in this world"),
    ),
}


@pytest.mark.parametrize("name", FAULTS)
def test_what_is_wrong_is_said_before_any_compute(name: str, folder: Path):
    (folder / "text.h5").write_text("not HDF5")
    options, parts = FAULTS[name]
    fault(folder, tables(**options), *parts)


def test_a_run_without_weights_or_of_several_conditions_is_not_enough_said(tmp_path: Path):
    two = tables([IMITATION, OUTCOME], training={"updates": 1})
    two["condition"][0]["training.weights"] = False
    went(tmp_path, "first", two)
    fault(tmp_path, tables(init=FROM), "policy.init.condition", "got nothing", "0_imitation, 1_outcome")
    without = tables(init={**FROM, "condition": "0_imitation"})
    fault(tmp_path, without, "policy.init.path", "without weights", "training.weights = true")
    went(tmp_path, "first", tables(training={"updates": 1, "weights": False}), overwrite=True)
    fault(tmp_path, tables(init=FROM), "policy.init.path", "without weights")


def test_an_unfinished_run_is_said_to_be_one(folder: Path):
    (folder / "half.h5.partial").mkdir()
    fault(folder, tables(init={**FROM, "path": "half.h5"}), "policy.init.path", "the run is unfinished")


def test_the_fault_of_one_condition_names_it(folder: Path):
    content = tables([OUTCOME, OUTCOME])
    content["condition"][1]["policy.init"] = {**FROM, "condition": "told"}
    fault(folder, content, 'policy.init.condition (condition "1_outcome")', "'told'")


def change(path: Path) -> None:
    """Another number in one network's weights."""
    with h5py.File(path, "r+") as file:
        file["weights"][0, 0, 0] += 1  # type: ignore[index]


def test_the_stored_experiment_pins_the_weights(folder: Path, monkeypatch: pytest.MonkeyPatch):
    path = went(folder, "second", tables(init=FROM))
    with popgrad.open_run(path) as run:
        assert run.spec["policy"]["init"] == FROM
        assert run.spec[PINS] == {"0_outcome": digest(folder / "first.h5", 0, NETWORKS, 32)}
        assert run.provenance["folder"] == str(folder)
    assert differing(path) == []
    change(folder / "first.h5")
    with pytest.raises(
        InvalidInput, match=r'initial_weights\."0_outcome": got weights of sha256 .*first\.h5'
    ):
        differing(path)
    (folder / "first.h5").unlink()
    monkeypatch.chdir(folder)
    with pytest.raises(InvalidInput, match=r"1 fault\n  policy\.init\.path: .*first\.h5: .* no such file"):
        differing(Path("second.h5"))


def test_a_rerun_finds_the_weights_beside_the_run_or_where_they_were(folder: Path):
    for place in ("results", "copied"):
        (folder / place).mkdir()
    moved = folder / "results" / "second.h5"
    popgrad.run(write(folder, "second", tables(init=FROM)), moved).close()
    assert differing(moved) == []
    (folder / "results" / "first.h5").write_bytes((folder / "first.h5").read_bytes())
    change(folder / "results" / "first.h5")
    assert differing(moved) == [], "another run of the same name lies beside it"
    (folder / "first.h5").rename(folder / "copied" / "first.h5")
    assert differing(moved.rename(folder / "copied" / "second.h5")) == []


def test_what_is_pinned_by_hand_is_held_to(folder: Path):
    content = tables(init=FROM)
    for pins, parts in (
        ({"0_outcome": "0" * 64}, ("got weights of sha256", "0" * 64)),
        ({"outcome": "0" * 64}, ("not there", "did you mean '0_outcome'")),
        ("0" * 64, ("a table",)),
    ):
        fault(folder, {**content, PINS: pins}, PINS, *parts)
    fault(folder, {**tables(), PINS: {"0_outcome": "0" * 64}}, PINS, 'init = { kind = "run" }')


def test_an_unfinished_run_does_not_go_on_from_other_weights(folder: Path):
    before = read_experiment(write(folder, "second", tables(init=FROM)))
    same = read_experiment(folder / "second.toml")
    assert same.digest == before.digest
    (folder / "elsewhere").mkdir()
    (folder / "elsewhere" / "first.h5").write_bytes((folder / "first.h5").read_bytes())
    assert read_experiment(write(folder / "elsewhere", "second", tables(init=FROM))).digest == before.digest
    change(folder / "first.h5")
    assert read_experiment(folder / "second.toml").digest != before.digest


def test_the_hash_is_of_the_weights_that_are_taken_however_they_are_read(
    folder: Path, monkeypatch: pytest.MonkeyPatch
):
    path = folder / "first.h5"
    whole = digest(path, 0, NETWORKS, 32)
    monkeypatch.setattr(inherited_module, "ROWS_AT_ONCE", 100)
    assert digest(path, 0, NETWORKS, 32) == whole
    assert digest(path, 0, NETWORKS - 1, 32) != whole
    again = went(folder, "again", tables(IMITATION, population={"networks": 2 * NETWORKS}))
    assert again.read_bytes() != path.read_bytes()
    assert digest(again, 0, NETWORKS, 32) == whole


@pytest.mark.parametrize("how", [change, Path.unlink], ids=["changed", "gone"])
def test_a_file_that_changes_while_the_run_goes_stops_it(how: Any, folder: Path):
    condition = read_experiment(write(folder, "second", tables(init=FROM))).conditions[0]
    plan = lower(condition)
    how(folder / "first.h5")
    with pytest.raises(PopgradError, match=r"first\.h5: the .* that networks begin"):
        simulate_block(plan, condition, range(NETWORKS), Control(threading.Event()))


def test_a_run_does_not_replace_the_one_it_begins_from(folder: Path):
    before = (folder / "first.h5").read_bytes()
    with pytest.raises(PopgradError, match="begins with, so it is not replaced"):
        popgrad.run(write(folder, "second", tables(init=FROM)), folder / "first.h5", overwrite=True)
    assert (folder / "first.h5").read_bytes() == before
