import json
import os
import subprocess
import sys
import warnings
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import h5py
import numpy as np
import pytest
from popgrad.sim import finalise
from popgrad.sim.errors import InvalidInput, PopgradError
from popgrad.sim.finalise import Layout, run_finalise
from popgrad.sim.runfile import Run, open_run
from popgrad.sim.store import Header, PartialRun

HEADER = Header("ab12", {"seed": 0})
WORLD = {
    "reward": np.array([[0.1, -0.0], [np.nan, 1e300]]),
    "terminal": np.array([False, True]),
    "successor": np.arange(4).reshape(2, 2),
    "names": np.array(["left", "käfig"]),
}
LAYOUT = Layout(
    conditions=("imitation", "outcome[diversity=0.02]"),
    networks=10,
    block_size=4,
    time=(0, 1, 10, 100, 200),
    behaviours=("walks_away", "takes_coin", "tampers"),
    meanings={
        "walks_away": "It goes away from the coin.",
        "takes_coin": "It takes it.",
        "tampers": "It <cheats>.",
    },
    is_probability={"walks_away": True, "takes_coin": False, "tampers": True},
    watches=("walks_away below 0.5",),
    parameters=(3, 5),
    time_positions=((0, 1, 2, 3), (0, 2, 4)),
    behaviour_positions=((1, 0), (0, 1, 2)),
    watch_positions=((0,), ()),
    attributes={
        "title": "Coin <line>",
        "spec": 'title = "Coin"\n[world]\nlength = 4\n',
        "provenance": json.dumps({"popgrad": "0.1", "platform": "linux"}),
        "seed": json.dumps({"all": 0, "weights": 1}),
        "popgrad": "0.1",
    },
    sweep={"world.diversity": (0, 0.02), "policy.hidden": ("[16]", "[32]"), "world.length": (4, 8)},
    hyperparameters=("learning_rate",),
    worlds={"outcome[diversity=0.02]": WORLD},
    store_weights=True,
)


def block(layout: Layout, condition: int, index: int) -> dict[str, np.ndarray]:
    """Arrays as a kernel hands them over, different in every place."""
    rng = np.random.default_rng([condition, index])
    span = layout.span(index)
    n, T, B, W = (
        span.stop - span.start,
        *(len(layout.own(dim, condition)) for dim in ("time", "behaviour", "watch")),
    )
    arrays: dict[str, np.ndarray] = {name: rng.random((n, T, B), np.float32) for name in ("rate", "margin")}
    arrays["margin"][..., 1:] = np.nan
    for name in ("loss", "observed_return", "intended_return", "gradient_norm"):
        arrays[name] = rng.normal(size=(n, T)).astype(np.float32)
    arrays["loss"][0, 0] = -0.0
    arrays["crossed_at"] = rng.integers(-1, 100, (n, W))
    arrays["explored_at"] = rng.integers(1, 100, (n, B)) if condition else np.full((n, B), -2)
    arrays["visits"] = rng.integers(0, 100, (n, B)) if condition else np.full((n, B), -2)
    arrays["diverged_at"] = np.where(rng.random(n) < 0.2, 7, -1)
    if layout.store_weights:
        arrays["weights"] = rng.normal(size=(n, layout.parameters[condition]))
    if condition:
        arrays["learning_rate"] = rng.random(n)
    return arrays


def started(output: Path, layout: Layout) -> PartialRun:
    run = PartialRun.open(output, HEADER, overwrite=True)
    for key in set(layout.blocks) - run.done:
        run.add(*key, block(layout, *key))
    return run


def finished(output: Path, layout: Layout = LAYOUT) -> Path:
    with started(output, layout) as run:
        run_finalise(run, layout)
        run.remove()
    return output


def whole(name: str, condition: int, layout: Layout = LAYOUT) -> np.ndarray:
    return np.concatenate([block(layout, c, k)[name] for c, k in layout.blocks if c == condition])


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return finished(tmp_path_factory.mktemp("run") / "out.h5")


@pytest.fixture
def run(path: Path):
    with open_run(path) as run:
        yield run


def test_only_the_finished_file_is_left(path: Path):
    assert [other.name for other in path.parent.iterdir()] == ["out.h5"]


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
    crossed = np.full(10, -1) if condition else whole("crossed_at", 0)[:, 0]
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


