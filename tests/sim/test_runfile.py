import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import h5py
import numpy as np
import pytest
from finished_run import LAYOUT, WORLD, finished, whole
from popgrad.sim.errors import InvalidInput, PopgradError
from popgrad.sim.runfile import Run, open_run


def test_what_describes_the_run(run: Run, path: Path):
    assert run.path == path
    assert run.title == "Coin <line>"
    assert run.conditions == LAYOUT.conditions
    assert run.behaviours == LAYOUT.behaviours
    assert run.watches == LAYOUT.watches
    assert run.meanings == LAYOUT.meanings
    assert run.is_probability == LAYOUT.is_probability
    assert run.networks.dtype == run.time.dtype == np.int64
    np.testing.assert_array_equal(run.networks, range(10))
    np.testing.assert_array_equal(run.time, LAYOUT.time)
    assert run.spec == {"title": "Coin", "world": {"length": 4}}
    assert run.spec_toml == LAYOUT.attributes["spec"]
    assert run.provenance == {"popgrad": "0.1", "platform": "linux"}
    assert run.seed == {"all": 0, "weights": 1}
    assert run.attributes["popgrad"] == "0.1"
    assert {name: list(values) for name, values in run.sweep.items()} == {
        "world.diversity": [0, 0.02],
        "policy.hidden": ["[16]", "[32]"],
        "world.length": [4, 8],
    }
    assert run.sweep["world.length"].dtype == np.int64


@pytest.mark.parametrize("condition", [0, 1])
def test_every_value_stands_where_it_belongs_and_the_rest_is_empty(run: Run, condition: int):
    name = LAYOUT.conditions[condition]
    times, behaviours = LAYOUT.time_positions[condition], LAYOUT.behaviour_positions[condition]
    np.testing.assert_array_equal(run.own_times(name), [LAYOUT.time[i] for i in times])
    assert set(run.own_behaviours(name)) == {LAYOUT.behaviours[i] for i in behaviours}
    for read in (run.rate, run.margin):
        own = whole(read.__name__, condition)
        for b, behaviour in enumerate(LAYOUT.behaviours):
            expected = np.full((10, 5), np.nan, np.float32)
            if b in behaviours:
                expected[:, times] = own[:, :, behaviours.index(b)]
            assert read(behaviour, name).dtype == np.float32
            np.testing.assert_array_equal(read(behaviour, name), expected)
    for read in (run.loss, run.observed_return, run.intended_return, run.gradient_norm):
        expected = np.full((10, 5), np.nan, np.float32)
        expected[:, times] = whole(read.__name__, condition)
        np.testing.assert_array_equal(read(name), expected)
    for read in (run.explored_at, run.visits):
        for b, behaviour in enumerate(LAYOUT.behaviours):
            own = whole(read.__name__, condition)
            expected = own[:, behaviours.index(b)] if b in behaviours else np.full(10, -1)
            np.testing.assert_array_equal(read(behaviour, name), expected)
    np.testing.assert_array_equal(run.diverged_at(name), whole("diverged_at", condition))
    np.testing.assert_array_equal(run.weights(name), whole("weights", condition))
    crossed = np.full(10, -2) if condition else whole("crossed_at", 0)[:, 0]
    np.testing.assert_array_equal(run.crossed_at("walks_away below 0.5", name), crossed)
    drawn = whole("learning_rate", 1) if condition else np.full(10, np.nan)
    np.testing.assert_array_equal(run.hyperparameter("learning_rate", name), drawn)


def test_padding_of_weights_is_nan(run: Run):
    weights = run.values("weights")
    assert weights.shape == (2, 10, 5)
    assert np.isnan(weights[0, :, 3:]).all()


def test_a_users_world_comes_back(run: Run):
    assert run.world("imitation") == {}
    world = run.world(LAYOUT.conditions[1])
    assert world.keys() == WORLD.keys()
    for name, array in WORLD.items():
        assert world[name].dtype == array.dtype
        assert world[name].tobytes() == array.tobytes()


@pytest.mark.parametrize(
    ("call", "wrong", "right"),
    [
        (lambda run: run.rate("walks_awy", "imitation"), "walks_awy", "walks_away"),
        (lambda run: run.loss("imitatoin"), "imitatoin", "imitation"),
        (lambda run: run.crossed_at("walks_away below 0.6", "imitation"), "0.6", "walks_away below 0.5"),
        (lambda run: run.hyperparameter("learning_rat", "imitation"), "learning_rat", "learning_rate"),
        (lambda run: run.values("diverged"), "diverged", "diverged_at"),
    ],
)
def test_a_wrong_name_gets_the_nearest(run: Run, call: Callable[[Run], object], wrong: str, right: str):
    with pytest.raises(InvalidInput, match=f"{wrong}.*did you mean '{right}'"):
        call(run)


def test_a_closed_run_says_so(path: Path):
    with open_run(path) as run:
        pass
    assert "(closed)" in repr(run)
    assert "(closed)" in run._repr_html_()
    with pytest.raises(PopgradError, match="closed"):
        run.loss("imitation")


def test_xarray_shows_named_axes(run: Run, path: Path):
    xarray = pytest.importorskip("xarray")
    pytest.importorskip("h5netcdf")
    with xarray.open_dataset(path, engine="h5netcdf") as data, run.to_xarray() as same:
        assert data.identical(same)
        assert dict(data.sizes) == {
            "condition": 2,
            "network": 10,
            "time": 5,
            "behaviour": 3,
            "watch": 1,
            "parameter": 5,
        }
        assert data["rate"].dims == ("condition", "network", "time", "behaviour")
        assert data["crossed_at"].dims == ("condition", "network", "watch")
        assert data["weights"].dims == ("condition", "network", "parameter")
        assert set(data.coords) == {"condition", "network", "time", "behaviour", "watch", *LAYOUT.sweep}
        assert data["world.diversity"].dims == ("condition",)
        assert data["crossed_at"].dtype == np.int64, "-1 is a code, not a gap"
        assert data["time"].dtype == np.int64
        assert data.attrs["title"] == "Coin <line>"
        for name, variable in data.variables.items():
            assert {"long_name", "units"} <= variable.attrs.keys(), name
        chosen = data["rate"].sel(condition="imitation", behaviour="takes_coin", network=7)
        np.testing.assert_array_equal(chosen, run.rate("takes_coin", "imitation")[7])
        assert [str(name) for name in data["behaviour"].values] == list(LAYOUT.behaviours)
    run.loss("imitation")  # still open


def test_xarray_missing_is_advice(run: Run, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setitem(sys.modules, "h5netcdf", None)
    with pytest.raises(PopgradError, match=r'pip install "popgrad\[xarray\]"'):
        run.to_xarray()


def test_without_watches_weights_and_sweep(tmp_path: Path):
    bare = replace(
        LAYOUT,
        watches=(),
        watch_positions=((), ()),
        sweep={},
        worlds={},
        store_weights=False,
        hyperparameters=(),
    )
    with open_run(finished(tmp_path / "bare.h5", bare)) as run:
        assert run.watches == ()
        names = set(h5py.File(run.path).keys())
        assert names.isdisjoint({"watch", "crossed_at", "weights", "parameter", "worlds"})
        with pytest.raises(PopgradError, match="weights"):
            run.weights("imitation")
        with pytest.raises(InvalidInput, match="has no watch"):
            run.crossed_at("any", "imitation")
        np.testing.assert_array_equal(run.loss("imitation")[:, :4], whole("loss", 0, bare))
        pytest.importorskip("xarray")
        with run.to_xarray() as data:
            assert set(data.sizes) == {"condition", "network", "time", "behaviour"}