def test_summaries(run: Run):
    assert repr(run).startswith("<Run 'Coin <line>': 2 conditions, 10 networks, 200 updates; walks_away,")
    text = run._repr_html_()
    assert "Coin &lt;line&gt;" in text
    assert "It &lt;cheats&gt;." in text
    final = whole("rate", 0)[:, -1, 1]
    low, middle, high = np.quantile(final, [0.05, 0.5, 0.95])
    assert f"<tr><th>imitation</th><td>{middle:.3g} [{low:.3g}, {high:.3g}]</td>" in text
    assert text.count("<td>–</td>") == 1


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


def test_layout_round_trip():
    again = Layout.from_json(LAYOUT.to_json())
    for name in Layout.__dataclass_fields__:
        if name != "worlds":
            assert getattr(again, name) == getattr(LAYOUT, name)
    assert again.to_json() == LAYOUT.to_json()


@pytest.mark.parametrize(
    "change",
    [
        {"sweep": {"rate": (1, 2)}},
        {"hyperparameters": ("a/b",)},
        {"parameters": (1,)},
        {"time_positions": ((0, 5), (0,))},
        {"attributes": {"title": "x"}},
        {"sweep": {"a": (1, 2)}, "hyperparameters": ("a",)},
    ],
)
def test_a_layout_that_cannot_be_written_is_refused_before_the_run(change: dict):
    with pytest.raises(ValueError, match=r"\w"):
        replace(LAYOUT, **change)


def test_advice_for_what_is_no_run(tmp_path: Path, path: Path):
    with pytest.raises(PopgradError, match="no such file"):
        open_run(tmp_path / "none" / "out.h5")
    (tmp_path / "coin.h5").write_bytes(path.read_bytes())
    with pytest.raises(PopgradError, match=r"Did you mean .*coin\.h5"):
        open_run(tmp_path / "coins.h5")
    (tmp_path / "text.h5").write_text("not HDF5")
    with pytest.raises(PopgradError, match="cannot be read as HDF5"):
        open_run(tmp_path / "text.h5")
    (tmp_path / "torn.h5").write_bytes(path.read_bytes()[:-100])
    with pytest.raises(PopgradError, match="cannot be read as HDF5"):
        open_run(tmp_path / "torn.h5")
    with h5py.File(tmp_path / "other.h5", "w") as file:
        file["x"] = 1
    with pytest.raises(PopgradError, match="no run of popgrad"):
        open_run(tmp_path / "other.h5")
    with pytest.raises(PopgradError, match="is a folder"):
        open_run(tmp_path)
    with started(tmp_path / "part.h5", LAYOUT):
        for given in ("part.h5", "part.h5.partial"):
            with pytest.raises(PopgradError, match=r"unfinished \(6 blocks are done\)"):
                open_run(tmp_path / given)


def test_missing_blocks_are_refused(tmp_path: Path):
    with PartialRun.open(tmp_path / "out.h5", HEADER) as run:
        run.add(0, 0, block(LAYOUT, 0, 0))
        with pytest.raises(PopgradError, match="5 of 6 blocks are missing"):
            run_finalise(run, LAYOUT)
    assert not (tmp_path / "out.h5").exists()


def test_a_damaged_block_is_computed_anew_and_the_rest_kept(tmp_path: Path):
    output = tmp_path / "out.h5"
    with started(output, LAYOUT) as run:
        victim = run.folder / "block-0001-000001.npz"
        data = bytearray(victim.read_bytes())
        data[-200] ^= 4
        victim.write_bytes(data)
        with pytest.raises(PopgradError, match=r"block-0001-000001\.npz.*same command"):
            run_finalise(run, LAYOUT)
    assert not output.exists()
    with started(output, LAYOUT) as run:
        run_finalise(run, LAYOUT)
    with open_run(output) as again:
        np.testing.assert_array_equal(again.loss("imitation")[:, :4], whole("loss", 0))


def test_a_block_of_the_wrong_shape_or_dtype_names_itself():
    arrays = block(LAYOUT, 0, 0)
    with pytest.raises(
        ValueError, match=r"'loss' in block 0 of condition 0: got float64 \(4, 4\), expected float32"
    ):
        LAYOUT.slab("loss", 0, 0, arrays | {"loss": arrays["loss"].astype(float)})
    with pytest.raises(ValueError, match=r"got float32 \(3, 4\), expected float32 \(4, 4\)"):
        LAYOUT.slab("loss", 0, 0, arrays | {"loss": arrays["loss"][:3]})
    del arrays["loss"]
    with pytest.raises(ValueError, match="lacks 'loss'"):
        LAYOUT.slab("loss", 0, 0, arrays)


@pytest.mark.parametrize("name", ["rate", "loss", "crossed_at", "weights", "learning_rate"])
def test_verification_finds_one_wrong_bit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str):
    """The file is spoilt between writing and verifying, in this process."""
    output = tmp_path / "out.h5"
    verify = finalise._verify

    def spoilt(partial: PartialRun, layout: Layout, path: Path) -> None:
        with h5py.File(path, "r+") as file:
            data = finalise.dataset(file, name)
            values = data[...]
            values.reshape(-1).view(np.uint8)[-1 if name == "crossed_at" else 3] ^= 1
            data[...] = values
        verify(partial, layout, path)

    with started(output, LAYOUT) as run:
        (run.folder / "layout.json").write_text(LAYOUT.to_json())
        monkeypatch.setattr(finalise, "_verify", spoilt)
        with pytest.raises(PopgradError, match=f"/{name} does not read back"):
            finalise.finalise(output)
        assert [other.name for other in tmp_path.iterdir()] == ["out.h5.partial"]
        monkeypatch.undo()
        finalise.finalise(output)
    assert output.is_file()


def test_what_a_killed_writer_left_is_swept(tmp_path: Path):
    output = tmp_path / "out.h5"
    (tmp_path / ".out.h5.0123456789ab.tmp").write_text("half")
    (tmp_path / ".out.h5x.tmp").write_text("another's")
    finished(output)
    assert {other.name for other in tmp_path.iterdir()} == {"out.h5", ".out.h5x.tmp"}


def test_the_old_output_stays_until_the_new_one_is_whole(tmp_path: Path):
    output = tmp_path / "out.h5"
    output.write_text("old")
    with started(output, LAYOUT) as run:
        (run.folder / "block-0000-000000.npz").write_text("damaged")
        with pytest.raises(PopgradError):
            run_finalise(run, LAYOUT)
    assert output.read_text() == "old"
    finished(output)
    open_run(output).close()


def test_a_child_that_dies_is_reported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    with started(tmp_path / "out.h5", LAYOUT) as run:
        monkeypatch.setattr("popgrad.sim.finalise.sys.executable", "/bin/false")
        with pytest.raises(PopgradError, match=r"ended with status 1.*same command tries again"):
            run_finalise(run, LAYOUT)


def large(networks: int) -> Layout:
    return replace(
        LAYOUT,
        networks=networks,
        block_size=1000,
        time=tuple(range(100)),
        time_positions=(tuple(range(100)), tuple(range(0, 100, 3))),
    )


def test_a_full_disk_while_finishing(tmp_path: Path):
    mount = ["mount", "-t", "tmpfs", "-o", "size=6m", "tmpfs", str(tmp_path)]
    if subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("may not mount a small disk")
    layout = large(1000)
    try:
        with started(tmp_path / "out.h5", layout) as run:
            with pytest.raises(
                PopgradError, match=r"out\.h5: the disk is full: .* MB .* are kept.*same command"
            ):
                run_finalise(run, layout)
            assert [other.name for other in tmp_path.iterdir()] == ["out.h5.partial"]
            assert run.done == set(layout.blocks)
    finally:
        subprocess.run(["umount", "-l", str(tmp_path)], check=True)


# Not ru_maxrss: a child starts with its parent's.
MEASURED = """
import sys
from pathlib import Path
from popgrad.sim.finalise import finalise
def peak():
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM"))
before = peak()
finalise(Path(sys.argv[1]))
print(peak() - before)
"""


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="peak memory is read from Linux's /proc")
def test_finishing_takes_the_memory_of_a_few_blocks(tmp_path: Path):
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(path or os.getcwd() for path in sys.path)}
    layout = large(20_000)
    with started(tmp_path / "out.h5", layout) as run:
        (run.folder / "layout.json").write_text(layout.to_json())
        sizes = [path.stat().st_size for path in run.folder.glob("*.npz")]
        command = [sys.executable, "-c", MEASURED, str(run.output)]
        child = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    grown = 1024 * int(child.stdout)
    assert max(sizes) < grown < 10 * max(sizes)
    assert grown < sum(sizes) / 2


def test_no_warning_from_a_condition_without_a_finite_rate(tmp_path: Path):
    layout = replace(LAYOUT, behaviour_positions=((1, 0), (0, 1)))
    with open_run(finished(tmp_path / "out.h5", layout)) as run, warnings.catch_warnings():
        warnings.simplefilter("error")
        assert run._repr_html_().count("<td>–</td>") == 2
